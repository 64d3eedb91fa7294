import { z } from 'zod';

/*
 * The payment gateway. We sign our requests to it and it signs its own to us, both as hospitals do
 * (partners/hospital/signature) with the secret that both know; the partner's id is PAYMENT_GATEWAY either way.
 * Orders and refunds are known by our own numbers: the same number again is the same order, never a second one.
 */

export const PAYMENT_GATEWAY = 'payment-gateway';

/** Paths at the gateway. Reading is GET on an order's or a refund's own path. */
export const ORDERS_PATH = '/payment-gateway/v1/orders';
export const REFUNDS_PATH = '/payment-gateway/v1/refunds';
/** POST `<ORDERS_PATH>/<orderNumber>/closure`: an open order can no longer be paid; a paid one stays paid. */
export const CLOSURE = 'closure';
/** Where the gateway reports what was paid, at our side. It reports again until it is answered 200. */
export const PAYMENT_RESULTS_PATH = '/api/partner/v1/payment-results';

const numberSchema = z.string().regex(/^[A-Za-z0-9]{8,32}$/);
const merchantSchema = z.string().regex(/^[A-Za-z0-9]{1,32}$/);
const fenSchema = z.number().int().min(1).max(10_000_000);
const momentSchema = z.iso.datetime({ offset: true });
const urlSchema = z.url({ protocol: /^https?$/ }).max(500);

/** POST ORDERS_PATH. Answered with the order; 409 when the number stands for another order, 422 with a code when it is not taken. */
export const newOrderSchema = z.strictObject({
  orderNumber: numberSchema,
  /** Whose account the money goes to: the institution's code. */
  merchant: merchantSchema,
  /** Ours; the gateway's reports carry it back. */
  reference: z.uuid(),
  amountFen: fenSchema,
  /** What payers read. Neutral words: nothing of the patient, the department or the doctor. */
  subject: z.string().min(1).max(60),
  /** From then on nobody can pay it. */
  expiresAt: momentSchema,
  /** Where the gateway reports. */
  notifyUrl: urlSchema,
  /** Where the payer's browser goes afterwards. */
  returnUrl: urlSchema,
});
export type NewOrder = z.infer<typeof newOrderSchema>;

/** An order as the gateway has it. 404 when it has none of that number. */
export const orderSchema = z.object({
  orderNumber: z.string(),
  gatewayOrderNumber: z.string().min(1).max(64),
  state: z.enum(['open', 'paid', 'closed']),
  amountFen: z.number().int(),
  /** Where it is paid; null once it cannot be. */
  payUrl: urlSchema.nullable(),
  /** Set once it is paid. */
  gatewayTradeNumber: z.string().min(1).max(64).nullable(),
  paidAt: momentSchema.nullable(),
});
export type GatewayOrder = z.infer<typeof orderSchema>;

/** POST REFUNDS_PATH. Answered with the refund. */
export const newRefundSchema = z.strictObject({
  refundNumber: numberSchema,
  orderNumber: numberSchema,
  amountFen: fenSchema,
  reason: z.string().min(1).max(60),
});
export type NewRefund = z.infer<typeof newRefundSchema>;

/** A refund as the gateway has it. 404 when it has none of that number. */
export const refundSchema = z.object({
  refundNumber: z.string(),
  orderNumber: z.string(),
  gatewayRefundNumber: z.string().min(1).max(64),
  amountFen: z.number().int(),
  state: z.enum(['processing', 'succeeded', 'refused']),
  /** A code, when it was refused. */
  cause: z.string().max(60).nullable(),
  refundedAt: momentSchema.nullable(),
});
export type GatewayRefund = z.infer<typeof refundSchema>;

/** POST PAYMENT_RESULTS_PATH, from the gateway: an order was paid. */
export const paymentResultSchema = z.strictObject({
  reference: z.uuid(),
  orderNumber: numberSchema,
  gatewayTradeNumber: z.string().min(1).max(64),
  state: z.literal('paid'),
  amountFen: z.number().int().min(0).max(100_000_000),
  paidAt: momentSchema,
});
export type PaymentResult = z.infer<typeof paymentResultSchema>;

/** Our answer. */
export const paymentResultAnswerSchema = z.object({ orderNumber: z.string(), received: z.literal(true) });

/*
 * Statements: what came in and went back through our orders on one calendar day in Shanghai at one merchant, by the
 * gateway's own times. They are drawn up once the day is over and come in pages.
 */

/** GET `<STATEMENTS_PATH>/<merchant>/<date>/<page>`; pages count from 1. 404 until the statement is drawn up. */
export const STATEMENTS_PATH = '/payment-gateway/v1/statements';
export const STATEMENT_PAGE_LINES = 500;
export const MOST_STATEMENT_PAGES = 200;

const statementLine = {
  /** What was given with the order. */
  reference: z.uuid(),
  orderNumber: numberSchema,
  amountFen: z.number().int().min(0).max(100_000_000),
  at: momentSchema,
};
export const statementLineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('payment'),
    ...statementLine,
    gatewayTradeNumber: z.string().min(1).max(64),
  }),
  z.object({
    kind: z.literal('refund'),
    ...statementLine,
    refundNumber: numberSchema,
    gatewayRefundNumber: z.string().min(1).max(64),
  }),
]);
export type GatewayStatementLine = z.infer<typeof statementLineSchema>;

const countSchema = z.number().int().min(0);
export const statementPageSchema = z.object({
  merchant: z.string(),
  date: z.iso.date(),
  page: z.number().int(),
  /** 1 for a day without any line. */
  pages: z.number().int().min(1).max(MOST_STATEMENT_PAGES),
  /** Of the whole day, the same on every page: what is missing or cut short is noticed. */
  totals: z.object({
    payments: countSchema,
    paymentsFen: countSchema,
    refunds: countSchema,
    refundsFen: countSchema,
  }),
  lines: z.array(statementLineSchema).max(STATEMENT_PAGE_LINES),
});
export type GatewayStatementPage = z.infer<typeof statementPageSchema>;
