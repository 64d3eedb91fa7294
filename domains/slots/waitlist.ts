import type { WaitlistEvent } from '@qingpu/contracts/events/slots';
import type { BookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import {
  entryOver,
  entryUnknown,
  noOffer,
  offerStands,
  waitingAlready,
  waitingTooMuch,
  waitlistFull,
} from './ledger-rejections.ts';
import type { ScheduleKey } from './streams.ts';

interface OfEntry extends ScheduleKey {
  readonly entryId: string;
  readonly personId: string;
}

export interface JoinWaitlist extends OfEntry {
  readonly type: 'JoinWaitlist';
  readonly accountId: string | null;
  /** Beginning of the interval, HH:mm; null for any. */
  readonly start: string | null;
  /** At how many other schedules the person waits, as a view says: a limit against hoarding, not a guarantee. */
  readonly waitingElsewhere: number;
}

export interface OfferPlace extends OfEntry {
  readonly type: 'OfferPlace';
  readonly slotId: string;
  readonly bookingId: string;
  /** ISO 8601 with offset. */
  readonly until: string;
}

export type WaitlistCommand =
  | JoinWaitlist
  | (OfEntry & { readonly type: 'LeaveWaitlist' })
  | OfferPlace
  | (OfEntry & { readonly type: 'ServeEntry'; readonly bookingId: string })
  /** The hold behind an offer is over; nothing happens when it was no offer's. */
  | (ScheduleKey & { readonly type: 'LapseOffer'; readonly bookingId: string });
type CommandOf<Type extends WaitlistCommand['type']> = Extract<WaitlistCommand, { type: Type }>;

export interface Offer {
  readonly slotId: string;
  readonly bookingId: string;
  readonly until: string;
}

export interface WaitlistEntry {
  readonly entryId: string;
  readonly personId: string;
  readonly accountId: string | null;
  readonly start: string | null;
  readonly standing: 'waiting' | 'offered' | 'served' | 'lapsed' | 'left';
  readonly offer: Offer | null;
}

export interface WaitlistState {
  /** In the order in which people came. */
  readonly entries: ReadonlyMap<string, WaitlistEntry>;
}

export interface WaitlistContext extends DecisionTime {
  readonly safeguards: BookingSafeguards;
}

/** The write side of who waits for a returned slot of a schedule (候补), first come first served. */
export const waitlist: Decider<WaitlistState, WaitlistCommand, WaitlistEvent, WaitlistContext> = {
  initialState: { entries: new Map() },
  evolve,
  decide(state, command, context) {
    switch (command.type) {
      case 'JoinWaitlist':
        return join(state, command, context);
      case 'LeaveWaitlist':
        return leave(state, command);
      case 'OfferPlace':
        return offer(state, command);
      case 'ServeEntry':
        return serve(state, command);
      case 'LapseOffer':
        return lapse(state, command);
    }
  },
};

function join(
  state: WaitlistState,
  { entryId, personId, accountId, start, waitingElsewhere, ...key }: JoinWaitlist,
  { now, safeguards }: WaitlistContext,
): readonly WaitlistEvent[] {
  if (state.entries.has(entryId)) return [];
  const active = [...state.entries.values()].filter((entry) => isActive(entry, now));
  if (active.some((entry) => entry.personId === personId)) throw waitingAlready();
  if (active.length >= safeguards.waitlistPerSchedule) throw waitlistFull();
  if (waitingElsewhere >= safeguards.waitlistPerPerson) throw waitingTooMuch(safeguards.waitlistPerPerson);
  return [{ type: 'WaitlistJoined', data: { ...keyOf(key), entryId, personId, accountId, start } }];
}

function leave(state: WaitlistState, command: CommandOf<'LeaveWaitlist'>): readonly WaitlistEvent[] {
  const { standing } = entryOf(state, command);
  if (standing === 'offered') throw offerStands();
  if (standing === 'served') throw entryOver();
  return standing === 'waiting' ? [{ type: 'WaitlistLeft', data: idsOf(command) }] : [];
}

function offer(state: WaitlistState, command: OfferPlace): readonly WaitlistEvent[] {
  const { slotId, bookingId, until } = command;
  const { standing, offer: made } = entryOf(state, command);
  if (made?.bookingId === bookingId) return [];
  if (standing === 'offered') throw offerStands();
  if (standing !== 'waiting') throw entryOver();
  return [{ type: 'WaitlistOffered', data: { ...idsOf(command), slotId, bookingId, until } }];
}

function serve(state: WaitlistState, command: CommandOf<'ServeEntry'>): readonly WaitlistEvent[] {
  const { bookingId } = command;
  const { standing, offer: made } = entryOf(state, command);
  if (made?.bookingId !== bookingId) throw noOffer();
  if (standing !== 'offered') return [];
  return [{ type: 'WaitlistServed', data: { ...idsOf(command), slotId: made.slotId, bookingId } }];
}

function lapse(
  state: WaitlistState,
  { bookingId, ...key }: CommandOf<'LapseOffer'>,
): readonly WaitlistEvent[] {
  const entry = offeredAs(state, bookingId);
  if (!entry?.offer) return [];
  const {
    entryId,
    personId,
    offer: { slotId },
  } = entry;
  return [{ type: 'WaitlistOfferLapsed', data: { ...keyOf(key), entryId, personId, slotId, bookingId } }];
}

/* ---- what others ask of a waitlist ---- */

/** Whoever waits for a slot of that interval, first come first. */
export function waitingFor(state: WaitlistState, start: string): readonly WaitlistEntry[] {
  return [...state.entries.values()].filter(
    (entry) => entry.standing === 'waiting' && (entry.start === null || entry.start === start),
  );
}

/** The entry that has the offer of this booking now. */
export function offeredAs(state: WaitlistState, bookingId: string): WaitlistEntry | undefined {
  return [...state.entries.values()].find(
    (entry) => entry.standing === 'offered' && entry.offer?.bookingId === bookingId,
  );
}

/** @throws Rejection when there is none, or when it is somebody else's */
export function entryOf(
  state: WaitlistState,
  { entryId, personId }: Pick<OfEntry, 'entryId' | 'personId'>,
): WaitlistEntry {
  const entry = state.entries.get(entryId);
  if (entry?.personId !== personId) throw entryUnknown();
  return entry;
}

/** An offer whose time is up keeps nobody from waiting again. */
function isActive({ standing, offer: made }: WaitlistEntry, now: Date): boolean {
  if (standing === 'offered') return made !== null && now.getTime() < Date.parse(made.until);
  return standing === 'waiting';
}

function keyOf({ institutionCode, scheduleId }: ScheduleKey): ScheduleKey {
  return { institutionCode, scheduleId };
}

function idsOf({ entryId, personId, ...key }: OfEntry): OfEntry {
  return { ...keyOf(key), entryId, personId };
}

function evolve(state: WaitlistState, event: WaitlistEvent): WaitlistState {
  const { entryId } = event.data;
  switch (event.type) {
    case 'WaitlistJoined': {
      const { personId, accountId, start } = event.data;
      const entry = { entryId, personId, accountId, start, standing: 'waiting' as const, offer: null };
      return { entries: new Map([...state.entries, [entryId, entry]]) };
    }
    case 'WaitlistLeft':
      return change(state, entryId, { standing: 'left' });
    case 'WaitlistOffered': {
      const { slotId, bookingId, until } = event.data;
      return change(state, entryId, { standing: 'offered', offer: { slotId, bookingId, until } });
    }
    case 'WaitlistOfferLapsed':
      return change(state, entryId, { standing: 'lapsed' });
    case 'WaitlistServed':
      return change(state, entryId, { standing: 'served' });
  }
}

function change(state: WaitlistState, entryId: string, changed: Partial<WaitlistEntry>): WaitlistState {
  const entry = state.entries.get(entryId);
  return entry ? { entries: new Map([...state.entries, [entryId, { ...entry, ...changed }]]) } : state;
}
