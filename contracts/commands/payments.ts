import type { CallOffCause } from '../codes/payment-tables.ts';

/** The booking is over, or could not become a registration: no money is wanted, and what was paid goes back. */
export interface CallOffPaymentCommand {
  readonly type: 'CallOffPayment';
  readonly bookingId: string;
  readonly cause: CallOffCause;
}
