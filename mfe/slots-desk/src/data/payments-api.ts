import type { Page } from '@qingpu/contracts/http/paging';
import {
  type PaymentDetail,
  type PaymentOrder,
  paymentDetailSchema,
  paymentOrderPageSchema,
  type Statement,
  type StatementDetail,
  statementDetailSchema,
  statementPageSchema,
} from '@qingpu/contracts/http/payments';
import { actResultSchema } from '@qingpu/contracts/http/slots';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import type { QueryValues } from '@qingpu/mfe-kit/query-state';
import type { Submission } from '@qingpu/mfe-kit/submission';
import type { ActResult } from './slots-api.ts';

/** One institution's day, of which the gateway has a statement. */
export interface StatementDay {
  readonly institutionCode: string;
  readonly date: string;
}

/** Everything that the desk reads and does about payments; writes take the submission that holds their idempotency key. */
export interface PaymentsApi {
  orders(query: QueryValues, signal: AbortSignal): Promise<Page<PaymentOrder>>;
  payment(id: string, signal: AbortSignal): Promise<PaymentDetail>;
  /** The gateway is asked again for a refund that it refused. */
  retryRefund(id: string, refundNumber: string, submission: Submission): Promise<ActResult>;
  /** What the gateway refused was given back otherwise; the reason says how. */
  settleRefund(id: string, refundNumber: string, reason: string, submission: Submission): Promise<ActResult>;
  statements(query: QueryValues, signal: AbortSignal): Promise<Page<Statement>>;
  statement(day: StatementDay, after: string | undefined, signal: AbortSignal): Promise<StatementDetail>;
  /** Fetches the statement again and compares it anew. */
  compare(day: StatementDay, submission: Submission): Promise<ActResult>;
  settleDifference(day: StatementDay, body: object, submission: Submission): Promise<ActResult>;
}

const PAYMENTS = '/api/slots/desk/payments';
const STATEMENTS = '/api/slots/desk/statements';

export function createPaymentsApi(api: ApiClient): PaymentsApi {
  const pathOf = ({ institutionCode, date }: StatementDay) => `${STATEMENTS}/${institutionCode}/${date}`;
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
    statements: (query, signal) => api.read(STATEMENTS, statementPageSchema, { query, signal }),
    statement: (day, after, signal) =>
      api.read(pathOf(day), statementDetailSchema, { query: { after }, signal }),
    compare: (day, submission) =>
      api.write('POST', `${pathOf(day)}/comparison`, actResultSchema, { body: {}, submission }),
    settleDifference: (day, body, submission) =>
      api.write('POST', `${pathOf(day)}/settlement`, actResultSchema, { body, submission }),
  };
}
