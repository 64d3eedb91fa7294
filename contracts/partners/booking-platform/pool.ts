import { z } from 'zod';
import { codesOf } from '../../codes/directory-tables.ts';
import { CONTRACT_KINDS } from '../../codes/partner-contracts.ts';
import { reasonSchema } from '../../http/institutions.ts';
import { afterSchema, pageOf, pagingSchema } from '../../http/paging.ts';
import { personSchema } from '../../http/residents.ts';
import {
  bookingItemSchema,
  bookSchema,
  cancelResultSchema,
  intervalsSchema,
  scheduleItemSchema,
  schedulesQuerySchema,
} from '../../http/slots.ts';

/*
 * What the city's platform and third parties' booking platforms do with the district's slots (F4.01, F4.03), signed as
 * hospitals' requests are, under /api/partner/v1/pool:
 *
 * GET  institutions, departments?institution=            who offers slots
 * GET  schedules?institution=&…, schedules/<institution>/<schedule>/intervals   what is on offer to this platform
 * POST bookings                                          books for a person who is named in the signed body
 * GET  bookings/<id> · POST bookings/<id>/cancellation   its own orders and no others
 * GET  changes?after=<cursor>                            everything that has changed since
 *
 * Why changes are fetched and not pushed: each platform keeps its own cursor in the order of the log, so that nothing can
 * be lost on the way, be overtaken or be given up, however long a platform was away or was restored to an older day.
 * What time alone brings about — slots open, an interval is over — follows from `opensAt` and the date, and is no change.
 * A change says how the thing is now; the same may come again and then says the same or something newer.
 */

/** Of a schedule: how many of the public's slots this platform may sell, and has sold. Null: no limit. */
const allotmentSchema = z.object({ most: z.number().int(), used: z.number().int() }).nullable();

export const offeredScheduleSchema = scheduleItemSchema.extend({ allotment: allotmentSchema });
export type OfferedSchedule = z.infer<typeof offeredScheduleSchema>;

export const poolPlacesSchema = pageOf(z.object({ code: z.string(), name: z.string() }));
export const poolInstitutionsQuerySchema = pagingSchema;
export const poolDepartmentsQuerySchema = pagingSchema.extend({ institution: z.string().max(22) });
/** At most 31 days and 50 schedules a page. */
export const poolSchedulesQuerySchema = schedulesQuerySchema.extend({
  size: pagingSchema.shape.size.pipe(z.number().max(50, '每页最多50条')),
});
export const poolSchedulesSchema = pageOf(offeredScheduleSchema);
export const poolIntervalsSchema = intervalsSchema.omit({ schedule: true }).extend({
  schedule: offeredScheduleSchema,
});

/** The person is registered by real name, or found, before anything is booked. */
export const poolBookSchema = bookSchema
  .omit({ personId: true, cardId: true, replaces: true })
  .extend({ person: personSchema });
export type PoolBook = z.infer<typeof poolBookSchema>;
export const poolBookingSchema = z.object({
  bookingId: z.uuid(),
  orderNumber: z.string(),
  /** `pending`: the hospital has yet to confirm it. */
  state: z.enum(['booked', 'pending']),
  slotId: z.string(),
  position: z.string(),
});
export const poolCancelSchema = z.strictObject({ reason: reasonSchema.shape.reason.optional() });
export const poolCancelResultSchema = cancelResultSchema;

/** An order as the platform that made it sees it. */
export const poolOrderSchema = bookingItemSchema.omit({ personId: true, may: true });
export type PoolOrder = z.infer<typeof poolOrderSchema>;
export const poolOrderQuerySchema = afterSchema;

export const MAX_CHANGES = 100;
export const changesQuerySchema = z.object({
  /** The cursor that came last; 0 for everything from today on. */
  after: z
    .string()
    .regex(/^\d{1,19}$/, '游标须为数字')
    .default('0'),
  limit: z.coerce.number().int().min(1).max(MAX_CHANGES, `每次最多${MAX_CHANGES}条`).default(MAX_CHANGES),
});
const at = { position: z.string() };
export const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), ...at, schedule: offeredScheduleSchema }),
  z.object({ kind: z.literal('order'), ...at, order: poolOrderSchema }),
  /** Kinds of slots that are withheld now. */
  z.object({
    kind: z.literal('institution'),
    ...at,
    institutionCode: z.string(),
    withheld: z.array(z.enum(codesOf(CONTRACT_KINDS))),
  }),
  /** What this platform may sell, in percent of the public's slots. */
  z.object({
    kind: z.literal('quota'),
    ...at,
    institutionCode: z.string().nullable(),
    percent: z.number().int().nullable(),
  }),
]);
export type Change = z.infer<typeof changeSchema>;
export const changesSchema = z.object({
  items: z.array(changeSchema),
  /** To be sent as `after` next time. */
  next: z.string(),
  /** There is more already. */
  more: z.boolean(),
});
export type Changes = z.infer<typeof changesSchema>;
