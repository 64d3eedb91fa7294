import { z } from 'zod';
import { codesOf } from '../codes/directory-tables.ts';
import { ORDER_STATES, PAYMENT_STATES, REFUND_STATES, STATEMENT_STATES } from '../codes/payment-tables.ts';
import { dayTotalsSchema, statementDifferenceSchema } from '../events/payments.ts';
import { calendarDateSchema } from '../events/slots.ts';
import { reasonSchema } from './institutions.ts';
import { afterSchema, pageOf, pagingSchema } from './paging.ts';

/*
 * Payments at the desk. Paths under /api/slots/desk:
 *
 * GET payments, payments/<payment> · POST payments/<payment>/{refund-retry,refund-settlement}
 * GET statements, statements/<institution>/<date> · POST statements/<institution>/<date>/{comparison,settlement}
 *
 * Money is in fen. Writing requests carry Idempotency-Key and X-CSRF-Token. Lists page; `after` waits for a log position.
 */

const state = z.enum(codesOf(ORDER_STATES));
const fen = z.number().int();

/** GET payments: orders at the gateway, the newest first. `from` and `to` are the days on which they were asked for. */
export const paymentOrdersQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: z.string().max(40).optional(),
  state: state.optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
  /** Our whole number of the order, as payers read it on their bills. */
  order: z.string().trim().max(40).optional(),
});

/** One order at the gateway. */
export const paymentOrderSchema = z.object({
  orderNumber: z.string(),
  paymentId: z.uuid(),
  bookingId: z.uuid(),
  /** The number of the booking that people know. */
  bookingNumber: z.string(),
  institutionCode: z.string(),
  institutionName: z.string(),
  state,
  /** What was paid; until then what is asked for. */
  amountFen: fen,
  requestedAt: z.string(),
  paidAt: z.string().nullable(),
  /** Why money goes back, in words. */
  refundReason: z.string().nullable(),
});
export type PaymentOrder = z.infer<typeof paymentOrderSchema>;
export const paymentOrderPageSchema = pageOf(paymentOrderSchema);

/** GET payments/<payment>: all orders of one booking's payment, and what happened to them. */
export const paymentDetailSchema = z.object({
  paymentId: z.uuid(),
  bookingId: z.uuid(),
  bookingNumber: z.string(),
  institutionCode: z.string(),
  institutionName: z.string(),
  purpose: z.string(),
  amountFen: fen,
  /** Null when nothing is to be paid, and nothing was. */
  state: z.enum(codesOf(PAYMENT_STATES)).nullable(),
  orders: z.array(
    z.object({
      orderNumber: z.string(),
      state,
      amountFen: fen,
      /** Until when it could be paid. */
      until: z.string(),
      gatewayTradeNumber: z.string().nullable(),
      refunds: z.array(
        z.object({
          refundNumber: z.string(),
          amountFen: fen,
          reason: z.string(),
          state: z.enum(codesOf(REFUND_STATES)),
        }),
      ),
    }),
  ),
  /** Refunds that wait for somebody at the desk. */
  tasks: z.array(z.object({ refundNumber: z.string(), amountFen: fen })),
  timeline: z.array(
    z.object({ at: z.string(), what: z.string(), actor: z.string(), detail: z.string().nullable() }),
  ),
});
export type PaymentDetail = z.infer<typeof paymentDetailSchema>;

const refundNumber = z.string().max(40);
/** POST payments/<payment>/refund-retry: the gateway is asked again. */
export const retryRefundSchema = z.strictObject({ refundNumber });
/** POST payments/<payment>/refund-settlement: the money was given back otherwise; `reason` says how. */
export const settleRefundSchema = reasonSchema.extend({ refundNumber });

/* ---- the gateway's daily statements ---- */

/** GET statements: days with their totals, the newest first. `from` and `to` are days in Shanghai. */
export const statementsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: z.string().max(40).optional(),
  state: z.enum(codesOf(STATEMENT_STATES)).optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
});

export const statementSchema = z.object({
  institutionCode: z.string(),
  institutionName: z.string(),
  date: z.string(),
  state: z.enum(codesOf(STATEMENT_STATES)),
  /** Differences that nobody has settled. */
  open: z.number().int(),
  /** As our payments have it; null before the first comparison. */
  here: dayTotalsSchema.nullable(),
  /** As the gateway's statement has it. */
  there: dayTotalsSchema.nullable(),
  comparedAt: z.string().nullable(),
});
export type Statement = z.infer<typeof statementSchema>;
export const statementPageSchema = pageOf(statementSchema);

/** GET statements/<institution>/<date>. */
export const statementDetailSchema = statementSchema.extend({
  differences: z.array(
    statementDifferenceSchema.extend({
      settled: z.object({ reason: z.string(), at: z.string() }).nullable(),
    }),
  ),
  /** Differences beyond those listed. */
  unlisted: z.number().int(),
  asOf: z.string().nullable(),
  stale: z.boolean(),
});
export type StatementDetail = z.infer<typeof statementDetailSchema>;

/** POST statements/<institution>/<date>/settlement; POST …/comparison carries nothing and compares anew. */
export const settleStatementDifferenceSchema = reasonSchema.extend({
  subject: statementDifferenceSchema.shape.subject,
  number: statementDifferenceSchema.shape.number,
});
