import type { LedgerEvent } from '@qingpu/contracts/events/slots';
import type { SlotKey } from './streams.ts';

/** The slot that a person's booking came to stand on, as the ledger tells; undefined when it never heard of it. */
export function claimedSlot(ledger: readonly LedgerEvent[], bookingId: string): SlotKey | undefined {
  return ledger.reduce<SlotKey | undefined>((found, event) => {
    if (event.type === 'BookingClaimed' && event.data.booking.bookingId === bookingId) {
      const { institutionCode, scheduleId, slotId } = event.data.slot;
      return { institutionCode, scheduleId, slotId };
    }
    const moved = event.type === 'ClaimMoved' && event.data.bookingId === bookingId;
    return found && moved ? { ...found, slotId: event.data.slotId } : found;
  }, undefined);
}
