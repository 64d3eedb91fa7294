import type { ReturnAllotmentCommand } from '@qingpu/contracts/commands/slots';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { BookingCancelled, HoldExpired, SlotFenced } = slotEvents;
const catalogue = { BookingCancelled, HoldExpired, SlotFenced };

/** Gives back what a booking platform had taken under its quota when the booking is over before the visit. */
export const allotmentReturnProcess: ProcessManager<typeof catalogue, ReturnAllotmentCommand> = {
  name: 'allotment-return',
  catalogue,
  react({ type, data }) {
    const { institutionCode, scheduleId } = data;
    const bookingId = type === 'SlotFenced' ? data.displaced?.bookingId : data.bookingId;
    return bookingId === undefined
      ? []
      : [{ type: 'ReturnAllotment', institutionCode, scheduleId, bookingId }];
  },
};
