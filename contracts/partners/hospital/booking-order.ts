import { z } from 'zod';
import { CHANNEL_KINDS, codesOf } from '../../codes/directory-tables.ts';
import { CARD_KINDS } from '../../codes/resident-tables.ts';
import { SCHEDULE_KINDS, SESSIONS, TIERS } from '../../codes/slot-tables.ts';
import { namedPersonSchema } from './slots.ts';

/*
 * POST <hospital>/qingpu/v1/booking-orders: the platform tells the hospital of each booking and each cancellation as
 * it happens (预约单同步, F3.04, F3.10). Orders of one slot come one after the other; the hospital knows a repeated one
 * by orderNumber and revision. A cancellation of an order that it never had is of a hold, and nothing to it.
 */

const ofOrder = {
  deliveryId: z.string(),
  institutionCode: z.string(),
  orderNumber: z.string(),
  /** Grows with everything that happens to the slot: what is older than the newest known may be passed over. */
  revision: z.number().int(),
  /** When it happened, ISO 8601 with offset. */
  at: z.string(),
  scheduleId: z.string(),
  slotId: z.string(),
};

const booked = {
  ...ofOrder,
  state: z.literal('booked'),
  /** The hospital's own number, where it gave one before. */
  hospitalOrderNumber: z.string().nullable(),
  departmentCode: z.string(),
  clinicCode: z.string().nullable(),
  doctorCode: z.string().nullable(),
  kind: z.enum(codesOf(SCHEDULE_KINDS)),
  date: z.string(),
  session: z.enum(codesOf(SESSIONS)),
  start: z.string(),
  end: z.string(),
  feeFen: z.number().int(),
  tier: z.enum(codesOf(TIERS)),
  channel: z.enum(codesOf(CHANNEL_KINDS)),
  /** Order number of a booking that the hospital had called off and that this one stands in for. */
  replaces: z.string().nullable(),
};

const cancelled = {
  ...ofOrder,
  state: z.literal('cancelled'),
  outcome: z.enum(['cancelledByPatient', 'lateCancelled', 'cancelledByHospital']),
};

/** As it waits to be delivered: the person by id only. */
export const bookingOrderPayloadSchema = z.discriminatedUnion('state', [
  z.strictObject({ ...booked, personId: z.uuid(), cardId: z.uuid().nullable() }),
  z.strictObject(cancelled),
]);
export type BookingOrderPayload = z.infer<typeof bookingOrderPayloadSchema>;

/** As the hospital gets it: the person is opened at the moment of delivery, and only for a booking. */
export const bookingOrderSchema = z.discriminatedUnion('state', [
  z.strictObject({
    ...booked,
    person: namedPersonSchema,
    card: z.strictObject({ kind: z.enum(codesOf(CARD_KINDS)), number: z.string() }).nullable(),
  }),
  z.strictObject(cancelled),
]);
export type BookingOrder = z.infer<typeof bookingOrderSchema>;

/** The hospital's answer; a delivery seen before is answered the same way. */
export const bookingOrderAnswerSchema = z.object({ deliveryId: z.string(), received: z.literal(true) });
