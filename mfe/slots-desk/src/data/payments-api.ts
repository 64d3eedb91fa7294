import type { Page } from '@qingpu/contracts/http/paging';
import {
  type PaymentDetail,
  type PaymentOrder,
  paymentDetailSchema,
  paymentOrderPageSchema,
} from '@qingpu/contracts/http/payments';
import { actResultSchema } from '@qingpu/contracts/http/slots';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import type { QueryValues } from '@qingpu/mfe-kit/query-state';
import type { Submission } from '@qingpu/mfe-kit/submission';
import type { ActResult } from './slots-api.ts';

/** Everything that the desk reads and does about payments; writes take the submission that holds their idempotency key. */
export interface PaymentsApi {
  orders(query: QueryValues, signal: AbortSignal): Promise<Page<PaymentOrder>>;
  payment(id: string, signal: AbortSignal): Promise<PaymentDetail>;
  /** The gateway is asked again for a refund that it refused. */
  retryRefund(id: string, refundNumber: string, submission: Submission): Promise<ActResult>;
  /** What the gateway refused was given back otherwise; the reason says how. */
  settleRefund(id: string, refundNumber: string, reason: string, submission: Submission): Promise<ActResult>;
}

const PAYMENTS = '/api/slots/desk/payments';

export function createPaymentsApi(api: ApiClient): PaymentsApi {
  return {
    orders: (query, signal) => api.read(PAYMENTS, paymentOrderPageSchema, { query, signal }),
    payment: (id, signal) => api.read(`${PAYMENTS}/${id}`, paymentDetailSchema, { signal }),
    retryRefund: (id, refundNumber, submission) =>
      api.write('POST', `${PAYMENTS}/${id}/refund-retry`, actResultSchema, {
        body: { refundNumber },
        submission,
      }),
    settleRefund: (id, refundNumber, reason, submission) =>
      api.write('POST', `${PAYMENTS}/${id}/refund-settlement`, actResultSchema, {
        body: { refundNumber, reason },
        submission,
      }),
  };
}
