import type { LedgerEvent } from '@qingpu/contracts/events/slots';
import type { SlotKey } from './streams.ts';

/** The slot that a person's booking came to stand on, as the ledger tells; undefined when it never heard of it. */
export function claimedSlot(ledger: readonly LedgerEvent[], bookingId: string): SlotKey | undefined {
  const claims = ledger.flatMap(({ type, data }) =>
    type === 'BookingClaimed' && data.booking.bookingId === bookingId ? [data.slot] : [],
  );
  const moves = ledger.flatMap(({ type, data }) =>
    type === 'ClaimMoved' && data.bookingId === bookingId ? [data.slotId] : [],
  );
  const claim = claims.at(-1);
  if (!claim) return undefined;
  const { institutionCode, scheduleId, slotId } = claim;
  return { institutionCode, scheduleId, slotId: moves.at(-1) ?? slotId };
}
