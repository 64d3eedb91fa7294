import { registrationNumberOf } from '@qingpu/contracts/codes/order-number';
import type { CANCELLED_BY, Outcome } from '@qingpu/contracts/codes/slot-tables';
import type {
  FenceSlotCommand,
  RegisterPaidVisitCommand,
  UnfenceSlotCommand,
} from '@qingpu/contracts/commands/slots';
import type { BookingFacts, SlotEvent, SlotFacts } from '@qingpu/contracts/events/slots';
import type { BookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays, shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate, shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { type BookingPolicy, cancelDeadline, checkInWindow, endOf, plusMinutes } from './booking-policy.ts';
import {
  bookingOver,
  bookingUnknown,
  checkedInAlready,
  checkInTooEarly,
  checkInTooLate,
  claimCameThrough,
  claimVoided,
  correctionTooLate,
  holdAwaitsHospital,
  holdNotConfirmed,
  holdNotDue,
  intervalOver,
  noShowAfterCheckIn,
  notCalledOff,
  notRegistered,
  outcomeMissing,
  outcomeNotCorrectable,
  outcomeStands,
  registeredAlready,
  registrationTooEarly,
  reportTooEarly,
  slotReturning,
  slotSuspended,
  slotTaken,
  slotWithdrawn,
  unreportedTooEarly,
} from './rejections.ts';
import type { SlotKey } from './streams.ts';

type CancelledBy = keyof typeof CANCELLED_BY;
type HoldPurpose = Extract<SlotEvent, { type: 'SlotHeld' }>['data']['purpose'];

interface Claim {
  readonly slot: SlotFacts;
  readonly booking: BookingFacts;
}

interface OfBooking extends SlotKey {
  readonly bookingId: string;
}

/** Claims a slot for good. */
export interface BookSlot extends Claim {
  readonly type: 'BookSlot';
  /** The hospital's own number, where it gave one. */
  readonly hospitalOrderNumber: string | null;
  /** Whether it was offered to somebody who waited, who may have it before the public. */
  readonly fromWaitlist?: boolean;
}

/** Claims a slot until something else is done: paid, confirmed by the hospital, accepted. */
export interface HoldSlot extends Claim {
  readonly type: 'HoldSlot';
  readonly purpose: HoldPurpose;
  /** ISO 8601 with offset. */
  readonly until: string;
}

export interface CancelBooking extends OfBooking {
  readonly type: 'CancelBooking';
  readonly by: CancelledBy;
  readonly reason: string;
  readonly policy: BookingPolicy;
  /** Who sees the patients now: nobody cancels late because another doctor comes than the one who was booked. */
  readonly currentDoctor: string | null;
  /** Only what has become a registration (A4.03). */
  readonly registeredOnly?: boolean;
}

export interface CheckIn extends OfBooking {
  readonly type: 'CheckIn';
  /** Only patients are held to the time of checking in; the hospital says what it saw. */
  readonly by: 'patient' | 'hospital';
  readonly policy: BookingPolicy;
}

export interface CorrectOutcome extends OfBooking {
  readonly type: 'CorrectOutcome';
  readonly to: Outcome;
  readonly reason: string;
  /** A report may be corrected for so many days; an appeal that was upheld always corrects. */
  readonly because: 'report' | 'appeal';
}

export type SlotCommand =
  | BookSlot
  | HoldSlot
  | CancelBooking
  | CheckIn
  | CorrectOutcome
  | FenceSlotCommand
  | UnfenceSlotCommand
  | (OfBooking & { readonly type: 'ConfirmHold'; readonly hospitalOrderNumber: string | null })
  | (OfBooking & { readonly type: 'ExpireHold' })
  /** Ends a hold of which it is certain that the hospital has not booked it and never will; `refusal` is a stable code. */
  | (OfBooking & { readonly type: 'EndHold'; readonly refusal: string })
  /** Whoever looks into an open claim makes sure that it can never come through. */
  | (OfBooking & { readonly type: 'VoidClaim'; readonly personId: string })
  | (OfBooking & {
      readonly type: 'RegisterVisit';
      readonly by: 'patient' | 'hospital';
      readonly registrationNumber: string;
    })
  | RegisterPaidVisitCommand
  | (OfBooking & { readonly type: 'ReportOutcome'; readonly outcome: 'fulfilled' | 'noShow' })
  | (OfBooking & { readonly type: 'MarkUnreported' })
  | (OfBooking & { readonly type: 'MarkRehomed'; readonly toBookingId: string });
type CommandOf<Type extends SlotCommand['type']> = Extract<SlotCommand, { type: Type }>;

/** The booking that holds the slot now. */
export interface LiveBooking extends Claim {
  /** The hold's purpose and end; null once it is booked. */
  readonly hold: { readonly purpose: HoldPurpose; readonly until: string } | null;
  readonly checkedIn: boolean;
  /** The hospital's number of the registration (挂号). */
  readonly registrationNumber: string | null;
}

/** A booking that is over. */
export interface EndedBooking extends Claim {
  readonly outcome: Outcome;
  readonly checkedIn: boolean;
  readonly rehomedTo: string | null;
}

export interface SlotState {
  readonly live: LiveBooking | null;
  readonly ended: ReadonlyMap<string, EndedBooking>;
  readonly voided: ReadonlySet<string>;
  /** Fences that stand, by what they were put up for. */
  readonly fences: ReadonlyMap<string, 'suspension' | 'withdrawal'>;
  /** Fences that were taken down: a late repetition must not put them up again. */
  readonly lifted: ReadonlySet<string>;
  /** Payments that have been decided on: each registered its booking, or was refused. */
  readonly payments: ReadonlySet<string>;
  /** Until then only those who wait may have it; ISO 8601 with offset. */
  readonly returnsAt: string | null;
}

export interface SlotContext extends DecisionTime {
  readonly safeguards: BookingSafeguards;
  /** From 0 up to, but not, 1: how far between its bounds the return of a cancelled slot is put off. */
  readonly chance: number;
}

/** The write side of a slot (号源): at most one live booking, and for each booking one outcome. */
export const slot: Decider<SlotState, SlotCommand, SlotEvent, SlotContext> = {
  initialState: {
    live: null,
    ended: new Map(),
    voided: new Set(),
    fences: new Map(),
    lifted: new Set(),
    payments: new Set(),
    returnsAt: null,
  },
  evolve,
  decide(state, command, context) {
    switch (command.type) {
      case 'BookSlot':
        return book(state, command, context);
      case 'HoldSlot':
        return hold(state, command, context);
      case 'ConfirmHold':
        return confirmHold(state, command);
      case 'ExpireHold':
        return expireHold(state, command, context);
      case 'EndHold':
        return endHold(state, command);
      case 'CancelBooking':
        return cancel(state, command, context);
      case 'VoidClaim':
        return voidClaim(state, command);
      case 'FenceSlot':
        return fence(state, command);
      case 'UnfenceSlot':
        return unfence(state, command);
      case 'CheckIn':
        return checkIn(state, command, context);
      case 'RegisterVisit':
        return registerVisit(state, command, context);
      case 'RegisterPaidVisit':
        return registerPaidVisit(state, command, context);
      case 'ReportOutcome':
        return reportOutcome(state, command, context);
      case 'MarkUnreported':
        return markUnreported(state, command, context);
      case 'CorrectOutcome':
        return correctOutcome(state, command, context);
      case 'MarkRehomed':
        return markRehomed(state, command);
    }
  },
};

/** What a hospital reports, or fails to. */
const REPORTED: ReadonlySet<Outcome> = new Set(['fulfilled', 'noShow', 'unreported']);

/** Whether a booking, or a hold, of that id has ever stood on the slot. */
export function cameThrough(state: SlotState, bookingId: string): boolean {
  return state.live?.booking.bookingId === bookingId || state.ended.has(bookingId);
}

/** What the slot says of a booking, living or over. */
export function bookingOn(state: SlotState, bookingId: string): Claim | undefined {
  return state.live?.booking.bookingId === bookingId ? state.live : state.ended.get(bookingId);
}

/* ---- claims ---- */

function book(
  state: SlotState,
  { slot: facts, booking, hospitalOrderNumber, fromWaitlist = false }: BookSlot,
  { now }: SlotContext,
): readonly SlotEvent[] {
  if (state.live?.booking.bookingId === booking.bookingId) {
    if (state.live.hold) throw holdNotConfirmed();
    return [];
  }
  checkClaimable(state, { slot: facts, booking }, now, fromWaitlist);
  return [{ type: 'SlotBooked', data: { slot: facts, booking, hospitalOrderNumber } }];
}

function hold(
  state: SlotState,
  { slot: facts, booking, purpose, until }: HoldSlot,
  { now }: SlotContext,
): readonly SlotEvent[] {
  if (state.live?.booking.bookingId === booking.bookingId) return [];
  checkClaimable(state, { slot: facts, booking }, now, purpose === 'waitlist');
  return [{ type: 'SlotHeld', data: { slot: facts, booking, purpose, until } }];
}

function checkClaimable(state: SlotState, claim: Claim, now: Date, fromWaitlist: boolean): void {
  const { bookingId } = claim.booking;
  if (state.voided.has(bookingId)) throw claimVoided();
  const ended = state.ended.get(bookingId);
  if (ended) throw bookingOver(ended.outcome);
  const fences = [...state.fences.values()];
  if (fences.includes('suspension')) throw slotSuspended();
  if (fences.length > 0) throw slotWithdrawn();
  if (state.live || isUsedUp(state)) throw slotTaken();
  if (!fromWaitlist && state.returnsAt && now.getTime() < Date.parse(state.returnsAt)) throw slotReturning();
  if (endOf(claim.slot) <= now) throw intervalOver();
}

/** A visit that took place before its interval was over does not leave room for another. */
function isUsedUp({ ended }: SlotState): boolean {
  return [...ended.values()].some(({ outcome }) => REPORTED.has(outcome));
}

function confirmHold(
  state: SlotState,
  { bookingId, hospitalOrderNumber }: CommandOf<'ConfirmHold'>,
): readonly SlotEvent[] {
  const live = liveOf(state, bookingId);
  if (!live.hold) return [];
  // Only HoldExpired frees a slot, so that a confirmation that comes late finds it still kept.
  return [{ type: 'SlotBooked', data: { slot: live.slot, booking: live.booking, hospitalOrderNumber } }];
}

function expireHold(
  state: SlotState,
  { bookingId }: CommandOf<'ExpireHold'>,
  { now }: SlotContext,
): readonly SlotEvent[] {
  const claim = bookingOn(state, bookingId);
  if (!claim) throw bookingUnknown();
  const held = state.live?.booking.bookingId === bookingId ? state.live.hold : null;
  if (!held) return [];
  // The hospital may have booked it: only its answer ends the hold, however long that takes.
  if (held.purpose === 'shared') throw holdAwaitsHospital();
  if (now.getTime() < Date.parse(held.until)) throw holdNotDue();
  return [{ type: 'HoldExpired', data: idsOf(claim) }];
}

function endHold(state: SlotState, { bookingId, refusal }: CommandOf<'EndHold'>): readonly SlotEvent[] {
  if (state.ended.has(bookingId)) return [];
  const { hold: held, ...claim } = liveOf(state, bookingId);
  if (!held) throw claimCameThrough();
  if (held.purpose !== 'shared') throw holdNotDue();
  return [{ type: 'HoldExpired', data: { ...idsOf(claim), refusal } }];
}

function voidClaim(
  state: SlotState,
  { institutionCode, scheduleId, slotId, bookingId, personId }: CommandOf<'VoidClaim'>,
): readonly SlotEvent[] {
  if (cameThrough(state, bookingId)) throw claimCameThrough();
  if (state.voided.has(bookingId)) return [];
  const data = { institutionCode, scheduleId, slotId, bookingId, personId };
  return [{ type: 'ClaimVoided', data }];
}

/* ---- cancelling ---- */

function cancel(state: SlotState, command: CancelBooking, context: SlotContext): readonly SlotEvent[] {
  const ended = state.ended.get(command.bookingId);
  if (ended && CANCELLED.has(ended.outcome)) return [];
  const live = liveOf(state, command.bookingId);
  if (command.registeredOnly && live.registrationNumber === null) throw notRegistered();
  if (command.by !== 'hospital') checkCancellable(live, command.by, context.now);
  const { by, reason } = command;
  const outcome = by === 'hospital' ? 'cancelledByHospital' : ownCancellation(live, command, context.now);
  const returnsAt = state.fences.size > 0 ? null : shanghaiTimestamp(returnOf(context));
  return [{ type: 'BookingCancelled', data: { ...idsOf(live), by, outcome, reason, returnsAt } }];
}

const CANCELLED: ReadonlySet<Outcome> = new Set([
  'cancelledByPatient',
  'lateCancelled',
  'cancelledByHospital',
]);

function checkCancellable(live: LiveBooking, by: CancelledBy, now: Date): void {
  if (live.checkedIn && by !== 'desk') throw checkedInAlready();
  if (endOf(live.slot) <= now) throw intervalOver();
}

function ownCancellation(live: LiveBooking, { policy, currentDoctor }: CancelBooking, now: Date) {
  const excused = live.hold !== null || currentDoctor !== live.slot.doctorCode;
  const late = now >= cancelDeadline(policy, live.slot);
  return late && !excused ? ('lateCancelled' as const) : ('cancelledByPatient' as const);
}

/** A cancelled slot goes to the public after a random while, so that nobody can hand it over by appointment. Rule 7.10. */
function returnOf({ now, safeguards: { returnDelayMinutes }, chance }: SlotContext): Date {
  const { min, max } = returnDelayMinutes;
  return plusMinutes(now, min + chance * (max - min));
}

/* ---- fences ---- */

function fence(
  state: SlotState,
  { institutionCode, scheduleId, slotId, cause, causeId }: FenceSlotCommand,
): readonly SlotEvent[] {
  if (state.fences.has(causeId) || state.lifted.has(causeId)) return [];
  const called = cause === 'suspension' && state.live ? state.live.booking : null;
  const displaced = called && { bookingId: called.bookingId, personId: called.personId };
  return [{ type: 'SlotFenced', data: { institutionCode, scheduleId, slotId, cause, causeId, displaced } }];
}

function unfence(
  state: SlotState,
  { institutionCode, scheduleId, slotId, causeId }: UnfenceSlotCommand,
): readonly SlotEvent[] {
  if (!state.fences.has(causeId)) return [];
  return [{ type: 'SlotUnfenced', data: { institutionCode, scheduleId, slotId, causeId } }];
}

/* ---- the visit ---- */

function checkIn(state: SlotState, { bookingId, by, policy }: CheckIn, { now }: SlotContext) {
  const live = bookedOf(state, bookingId);
  if (live.checkedIn) return [];
  const window = checkInWindow(policy, live.slot);
  if (by === 'patient' && now < window.from) throw checkInTooEarly();
  if (by === 'patient' && now > window.until) throw checkInTooLate();
  const late = now >= endOf(live.slot);
  return [{ type: 'PatientCheckedIn' as const, data: { ...idsOf(live), late } }];
}

function registerVisit(
  state: SlotState,
  { bookingId, by, registrationNumber }: CommandOf<'RegisterVisit'>,
  { now }: SlotContext,
): readonly SlotEvent[] {
  if (bookedOf(state, bookingId).registrationNumber === registrationNumber) return [];
  const live = registrable(state, bookingId, now);
  if (by === 'patient' && endOf(live.slot) <= now) throw intervalOver();
  return [{ type: 'BookingRegistered', data: { ...idsOf(live), registrationNumber } }];
}

/**
 * The money has come in: the visit is registered, or what stands against it is written down so that the money goes back.
 * Whoever began to pay in time is not refused because the interval has ended meanwhile.
 */
function registerPaidVisit(
  state: SlotState,
  { type: _type, ...paid }: RegisterPaidVisitCommand,
  context: SlotContext,
): readonly SlotEvent[] {
  const { bookingId, paymentId } = paid;
  if (state.payments.has(paymentId)) return [];
  try {
    const live = registrable(state, bookingId, context.now);
    const registrationNumber = registrationNumberOf(bookingId);
    return [{ type: 'BookingRegistered', data: { ...idsOf(live), registrationNumber, paymentId } }];
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return [{ type: 'RegistrationRefused', data: { ...paid, cause: error.code } }];
  }
}

/**
 * The booking, where it can become a registration from the day of the visit on.
 * @throws Rejection that says what stands against it
 */
export function registrable(state: SlotState, bookingId: string, now: Date): LiveBooking {
  const live = bookedOf(state, bookingId);
  if (live.registrationNumber !== null) throw registeredAlready();
  if (shanghaiDate(now) < live.slot.date) throw registrationTooEarly();
  return live;
}

function reportOutcome(
  state: SlotState,
  { bookingId, outcome }: CommandOf<'ReportOutcome'>,
  context: SlotContext,
): readonly SlotEvent[] {
  const ended = state.ended.get(bookingId);
  if (ended) return reportAgain(ended, outcome, context);
  const live = bookedOf(state, bookingId);
  if (outcome === 'fulfilled') {
    if (shanghaiDate(context.now) < live.slot.date) throw reportTooEarly();
    return [{ type: 'BookingFulfilled', data: idsOf(live) }];
  }
  checkNoShow(live, context.now);
  return [{ type: 'NoShowReported', data: idsOf(live) }];
}

/** A report that comes after the hospital was silent for too long counts as its correction. */
function reportAgain(
  ended: EndedBooking,
  outcome: 'fulfilled' | 'noShow',
  context: SlotContext,
): readonly SlotEvent[] {
  if (ended.outcome === outcome) return [];
  if (ended.outcome === 'unreported')
    return corrected(ended, { to: outcome, reason: '医院补报', because: 'report' }, context);
  if (REPORTED.has(ended.outcome)) throw outcomeStands(ended.outcome);
  throw bookingOver(ended.outcome);
}

/** Only who did not check in can be a no-show, and only once the interval is over. Rule 7.3, 闭环状态. */
function checkNoShow({ slot: { date, end }, checkedIn }: LiveBooking | EndedBooking, now: Date): void {
  if (checkedIn) throw noShowAfterCheckIn();
  if (now < endOf({ date, end })) throw reportTooEarly();
}

function markUnreported(
  state: SlotState,
  { bookingId }: CommandOf<'MarkUnreported'>,
  { now, safeguards }: SlotContext,
): readonly SlotEvent[] {
  if (state.ended.has(bookingId)) return [];
  const live = bookedOf(state, bookingId);
  if (now < endOfDay(live.slot.date, safeguards.unreportedAfterDays)) throw unreportedTooEarly();
  return [{ type: 'BookingUnreported', data: idsOf(live) }];
}

/* ---- afterwards ---- */

/** What each outcome may turn out to have been; what is not here stands. */
const CORRECTABLE: Partial<Record<Outcome, ReadonlySet<Outcome>>> = {
  fulfilled: new Set(['noShow', 'unreported', 'cancelledByHospital']),
  noShow: new Set(['fulfilled', 'unreported', 'cancelledByHospital']),
  unreported: new Set(['fulfilled', 'noShow', 'cancelledByHospital']),
  lateCancelled: new Set(['cancelledByPatient', 'cancelledByHospital']),
};

function correctOutcome(
  state: SlotState,
  command: CorrectOutcome,
  context: SlotContext,
): readonly SlotEvent[] {
  const ended = state.ended.get(command.bookingId);
  if (!ended) {
    liveOf(state, command.bookingId);
    throw outcomeMissing();
  }
  return ended.outcome === command.to ? [] : corrected(ended, command, context);
}

function corrected(
  ended: EndedBooking,
  { to, reason, because }: Pick<CorrectOutcome, 'to' | 'reason' | 'because'>,
  { now, safeguards }: SlotContext,
): readonly SlotEvent[] {
  const from = ended.outcome;
  if (!CORRECTABLE[from]?.has(to)) throw outcomeNotCorrectable(from, to);
  if (because === 'report' && now >= endOfDay(ended.slot.date, safeguards.correctionWithinDays))
    throw correctionTooLate(safeguards.correctionWithinDays);
  if (to === 'noShow') checkNoShow(ended, now);
  return [{ type: 'OutcomeCorrected', data: { ...idsOf(ended), from, to, reason } }];
}

function markRehomed(
  state: SlotState,
  { bookingId, toBookingId }: CommandOf<'MarkRehomed'>,
): readonly SlotEvent[] {
  const ended = state.ended.get(bookingId);
  if (!ended && state.live?.booking.bookingId !== bookingId) throw bookingUnknown();
  if (ended?.outcome !== 'cancelledByHospital') throw notCalledOff();
  if (ended.rehomedTo !== null) return [];
  return [{ type: 'BookingRehomed', data: { ...idsOf(ended), toBookingId } }];
}

/* ---- helpers ---- */

/** The instant at which the given number of days after a day of visits are over. */
function endOfDay(date: string, days: number): Date {
  return shanghaiInstant(plusDays(date, days), '24:00');
}

/** @throws Rejection when no booking of that id lives on the slot */
function liveOf(state: SlotState, bookingId: string): LiveBooking {
  if (state.live?.booking.bookingId === bookingId) return state.live;
  const ended = state.ended.get(bookingId);
  throw ended ? bookingOver(ended.outcome) : bookingUnknown();
}

/** @throws Rejection also when the slot is only held for it */
function bookedOf(state: SlotState, bookingId: string): LiveBooking {
  const live = liveOf(state, bookingId);
  if (live.hold) throw holdNotConfirmed();
  return live;
}

function idsOf({ slot: facts, booking }: Claim) {
  const { institutionCode, scheduleId, slotId } = facts;
  return { institutionCode, scheduleId, slotId, bookingId: booking.bookingId, personId: booking.personId };
}

function evolve(state: SlotState, event: SlotEvent): SlotState {
  switch (event.type) {
    case 'SlotHeld': {
      const { slot: facts, booking, purpose, until } = event.data;
      return { ...state, returnsAt: null, live: liveFrom({ slot: facts, booking }, { purpose, until }) };
    }
    case 'SlotBooked': {
      const { slot: facts, booking } = event.data;
      return { ...state, returnsAt: null, live: liveFrom({ slot: facts, booking }, null) };
    }
    case 'HoldExpired':
      return ended(state, event.data.bookingId, 'expired');
    case 'BookingCancelled':
      return {
        ...ended(state, event.data.bookingId, event.data.outcome),
        returnsAt: event.data.returnsAt,
      };
    case 'ClaimVoided':
      return { ...state, voided: new Set([...state.voided, event.data.bookingId]) };
    case 'SlotFenced': {
      const { causeId, cause, displaced } = event.data;
      const fenced = { ...state, fences: new Map([...state.fences, [causeId, cause]]) };
      return displaced ? ended(fenced, displaced.bookingId, 'cancelledByHospital') : fenced;
    }
    case 'SlotUnfenced': {
      const { causeId } = event.data;
      const fences = new Map([...state.fences].filter(([id]) => id !== causeId));
      return { ...state, fences, lifted: new Set([...state.lifted, causeId]) };
    }
    case 'PatientCheckedIn':
      return changeLive(state, { checkedIn: true });
    case 'BookingRegistered': {
      const { registrationNumber, paymentId } = event.data;
      return withPayment(changeLive(state, { registrationNumber }), paymentId);
    }
    case 'RegistrationRefused':
      return withPayment(state, event.data.paymentId);
    case 'BookingFulfilled':
      return ended(state, event.data.bookingId, 'fulfilled');
    case 'NoShowReported':
      return ended(state, event.data.bookingId, 'noShow');
    case 'BookingUnreported':
      return ended(state, event.data.bookingId, 'unreported');
    case 'OutcomeCorrected':
      return changeEnded(state, event.data.bookingId, { outcome: event.data.to });
    case 'BookingRehomed':
      return changeEnded(state, event.data.bookingId, { rehomedTo: event.data.toBookingId });
  }
}

function liveFrom(claim: Claim, held: LiveBooking['hold']): LiveBooking {
  return { ...claim, hold: held, checkedIn: false, registrationNumber: null };
}

function ended(state: SlotState, bookingId: string, outcome: Outcome): SlotState {
  if (!state.live) return state;
  const { slot: facts, booking, checkedIn } = state.live;
  const over = { slot: facts, booking, outcome, checkedIn, rehomedTo: null };
  return { ...state, live: null, ended: new Map([...state.ended, [bookingId, over]]) };
}

function withPayment(state: SlotState, paymentId: string | undefined): SlotState {
  return paymentId === undefined ? state : { ...state, payments: new Set([...state.payments, paymentId]) };
}

function changeLive(state: SlotState, change: Partial<LiveBooking>): SlotState {
  return state.live ? { ...state, live: { ...state.live, ...change } } : state;
}

function changeEnded(state: SlotState, bookingId: string, change: Partial<EndedBooking>): SlotState {
  const over = state.ended.get(bookingId);
  return over ? { ...state, ended: new Map([...state.ended, [bookingId, { ...over, ...change }]]) } : state;
}
