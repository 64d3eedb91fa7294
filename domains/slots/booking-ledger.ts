import { isDeepStrictEqual } from 'node:util';
import type { BlockKind, Outcome, Tier } from '@qingpu/contracts/codes/slot-tables';
import type { CloseLedgerCommand } from '@qingpu/contracts/commands/slots';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { BookingFacts, LedgerEvent, SlotFacts } from '@qingpu/contracts/events/slots';
import type { BookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import type { Rejection } from '@qingpu/domains-kernel/rejection';
import { brokenLimit } from './booking-limits.ts';
import type { BookingPolicy } from './booking-policy.ts';
import {
  appealDecided,
  appealedAlready,
  appealTooLate,
  appealUnknown,
  blockDiffers,
  blockOfOthers,
  blockScope,
  blockSpan,
  blockUnknown,
  claimMoved,
  claimReleased,
  nothingToAppeal,
  notOver,
  overrideNotPermitted,
  personBlocked,
  personErased,
  replacedAlready,
  rightsNotSuspended,
  rightsSuspended,
} from './ledger-rejections.ts';
import { type Counted, countIncidents, type Incident, isSuspended } from './no-show-rights.ts';
import { bookingUnknown, notCalledOff } from './rejections.ts';

interface OfBooking {
  readonly personId: string;
  readonly bookingId: string;
}

/** A person wants a slot: the claim counts from here on, and the slot's stream decides what becomes of it. */
export interface ClaimSlot {
  readonly type: 'ClaimSlot';
  readonly slot: SlotFacts;
  readonly booking: BookingFacts;
  readonly policy: BookingPolicy;
  /** As what the person books; a referral is never held up by a suspension. */
  readonly tier: Tier;
  readonly byStaff: boolean;
  /** Why staff lets it pass although a rule stands against it; null without. */
  readonly override: string | null;
}

export interface BlockPerson {
  readonly type: 'BlockPerson';
  readonly personId: string;
  readonly blockId: string;
  readonly kind: BlockKind;
  /** Who blocks, and where it holds: an institution's code, or `district`. */
  readonly source: string;
  readonly scope: string;
  readonly reason: string;
  /** First day on which it holds, and the first on which it does not any more; null until it is lifted. YYYY-MM-DD. */
  readonly from: string;
  readonly until: string | null;
}

export interface FileAppeal {
  readonly type: 'FileAppeal';
  readonly personId: string;
  readonly appealId: string;
  readonly subject: AppealSubject;
  readonly statement: Sealed;
  /** The hospital took it, and decided for itself whether it came in time. */
  readonly takenByHospital?: boolean;
}

export type LedgerCommand =
  | ClaimSlot
  /** The slot tried last was refused for good: this one is tried next. */
  | (OfBooking & { readonly type: 'MoveClaim'; readonly slotId: string })
  | (OfBooking & { readonly type: 'SettleClaim' })
  /** Every slot in `tried` has refused the claim for good. `cause`: the code of the refusal. */
  | (OfBooking & { readonly type: 'ReleaseClaim'; readonly tried: readonly string[]; readonly cause: string })
  /** `on`: the day on which it was said, YYYY-MM-DD. */
  | (OfBooking & { readonly type: 'CloseBooking'; readonly outcome: Outcome; readonly on: string })
  | (OfBooking & { readonly type: 'CorrectClosure'; readonly outcome: Outcome; readonly reason: string })
  /** Relief: the person may book again at once. */
  | { readonly type: 'RestoreRights'; readonly personId: string; readonly reason: string }
  | BlockPerson
  | {
      readonly type: 'UnblockPerson';
      readonly personId: string;
      readonly blockId: string;
      /** Who lifts it: an institution's code, or `district`. */
      readonly by: string;
      readonly reason: string;
    }
  | FileAppeal
  | CloseLedgerCommand
  | {
      readonly type: 'DecideAppeal';
      readonly personId: string;
      readonly appealId: string;
      readonly upheld: boolean;
      readonly reason: string;
    };
type CommandOf<Type extends LedgerCommand['type']> = Extract<LedgerCommand, { type: Type }>;

export type ClaimStanding =
  | { readonly status: 'open' | 'settled' }
  | { readonly status: 'released'; readonly cause: string }
  | { readonly status: 'closed'; readonly outcome: Outcome; readonly on: string };

export interface KnownClaim {
  /** The slot tried last; of those tried before, only the id differs that matters to a ledger. */
  readonly slot: SlotFacts;
  readonly booking: BookingFacts;
  /** Every slot that may hold the booking, the one tried last coming last. */
  readonly tried: readonly string[];
  readonly standing: ClaimStanding;
}

type Cause = Extract<LedgerEvent, { type: 'RightsSuspended' }>['data']['cause'];
export type AppealSubject = Extract<LedgerEvent, { type: 'AppealFiled' }>['data']['subject'];

export interface KnownBlock extends Omit<BlockPerson, 'type' | 'personId' | 'blockId'> {
  readonly lifted: boolean;
}

export interface KnownAppeal {
  readonly subject: AppealSubject;
  readonly decision: 'pending' | 'upheld' | 'dismissed';
}

export interface LedgerState {
  readonly claims: ReadonlyMap<string, KnownClaim>;
  /** The first day on which the person may book again, by what suspended the right. */
  readonly suspendedUntil: ReadonlyMap<Cause, string>;
  readonly blocks: ReadonlyMap<string, KnownBlock>;
  readonly appeals: ReadonlyMap<string, KnownAppeal>;
  /** Of a person who was erased. */
  readonly closed: boolean;
}

export interface LedgerContext extends DecisionTime {
  readonly safeguards: BookingSafeguards;
  /** The rule of where the person's newest no-show happened (`newestNoShow`); null without one, or where it does not matter. */
  readonly noShowRule: BookingPolicy | null;
  /** Bookings that their slots know to be over although the ledger was not told yet; they count towards no limit. */
  readonly over: ReadonlySet<string>;
}

export const DISTRICT = 'district';

/** The write side of what the platform remembers of one person's bookings: claims, closures, rights, blocks, appeals. */
export const bookingLedger: Decider<LedgerState, LedgerCommand, LedgerEvent, LedgerContext> = {
  initialState: {
    claims: new Map(),
    suspendedUntil: new Map(),
    blocks: new Map(),
    appeals: new Map(),
    closed: false,
  },
  evolve,
  decide(state, command, context) {
    switch (command.type) {
      case 'ClaimSlot':
        return claimSlot(state, command, context);
      case 'MoveClaim':
        return moveClaim(state, command);
      case 'SettleClaim':
        return settleClaim(state, command);
      case 'ReleaseClaim':
        return releaseClaim(state, command);
      case 'CloseBooking':
        return closeBooking(state, command, context);
      case 'CorrectClosure':
        return correctClosure(state, command, context);
      case 'RestoreRights':
        return restoreRights(state, command, context);
      case 'BlockPerson':
        return blockPerson(state, command, context);
      case 'UnblockPerson':
        return unblockPerson(state, command);
      case 'FileAppeal':
        return fileAppeal(state, command, context);
      case 'DecideAppeal':
        return decideAppeal(state, command);
      case 'CloseLedger':
        return state.closed ? [] : [{ type: 'LedgerClosed', data: { personId: command.personId } }];
    }
  },
};

/* ---- claims ---- */

function claimSlot(
  state: LedgerState,
  command: ClaimSlot,
  { now, over }: LedgerContext,
): readonly LedgerEvent[] {
  const { slot, booking } = command;
  if (state.claims.has(booking.bookingId)) return [];
  if (state.closed) throw personErased();
  if (command.override !== null && !command.byStaff) throw overrideNotPermitted();
  checkReplaced(state, booking.replaces);
  const objection = objectionTo(state, command, { today: shanghaiDate(now), over });
  if (objection && command.override === null) throw objection;
  const override = objection ? { code: objection.code, reason: command.override ?? '' } : null;
  const { personId } = booking;
  return [{ type: 'BookingClaimed', data: { personId, slot, booking, override } }];
}

/** What stands against a booking; undefined when nothing does. Staff may let it pass with a reason. */
function objectionTo(
  state: LedgerState,
  command: ClaimSlot,
  { today, over }: { readonly today: string; readonly over: ReadonlySet<string> },
): Rejection | undefined {
  const { slot, booking, tier, policy } = command;
  if (isBlockedAt(state, slot.institutionCode, today)) return personBlocked();
  const until = suspendedUntil(state, today);
  if (until !== null && booking.channel !== 'window' && tier !== 'referral') return rightsSuspended(until);
  const counting = activeClaims(state).filter((claim) => !over.has(claim.booking.bookingId));
  return brokenLimit(
    counting.map((claim) => claim.slot),
    slot,
    policy,
  );
}

/** A booking stands in for another one that the hospital called off, and for no other. */
function checkReplaced(state: LedgerState, replaces: string | null): void {
  if (replaces === null) return;
  const replaced = state.claims.get(replaces)?.standing;
  if (replaced?.status !== 'closed' || replaced.outcome !== 'cancelledByHospital') throw notCalledOff();
  const standsIn = [...state.claims.values()].some(
    ({ booking, standing }) => booking.replaces === replaces && !cameToNothing(standing),
  );
  if (standsIn) throw replacedAlready();
}

/** Whether it left the person, by nobody's choice, without what they had booked. */
function cameToNothing(standing: ClaimStanding): boolean {
  if (standing.status === 'closed')
    return standing.outcome === 'cancelledByHospital' || standing.outcome === 'expired';
  return standing.status === 'released';
}

function moveClaim(
  state: LedgerState,
  { personId, bookingId, slotId }: CommandOf<'MoveClaim'>,
): readonly LedgerEvent[] {
  const claim = claimOf(state, bookingId);
  if (claim.standing.status !== 'open') throw claimReleased();
  if (claim.tried.includes(slotId)) return [];
  return [{ type: 'ClaimMoved', data: { personId, bookingId, slotId } }];
}

function settleClaim(
  state: LedgerState,
  { personId, bookingId }: CommandOf<'SettleClaim'>,
): readonly LedgerEvent[] {
  const { standing } = claimOf(state, bookingId);
  if (standing.status === 'released') throw claimReleased();
  return standing.status === 'open' ? [{ type: 'ClaimSettled', data: { personId, bookingId } }] : [];
}

function releaseClaim(
  state: LedgerState,
  { personId, bookingId, tried, cause }: CommandOf<'ReleaseClaim'>,
): readonly LedgerEvent[] {
  const claim = claimOf(state, bookingId);
  if (claim.standing.status !== 'open') return [];
  // A slot that was taken up since may still give in.
  if (!claim.tried.every((slotId) => tried.includes(slotId))) throw claimMoved();
  return [{ type: 'ClaimReleased', data: { personId, bookingId, cause } }];
}

/* ---- closures ---- */

function closeBooking(
  state: LedgerState,
  { personId, bookingId, outcome, on }: CommandOf<'CloseBooking'>,
  context: LedgerContext,
): readonly LedgerEvent[] {
  const { standing } = claimOf(state, bookingId);
  if (standing.status === 'closed') return [];
  if (standing.status === 'released') throw claimReleased();
  const settled: LedgerEvent = { type: 'ClaimSettled', data: { personId, bookingId } };
  const closed: LedgerEvent = { type: 'BookingClosed', data: { personId, bookingId, outcome, on } };
  return [
    ...(standing.status === 'open' ? [settled] : []),
    closed,
    ...suspensionAfter(evolve(state, closed), outcome, context),
  ];
}

function correctClosure(
  state: LedgerState,
  { personId, bookingId, outcome, reason }: CommandOf<'CorrectClosure'>,
  context: LedgerContext,
): readonly LedgerEvent[] {
  const { standing } = claimOf(state, bookingId);
  if (standing.status !== 'closed') throw notOver();
  if (standing.outcome === outcome) return [];
  const corrected: LedgerEvent = { type: 'ClosureCorrected', data: { personId, bookingId, outcome, reason } };
  const after = evolve(state, corrected);
  return [
    corrected,
    ...reliefAfter(after, bookingId, standing.outcome, reason, context),
    ...suspensionAfter(after, outcome, context),
  ];
}

/** What counts against somebody, and as what. */
const COUNTS: Partial<Record<Outcome, Cause>> = { noShow: 'noShow', lateCancelled: 'lateCancellation' };

/** The rights are suspended in the same append as the closure that is one too many. */
function suspensionAfter(
  state: LedgerState,
  outcome: Outcome,
  context: LedgerContext,
): readonly LedgerEvent[] {
  const cause = COUNTS[outcome];
  if (!cause) return [];
  const due = counted(state, cause, context);
  const standing = state.suspendedUntil.get(cause) ?? '';
  return due.until !== null && due.until > standing ? suspension(state, cause, due, context) : [];
}

/** A closure that no longer counts: the suspension becomes as short as the others make it, or is lifted. */
function reliefAfter(
  state: LedgerState,
  bookingId: string,
  was: Outcome,
  reason: string,
  context: LedgerContext,
): readonly LedgerEvent[] {
  const cause = COUNTS[was];
  const standing = cause && state.suspendedUntil.get(cause);
  if (!cause || !standing || !isSuspended(standing, shanghaiDate(context.now))) return [];
  const due = counted(state, cause, context);
  if (due.until !== null && due.until >= standing) return [];
  const { personId } = claimOf(state, bookingId).booking;
  const others = [...state.suspendedUntil].filter(([other]) => other !== cause);
  return [
    { type: 'RightsRestored', data: { personId, cause: reliefCause(state, bookingId), reason } },
    ...suspension(state, cause, due, context),
    // What lifts one suspension lifts all, so that what still stands is said again behind it.
    ...others.flatMap(([other, until]) =>
      suspension(state, other, { ...counted(state, other, context), until }, context),
    ),
  ];
}

/** None when it would be over already. The institution is that of the newest incident, whose rule it is. */
function suspension(
  state: LedgerState,
  cause: Cause,
  { until, inWindow }: Counted,
  { now, safeguards, noShowRule }: LedgerContext,
): readonly LedgerEvent[] {
  const newest = inWindow.at(-1);
  if (!newest || until === null || !isSuspended(until, shanghaiDate(now))) return [];
  const { slot, booking } = claimOf(state, newest.bookingId);
  const safeguard = `booking-safeguards@${safeguards.version}`;
  const data = {
    personId: booking.personId,
    cause,
    bookingIds: inWindow.map(({ bookingId }) => bookingId),
    institutionCode: slot.institutionCode,
    until,
    policyVersion: cause === 'noShow' && noShowRule ? noShowRule.version : safeguard,
  };
  return [{ type: 'RightsSuspended', data }];
}

function reliefCause(state: LedgerState, bookingId: string): 'correction' | 'appeal' {
  const upheld = [...state.appeals.values()].some(
    ({ subject, decision }) =>
      decision === 'upheld' && subject.kind === 'booking' && subject.id === bookingId,
  );
  return upheld ? 'appeal' : 'correction';
}

function counted(state: LedgerState, cause: Cause, { safeguards, noShowRule }: LedgerContext): Counted {
  const incidents = incidentsOf(state, cause);
  if (cause === 'lateCancellation') return countIncidents(incidents, safeguards.lateCancellations);
  if (!noShowRule) return { inWindow: [], until: null };
  const { noShowCount, noShowWindowDays, noShowSuspendDays } = noShowRule;
  return countIncidents(incidents, {
    count: noShowCount,
    windowDays: noShowWindowDays,
    suspendDays: noShowSuspendDays,
  });
}

/* ---- rights ---- */

function restoreRights(
  state: LedgerState,
  { personId, reason }: CommandOf<'RestoreRights'>,
  { now }: LedgerContext,
): readonly LedgerEvent[] {
  if (suspendedUntil(state, shanghaiDate(now)) === null) throw rightsNotSuspended();
  return [{ type: 'RightsRestored', data: { personId, cause: 'relief', reason } }];
}

function blockPerson(
  state: LedgerState,
  command: BlockPerson,
  { now }: LedgerContext,
): readonly LedgerEvent[] {
  const { type: _type, personId, blockId, ...terms } = command;
  const known = state.blocks.get(blockId);
  if (known) {
    const { lifted: _lifted, ...said } = known;
    if (isDeepStrictEqual(said, terms)) return [];
    throw blockDiffers();
  }
  const { source, scope, from, until } = terms;
  if (source !== DISTRICT && scope !== DISTRICT && scope !== source) throw blockScope();
  if (until !== null && (until <= from || until <= shanghaiDate(now))) throw blockSpan();
  return [{ type: 'PersonBlocked', data: { personId, blockId, ...terms } }];
}

function unblockPerson(
  state: LedgerState,
  { personId, blockId, by, reason }: CommandOf<'UnblockPerson'>,
): readonly LedgerEvent[] {
  const block = state.blocks.get(blockId);
  if (!block) throw blockUnknown();
  if (by !== DISTRICT && by !== block.source) throw blockOfOthers();
  return block.lifted ? [] : [{ type: 'PersonUnblocked', data: { personId, blockId, reason } }];
}

/* ---- appeals ---- */

function fileAppeal(
  state: LedgerState,
  { personId, appealId, subject, statement, takenByHospital = false }: FileAppeal,
  { now, safeguards }: LedgerContext,
): readonly LedgerEvent[] {
  if (state.appeals.has(appealId)) return [];
  const since = appealableSince(state, subject, shanghaiDate(now));
  const appealed = [...state.appeals.values()].some((each) => isDeepStrictEqual(each.subject, subject));
  if (appealed) throw appealedAlready();
  const days = safeguards.appealWithinDays;
  if (!takenByHospital && plusDays(since, days) < shanghaiDate(now)) throw appealTooLate(days);
  return [{ type: 'AppealFiled', data: { personId, appealId, subject, statement } }];
}

/** The day from which on the time to appeal runs. @throws Rejection when there is nothing against the person */
function appealableSince(state: LedgerState, { kind, id }: AppealSubject, today: string): string {
  if (kind === 'block') {
    const block = state.blocks.get(id);
    if (!block || block.lifted || (block.until !== null && block.until <= today)) throw nothingToAppeal();
    return block.from;
  }
  const standing = state.claims.get(id)?.standing;
  if (standing?.status !== 'closed' || !COUNTS[standing.outcome]) throw nothingToAppeal();
  return standing.on;
}

/** An upheld appeal lifts the block at once; the outcome of a booking is corrected on its slot, and the ledger follows. */
function decideAppeal(
  state: LedgerState,
  { personId, appealId, upheld, reason }: CommandOf<'DecideAppeal'>,
): readonly LedgerEvent[] {
  const appeal = state.appeals.get(appealId);
  if (!appeal) throw appealUnknown();
  if (appeal.decision !== 'pending') {
    if ((appeal.decision === 'upheld') === upheld) return [];
    throw appealDecided();
  }
  const { subject } = appeal;
  const { kind, id } = subject;
  const lifts = upheld && kind === 'block' && state.blocks.get(id)?.lifted === false;
  return [
    { type: 'AppealDecided', data: { personId, appealId, upheld, reason, subject } },
    ...(lifts ? [{ type: 'PersonUnblocked' as const, data: { personId, blockId: id, reason } }] : []),
  ];
}

/* ---- what others ask of a ledger ---- */

/** @throws Rejection when the ledger never heard of the booking */
export function claimOf(state: LedgerState, bookingId: string): KnownClaim {
  const claim = state.claims.get(bookingId);
  if (!claim) throw bookingUnknown();
  return claim;
}

/** Claims that count towards the limits: the open ones and those of bookings that are not over. */
export function activeClaims(state: LedgerState): readonly KnownClaim[] {
  return [...state.claims.values()].filter(({ standing }) => isActive(standing));
}

/** The first day on which the person may book again; null when they may today. */
export function suspendedUntil(state: LedgerState, today: string): string | null {
  const standing = [...state.suspendedUntil.values()].filter((until) => isSuspended(until, today));
  return standing.sort().at(-1) ?? null;
}

/** Where the person's newest no-show was to be once a closure is as the command says: the rule of that place counts. */
export function newestNoShow(
  state: LedgerState,
  { bookingId, outcome }: Pick<CommandOf<'CloseBooking'>, 'bookingId' | 'outcome'>,
): SlotFacts | undefined {
  const noShows = [...state.claims.values()].filter(({ booking, standing }) =>
    booking.bookingId === bookingId
      ? outcome === 'noShow'
      : standing.status === 'closed' && standing.outcome === 'noShow',
  );
  return noShows
    .map(({ slot }) => slot)
    .sort((one, other) => (one.date < other.date ? -1 : 1))
    .at(-1);
}

function isActive({ status }: ClaimStanding): boolean {
  return status === 'open' || status === 'settled';
}

function isBlockedAt({ blocks }: LedgerState, institutionCode: string, today: string): boolean {
  return [...blocks.values()].some(
    ({ lifted, scope, from, until }) =>
      !lifted &&
      (scope === DISTRICT || scope === institutionCode) &&
      from <= today &&
      (until === null || today < until),
  );
}

/** In the order of their days. A no-show's day is that of the visit, a late cancellation's that on which it was said. */
function incidentsOf(state: LedgerState, cause: Cause): readonly Incident[] {
  const incidents = [...state.claims.values()].flatMap(({ slot, booking, standing }) => {
    if (standing.status !== 'closed' || COUNTS[standing.outcome] !== cause) return [];
    return [{ bookingId: booking.bookingId, day: cause === 'noShow' ? slot.date : standing.on }];
  });
  return incidents.sort((one, other) => (one.day < other.day ? -1 : 1));
}

/* ---- evolution ---- */

function evolve(state: LedgerState, event: LedgerEvent): LedgerState {
  switch (event.type) {
    case 'BookingClaimed': {
      const { slot, booking } = event.data;
      const claim: KnownClaim = { slot, booking, tried: [slot.slotId], standing: { status: 'open' } };
      return { ...state, claims: new Map([...state.claims, [booking.bookingId, claim]]) };
    }
    case 'ClaimMoved': {
      const { bookingId, slotId } = event.data;
      return changeClaim(state, bookingId, ({ slot, tried }) => ({
        slot: { ...slot, slotId },
        tried: [...tried, slotId],
      }));
    }
    case 'ClaimSettled':
      return stand(state, event.data.bookingId, () => ({ status: 'settled' }));
    case 'ClaimReleased':
      return stand(state, event.data.bookingId, () => ({ status: 'released', cause: event.data.cause }));
    case 'BookingClosed': {
      const { bookingId, outcome, on } = event.data;
      return stand(state, bookingId, () => ({ status: 'closed', outcome, on }));
    }
    case 'ClosureCorrected': {
      const { bookingId, outcome } = event.data;
      return stand(state, bookingId, (standing) =>
        standing.status === 'closed' ? { ...standing, outcome } : standing,
      );
    }
    case 'RightsSuspended': {
      const { cause, until } = event.data;
      return { ...state, suspendedUntil: new Map([...state.suspendedUntil, [cause, until]]) };
    }
    case 'RightsRestored':
      return { ...state, suspendedUntil: new Map() };
    case 'PersonBlocked': {
      const { personId: _personId, blockId, ...terms } = event.data;
      return { ...state, blocks: new Map([...state.blocks, [blockId, { ...terms, lifted: false }]]) };
    }
    case 'PersonUnblocked': {
      const block = state.blocks.get(event.data.blockId);
      if (!block) return state;
      return {
        ...state,
        blocks: new Map([...state.blocks, [event.data.blockId, { ...block, lifted: true }]]),
      };
    }
    case 'AppealFiled': {
      const { appealId, subject } = event.data;
      return { ...state, appeals: new Map([...state.appeals, [appealId, { subject, decision: 'pending' }]]) };
    }
    case 'LedgerClosed':
      return { ...state, closed: true };
    case 'AppealDecided': {
      const { appealId, upheld } = event.data;
      const appeal = state.appeals.get(appealId);
      if (!appeal) return state;
      const decided: KnownAppeal = { ...appeal, decision: upheld ? 'upheld' : 'dismissed' };
      return { ...state, appeals: new Map([...state.appeals, [appealId, decided]]) };
    }
  }
}

function changeClaim(
  state: LedgerState,
  bookingId: string,
  change: (claim: KnownClaim) => Partial<KnownClaim>,
): LedgerState {
  const claim = state.claims.get(bookingId);
  if (!claim) return state;
  return { ...state, claims: new Map([...state.claims, [bookingId, { ...claim, ...change(claim) }]]) };
}

function stand(
  state: LedgerState,
  bookingId: string,
  next: (standing: ClaimStanding) => ClaimStanding,
): LedgerState {
  return changeClaim(state, bookingId, ({ standing }) => ({ standing: next(standing) }));
}
