import type {
  CallOffCause,
  OrderState,
  RefundCause,
  RefundState,
  StatementState,
} from '@qingpu/contracts/codes/payment-tables';
import type { DayTotals, StatementDifference } from '@qingpu/contracts/events/payments';
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
  /** The calendar day of that in Shanghai. */
  readonly paidOn?: string;
  readonly gatewayTradeNumber?: string;
  /** The newest refund; missing unless money goes back. */
  readonly refund?: RefundState;
  readonly refundNumber?: string;
  readonly refundCause?: RefundCause;
  /** Why the gateway refused; null once it is asked again. */
  readonly refusal?: string | null;
  /** The day on which the gateway made the refund, and its number of it; missing until then. */
  readonly refundedOn?: string;
  readonly gatewayRefundNumber?: string;
  /** Whether the gateway still has to be asked about it. */
  readonly unsettled: boolean;
}

/** What is known of a payment as a whole; `_id` is its id. */
export interface PaymentDocument extends ViewDocument {
  readonly calledOff: CallOffCause;
}

/** The comparison of one day at one institution; `_id` is institution and date, `guard` the revision of its stream. */
export interface StatementDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly date: string;
  readonly state: StatementState;
  /** Differences that nobody has settled; missing before the first comparison, as all that follows. */
  readonly open?: number;
  readonly here?: DayTotals;
  readonly there?: DayTotals;
  readonly comparedAt?: string;
  readonly differences?: readonly StatementDifference[];
  readonly unlisted?: number;
  /** By subject and number; each holds for the difference just as it was then. */
  readonly settlements?: Readonly<Record<string, DifferenceSettlement>>;
}

export interface DifferenceSettlement {
  readonly difference: StatementDifference;
  readonly reason: string;
  readonly at: string;
}

export const paymentsView: ViewDefinition = {
  name: VIEW_NAMES.payments,
  version: 3,
  collections: {
    orders: [
      { keys: { bookingId: 1 } },
      { keys: { unsettled: 1, requestedAt: 1 } },
      { keys: { requestedAt: -1 } },
      { keys: { institutionCode: 1, requestedAt: -1 } },
      { keys: { state: 1, requestedAt: -1 } },
      { keys: { requestedOn: 1, institutionCode: 1 } },
      { keys: { paidOn: 1, institutionCode: 1 } },
      { keys: { refundedOn: 1, institutionCode: 1 } },
    ],
    payments: [],
    statements: [
      { keys: { state: 1, date: -1 } },
      { keys: { institutionCode: 1, date: -1 } },
      { keys: { date: -1 } },
    ],
  },
};
