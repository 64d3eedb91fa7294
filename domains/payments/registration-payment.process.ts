import type { CallOffCause } from '@qingpu/contracts/codes/payment-tables';
import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { CallOffPaymentCommand } from '@qingpu/contracts/commands/payments';
import type { RegisterPaidVisitCommand } from '@qingpu/contracts/commands/slots';
import { paymentEvents } from '@qingpu/contracts/events/payments';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { PaymentSucceeded } = paymentEvents;
const { RegistrationRefused, BookingCancelled, SlotFenced, OutcomeCorrected } = slotEvents;
const catalogue = {
  PaymentSucceeded,
  RegistrationRefused,
  BookingCancelled,
  SlotFenced,
  OutcomeCorrected,
};

/**
 * Money that came in registers the visit (A1.14, A1.16); a booking that is cancelled, called off or cannot be registered
 * gives it back (A4.03). The slot decides which of the two came first.
 */
export const registrationPaymentProcess: ProcessManager<
  typeof catalogue,
  RegisterPaidVisitCommand | CallOffPaymentCommand
> = {
  name: 'registration-payment',
  catalogue,
  react({ type, data }) {
    switch (type) {
      case 'PaymentSucceeded': {
        const { paymentId, bookingId, personId, slot, settles } = data;
        return settles ? [{ type: 'RegisterPaidVisit', ...slot, paymentId, bookingId, personId }] : [];
      }
      case 'RegistrationRefused':
        return [callOff(data.bookingId, 'registrationRefused')];
      case 'BookingCancelled':
        return [callOff(data.bookingId, data.by === 'hospital' ? 'cancelledByHospital' : 'bookingCancelled')];
      case 'SlotFenced':
        return data.displaced ? [callOff(data.displaced.bookingId, 'cancelledByHospital')] : [];
      case 'OutcomeCorrected':
        return CANCELLED.has(data.to) ? [callOff(data.bookingId, 'outcomeCorrected')] : [];
    }
  },
};

const CANCELLED: ReadonlySet<Outcome> = new Set([
  'cancelledByPatient',
  'cancelledByHospital',
  'lateCancelled',
]);

function callOff(bookingId: string, cause: CallOffCause): CallOffPaymentCommand {
  return { type: 'CallOffPayment', bookingId, cause };
}
