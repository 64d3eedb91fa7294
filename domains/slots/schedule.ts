import { isDeepStrictEqual } from 'node:util';
import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import type { SuspensionReason, Tier } from '@qingpu/contracts/codes/slot-tables';
import {
  MAX_SCHEDULE_INTERVALS,
  MAX_SCHEDULE_SLOTS,
  type ReleasePlan,
  type ScheduleDetails,
  type ScheduleEvent,
  type Sensitivity,
  type SlotFacts,
} from '@qingpu/contracts/events/slots';
import { firstOpening, openTiers } from '@qingpu/contracts/slots/release';
import { shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { type BookingPolicy, endOf } from './booking-policy.ts';
import {
  clinicUnknown,
  departmentUnknown,
  doctorUnknown,
  institutionUnknown,
  intervalOver,
  intervalsOverlap,
  intervalTooLong,
  intervalUnknown,
  nobodyToSubstitute,
  notYetDue,
  sameDoctor,
  scheduleClosed,
  scheduleInPast,
  scheduleNotOpen,
  scheduleOver,
  scheduleReleased,
  scheduleSubstituted,
  scheduleSuspended,
  scheduleTooLarge,
  scheduleUnknown,
  slotIdTaken,
  slotUnknown,
  suspensionUnknown,
  titleTooLow,
} from './rejections.ts';
import { releasePlan } from './release-plan.ts';
import type { ScheduleFacts } from './schedule-facts.ts';
import type { ScheduleKey } from './streams.ts';
import { mayStandIn } from './substitution.ts';

type Intervals = ScheduleDetails['intervals'];
type Interval = Intervals[number];

export type ScheduleCommand = ScheduleKey &
  (
    | {
        /** The hospital says how the schedule is: registers it, amends it before release, or finds nothing to change. */
        readonly type: 'RegisterSchedule';
        readonly details: ScheduleDetails;
        readonly facts: ScheduleFacts;
        readonly policy: BookingPolicy;
      }
    | { readonly type: 'AddSlots'; readonly intervals: Intervals; readonly policy: BookingPolicy }
    | {
        readonly type: 'WithdrawSlots';
        readonly withdrawalId: string;
        readonly slotIds: readonly string[];
        readonly reason: string;
      }
    | {
        readonly type: 'SuspendSchedule';
        readonly suspensionId: string;
        readonly cause: SuspensionReason;
        readonly reason: string;
        /** Beginnings of the intervals; null for the whole schedule. */
        readonly starts: readonly string[] | null;
      }
    | { readonly type: 'RevokeSuspension'; readonly suspensionId: string; readonly reason: string }
    | {
        readonly type: 'SubstituteDoctor';
        readonly substitutionId: string;
        readonly doctorCode: string;
        /** Null when that doctor is not registered or not active. */
        readonly doctorTitle: DoctorTitle | null;
        readonly cause: SuspensionReason;
        readonly reason: string;
      }
    | { readonly type: 'CloseSchedule'; readonly reason: string }
    | { readonly type: 'RecordTierOpened'; readonly tier: Tier }
    | { readonly type: 'RecordQuotaReturned' }
  );
type CommandOf<Type extends ScheduleCommand['type']> = Extract<ScheduleCommand, { type: Type }>;

export interface Suspension {
  readonly suspensionId: string;
  readonly starts: readonly string[] | null;
  readonly slotIds: readonly string[];
  readonly revoked: boolean;
}

export interface KnownSchedule extends ScheduleKey {
  readonly status: 'open' | 'closed';
  /** With the slots that were added since. */
  readonly details: ScheduleDetails;
  /** As the hospital said it last. */
  readonly registered: ScheduleDetails;
  readonly mode: 'hosted' | 'shared';
  readonly sensitivity: Sensitivity;
  /** Title of the doctor whom the details name. */
  readonly doctorTitle: DoctorTitle | null;
  readonly plan: ReleasePlan;
  readonly withdrawn: ReadonlySet<string>;
  readonly suspensions: readonly Suspension[];
  /** The doctor who comes instead. */
  readonly substitute: { readonly doctorCode: string; readonly doctorTitle: DoctorTitle } | null;
  readonly recorded: { readonly opened: ReadonlySet<Tier>; readonly returned: boolean };
}

export type ScheduleState = { readonly status: 'absent' } | KnownSchedule;

/** The write side of a schedule (排班): registered, amended until its first quota opens, then only added to, suspended and closed. */
export const schedule: Decider<ScheduleState, ScheduleCommand, ScheduleEvent, DecisionTime> = {
  initialState: { status: 'absent' },
  evolve,
  decide(state, command, { now }) {
    if (command.type === 'RegisterSchedule') return register(state, command, now);
    if (state.status === 'absent') throw scheduleUnknown();
    switch (command.type) {
      case 'AddSlots':
        return addSlots(state, command, now);
      case 'WithdrawSlots':
        return withdrawSlots(state, command, now);
      case 'SuspendSchedule':
        return suspend(state, command, now);
      case 'RevokeSuspension':
        return revoke(state, command, now);
      case 'SubstituteDoctor':
        return substitute(state, command, now);
      case 'CloseSchedule':
        return state.status === 'closed'
          ? []
          : [happened('ScheduleClosed', state, { reason: command.reason })];
      case 'RecordTierOpened':
        return recordOpening(state, command, now);
      case 'RecordQuotaReturned':
        return recordReturn(state, now);
    }
  },
};

/* ---- what others ask of a schedule ---- */

/** Who sees the patients: the substitute where there is one. Null for a clinic without a named doctor. */
export function currentDoctor(known: Pick<KnownSchedule, 'details' | 'substitute'>): string | null {
  return known.substitute?.doctorCode ?? known.details.doctorCode;
}

/** What every event of a slot repeats of its schedule. Undefined for a slot that the schedule does not have. */
export function slotFactsOf(known: KnownSchedule, slotId: string): SlotFacts | undefined {
  const { details, institutionCode, scheduleId, sensitivity } = known;
  for (const { start, end, slots } of details.intervals) {
    const slot = slots.find((each) => each.slotId === slotId);
    if (!slot) continue;
    const { departmentCode, clinicCode, kind, date, session, feeFen } = details;
    const place = { institutionCode, scheduleId, slotId, departmentCode, clinicCode };
    const time = { kind, date, session, start, end, feeFen };
    return { ...place, doctorCode: currentDoctor(known), ...time, tier: slot.tier, sensitivity };
  }
  return undefined;
}

/** Slots that are under a suspension in force. */
export function suspendedSlots(known: Pick<KnownSchedule, 'suspensions'>): ReadonlySet<string> {
  return new Set(known.suspensions.flatMap(({ revoked, slotIds }) => (revoked ? [] : slotIds)));
}

/**
 * The slots of an interval that somebody who books as `tier` may have now, those to be used up first coming first.
 * @throws Rejection when there can be none: closed, over, suspended, withdrawn or not open yet
 */
export function slotsOnOffer(
  known: KnownSchedule,
  wish: { readonly start: string; readonly tier: Tier; readonly now: Date },
): readonly { readonly slotId: string; readonly tier: Tier }[] {
  const interval = known.details.intervals.find(({ start }) => start === wish.start);
  if (!interval) throw intervalUnknown(wish.start);
  if (known.status === 'closed') throw scheduleClosed();
  if (endOf({ date: known.details.date, end: interval.end }) <= wish.now) throw intervalOver();
  const suspended = suspendedSlots(known);
  const standing = interval.slots.filter(({ slotId }) => !suspended.has(slotId));
  if (standing.length === 0) throw scheduleSuspended();
  const open = openTiers(known.plan, wish.tier, wish.now);
  const offered = open.flatMap((tier) =>
    standing.filter((slot) => slot.tier === tier && !known.withdrawn.has(slot.slotId)),
  );
  if (offered.length === 0 && !open.includes(wish.tier)) throw scheduleNotOpen(known.plan.opensAt[wish.tier]);
  return offered;
}

/* ---- decisions ---- */

function register(
  state: ScheduleState,
  command: CommandOf<'RegisterSchedule'>,
  now: Date,
): readonly ScheduleEvent[] {
  const { details, policy } = command;
  if (state.status !== 'absent') {
    if (says(state.registered, details) || says(state.details, details)) return [];
    checkAmendable(state, details, now);
  }
  const stands = checkFacts(details, command.facts);
  if (lastEnd(details) <= now) throw scheduleInPast();
  checkLengths(details.intervals, policy);
  const plan = releasePlan(policy, details.date);
  const type = state.status === 'absent' ? 'ScheduleRegistered' : 'ScheduleAmended';
  return [{ type, data: { ...keyOf(command), details, ...stands, plan } }];
}

function checkAmendable(state: KnownSchedule, details: ScheduleDetails, now: Date): void {
  if (state.status === 'closed') throw scheduleClosed();
  if (Date.parse(firstOpening(state.plan)) <= now.getTime()) throw scheduleReleased();
  if (suspendedSlots(state).size > 0) throw scheduleSuspended();
  if (state.substitute) throw scheduleSubstituted();
  // A withdrawn slot has its fence for good, so that its id would name a slot that nobody can book.
  const spent = slotIdsOf(details.intervals).find((slotId) => state.withdrawn.has(slotId));
  if (spent !== undefined) throw slotIdTaken(spent);
}

/** What a schedule takes over from the directory. @throws Rejection naming what is missing there */
function checkFacts(details: ScheduleDetails, facts: ScheduleFacts) {
  const { mode, sensitivity, doctorTitle } = facts;
  if (mode === null) throw institutionUnknown();
  if (sensitivity === null) throw departmentUnknown(details.departmentCode);
  if (details.clinicCode !== null && !facts.clinicActive) throw clinicUnknown(details.clinicCode);
  if (details.doctorCode !== null && doctorTitle === null) throw doctorUnknown(details.doctorCode);
  return { mode, sensitivity, doctorTitle };
}

function checkLengths(intervals: Intervals, { intervalMinutes }: BookingPolicy): void {
  const tooLong = intervals.some(
    ({ start, end }) => clockMinutes(end) - clockMinutes(start) > intervalMinutes,
  );
  if (tooLong) throw intervalTooLong(intervalMinutes);
}

function addSlots(
  state: KnownSchedule,
  { intervals, policy }: CommandOf<'AddSlots'>,
  now: Date,
): readonly ScheduleEvent[] {
  const known = new Map(placedSlots(state.details.intervals).map((slot) => [slot.slotId, slot]));
  const added = placedSlots(intervals);
  if (added.every((slot) => isDeepStrictEqual(slot, known.get(slot.slotId)))) return [];
  if (state.status === 'closed') throw scheduleClosed();
  checkNotOver(state, now);
  const taken = added.find(({ slotId }) => known.has(slotId));
  if (taken) throw slotIdTaken(taken.slotId);
  checkLengths(intervals, policy);
  checkFits(state, intervals);
  return [happened('SlotsAdded', state, { intervals })];
}

function checkFits(state: KnownSchedule, added: Intervals): void {
  const old = state.details.intervals;
  const clashes = (interval: Interval) =>
    old.some(
      (each) =>
        each.start < interval.end &&
        interval.start < each.end &&
        (each.start !== interval.start || each.end !== interval.end),
    );
  if (added.some(clashes)) throw intervalsOverlap();
  // What is added to a suspended interval would have no fence.
  if (added.some(({ start }) => isSuspendedAt(state, start))) throw scheduleSuspended();
  const merged = mergeIntervals(old, added);
  const tooLarge =
    merged.length > MAX_SCHEDULE_INTERVALS ||
    slotIdsOf(merged).length > MAX_SCHEDULE_SLOTS ||
    merged.some(({ slots }) => slots.length > MAX_INTERVAL_SLOTS);
  if (tooLarge) throw scheduleTooLarge();
}

/** As the published schema has it. */
const MAX_INTERVAL_SLOTS = 100;

function isSuspendedAt(state: KnownSchedule, start: string): boolean {
  return state.suspensions.some(({ revoked, starts }) => !revoked && (starts?.includes(start) ?? true));
}

function withdrawSlots(
  state: KnownSchedule,
  { withdrawalId, slotIds, reason }: CommandOf<'WithdrawSlots'>,
  now: Date,
): readonly ScheduleEvent[] {
  const known = new Set(slotIdsOf(state.details.intervals));
  const unknown = slotIds.find((slotId) => !known.has(slotId));
  if (unknown !== undefined) throw slotUnknown(unknown);
  const left = [...new Set(slotIds)].filter((slotId) => !state.withdrawn.has(slotId));
  if (left.length === 0) return [];
  checkNotOver(state, now);
  return [happened('SlotsWithdrawn', state, { withdrawalId, slotIds: left, reason })];
}

function suspend(
  state: KnownSchedule,
  { suspensionId, cause, reason, starts }: CommandOf<'SuspendSchedule'>,
  now: Date,
): readonly ScheduleEvent[] {
  if (state.suspensions.some((each) => each.suspensionId === suspensionId)) return [];
  const chosen = starts ? starts.map((start) => intervalAt(state, start)) : state.details.intervals;
  // Withdrawn slots too: who had booked one keeps it until the doctor does not come.
  const slotIds = [...new Set(slotIdsOf(chosen))];
  const suspended = suspendedSlots(state);
  if (slotIds.every((slotId) => suspended.has(slotId))) return [];
  checkNotOver(state, now);
  const named = starts && [...new Set(starts)];
  return [happened('ScheduleSuspended', state, { suspensionId, cause, reason, starts: named, slotIds })];
}

function revoke(
  state: KnownSchedule,
  { suspensionId, reason }: CommandOf<'RevokeSuspension'>,
  now: Date,
): readonly ScheduleEvent[] {
  const suspension = state.suspensions.find((each) => each.suspensionId === suspensionId);
  if (!suspension) throw suspensionUnknown();
  if (suspension.revoked) return [];
  checkNotOver(state, now);
  const slotIds = [...suspension.slotIds];
  return [happened('SuspensionRevoked', state, { suspensionId, reason, slotIds })];
}

function substitute(
  state: KnownSchedule,
  { substitutionId, doctorCode, doctorTitle, cause, reason }: CommandOf<'SubstituteDoctor'>,
  now: Date,
): readonly ScheduleEvent[] {
  if (state.doctorTitle === null) throw nobodyToSubstitute();
  if (state.substitute?.doctorCode === doctorCode) return [];
  if (currentDoctor(state) === doctorCode) throw sameDoctor();
  if (doctorTitle === null) throw doctorUnknown(doctorCode);
  if (!mayStandIn(doctorTitle, state.doctorTitle)) throw titleTooLow(state.doctorTitle);
  checkNotOver(state, now);
  const suspended = suspendedSlots(state);
  if (slotIdsOf(state.details.intervals).every((slotId) => suspended.has(slotId))) throw scheduleSuspended();
  return [happened('DoctorSubstituted', state, { substitutionId, doctorCode, doctorTitle, cause, reason })];
}

function recordOpening(
  state: KnownSchedule,
  { tier }: CommandOf<'RecordTierOpened'>,
  now: Date,
): readonly ScheduleEvent[] {
  if (state.recorded.opened.has(tier)) return [];
  const plannedAt = state.plan.opensAt[tier];
  if (Date.parse(plannedAt) > now.getTime()) throw notYetDue();
  return [happened('TierOpened', state, { tier, plannedAt })];
}

function recordReturn(state: KnownSchedule, now: Date): readonly ScheduleEvent[] {
  if (state.recorded.returned) return [];
  const plannedAt = state.plan.returnsAt;
  if (Date.parse(plannedAt) > now.getTime()) throw notYetDue();
  return [happened('QuotaReturned', state, { plannedAt })];
}

function checkNotOver({ details }: KnownSchedule, now: Date): void {
  if (lastEnd(details) <= now) throw scheduleOver();
}

/* ---- evolution ---- */

function evolve(state: ScheduleState, event: ScheduleEvent): ScheduleState {
  if (event.type === 'ScheduleRegistered' || event.type === 'ScheduleAmended')
    return evolveRegistration(state, event.data);
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'SlotsAdded':
      return {
        ...state,
        details: {
          ...state.details,
          intervals: mergeIntervals(state.details.intervals, event.data.intervals),
        },
      };
    case 'SlotsWithdrawn':
      return { ...state, withdrawn: new Set([...state.withdrawn, ...event.data.slotIds]) };
    case 'ScheduleSuspended': {
      const { suspensionId, starts, slotIds } = event.data;
      const suspension = { suspensionId, starts, slotIds, revoked: false };
      return { ...state, suspensions: [...state.suspensions, suspension] };
    }
    case 'SuspensionRevoked': {
      const { suspensionId } = event.data;
      const suspensions = state.suspensions.map((each) =>
        each.suspensionId === suspensionId ? { ...each, revoked: true } : each,
      );
      return { ...state, suspensions };
    }
    case 'DoctorSubstituted': {
      const { doctorCode, doctorTitle } = event.data;
      return { ...state, substitute: { doctorCode, doctorTitle } };
    }
    case 'ScheduleClosed':
      return { ...state, status: 'closed' };
    case 'TierOpened': {
      const opened = new Set([...state.recorded.opened, event.data.tier]);
      return { ...state, recorded: { ...state.recorded, opened } };
    }
    case 'QuotaReturned':
      return { ...state, recorded: { ...state.recorded, returned: true } };
  }
}

type Registration = Extract<ScheduleEvent, { type: 'ScheduleRegistered' }>['data'];

/** An amendment stands in for what was registered; withdrawn ids and revoked suspensions are remembered. */
function evolveRegistration(state: ScheduleState, { details, ...rest }: Registration): KnownSchedule {
  const history =
    state.status === 'absent'
      ? { withdrawn: new Set<string>(), suspensions: [], substitute: null }
      : { withdrawn: state.withdrawn, suspensions: state.suspensions, substitute: state.substitute };
  const recorded = { opened: new Set<Tier>(), returned: false };
  return { status: 'open', ...rest, details, registered: details, ...history, recorded };
}

/** Slots of intervals that are there already are added to them; all stay in the order of time. */
function mergeIntervals(old: Intervals, added: Intervals): Intervals {
  const byStart = Map.groupBy([...old, ...added], ({ start }) => start);
  return [...byStart.values()]
    .map(([first, ...more]) => {
      const interval = first as Interval;
      return { ...interval, slots: [...interval.slots, ...more.flatMap(({ slots }) => slots)] };
    })
    .sort((one, other) => (one.start < other.start ? -1 : 1));
}

/* ---- helpers ---- */

type EventType = ScheduleEvent['type'];
type DataOf<Type extends EventType> = Extract<ScheduleEvent, { type: Type }>['data'];

function happened<Type extends EventType>(
  type: Type,
  key: ScheduleKey,
  data: Omit<DataOf<Type>, keyof ScheduleKey>,
): ScheduleEvent {
  return { type, data: { ...keyOf(key), ...data } } as unknown as ScheduleEvent;
}

function keyOf({ institutionCode, scheduleId }: ScheduleKey): ScheduleKey {
  return { institutionCode, scheduleId };
}

/** Whether two details say the same, whatever the order in which they were written. */
function says(one: ScheduleDetails, other: ScheduleDetails): boolean {
  return isDeepStrictEqual(one, other);
}

function slotIdsOf(intervals: readonly Interval[]): string[] {
  return intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
}

function placedSlots(intervals: Intervals) {
  return intervals.flatMap(({ start, end, slots }) => slots.map((slot) => ({ ...slot, start, end })));
}

function intervalAt({ details }: KnownSchedule, start: string): Interval {
  const interval = details.intervals.find((each) => each.start === start);
  if (!interval) throw intervalUnknown(start);
  return interval;
}

function lastEnd({ date, intervals }: ScheduleDetails): Date {
  return shanghaiInstant(date, intervals.at(-1)?.end ?? '24:00');
}

function clockMinutes(clockTime: string): number {
  return Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3));
}
