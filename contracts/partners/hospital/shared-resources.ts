import { z } from 'zod';
import { codesOf } from '../../codes/directory-tables.ts';
import { CARD_KINDS } from '../../codes/resident-tables.ts';
import { hospitalIdSchema, landedOrderSchema } from '../../events/slots.ts';
import { namedPersonSchema } from './slots.ts';

/*
 * What the platform asks a hospital in shared mode (资源共享, F1.08–F1.15), in real time. Each call is a POST with a JSON
 * body below <hospital>/qingpu/v1/shared, signed as every request between the two (`signature.ts`). The Idempotency-Key
 * is the order's number where something is done, empty where something is read. A hospital answers 200 also where it
 * refuses: any other answer, or none, leaves open what became of the call.
 *
 * An order is known by the platform's number. It is booked once at most: the same order again is answered as the first
 * time, and an order that was cancelled before it was ever booked can never be booked any more.
 */

/** Most slots of a schedule, and most orders of one page. */
export const MAX_SHARED_SLOTS = 500;
export const MAX_SHARED_ORDERS = 500;
/** Most pages of one day's orders. */
export const MAX_SHARED_PAGES = 100;
/** Most doctors or clinics of one answer. */
export const MAX_SHARED_LINES = 2_000;

const institutionCode = z.string().length(22);
const orderNumber = z.string().min(1).max(40);
const calendarDate = z.iso.date();
const ofOrder = { institutionCode, orderNumber };
/** Says which question an answer is to. */
const requestId = z.uuid();

const card = z.strictObject({ kind: z.enum(codesOf(CARD_KINDS)), number: z.string().min(1).max(40) });

/** Why a hospital does not book. */
export const SHARED_REFUSALS = {
  taken: '号源已被约走',
  notOnSale: '号源未开放或已停诊',
  cardInvalid: '就诊卡不可用',
  personRefused: '该就诊人不能预约',
  orderVoided: '预约单已作废',
} as const;
export type SharedRefusal = keyof typeof SHARED_REFUSALS;

/** Why a hospital does not take a card. */
export const CARD_REFUSALS = {
  unknown: '医院没有这张卡',
  otherPerson: '卡不属于该就诊人',
  suspended: '卡已挂失或停用',
} as const;

/** States of an order at the hospital. */
const orderState = landedOrderSchema.shape.state;

const bookedAnswer = z.object({
  orderNumber,
  result: z.literal('booked'),
  /** The hospital's own number. */
  hospitalOrderNumber: z.string().min(1).max(40),
});

/** F1.08 号源查询: which slots of a schedule the hospital still has. */
export const slotsAskedSchema = z.strictObject({ requestId, institutionCode, scheduleId: hospitalIdSchema });
export const slotsAnswerSchema = z.object({
  requestId: z.string(),
  scheduleId: z.string(),
  slots: z.array(z.object({ slotId: z.string(), free: z.boolean() })).max(MAX_SHARED_SLOTS),
});

/** F1.09 号源预约. */
export const orderAskedSchema = z.strictObject({
  ...ofOrder,
  scheduleId: hospitalIdSchema,
  slotId: hospitalIdSchema,
  date: calendarDate,
  start: z.string(),
  end: z.string(),
  person: namedPersonSchema,
  card: card.nullable(),
});
export type OrderAsked = z.infer<typeof orderAskedSchema>;
export const orderAnswerSchema = z.discriminatedUnion('result', [
  bookedAnswer,
  z.object({ orderNumber, result: z.literal('refused'), code: z.enum(codesOf(SHARED_REFUSALS)) }),
]);
export type OrderAnswer = z.infer<typeof orderAnswerSchema>;

/**
 * F1.10 预约退号. `always` gives the slot back whatever became of the order. `unlessBooked` only makes sure that an order
 * which is not booked never will be, in one step: a hospital that has booked it says so and leaves it.
 */
export const cancellationAskedSchema = z.strictObject({
  ...ofOrder,
  when: z.enum(['always', 'unlessBooked']),
});
export const cancellationAnswerSchema = z.discriminatedUnion('result', [
  bookedAnswer,
  /** It was booked and is not any more, or never can be. */
  z.object({ orderNumber, result: z.literal('cancelled') }),
]);
export type CancellationAnswer = z.infer<typeof cancellationAnswerSchema>;

/** F1.11 预约单列表查询: what the hospital has of the platform's orders for one day of visits, page by page from 1. */
export const ordersAskedSchema = z.strictObject({
  requestId,
  institutionCode,
  date: calendarDate,
  page: z.number().int().min(1).max(MAX_SHARED_PAGES),
});
export const ordersAnswerSchema = z.object({
  requestId: z.string(),
  page: z.number().int(),
  pages: z.number().int().min(1).max(MAX_SHARED_PAGES),
  orders: z.array(landedOrderSchema).max(MAX_SHARED_ORDERS),
});

/** F1.12 预约单详情查询. */
export const orderDetailAskedSchema = z.strictObject({ requestId, ...ofOrder });
export const orderDetailAnswerSchema = z.object({
  requestId: z.string(),
  orderNumber,
  /** Null when the hospital never heard of the order. */
  order: z
    .object({
      state: orderState,
      hospitalOrderNumber: z.string().min(1).max(40),
      scheduleId: z.string(),
      slotId: z.string(),
    })
    .nullable(),
});

/** F1.13 预约患者卡信息验证. */
export const cardAskedSchema = z.strictObject({
  requestId,
  institutionCode,
  person: namedPersonSchema,
  card,
});
export const cardAnswerSchema = z.object({
  requestId: z.string(),
  valid: z.boolean(),
  reason: z.enum(codesOf(CARD_REFUSALS)).nullable(),
});

/** F1.14 可预约医生, F1.15 可预约门诊: who and what can still be booked on days of visits, both included. */
export const bookableAskedSchema = z.strictObject({
  requestId,
  institutionCode,
  from: calendarDate,
  to: calendarDate,
});
const bookableLine = { departmentCode: z.string(), date: calendarDate, free: z.number().int().min(0) };
export const doctorsAnswerSchema = z.object({
  requestId: z.string(),
  doctors: z.array(z.object({ doctorCode: z.string(), ...bookableLine })).max(MAX_SHARED_LINES),
});
export const clinicsAnswerSchema = z.object({
  requestId: z.string(),
  clinics: z.array(z.object({ clinicCode: z.string(), ...bookableLine })).max(MAX_SHARED_LINES),
});

const ROOT = '/qingpu/v1/shared';

/** The eight calls. `writes`: something is done, under the order's number as the key. */
export const SHARED_CALLS = {
  slots: { path: `${ROOT}/slots`, asked: slotsAskedSchema, answer: slotsAnswerSchema, writes: false },
  book: { path: `${ROOT}/orders`, asked: orderAskedSchema, answer: orderAnswerSchema, writes: true },
  cancel: {
    path: `${ROOT}/cancellations`,
    asked: cancellationAskedSchema,
    answer: cancellationAnswerSchema,
    writes: true,
  },
  orders: { path: `${ROOT}/order-list`, asked: ordersAskedSchema, answer: ordersAnswerSchema, writes: false },
  order: {
    path: `${ROOT}/order-detail`,
    asked: orderDetailAskedSchema,
    answer: orderDetailAnswerSchema,
    writes: false,
  },
  card: { path: `${ROOT}/card-check`, asked: cardAskedSchema, answer: cardAnswerSchema, writes: false },
  doctors: {
    path: `${ROOT}/bookable-doctors`,
    asked: bookableAskedSchema,
    answer: doctorsAnswerSchema,
    writes: false,
  },
  clinics: {
    path: `${ROOT}/bookable-clinics`,
    asked: bookableAskedSchema,
    answer: clinicsAnswerSchema,
    writes: false,
  },
} as const;
export type SharedCall = keyof typeof SHARED_CALLS;
export type SharedAsked<Call extends SharedCall> = z.infer<(typeof SHARED_CALLS)[Call]['asked']>;
export type SharedAnswer<Call extends SharedCall> = z.infer<(typeof SHARED_CALLS)[Call]['answer']>;
