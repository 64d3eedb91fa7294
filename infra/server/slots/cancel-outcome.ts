import { slotEvents } from '@qingpu/contracts/events/slots';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { slot } from '@qingpu/domains-slots/slot';
import { type SlotKey, slotStream } from '@qingpu/domains-slots/streams';
import type { Platform } from '../platform.ts';

type CancelOutcome = 'cancelledByPatient' | 'lateCancelled' | 'cancelledByHospital';

/**
 * As what a booking was cancelled, read from the slot itself: a view that lags must not tell anybody that a late
 * cancellation was in time.
 */
export async function cancelOutcome(
  { log }: Pick<Platform, 'log'>,
  address: SlotKey & { readonly bookingId: string },
): Promise<CancelOutcome> {
  const { ended } = await readStream(log, slotStream(address), slotEvents, slot);
  const outcome = ended.get(address.bookingId)?.outcome;
  return outcome === 'lateCancelled' || outcome === 'cancelledByHospital' ? outcome : 'cancelledByPatient';
}
