import { z } from 'zod';
import { CHANNEL_KINDS, codesOf, DOCTOR_TITLES, SLOT_MODES } from '../codes/directory-tables.ts';
import {
  ANNOUNCEMENT_KINDS,
  BLOCK_KINDS,
  CANCELLED_BY,
  OUTCOMES,
  SCHEDULE_KINDS,
  SESSIONS,
  SUSPENSION_REASONS,
  TIERS,
} from '../codes/slot-tables.ts';
import type { EventOf } from './catalogue.ts';
import { institutionCodeSchema, localCodeSchema } from './institutions.ts';
import { sealedSchema } from './sealed.ts';

/** An id that the hospital gives to its own schedule or slot (排班ID、号源ID). */
export const hospitalIdSchema = z
  .string('请填写编号')
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/,
    '编号以字母或数字开头，只能用字母、数字、下划线和短横线，最长32位',
  );

export const clockTimeSchema = z
  .string('请填写时间')
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, '时间格式为 HH:mm，例如 08:15');
export const calendarDateSchema = z.iso.date('日期格式为 YYYY-MM-DD');
const tierSchema = z.enum(codesOf(TIERS), '号源用途不在代码表中');
const channelSchema = z.enum(codesOf(CHANNEL_KINDS), '预约渠道不在代码表中');
const feeFenSchema = z.number('请填写费用（分）').int('费用须为整数（分）').min(0).max(10_000_000);
const idSchema = z.uuid();
/** ISO 8601 with offset. */
const momentSchema = z.string();

/** Most slots of one schedule. */
export const MAX_SCHEDULE_SLOTS = 500;
/** Most intervals of one schedule: a whole day of quarters of an hour. */
export const MAX_SCHEDULE_INTERVALS = 96;

/** One interval (时段) with the hospital's own slots and what each is kept for. */
export const intervalSchema = z
  .strictObject({
    start: clockTimeSchema,
    end: clockTimeSchema,
    slots: z
      .array(z.strictObject({ slotId: hospitalIdSchema, tier: tierSchema }))
      .min(1, '每个时段至少1个号源')
      .max(100, '每个时段最多100个号源'),
  })
  .refine(({ start, end }) => start < end, { message: '时段的结束时间须晚于开始时间', path: ['end'] });

export const intervalsSchema = z
  .array(intervalSchema)
  .min(1, '请至少填写一个时段')
  .max(MAX_SCHEDULE_INTERVALS, `时段最多${MAX_SCHEDULE_INTERVALS}个`)
  .refine(
    (intervals) => intervals.every((each, n) => n === 0 || (intervals[n - 1]?.end ?? '') <= each.start),
    {
      message: '时段须按时间先后排列且不得重叠',
    },
  )
  .refine((intervals) => {
    const ids = intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
    return new Set(ids).size === ids.length && ids.length <= MAX_SCHEDULE_SLOTS;
  }, `号源编号不得重复，每个排班最多${MAX_SCHEDULE_SLOTS}个号源`);

/** What a hospital says of one schedule (排班): who sees patients where and when, for which fee, with which slots. */
export const scheduleDetailsSchema = z
  .strictObject({
    /** The department of the second level that patients see. */
    departmentCode: localCodeSchema,
    clinicCode: localCodeSchema.nullable().default(null),
    doctorCode: localCodeSchema.nullable().default(null),
    kind: z.enum(codesOf(SCHEDULE_KINDS), '门诊类型不在代码表中'),
    date: calendarDateSchema,
    session: z.enum(codesOf(SESSIONS), '午别不在代码表中'),
    feeFen: feeFenSchema,
    location: z.string('请填写就诊地点').trim().min(1, '请填写就诊地点').max(80, '就诊地点最长80个字'),
    intervals: intervalsSchema,
  })
  .refine(({ clinicCode, doctorCode }) => clinicCode !== null || doctorCode !== null, {
    message: '门诊编码和医生编码至少填写一个',
    path: ['clinicCode'],
  });

/** When each tier opens and when what is left returns to the public; computed from the policy, never by hand. */
export const releasePlanSchema = z.object({
  policyVersion: z.string(),
  opensAt: z.object({
    referral: momentSchema,
    community: momentSchema,
    contracted: momentSchema,
    public: momentSchema,
  }),
  /** From then on unused slots of the other tiers are the public's. */
  returnsAt: momentSchema,
});

/** `level5`: what a booking there tells of a person is specially protected (mental health and the like). */
export const sensitivitySchema = z.enum(['usual', 'level5']);

/** What every event of a slot repeats of its schedule, so that each can be read by itself. */
export const slotFactsSchema = z.object({
  institutionCode: institutionCodeSchema,
  scheduleId: z.string(),
  slotId: z.string(),
  departmentCode: z.string(),
  clinicCode: z.string().nullable(),
  doctorCode: z.string().nullable(),
  kind: z.enum(codesOf(SCHEDULE_KINDS)),
  date: z.string(),
  session: z.enum(codesOf(SESSIONS)),
  start: z.string(),
  end: z.string(),
  feeFen: z.number().int(),
  tier: tierSchema,
  sensitivity: sensitivitySchema,
});

/** What a booking is, wherever it is mentioned first. */
export const bookingFactsSchema = z.object({
  bookingId: idSchema,
  /** The number that people and hospitals use (预约单号). */
  orderNumber: z.string(),
  personId: idSchema,
  /** The account that acted for the person; null for the desk, the telephone and other systems. */
  accountId: z.string().nullable(),
  /** The person's card to be used at the visit; null when none was chosen. */
  cardId: idSchema.nullable(),
  channel: channelSchema,
  policyVersion: z.string(),
  /** A booking that the hospital called off and that this one stands in for. */
  replaces: idSchema.nullable(),
});

const scheduleKey = { institutionCode: z.string(), scheduleId: z.string() };
const slotKey = { ...scheduleKey, slotId: z.string() };
const ofBooking = { ...slotKey, bookingId: idSchema, personId: idSchema };
const reason = z.string();
const outcomeSchema = z.enum(codesOf(OUTCOMES));
const titleSchema = z.enum(codesOf(DOCTOR_TITLES));
const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });

const registered = {
  ...scheduleKey,
  details: scheduleDetailsSchema,
  mode: z.enum(codesOf(SLOT_MODES)),
  sensitivity: sensitivitySchema,
  /** Title of the doctor at that time; a substitute must have the same or a higher one. */
  doctorTitle: titleSchema.nullable(),
  plan: releasePlanSchema,
};

/** What can happen to a schedule; its stream is `schedule-<institution>.<schedule>`. */
export const scheduleEvents = {
  ScheduleRegistered: event(registered),
  /** Only before the first tier opens (F1.17). */
  ScheduleAmended: event(registered),
  /** Recorded after the planned time has come; what is open follows from the plan, not from this. */
  TierOpened: event({ ...scheduleKey, tier: tierSchema, plannedAt: momentSchema }),
  QuotaReturned: event({ ...scheduleKey, plannedAt: momentSchema }),
  SlotsAdded: event({ ...scheduleKey, intervals: intervalsSchema }),
  /** Each slot named gets a fence; who has booked one keeps it. */
  SlotsWithdrawn: event({ ...scheduleKey, withdrawalId: idSchema, slotIds: z.array(z.string()), reason }),
  /** `starts` null: the whole schedule; else the intervals that begin then. Every slot of them gets a fence. */
  ScheduleSuspended: event({
    ...scheduleKey,
    suspensionId: idSchema,
    cause: z.enum(codesOf(SUSPENSION_REASONS)),
    reason,
    starts: z.array(z.string()).nullable(),
    slotIds: z.array(z.string()),
  }),
  SuspensionRevoked: event({ ...scheduleKey, suspensionId: idSchema, reason, slotIds: z.array(z.string()) }),
  DoctorSubstituted: event({
    ...scheduleKey,
    substitutionId: idSchema,
    doctorCode: z.string(),
    doctorTitle: titleSchema,
    cause: z.enum(codesOf(SUSPENSION_REASONS)),
    reason,
  }),
  /** No more bookings, before the session's own end. */
  ScheduleClosed: event({ ...scheduleKey, reason }),
} as const;

/** What can happen to a slot; its stream is `slot-<institution>.<schedule>.<slot>`, empty until somebody touches it. */
export const slotEvents = {
  SlotHeld: event({
    slot: slotFactsSchema,
    booking: bookingFactsSchema,
    purpose: z.enum(['prepayment', 'shared', 'waitlist']),
    until: momentSchema,
  }),
  /** The commit point of a booking. `hospitalOrderNumber` is the hospital's own number where it gave one. */
  SlotBooked: event({
    slot: slotFactsSchema,
    booking: bookingFactsSchema,
    hospitalOrderNumber: z.string().nullable(),
  }),
  /** `refusal`: the stable code of why the hospital did not confirm it; missing when its time had run out. */
  HoldExpired: event({ ...ofBooking, refusal: z.string().exactOptional() }),
  /** `returnsAt`: when the public may book it again; null when it stays fenced. */
  BookingCancelled: event({
    ...ofBooking,
    by: z.enum(codesOf(CANCELLED_BY)),
    outcome: z.enum(['cancelledByPatient', 'lateCancelled', 'cancelledByHospital']),
    reason,
    returnsAt: momentSchema.nullable(),
  }),
  /** A claim that never came through can never come through any more. */
  ClaimVoided: event(ofBooking),
  /** Later claims conflict; whoever had booked it is named and has been called off by the hospital. */
  SlotFenced: event({
    ...slotKey,
    cause: z.enum(['suspension', 'withdrawal']),
    causeId: idSchema,
    displaced: z.object({ bookingId: idSchema, personId: idSchema }).nullable(),
  }),
  SlotUnfenced: event({ ...slotKey, causeId: idSchema }),
  PatientCheckedIn: event({ ...ofBooking, late: z.boolean() }),
  /** The appointment has become a registration (预约转挂号). */
  BookingRegistered: event({
    ...ofBooking,
    registrationNumber: z.string(),
    /** The payment that it came with; missing when nothing was paid through the platform. */
    paymentId: idSchema.exactOptional(),
  }),
  /** It was paid for and cannot be registered; the money goes back. `cause` is a stable code. */
  RegistrationRefused: event({ ...ofBooking, paymentId: idSchema, cause: z.string() }),
  BookingFulfilled: event(ofBooking),
  NoShowReported: event(ofBooking),
  /** The hospital said nothing in time. */
  BookingUnreported: event(ofBooking),
  /** A report was wrong, or an appeal was upheld. */
  OutcomeCorrected: event({ ...ofBooking, from: outcomeSchema, to: outcomeSchema, reason }),
  /** Another booking stands in for this one, which the hospital had called off. */
  BookingRehomed: event({ ...ofBooking, toBookingId: idSchema }),
} as const;

/** What is sealed in `statement`. */
export const appealContentSchema = z.strictObject({ statement: z.string() });

const ofPerson = { personId: idSchema };

const appealSubject = z.object({ kind: z.enum(['booking', 'block']), id: idSchema });

/** What the platform remembers of one person's bookings; its stream is `ledger-<person>`. */
export const ledgerEvents = {
  /** Counts as active from here on; the slot's stream decides whether it becomes a booking. */
  BookingClaimed: event({
    ...ofPerson,
    slot: slotFactsSchema,
    booking: bookingFactsSchema,
    /** Why staff let it pass although a rule stood against it; null without override. */
    override: z.object({ code: z.string(), reason }).nullable(),
  }),
  /** The slot tried before was definitely another's: this one is tried next. Whoever looks into an open claim looks at all. */
  ClaimMoved: event({ ...ofPerson, bookingId: idSchema, slotId: z.string() }),
  ClaimSettled: event({ ...ofPerson, bookingId: idSchema }),
  /** Only after ClaimVoided, or a refusal, stands on the slot's stream. `cause` is a stable code. */
  ClaimReleased: event({ ...ofPerson, bookingId: idSchema, cause: z.string() }),
  BookingClosed: event({ ...ofPerson, bookingId: idSchema, outcome: outcomeSchema, on: calendarDateSchema }),
  ClosureCorrected: event({ ...ofPerson, bookingId: idSchema, outcome: outcomeSchema, reason }),
  /** `until` is the first day on which the person may book again. */
  RightsSuspended: event({
    ...ofPerson,
    cause: z.enum(['noShow', 'lateCancellation']),
    bookingIds: z.array(idSchema),
    institutionCode: z.string(),
    until: calendarDateSchema,
    policyVersion: z.string(),
  }),
  RightsRestored: event({ ...ofPerson, cause: z.enum(['relief', 'correction', 'appeal']), reason }),
  /** `scope` and `source`: an institution's code, or `district`. `until`: the first day on which it no longer holds; null until it is lifted. */
  PersonBlocked: event({
    ...ofPerson,
    blockId: idSchema,
    kind: z.enum(codesOf(BLOCK_KINDS)),
    source: z.string(),
    scope: z.string(),
    reason,
    from: calendarDateSchema,
    until: calendarDateSchema.nullable(),
  }),
  PersonUnblocked: event({ ...ofPerson, blockId: idSchema, reason }),
  AppealFiled: event({
    ...ofPerson,
    appealId: idSchema,
    subject: appealSubject,
    /** What the person says, sealed under the person's key. */
    statement: sealedSchema,
  }),
  /** The person was erased: nothing more is booked for them. */
  LedgerClosed: event(ofPerson),
  /** `subject` as it was filed; older events do not repeat it. */
  AppealDecided: event({
    ...ofPerson,
    appealId: idSchema,
    upheld: z.boolean(),
    reason,
    subject: appealSubject.exactOptional(),
  }),
} as const;

const ofEntry = { ...scheduleKey, entryId: idSchema, personId: idSchema };

/** Who waits for a returned slot of a schedule; its stream is `waitlist-<institution>.<schedule>`. */
export const waitlistEvents = {
  /** `start` null: any interval. */
  WaitlistJoined: event({ ...ofEntry, accountId: z.string().nullable(), start: z.string().nullable() }),
  WaitlistLeft: event({ ...ofEntry }),
  WaitlistOffered: event({ ...ofEntry, slotId: z.string(), bookingId: idSchema, until: momentSchema }),
  WaitlistOfferLapsed: event({ ...ofEntry, slotId: z.string(), bookingId: idSchema }),
  WaitlistServed: event({ ...ofEntry, slotId: z.string(), bookingId: idSchema }),
} as const;

const announcementText = {
  announcementId: idSchema,
  kind: z.enum(codesOf(ANNOUNCEMENT_KINDS)),
  title: z.string(),
  body: z.string(),
  /** Null: the whole district. */
  institutionCode: z.string().nullable(),
  scheduleId: z.string().nullable(),
  shownFrom: momentSchema,
  shownUntil: momentSchema.nullable(),
};

/** What residents are told about booking; its stream is `announcement-<id>`. */
export const announcementEvents = {
  AnnouncementPublished: event(announcementText),
  AnnouncementRevised: event(announcementText),
  AnnouncementWithdrawn: event({ announcementId: idSchema, reason }),
} as const;

/** One order as the hospital has it after booking closed (F1.20). */
export const landedOrderSchema = z.strictObject({
  orderNumber: z.string().min(1).max(40),
  scheduleId: hospitalIdSchema,
  slotId: hospitalIdSchema,
  state: z.enum(['booked', 'cancelled', 'registered', 'fulfilled', 'noShow']),
});

/** What a hospital has of one day's orders; its stream is `landing-<institution>.<date>`. */
export const landingEvents = {
  /** The whole day each time; a later submission stands in for the earlier one. */
  OrdersLanded: event({
    institutionCode: z.string(),
    date: calendarDateSchema,
    submissionId: idSchema,
    part: z.number().int(),
    parts: z.number().int(),
    orders: z.array(landedOrderSchema),
  }),
  DifferenceSettled: event({
    institutionCode: z.string(),
    date: calendarDateSchema,
    orderNumber: z.string(),
    resolution: z.enum(['platformRight', 'hospitalRight', 'explained']),
    reason,
  }),
} as const;

export type ScheduleDetails = z.infer<typeof scheduleDetailsSchema>;
export type ReleasePlan = z.infer<typeof releasePlanSchema>;
export type SlotFacts = z.infer<typeof slotFactsSchema>;
export type BookingFacts = z.infer<typeof bookingFactsSchema>;
export type Sensitivity = z.infer<typeof sensitivitySchema>;
export type LandedOrder = z.infer<typeof landedOrderSchema>;
export type ScheduleEvent = EventOf<typeof scheduleEvents>;
export type SlotEvent = EventOf<typeof slotEvents>;
export type LedgerEvent = EventOf<typeof ledgerEvents>;
export type WaitlistEvent = EventOf<typeof waitlistEvents>;
export type AnnouncementEvent = EventOf<typeof announcementEvents>;
export type LandingEvent = EventOf<typeof landingEvents>;
