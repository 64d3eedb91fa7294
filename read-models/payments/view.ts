import type { CallOffCause, RefundCause } from '@qingpu/contracts/codes/payment-tables';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

/** One order at the gateway; `_id` is our number of it, `guard` the revision of its payment's stream. */
export interface OrderDocument extends ViewDocument {
  readonly paymentId: string;
  readonly bookingId: string;
  readonly institutionCode: string;
  readonly amountFen: number;
  readonly requestedAt: string;
  /** Until when it can be paid, in milliseconds since 1970. */
  readonly until: number;
  readonly status: 'requested' | 'opened' | 'paid' | 'failed' | 'closed';
  /** Whether its money pays for the booking; missing until it is paid. */
  readonly settles?: boolean;
  readonly paidFen?: number;
  readonly paidAt?: string;
  /** The newest refund; missing unless money goes back. */
  readonly refund?: 'requested' | 'accepted' | 'succeeded' | 'refused';
  readonly refundNumber?: string;
  readonly refundCause?: RefundCause;
  /** Why the gateway refused; null once it is asked again. */
  readonly refusal?: string | null;
  /** Whether the gateway still has to be asked about it. */
  readonly unsettled: boolean;
}

/** What is known of a payment as a whole; `_id` is its id. */
export interface PaymentDocument extends ViewDocument {
  readonly calledOff: CallOffCause;
}

export const paymentsView: ViewDefinition = {
  name: VIEW_NAMES.payments,
  version: 1,
  collections: {
    orders: [
      { keys: { bookingId: 1 } },
      { keys: { unsettled: 1, requestedAt: 1 } },
      { keys: { refund: 1, requestedAt: 1 } },
    ],
    payments: [],
  },
};
