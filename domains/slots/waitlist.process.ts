import type { OfferReturnedSlotCommand } from '@qingpu/contracts/commands/slots';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { BookingCancelled, HoldExpired } = slotEvents;
const catalogue = { BookingCancelled, HoldExpired };

/** Offers a slot that came back to those who wait for it, before the public may have it. */
export const waitlistProcess: ProcessManager<typeof catalogue, OfferReturnedSlotCommand> = {
  name: 'waitlist',
  catalogue,
  react({ type, data }) {
    const { institutionCode, scheduleId, slotId, bookingId } = data;
    const fenced = type === 'BookingCancelled' && data.returnsAt === null;
    return [
      {
        type: 'OfferReturnedSlot',
        institutionCode,
        scheduleId,
        slotId: fenced ? null : slotId,
        endedBookingId: bookingId,
      },
    ];
  },
};
