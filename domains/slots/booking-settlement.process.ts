import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type {
  CloseBookingCommand,
  LedgerProcessCommand,
  MarkRehomedCommand,
} from '@qingpu/contracts/commands/slots';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const {
  SlotHeld,
  SlotBooked,
  HoldExpired,
  BookingCancelled,
  SlotFenced,
  BookingFulfilled,
  NoShowReported,
  BookingUnreported,
  OutcomeCorrected,
} = slotEvents;
const catalogue = {
  SlotHeld,
  SlotBooked,
  HoldExpired,
  BookingCancelled,
  SlotFenced,
  BookingFulfilled,
  NoShowReported,
  BookingUnreported,
  OutcomeCorrected,
};

type SettlementCommand = LedgerProcessCommand | MarkRehomedCommand;

/** Carries what the slots decided to the persons' ledgers: a claim came through, a booking is over, an outcome was wrong. */
export const bookingSettlementProcess: ProcessManager<typeof catalogue, SettlementCommand> = {
  name: 'booking-settlement',
  catalogue,
  react({ type, data }, { metadata }) {
    // Stored times carry the offset of Shanghai, so that their date is Shanghai's.
    const on = metadata.occurredAt.slice(0, 10);
    switch (type) {
      case 'SlotHeld':
        return [settle(data.booking)];
      case 'SlotBooked':
        return [settle(data.booking), ...rehome(data.booking)];
      case 'HoldExpired':
        return [close(data, 'expired', on)];
      case 'BookingCancelled':
        return [close(data, data.outcome, on)];
      case 'SlotFenced':
        return data.displaced ? [close(data.displaced, 'cancelledByHospital', on)] : [];
      case 'BookingFulfilled':
        return [close(data, 'fulfilled', on)];
      case 'NoShowReported':
        return [close(data, 'noShow', on)];
      case 'BookingUnreported':
        return [close(data, 'unreported', on)];
      case 'OutcomeCorrected': {
        const { personId, bookingId, to, reason } = data;
        return [{ type: 'CorrectClosure', personId, bookingId, outcome: to, reason }];
      }
    }
  },
};

interface Whose {
  readonly personId: string;
  readonly bookingId: string;
}

function settle({ personId, bookingId }: Whose): SettlementCommand {
  return { type: 'SettleClaim', personId, bookingId };
}

function rehome({ personId, bookingId, replaces }: Whose & { readonly replaces: string | null }) {
  if (replaces === null) return [];
  return [{ type: 'MarkRehomed', personId, bookingId: replaces, toBookingId: bookingId } as const];
}

function close({ personId, bookingId }: Whose, outcome: Outcome, on: string): CloseBookingCommand {
  return { type: 'CloseBooking', personId, bookingId, outcome, on };
}
