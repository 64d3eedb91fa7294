import { z } from 'zod';
import { CHANNEL_KINDS, codesOf } from '../codes/directory-tables.ts';
import { PAYMENT_STATES } from '../codes/payment-tables.ts';
import {
  ANNOUNCEMENT_KINDS,
  BLOCK_KINDS,
  CLOSED_LOOP_TAGS,
  MODIFIERS,
  OUTCOMES,
  SCHEDULE_KINDS,
  SESSIONS,
  SLOT_STATES,
  SUSPENSION_REASONS,
  TIERS,
} from '../codes/slot-tables.ts';
import {
  calendarDateSchema,
  clockTimeSchema,
  hospitalIdSchema,
  scheduleDetailsSchema,
} from '../events/slots.ts';
import { reasonSchema } from './institutions.ts';
import { afterSchema, pageOf, pagingSchema } from './paging.ts';

/*
 * The slot pool over HTTP. Paths under /api/slots:
 *
 * everyone    GET  days, schedules, schedules/<institution>/<schedule>/intervals, announcements, notes
 * residents   POST bookings · GET bookings, bookings/<id>, bookings/<id>/payment
 *             POST bookings/<id>/{cancellation,check-in,registration,registration-cancellation}
 *             GET standing/<person> · POST appeals · POST waitlist · GET waitlist · POST waitlist/<entry>/{confirmation,departure}
 * desk        GET desk/schedules, desk/schedules/<institution>/<schedule> · POST desk/schedules/import · GET desk/schedules/import-template
 *             POST desk/schedules/<institution>/<schedule>/{suspensions,substitutions,closure}
 *             POST desk/schedules/<institution>/<schedule>/suspensions/<id>/revocation
 *             GET desk/bookings, desk/bookings/<id>, desk/bookings/export · POST desk/bookings (telephone and window)
 *             POST desk/bookings/<id>/{cancellation,registration-cancellation,outcome}
 *             payments: http/payments
 *             GET desk/blocks · POST desk/blocks · POST desk/blocks/<id>/lifting · GET/POST desk/appeals, desk/appeals/<id>/decision
 *             POST desk/rights/<person>/relief · GET desk/today · GET desk/differences · POST desk/differences/<id>/settlement
 *             POST desk/announcements · PUT desk/announcements/<id> · POST desk/announcements/<id>/withdrawal
 * regulators  GET trace, trace/<institution>/<schedule>/<slot>, closed-loop
 *
 * Writing requests carry Idempotency-Key and X-CSRF-Token. Lists page; `after` waits for a log position.
 */

const code = z.string().max(40);
const kind = z.enum(codesOf(SCHEDULE_KINDS));
const session = z.enum(codesOf(SESSIONS));
const tier = z.enum(codesOf(TIERS));
const channel = z.enum(codesOf(CHANNEL_KINDS));
const outcome = z.enum(codesOf(OUTCOMES));
const tag = z.enum(codesOf(CLOSED_LOOP_TAGS));
const freshness = {
  /** When the newest event in the view happened; null for an empty view. */
  asOf: z.string().nullable(),
  stale: z.boolean(),
};

/** What stands behind every answer about a schedule, with the names that people read. */
const scheduleSummary = {
  institutionCode: z.string(),
  institutionName: z.string(),
  scheduleId: z.string(),
  departmentCode: z.string(),
  departmentName: z.string(),
  clinicCode: z.string().nullable(),
  clinicName: z.string().nullable(),
  doctorCode: z.string().nullable(),
  doctorName: z.string().nullable(),
  /** Chinese title such as 主任医师; null for a clinic without a named doctor. */
  doctorTitle: z.string().nullable(),
  kind,
  date: z.string(),
  session,
  feeFen: z.number().int(),
  location: z.string(),
};

/** Where a schedule stands for who wants to book: full is free = 0. */
export const BOOKABILITY = {
  open: '可预约',
  full: '约满',
  notYet: '未放号',
  withheld: '暂停放号',
  suspended: '停诊',
  over: '已结束',
} as const;
const bookability = z.enum(codesOf(BOOKABILITY));

/** GET days: the date strip, one entry a day with at least one schedule, from today on. */
export const daysQuerySchema = afterSchema.extend({
  institution: code,
  department: code.optional(),
  doctor: code.optional(),
  kind: kind.optional(),
});
export const daysSchema = z.object({
  items: z.array(
    z.object({
      date: z.string(),
      /** Slots that the public can book now. */
      free: z.number().int(),
      total: z.number().int(),
      bookability,
      /** When the first schedule of that day opens to the public, for `notYet`. */
      opensAt: z.string().nullable(),
    }),
  ),
  ...freshness,
});
export type Days = z.infer<typeof daysSchema>;

/** GET schedules: the schedules of a day (or of `from`–`to`, at most 31 days), earliest first. */
export const schedulesQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code,
  department: code.optional(),
  doctor: code.optional(),
  kind: kind.optional(),
  date: calendarDateSchema.optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
});
export const scheduleItemSchema = z.object({
  ...scheduleSummary,
  free: z.number().int(),
  total: z.number().int(),
  bookability,
  opensAt: z.string().nullable(),
  /** The doctor who comes instead, where there is one; `doctorName` is then the substitute's. */
  substituted: z.boolean(),
});
export const schedulesPageSchema = pageOf(scheduleItemSchema);
export type ScheduleItem = z.infer<typeof scheduleItemSchema>;

/** GET schedules/<institution>/<schedule>/intervals: what can be booked by the quarter of an hour. */
export const intervalsSchema = z.object({
  schedule: scheduleItemSchema,
  items: z.array(
    z.object({
      start: z.string(),
      end: z.string(),
      /** Slots that this viewer could book now. */
      free: z.number().int(),
      total: z.number().int(),
      bookability,
    }),
  ),
  /**
   * Whether a hospital in shared mode has said just now what it has left: `silent` when it could not be asked, so that
   * what is shown is the platform's own word; `notAsked` for hospitals whose slots are all here.
   */
  hospital: z.enum(['notAsked', 'answered', 'silent']),
  /** What to read before confirming (预约须知): the rules in force, in sentences. */
  notes: z.array(z.string()),
  policyVersion: z.string(),
  /** Until when it can be cancelled without consequence. */
  cancelBy: z.string(),
  ...freshness,
});
export type Intervals = z.infer<typeof intervalsSchema>;

/** POST bookings. 201 when booked, 202 when the hospital's answer is still to come. */
export const bookSchema = z.strictObject({
  institutionCode: z.string().max(22),
  scheduleId: hospitalIdSchema,
  start: clockTimeSchema,
  personId: z.uuid('请选择就诊人'),
  cardId: z.uuid('请选择就诊卡').nullable().default(null),
  /** A booking that the hospital called off and that this one stands in for. */
  replaces: z.uuid().nullable().default(null),
});
export type Book = z.infer<typeof bookSchema>;

/** POST desk/bookings: for a caller or somebody at the window; an override needs its reason. */
export const deskBookSchema = bookSchema.extend({
  channel: z.enum(['window', 'phone', 'community'], '渠道须为窗口、电话或社区'),
  tier: tier.default('public'),
  override: reasonSchema.shape.reason.nullable().default(null),
});
export type DeskBook = z.infer<typeof deskBookSchema>;

export const bookingResultSchema = z.object({
  bookingId: z.uuid(),
  orderNumber: z.string(),
  state: z.enum(['booked', 'pending']),
  slotId: z.string(),
  position: z.string(),
});
export type BookingResult = z.infer<typeof bookingResultSchema>;

/** States of a booking as people see it, before and beside its outcome. */
export const BOOKING_STATES = {
  pending: '待医院确认',
  held: '待支付',
  booked: '待就诊',
  checkedIn: '已签到',
  registered: '已挂号',
  closed: '已结束',
} as const;
const bookingState = z.enum(codesOf(BOOKING_STATES));

export const bookingItemSchema = z.object({
  bookingId: z.uuid(),
  orderNumber: z.string(),
  ...scheduleSummary,
  slotId: z.string(),
  start: z.string(),
  end: z.string(),
  state: bookingState,
  /** Set once the booking is over. */
  outcome: outcome.nullable(),
  modifiers: z.array(z.enum(codesOf(MODIFIERS))),
  personId: z.uuid(),
  /** Masked: 王**; 已注销 once erased. */
  personName: z.string(),
  channel,
  bookedAt: z.string(),
  /** When the newest thing happened to it. */
  updatedAt: z.string(),
  /** Where the payment of its fee stands; null when nothing is or was to be paid online. */
  payment: z
    .object({ paymentId: z.uuid(), state: z.enum(codesOf(PAYMENT_STATES)), amountFen: z.number().int() })
    .nullable(),
  /** What its owner may do now. */
  may: z.object({
    cancel: z.boolean(),
    /** A cancellation from now on counts as late. */
    cancelIsLate: z.boolean(),
    /** Give a registration back, and with it the fee (A4.03). */
    cancelRegistration: z.boolean(),
    checkIn: z.boolean(),
    register: z.boolean(),
    rebook: z.boolean(),
    appeal: z.boolean(),
  }),
});
export type BookingItem = z.infer<typeof bookingItemSchema>;

/** GET bookings: those of all persons that the account acts for, newest visit first. */
export const myBookingsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  view: z.enum(['upcoming', 'past', 'registered', 'all']).default('all'),
  person: z.uuid().optional(),
});
export const bookingPageSchema = pageOf(bookingItemSchema);

export const timelineItemSchema = z.object({
  at: z.string(),
  /** Chinese words: 已预约, 患者退号, 停诊 … */
  what: z.string(),
  /** Who, in words without personal data: 居民本人, 中山医院青浦分院系统 … */
  actor: z.string(),
  channel: channel.nullable(),
  detail: z.string().nullable(),
});
export const bookingDetailSchema = z.object({
  booking: bookingItemSchema,
  cancelBy: z.string(),
  checkInFrom: z.string(),
  checkInUntil: z.string(),
  registrationNumber: z.string().nullable(),
  policyVersion: z.string(),
  timeline: z.array(timelineItemSchema),
  ...freshness,
});
export type BookingDetail = z.infer<typeof bookingDetailSchema>;

/** POST bookings/<id>/cancellation. `reason` may be left out by residents. */
export const cancelSchema = z.strictObject({ reason: reasonSchema.shape.reason.optional() });
/** Answer of every act on a booking, a schedule or a person's rights. */
export const actResultSchema = z.object({ position: z.string(), revision: z.number().int() });
/**
 * POST bookings/<id>/registration on the day of the visit (A1.14, A1.16). 200: registered, nothing is due. 202: the fee is
 * to be paid at `payUrl` (null while the gateway has not answered; GET payment tells), and then it is registered by itself.
 */
export const paymentSchema = z.object({
  paymentId: z.uuid(),
  state: z.enum(codesOf(PAYMENT_STATES)).nullable(),
  amountFen: z.number().int(),
  /** Where it is paid; null unless it can be paid now. */
  payUrl: z.string().nullable(),
  /** Until when it can be paid; null unless it can be paid now. */
  until: z.string().nullable(),
  /** The registration that came of it. */
  registrationNumber: z.string().nullable(),
  /** Why money goes back, in words. */
  refundReason: z.string().nullable(),
  /** The gateway did not answer just now: ask again. */
  delayed: z.boolean(),
});
export type PaymentAnswer = z.infer<typeof paymentSchema>;
export const registrationResultSchema = actResultSchema.extend({ payment: paymentSchema.nullable() });
export type RegistrationResult = z.infer<typeof registrationResultSchema>;

export const cancelResultSchema = actResultSchema.extend({
  outcome: z.enum(['cancelledByPatient', 'lateCancelled', 'cancelledByHospital']),
});

/** GET standing/<person>: no-shows, late cancellations, suspension and black list of one's own person (F3.07). */
export const standingSchema = z.object({
  personId: z.uuid(),
  /** The first day on which the person may book again; null when they may now. */
  suspendedUntil: z.string().nullable(),
  suspendedFor: z.enum(['noShow', 'lateCancellation']).nullable(),
  noShows: z.array(
    z.object({
      bookingId: z.uuid(),
      orderNumber: z.string(),
      institutionName: z.string(),
      departmentName: z.string(),
      date: z.string(),
      outcome,
      /** Still counts towards a suspension. */
      counts: z.boolean(),
      appeal: z.enum(['none', 'filed', 'upheld', 'dismissed']),
    }),
  ),
  blocks: z.array(
    z.object({
      blockId: z.uuid(),
      kind: z.enum(codesOf(BLOCK_KINDS)),
      sourceName: z.string(),
      scopeName: z.string(),
      reason: z.string(),
      from: z.string(),
      until: z.string().nullable(),
      appeal: z.enum(['none', 'filed', 'upheld', 'dismissed']),
    }),
  ),
  /** The rule that counts, in a sentence. */
  rule: z.string(),
  ...freshness,
});
export type Standing = z.infer<typeof standingSchema>;

/** POST appeals: what a person has to say against a no-show or a block. */
export const appealSchema = z.strictObject({
  personId: z.uuid('请选择就诊人'),
  subject: z.strictObject({ kind: z.enum(['booking', 'block']), id: z.uuid() }),
  statement: z
    .string('请填写申诉理由')
    .trim()
    .min(5, '请填写申诉理由，至少5个字')
    .max(500, '申诉理由最长500个字'),
});
/** How far the report of an upheld appeal is (征信申诉). */
export const CREDIT_REPORTS = { open: '待上报', delivered: '已上报', givenUp: '上报失败' } as const;
/** GET desk/appeals. */
export const appealItemSchema = z.object({
  appealId: z.uuid(),
  personId: z.uuid(),
  personName: z.string(),
  subject: z.object({ kind: z.enum(['booking', 'block']), id: z.uuid(), summary: z.string() }),
  statement: z.string(),
  filedAt: z.string(),
  state: z.enum(['filed', 'upheld', 'dismissed']),
  decisionReason: z.string().nullable(),
  /** How far the report to the city's credit platform is; null when there is nothing to report. */
  creditReport: z.enum(codesOf(CREDIT_REPORTS)).nullable(),
});
export const appealPageSchema = pageOf(appealItemSchema);
export const appealDecisionSchema = reasonSchema.extend({ upheld: z.boolean('请选择是否采纳') });

/** POST waitlist: `start` null waits for any interval of the schedule. */
export const joinWaitlistSchema = z.strictObject({
  institutionCode: z.string().max(22),
  scheduleId: hospitalIdSchema,
  personId: z.uuid('请选择就诊人'),
  start: clockTimeSchema.nullable().default(null),
});
export type JoinWaitlist = z.infer<typeof joinWaitlistSchema>;
export const waitlistItemSchema = z.object({
  entryId: z.uuid(),
  ...scheduleSummary,
  personId: z.uuid(),
  personName: z.string(),
  start: z.string().nullable(),
  state: z.enum(['waiting', 'offered', 'served', 'left', 'over']),
  /** How many wait before this one. */
  ahead: z.number().int(),
  /** The offer to confirm, while it stands. */
  offer: z.object({ bookingId: z.uuid(), start: z.string(), until: z.string() }).nullable(),
});
export const waitlistPageSchema = pageOf(waitlistItemSchema);
export type WaitlistItem = z.infer<typeof waitlistItemSchema>;

/** GET announcements (F3.08): what is shown now, newest first; staff of `/desk` see all with `all=true`. */
export const announcementsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code.optional(),
  kind: z.enum(codesOf(ANNOUNCEMENT_KINDS)).optional(),
  all: z.enum(['true', 'false']).optional(),
});
export const announcementSchema = z.object({
  announcementId: z.uuid(),
  kind: z.enum(codesOf(ANNOUNCEMENT_KINDS)),
  title: z.string(),
  body: z.string(),
  institutionCode: z.string().nullable(),
  institutionName: z.string().nullable(),
  scheduleId: z.string().nullable(),
  publishedAt: z.string(),
  shownFrom: z.string(),
  shownUntil: z.string().nullable(),
  state: z.enum(['shown', 'later', 'past', 'withdrawn']),
  revision: z.number().int(),
});
export const announcementPageSchema = pageOf(announcementSchema);
export type Announcement = z.infer<typeof announcementSchema>;
export const announceSchema = z.strictObject({
  kind: z.enum(['notice', 'policy'], '停诊和替诊公告由系统自动发布'),
  title: z.string('请填写标题').trim().min(2, '请填写标题').max(60, '标题最长60个字'),
  body: z.string('请填写内容').trim().min(2, '请填写内容').max(2000, '内容最长2000个字'),
  institutionCode: z.string().max(22).nullable().default(null),
  shownFrom: z.iso.datetime({ offset: true, error: '开始时间不正确' }).nullable().default(null),
  shownUntil: z.iso.datetime({ offset: true, error: '结束时间不正确' }).nullable().default(null),
});

/* ---- desk ---- */

/** GET desk/schedules. Hospital staff see their own institution only. */
export const deskSchedulesQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code.optional(),
  department: code.optional(),
  doctor: code.optional(),
  kind: kind.optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
  state: bookability.optional(),
});
const tierCountsSchema = z.record(tier, z.object({ total: z.number().int(), free: z.number().int() }));
export const deskScheduleSchema = z.object({
  ...scheduleItemSchema.shape,
  mode: z.enum(['hosted', 'shared']),
  tiers: tierCountsSchema,
  booked: z.number().int(),
  held: z.number().int(),
  fenced: z.number().int(),
  revision: z.number().int(),
});
export const deskSchedulePageSchema = pageOf(deskScheduleSchema);
export type DeskSchedule = z.infer<typeof deskScheduleSchema>;

/** GET desk/schedules/<institution>/<schedule>: its slots one by one and what was done to it. */
export const deskScheduleDetailSchema = z.object({
  schedule: deskScheduleSchema,
  plan: z.object({
    policyVersion: z.string(),
    opensAt: z.record(tier, z.string()),
    returnsAt: z.string(),
  }),
  slots: z.array(
    z.object({
      slotId: z.string(),
      start: z.string(),
      end: z.string(),
      tier,
      state: z.enum(codesOf(SLOT_STATES)),
      tag,
      bookingId: z.uuid().nullable(),
    }),
  ),
  suspensions: z.array(
    z.object({
      suspensionId: z.uuid(),
      cause: z.enum(codesOf(SUSPENSION_REASONS)),
      reason: z.string(),
      starts: z.array(z.string()).nullable(),
      at: z.string(),
      revoked: z.boolean(),
    }),
  ),
  substitution: z
    .object({ doctorCode: z.string(), doctorName: z.string(), reason: z.string(), at: z.string() })
    .nullable(),
  ...freshness,
});
export type DeskScheduleDetail = z.infer<typeof deskScheduleDetailSchema>;

/** POST desk/schedules/import: `check` true only previews. The body is a CSV or Excel sheet, a schedule a row. */
export const importQuerySchema = z.object({
  check: z.enum(['true', 'false']).transform((value) => value === 'true'),
});
export const scheduleRowSchema = z.strictObject({
  scheduleId: hospitalIdSchema,
  departmentCode: scheduleDetailsSchema.shape.departmentCode,
  clinicCode: scheduleDetailsSchema.shape.clinicCode,
  doctorCode: scheduleDetailsSchema.shape.doctorCode,
  kind: scheduleDetailsSchema.shape.kind,
  date: calendarDateSchema,
  session: scheduleDetailsSchema.shape.session,
  feeFen: scheduleDetailsSchema.shape.feeFen,
  location: scheduleDetailsSchema.shape.location,
  start: clockTimeSchema,
  end: clockTimeSchema,
  /** How many patients each interval takes. */
  perInterval: z.coerce.number().int('每时段人数须为整数').min(1, '每时段至少1人').max(20, '每时段最多20人'),
  intervalMinutes: z.coerce.number().int().min(5, '时段不短于5分钟').max(60, '时段不长于60分钟').default(15),
});
export const importResultSchema = z.object({
  rows: z.number().int(),
  accepted: z.number().int(),
  refused: z.number().int(),
  /** Whether anything was written: false for a check, or when rows were refused. */
  written: z.boolean(),
  items: z.array(
    z.object({
      row: z.number().int(),
      scheduleId: z.string(),
      outcome: z.enum(['new', 'changed', 'unchanged', 'refused']),
      problems: z.array(z.string()),
    }),
  ),
});
export type ImportResult = z.infer<typeof importResultSchema>;

/** POST …/suspensions: `starts` null suspends the whole schedule. */
export const suspendSchema = reasonSchema.extend({
  cause: z.enum(codesOf(SUSPENSION_REASONS), '请选择停诊原因'),
  starts: z.array(clockTimeSchema).min(1, '请选择停诊时段').max(96).nullable().default(null),
});
/** POST …/substitutions: a doctor of the same or a higher title. */
export const substituteSchema = reasonSchema.extend({
  cause: z.enum(codesOf(SUSPENSION_REASONS), '请选择替诊原因'),
  doctorCode: z.string('请选择替诊医生').max(32),
});
/** Answer to a suspension: how many bookings it calls off. */
export const suspendResultSchema = actResultSchema.extend({
  suspensionId: z.uuid(),
  slots: z.number().int(),
});

/** GET desk/bookings (A5.17): `patient` is a name, `identity` a document number and `mobile` a number, each exact. */
export const deskBookingsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code.optional(),
  department: code.optional(),
  doctor: code.optional(),
  channel: channel.optional(),
  state: bookingState.optional(),
  outcome: outcome.optional(),
  order: z.string().max(40).optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
});
/** POST desk/bookings/search: as the query, with what names a person kept out of the address. */
export const deskBookingsSearchSchema = deskBookingsQuerySchema.extend({
  patient: z.string().trim().max(30).optional(),
  identity: z.string().trim().max(20).optional(),
  mobile: z.string().trim().max(20).optional(),
});

/** POST desk/bookings/<id>/outcome: a report, or its correction with a reason. */
export const reportOutcomeSchema = reasonSchema.extend({
  outcome: z.enum(['fulfilled', 'noShow'], '只能登记已履约或爽约'),
});

/** GET desk/blocks; POST desk/blocks/search narrows by name or mobile. */
export const blockItemSchema = z.object({
  blockId: z.uuid(),
  personId: z.uuid(),
  personName: z.string(),
  mobile: z.string(),
  identityNumber: z.string(),
  kind: z.enum(codesOf(BLOCK_KINDS)),
  sourceName: z.string(),
  scopeName: z.string(),
  reason: z.string(),
  from: z.string(),
  until: z.string().nullable(),
  state: z.enum(['inForce', 'over', 'lifted']),
});
export const blockPageSchema = pageOf(blockItemSchema);
export const blocksSearchSchema = pagingSchema.extend(afterSchema.shape).extend({
  patient: z.string().trim().max(30).optional(),
  mobile: z.string().trim().max(20).optional(),
  kind: z.enum(codesOf(BLOCK_KINDS)).optional(),
  state: z.enum(['inForce', 'over', 'lifted', 'all']).default('inForce'),
});
export const blockSchema = reasonSchema.extend({
  personId: z.uuid('请选择人员'),
  kind: z.enum(codesOf(BLOCK_KINDS), '请选择禁用类型'),
  /** An institution's code, or `district`. */
  scope: z.string().max(22),
  until: calendarDateSchema.nullable().default(null),
});

const shareSchema = z.object({ key: z.string(), label: z.string(), count: z.number().int() });
/** GET desk/today (A5.11–A5.15): figures of one day of visits; every count opens its records by the same filters. */
export const todayQuerySchema = afterSchema.extend({
  institution: code.optional(),
  date: calendarDateSchema.optional(),
});
export const todaySchema = z.object({
  date: z.string(),
  institutionName: z.string(),
  bookings: z.object({ total: z.number().int(), byChannel: z.array(shareSchema) }),
  registrations: z.object({ total: z.number().int(), byChannel: z.array(shareSchema) }),
  /** Appointments that became registrations, of all appointments of that day. */
  converted: z.object({ total: z.number().int(), of: z.number().int(), byChannel: z.array(shareSchema) }),
  byDepartment: z.array(
    z.object({
      institutionCode: z.string(),
      institutionName: z.string(),
      departmentCode: z.string(),
      departmentName: z.string(),
      bookings: z.number().int(),
      registrations: z.number().int(),
      cancellations: z.number().int(),
    }),
  ),
  ...freshness,
});
export type Today = z.infer<typeof todaySchema>;

/** GET desk/differences (F1.20): what the hospital has against what the platform has. */
export const differencesQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code.optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
  state: z.enum(['open', 'settled', 'all']).default('open'),
});
export const differenceSchema = z.object({
  institutionCode: z.string(),
  institutionName: z.string(),
  date: z.string(),
  orderNumber: z.string(),
  kind: z.enum(['missingAtHospital', 'missingAtPlatform', 'otherState', 'otherSlot']),
  platform: z.string().nullable(),
  hospital: z.string().nullable(),
  state: z.enum(['open', 'settled']),
  resolution: z.enum(['platformRight', 'hospitalRight', 'explained']).nullable(),
  reason: z.string().nullable(),
});
export const differencePageSchema = pageOf(differenceSchema);
export const settleDifferenceSchema = reasonSchema.extend({
  institutionCode: z.string().max(22),
  date: calendarDateSchema,
  orderNumber: z.string().max(40),
  resolution: z.enum(['platformRight', 'hospitalRight', 'explained'], '请选择处理结果'),
});

/* ---- regulators ---- */

/** GET trace (F2.02, F3.12): slots by any of their keys, by day of visit or by tag. At least one filter. */
export const traceQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  institution: code.optional(),
  schedule: code.optional(),
  slot: code.optional(),
  /** First- or second-level department. */
  department: code.optional(),
  doctor: code.optional(),
  clinic: code.optional(),
  order: z.string().max(40).optional(),
  from: calendarDateSchema.optional(),
  to: calendarDateSchema.optional(),
  tag: tag.optional(),
});
export const tracedSlotSchema = z.object({
  ...scheduleSummary,
  slotId: z.string(),
  start: z.string(),
  end: z.string(),
  tier,
  state: z.enum(codesOf(SLOT_STATES)),
  tag,
});
export const tracedSlotPageSchema = pageOf(tracedSlotSchema);
export type TracedSlot = z.infer<typeof tracedSlotSchema>;

/** GET trace/<institution>/<schedule>/<slot>: a slot's whole life, read from the event log itself. */
export const slotLifeSchema = z.object({
  slot: tracedSlotSchema,
  steps: z.array(
    z.object({
      /** Place in the log. */
      position: z.string(),
      stream: z.enum(['schedule', 'slot']),
      revision: z.number().int(),
      eventType: z.string(),
      at: z.string(),
      what: z.string(),
      actor: z.string(),
      channel: channel.nullable(),
      /** Version of the rule that the decision used. */
      policyVersion: z.string().nullable(),
      /** A booking by a running number of this answer, never a person: 预约① … */
      booking: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  /** SM3 over each event in order, chained: whoever holds the log can compute it again. */
  proof: z.object({ algorithm: z.literal('SM3-chain'), digest: z.string(), events: z.number().int() }),
  /** Every step follows from the one before by the rules of a slot's life. */
  explained: z.boolean(),
});
export type SlotLife = z.infer<typeof slotLifeSchema>;

/** GET closed-loop: what became of all slots of a span of at most 31 days of visits. */
export const closedLoopQuerySchema = afterSchema.extend({
  institution: code.optional(),
  from: calendarDateSchema,
  to: calendarDateSchema,
});
export const closedLoopSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Slots registered; `tags` add up to it. */
  total: z.number().int(),
  tags: z.array(z.object({ tag, label: z.string(), count: z.number().int() })),
  funnel: z.array(z.object({ step: z.string(), label: z.string(), count: z.number().int() })),
  byInstitution: z.array(
    z.object({
      institutionCode: z.string(),
      institutionName: z.string(),
      total: z.number().int(),
      booked: z.number().int(),
      fulfilled: z.number().int(),
      noShow: z.number().int(),
      cancelled: z.number().int(),
      unreported: z.number().int(),
    }),
  ),
  /** Slots without exactly one tag: total minus the sum of tags; anything but 0 is an error to look into. */
  unexplained: z.number().int(),
  ...freshness,
});
export type ClosedLoop = z.infer<typeof closedLoopSchema>;
