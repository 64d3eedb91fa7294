import type {
  CallOffCause,
  OrderState,
  RefundCause,
  RefundState,
} from '@qingpu/contracts/codes/payment-tables';
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
  /** The calendar day of that in Shanghai. */
  readonly requestedOn: string;
  /** Where it stands for the desk, whatever the time. */
  readonly state: OrderState;
  /** Until when it can be paid, in milliseconds since 1970. */
  readonly until: number;
  readonly status: 'requested' | 'opened' | 'paid' | 'failed' | 'closed';
  /** Whether its money pays for the booking; missing until it is paid. */
  readonly settles?: boolean;
  readonly paidFen?: number;
  readonly paidAt?: string;
  /** The newest refund; missing unless money goes back. */
  readonly refund?: RefundState;
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
  version: 2,
  collections: {
    orders: [
      { keys: { bookingId: 1 } },
      { keys: { unsettled: 1, requestedAt: 1 } },
      { keys: { requestedAt: -1 } },
      { keys: { institutionCode: 1, requestedAt: -1 } },
      { keys: { state: 1, requestedAt: -1 } },
    ],
    payments: [],
  },
};
