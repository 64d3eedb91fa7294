import { z } from 'zod';
import { codesOf } from '../../codes/directory-tables.ts';
import { normalisedIdentityNumber, normalisedName } from '../../codes/identity-document.ts';
import { checkResidentId } from '../../codes/resident-id.ts';
import { IDENTITY_KINDS } from '../../codes/resident-tables.ts';
import { BLOCK_KINDS, SUSPENSION_REASONS } from '../../codes/slot-tables.ts';
import { institutionCodeSchema, localCodeSchema } from '../../events/institutions.ts';
import {
  calendarDateSchema,
  clockTimeSchema,
  hospitalIdSchema,
  intervalsSchema,
  landedOrderSchema,
  scheduleDetailsSchema,
} from '../../events/slots.ts';
import { reasonSchema } from '../../http/institutions.ts';

/*
 * What hospitals send about slots, signed as every request of theirs, under /api/partner/v1:
 *
 * POST schedules, schedules/batch            号源注册、号源详细注册 (F1.16, F1.17)
 * POST schedule-additions, slot-withdrawals  已发布号源的调整 (F2.03)
 * POST schedule-suspensions, suspension-revocations, schedule-substitutions   停诊、替诊 (F1.18, F1.19)
 * POST booking-states, booking-states/batch  预约状态更新 (F1.21)
 * POST booking-landings                      预约单落地 (F1.20)
 * POST blacklist-entries, blacklist-appeals, blacklist-landings   黑名单 (F1.22–F1.24)
 */

/** Most schedules of one batch. */
export const MAX_BATCH_SCHEDULES = 200;
/** Most orders of one part of a landing; a day with more comes in several parts. */
export const MAX_LANDED_ORDERS = 500;
export const MAX_LANDING_PARTS = 100;

const scheduleKey = { institutionCode: institutionCodeSchema, scheduleId: hospitalIdSchema };

/** One schedule with its intervals and slots; the same again changes nothing, another before release amends it. */
export const scheduleRegistrationSchema = z.strictObject({ ...scheduleKey, details: scheduleDetailsSchema });
export type ScheduleRegistration = z.infer<typeof scheduleRegistrationSchema>;

export const scheduleBatchSchema = z.strictObject({
  items: z
    .array(scheduleRegistrationSchema)
    .min(1, '批量登记至少1条')
    .max(MAX_BATCH_SCHEDULES, `批量登记最多${MAX_BATCH_SCHEDULES}条，请分批上传`),
});

/** `position` may be passed to a query's `?after=`. */
export const scheduleResultSchema = z.object({
  scheduleId: z.string(),
  outcome: z.enum(['registered', 'amended', 'unchanged']),
  revision: z.number().int(),
  position: z.string(),
});
export const scheduleBatchResultSchema = z.object({
  accepted: z.number().int(),
  refused: z.number().int(),
  items: z.array(
    z.union([
      scheduleResultSchema,
      z.object({
        scheduleId: z.string(),
        outcome: z.literal('refused'),
        problem: z.string(),
        detail: z.string(),
      }),
    ]),
  ),
});

export type ScheduleBatchResult = z.infer<typeof scheduleBatchResultSchema>;

/** More slots of a schedule that is released already; ids are new. */
export const slotAdditionSchema = z.strictObject({ ...scheduleKey, intervals: intervalsSchema });
/** Slots that are taken back; who has booked one keeps it. */
export const slotWithdrawalSchema = reasonSchema.extend({
  ...scheduleKey,
  slotIds: z.array(hospitalIdSchema).min(1, '请至少填写一个号源编号').max(500, '号源编号最多500个'),
});

/** Who will not see patients: the whole schedule, or the intervals that begin at `starts`. */
export const scheduleSuspensionSchema = reasonSchema.extend({
  ...scheduleKey,
  cause: z.enum(codesOf(SUSPENSION_REASONS), '停诊原因不在代码表中'),
  starts: z.array(clockTimeSchema).min(1, '请填写停诊时段').max(96).nullable().default(null),
});
export const suspensionRevocationSchema = reasonSchema.extend({ ...scheduleKey, suspensionId: z.uuid() });
export const scheduleSubstitutionSchema = reasonSchema.extend({
  ...scheduleKey,
  cause: z.enum(codesOf(SUSPENSION_REASONS), '替诊原因不在代码表中'),
  doctorCode: localCodeSchema,
});
/** Answer to what was done to a schedule. `id`: of the suspension, substitution or withdrawal. */
export const scheduleActResultSchema = z.object({
  scheduleId: z.string(),
  id: z.uuid().nullable(),
  revision: z.number().int(),
  position: z.string(),
});

/** States that a hospital reports of an order; `noShow` after the session has ended. */
export const REPORTED_STATES = {
  checkedIn: '已签到',
  registered: '已挂号',
  fulfilled: '已就诊',
  noShow: '爽约',
  cancelled: '医院取消',
} as const;
export const bookingStateSchema = z
  .strictObject({
    institutionCode: institutionCodeSchema,
    /** The platform's number of the order, or the hospital's own. */
    orderNumber: z.string('请填写预约单号').min(1, '请填写预约单号').max(40, '预约单号最长40位'),
    state: z.enum(codesOf(REPORTED_STATES), '预约单状态不在代码表中'),
    /** The hospital's registration number, with `registered`. */
    registrationNumber: z
      .string('请填写挂号流水号')
      .regex(/^[A-Za-z0-9_-]{1,40}$/, '挂号流水号只能用字母、数字、下划线和短横线，最长40位')
      .nullable()
      .default(null),
    /** Why, with `cancelled`, and where another outcome was reported before: without a reason that one stands. */
    reason: reasonSchema.shape.reason.nullable().default(null),
  })
  .superRefine(({ state, registrationNumber, reason }, context) => {
    if (state === 'registered' && registrationNumber === null)
      context.addIssue({ code: 'custom', path: ['registrationNumber'], message: '请填写挂号流水号' });
    if (state === 'cancelled' && reason === null)
      context.addIssue({ code: 'custom', path: ['reason'], message: '请填写取消原因' });
  });
export type BookingStateReport = z.infer<typeof bookingStateSchema>;

/** Answer to one report; a refusal is a problem. */
export const bookingStateResultSchema = z.object({
  orderNumber: z.string(),
  outcome: z.enum(['recorded', 'unchanged']),
  position: z.string(),
});

/** Reports of one order count in the order in which they stand. */
export const bookingStateBatchSchema = z.strictObject({
  items: z.array(bookingStateSchema).min(1, '至少1条').max(500, '最多500条，请分批上传'),
});
export const bookingStateBatchResultSchema = z.object({
  accepted: z.number().int(),
  refused: z.number().int(),
  items: z.array(
    z.object({
      orderNumber: z.string(),
      outcome: z.enum(['recorded', 'unchanged', 'refused']),
      problem: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

/** What the hospital has of one day, after booking closed; all parts of a day carry one submission id. */
export const landingSchema = z
  .strictObject({
    institutionCode: institutionCodeSchema,
    date: calendarDateSchema,
    submissionId: z.uuid('请填写上传批次编号'),
    part: z.number().int().min(1),
    parts: z.number().int().min(1).max(MAX_LANDING_PARTS),
    orders: z.array(landedOrderSchema).max(MAX_LANDED_ORDERS, `每次最多${MAX_LANDED_ORDERS}单，请分批上传`),
  })
  .refine(({ part, parts }) => part <= parts, { message: '分批序号不能大于总批数', path: ['part'] });
export const landingResultSchema = z.object({
  date: z.string(),
  received: z.number().int(),
  position: z.string(),
});

/** Somebody named by a document, as hospitals know people. Sealed before anything is stored. */
export const namedPersonSchema = z.strictObject({
  name: z.string('请填写姓名').trim().min(1, '请填写姓名').max(30, '姓名最长30个字'),
  identityKind: z.enum(codesOf(IDENTITY_KINDS), '证件类别不在代码表中'),
  identityNumber: z.string('请填写证件号码').trim().min(5).max(20),
  mobile: z
    .string()
    .regex(/^1[3-9]\d{9}$/, '手机号须为11位大陆手机号')
    .nullable()
    .default(null),
});

/** The same, as a hospital reports them: what cannot be a document is refused before anybody is looked for. */
const reportedPersonSchema = namedPersonSchema
  .extend({
    name: namedPersonSchema.shape.name.transform(normalisedName),
    identityNumber: z
      .string('请填写证件号码')
      .transform(normalisedIdentityNumber)
      .pipe(z.string().regex(/^[A-Z0-9]{5,20}$/, '证件号码须为5至20位字母或数字')),
  })
  .refine(
    ({ identityKind, identityNumber }) => identityKind !== '01' || checkResidentId(identityNumber).valid,
    { message: '身份证号校验不通过，请核对18位号码', path: ['identityNumber'] },
  );

export const blacklistEntrySchema = reasonSchema.extend({
  institutionCode: institutionCodeSchema,
  /** The hospital's own number of the entry. */
  entryCode: hospitalIdSchema,
  person: reportedPersonSchema,
  kind: z.enum(codesOf(BLOCK_KINDS), '禁用类型不在代码表中'),
  from: calendarDateSchema,
  until: calendarDateSchema.nullable().default(null),
});
export type BlacklistEntry = z.infer<typeof blacklistEntrySchema>;

/** The person appeals at the hospital, which passes on what was decided there. */
export const blacklistAppealSchema = reasonSchema.extend({
  institutionCode: institutionCodeSchema,
  entryCode: hospitalIdSchema,
  upheld: z.boolean('请填写申诉是否成立'),
});
export type BlacklistAppeal = z.infer<typeof blacklistAppealSchema>;

/**
 * All entries in force at the hospital: what the hospital had sent and is missing is lifted, what is new is added. What
 * staff has blocked at the desk is none of the hospital's system's and stays.
 */
export const blacklistLandingSchema = z.strictObject({
  institutionCode: institutionCodeSchema,
  entries: z
    .array(blacklistEntrySchema.omit({ institutionCode: true }))
    .max(500, '每次最多500条，请分批上传'),
});
export type BlacklistLanding = z.infer<typeof blacklistLandingSchema>;

export const blacklistResultSchema = z.object({
  entryCode: z.string(),
  outcome: z.enum(['recorded', 'unchanged', 'lifted', 'dismissed']),
  position: z.string(),
});
export const blacklistLandingResultSchema = z.object({
  added: z.number().int(),
  lifted: z.number().int(),
  unchanged: z.number().int(),
  /** Entries of which nothing came, and what to do about each. */
  refused: z.array(z.object({ entryCode: z.string(), problem: z.string(), detail: z.string() })),
  position: z.string(),
});
export type BlacklistLandingResult = z.infer<typeof blacklistLandingResultSchema>;
