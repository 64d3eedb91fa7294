import { z } from 'zod';
import { codesOf } from '../codes/directory-tables.ts';
import {
  CALL_OFF_CAUSES,
  CLOSING_CAUSES,
  MOVEMENT_SUBJECTS,
  PAYMENT_PURPOSES,
  REFUND_CAUSES,
  STATEMENT_DIFFERENCES,
} from '../codes/payment-tables.ts';
import type { EventOf } from './catalogue.ts';
import { calendarDateSchema } from './slots.ts';

const idSchema = z.uuid();
/** ISO 8601 with offset. */
const momentSchema = z.string();
const fenSchema = z.number().int().positive();
/** A stable code of the gateway's, never what it said. */
const codeSchema = z.string().max(60);

const ofPayment = { paymentId: idSchema, bookingId: idSchema, personId: idSchema };
/** Our own number of one order at the gateway; a payment has one after the other until one is paid. */
const ofOrder = { ...ofPayment, orderNumber: z.string() };
const ofRefund = { ...ofOrder, refundNumber: z.string() };
/** The gateway's word: what it told us by itself, or what it answered when it was asked. */
const sourceSchema = z.enum(['callback', 'query']);

/** The slot on which the booking stands, so that what was paid for can be found from the payment alone. */
export const paidSlotSchema = z.object({
  institutionCode: z.string(),
  scheduleId: z.string(),
  slotId: z.string(),
});

const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });

/** What can happen to the payment of one booking; its stream is `payment-<id>`. */
export const paymentEvents = {
  /** The order stands here before the gateway hears of it. It can be paid until then. */
  PaymentRequested: event({
    ...ofOrder,
    purpose: z.enum(codesOf(PAYMENT_PURPOSES)),
    slot: paidSlotSchema,
    amountFen: fenSchema,
    until: momentSchema,
    policyVersion: z.string(),
  }),
  /** The gateway has taken the order; it is paid at that address. */
  PaymentOpened: event({ ...ofOrder, gatewayOrderNumber: z.string(), payUrl: z.string() }),
  /** The gateway did not take the order. */
  PaymentFailed: event({ ...ofOrder, cause: codeSchema }),
  /** Money has come in. `settles`: it pays for what was asked; otherwise it goes back at once. */
  PaymentSucceeded: event({
    ...ofOrder,
    slot: paidSlotSchema,
    gatewayTradeNumber: z.string(),
    amountFen: fenSchema,
    paidAt: momentSchema,
    source: sourceSchema,
    settles: z.boolean(),
  }),
  /** The gateway has confirmed that the order can no longer be paid. */
  PaymentClosed: event({ ...ofOrder, cause: z.enum(codesOf(CLOSING_CAUSES)) }),
  /** No money is wanted any more. */
  PaymentCalledOff: event({ ...ofPayment, cause: z.enum(codesOf(CALL_OFF_CAUSES)) }),
  /** A report of the gateway's that does not fit the order was not believed. */
  GatewayReportRefused: event({
    ...ofOrder,
    gatewayTradeNumber: z.string(),
    reportedFen: z.number().int(),
    source: sourceSchema,
    cause: z.enum(['amountDiffers', 'tradeDiffers']),
  }),
  /** The refund stands here before the gateway hears of it. */
  RefundRequested: event({ ...ofRefund, amountFen: fenSchema, cause: z.enum(codesOf(REFUND_CAUSES)) }),
  /** The gateway has taken the refund and is not done yet. */
  RefundAccepted: event(ofRefund),
  RefundSucceeded: event({ ...ofRefund, gatewayRefundNumber: z.string(), refundedAt: momentSchema }),
  /** The gateway will not refund it: a task for a person. */
  RefundRefused: event({ ...ofRefund, cause: codeSchema }),
  /** Somebody at the desk gave back otherwise what the gateway refused to refund, and says how. Never a person's data. */
  RefundSettledByHand: event({ ...ofRefund, reason: z.string().max(200) }),
} as const;

/** One institution's calendar day in Shanghai, of which the gateway has a statement. */
const ofStatement = { institutionCode: z.string(), date: calendarDateSchema };
const countSchema = z.number().int().min(0);

/** How many payments and refunds a day had, and how much they were. */
export const dayTotalsSchema = z.object({
  payments: countSchema,
  paymentsFen: countSchema,
  refunds: countSchema,
  refundsFen: countSchema,
});

/** Differences that one comparison lists at the most; the others are only counted. */
export const MOST_LISTED_DIFFERENCES = 500;
export const statementDifferenceSchema = z.object({
  subject: z.enum(codesOf(MOVEMENT_SUBJECTS)),
  /** Number of the order or the refund, as we or the gateway have it. */
  number: z.string().max(40),
  kind: z.enum(codesOf(STATEMENT_DIFFERENCES)),
  /** The payment that it belongs to, as we have it, or else as the gateway says: then there may be none of that id. */
  paymentId: idSchema,
  hereFen: z.number().int().nullable(),
  thereFen: z.number().int().nullable(),
});

/** What can happen to the gateway's statement of one day; its stream is `statement-<institution>-<date>`. */
export const statementEvents = {
  /** The day is over, and money may have moved: its statement is asked for until it is there. */
  StatementDue: event(ofStatement),
  /** The statement was compared with our payments; stands in for every comparison before. */
  StatementCompared: event({
    ...ofStatement,
    here: dayTotalsSchema,
    there: dayTotalsSchema,
    differences: z.array(statementDifferenceSchema).max(MOST_LISTED_DIFFERENCES),
    /** Differences beyond those listed. */
    unlisted: countSchema,
    /** Differences, listed or not, that nobody has settled. */
    open: countSchema,
  }),
  /** Somebody has cleared up one difference. `open` are left. */
  StatementDifferenceSettled: event({
    ...ofStatement,
    difference: statementDifferenceSchema,
    reason: z.string().max(200),
    open: countSchema,
  }),
} as const;

export type PaymentEvent = EventOf<typeof paymentEvents>;
export type StatementEvent = EventOf<typeof statementEvents>;
export type DayTotals = z.infer<typeof dayTotalsSchema>;
export type StatementDifference = z.infer<typeof statementDifferenceSchema>;
export type PaidSlot = z.infer<typeof paidSlotSchema>;
