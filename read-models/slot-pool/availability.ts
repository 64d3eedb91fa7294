import { TIERS, type Tier } from '@qingpu/contracts/codes/slot-tables';
import type { BOOKABILITY } from '@qingpu/contracts/http/slots';
import { isOpen } from '@qingpu/contracts/slots/release';
import { shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { intervalsOf, recordOf, stateOf, type WithSlots } from './slots-now.ts';
import type { ScheduleDocument } from './view.ts';

/*
 * What can be booked at an instant, worked out from one schedule's document. Pure: whoever keeps documents in memory
 * can answer from them without asking the store.
 */

export type Bookability = keyof typeof BOOKABILITY;

export interface Availability {
  /** Slots that somebody of these tiers could book now. */
  readonly free: number;
  /** All slots but those that were withdrawn. */
  readonly total: number;
  readonly bookability: Bookability;
  /** When the first slot opens, ISO 8601, for `notYet`; else null. */
  readonly opensAt: string | null;
}

export interface IntervalAvailability extends Availability {
  readonly start: string;
  readonly end: string;
}

/** The best that can be said of several comes first. */
const BEST_FIRST: readonly Bookability[] = ['open', 'notYet', 'withheld', 'full', 'suspended', 'over'];

/**
 * The availability of each interval that has slots.
 * @param tiers the quotas from which the viewer may book
 * @param left slots that a hospital in shared mode still has itself; left out where nobody says so
 */
export function intervalAvailability(
  document: WithSlots,
  tiers: readonly Tier[],
  now: Date,
  left?: ReadonlySet<string>,
): IntervalAvailability[] {
  const { plan, date, withheld = false } = document;
  const opens = openingsFor(document, tiers);
  const open = new Set(
    (Object.keys(TIERS) as Tier[]).filter((kept) => tiers.some((tier) => isOpen(plan, kept, tier, now))),
  );
  return intervalsOf(document).flatMap(({ start, end, slots }) => {
    const seen = slots
      .map(({ slotId, tier }) => ({ slotId, tier, state: stateOf(recordOf(document, slotId), now) }))
      .filter(({ state }) => state !== 'withdrawn');
    if (seen.length === 0) return [];
    const over = document.closed !== null || shanghaiInstant(date, end) <= now;
    const isFree = ({ slotId, state, tier }: (typeof seen)[number]) =>
      state === 'free' && open.has(tier) && (left?.has(slotId) ?? true);
    const free = over || withheld ? 0 : seen.filter(isFree).length;
    const first = earliest(seen.flatMap(({ state, tier }) => (state === 'fenced' ? [] : [opens[tier]])));
    const bookability = bookabilityOf({ over, withheld, free, first, now });
    return [
      {
        start,
        end,
        free,
        total: seen.length,
        bookability,
        opensAt: bookability === 'notYet' ? (first ?? null) : null,
      },
    ];
  });
}

/** `first` is when the first slot that is not suspended opens; undefined when all are suspended. */
function bookabilityOf({
  over,
  withheld,
  free,
  first,
  now,
}: {
  readonly over: boolean;
  readonly withheld: boolean;
  readonly free: number;
  readonly first: string | undefined;
  readonly now: Date;
}): Bookability {
  if (over) return 'over';
  if (first === undefined) return 'suspended';
  if (withheld) return 'withheld';
  if (free > 0) return 'open';
  return Date.parse(first) > now.getTime() ? 'notYet' : 'full';
}

/** When each quota opens to the viewer. */
function openingsFor(
  { plan }: Pick<ScheduleDocument, 'plan'>,
  tiers: readonly Tier[],
): Readonly<Record<Tier, string>> {
  const opening = (kept: Tier) =>
    kept === 'public' || tiers.includes(kept) ? plan.opensAt[kept] : plan.returnsAt;
  return {
    referral: opening('referral'),
    community: opening('community'),
    contracted: opening('contracted'),
    public: opening('public'),
  };
}

function earliest(moments: readonly string[]): string | undefined {
  return moments.reduce<string | undefined>(
    (first, next) => (first === undefined || Date.parse(next) < Date.parse(first) ? next : first),
    undefined,
  );
}

/** The availability of several intervals or schedules as one. Nothing at all counts as over. */
export function together(parts: readonly Availability[]): Availability {
  const bookability = BEST_FIRST.find((best) => parts.some((part) => part.bookability === best)) ?? 'over';
  return {
    free: parts.reduce((sum, { free }) => sum + free, 0),
    total: parts.reduce((sum, { total }) => sum + total, 0),
    bookability,
    opensAt:
      bookability === 'notYet'
        ? (earliest(parts.flatMap(({ opensAt }) => (opensAt === null ? [] : [opensAt]))) ?? null)
        : null,
  };
}

/** The availability of a whole schedule. */
export function scheduleAvailability(
  document: WithSlots,
  tiers: readonly Tier[],
  now: Date,
  left?: ReadonlySet<string>,
): Availability {
  return together(intervalAvailability(document, tiers, now, left));
}

export interface DayAvailability extends Availability {
  readonly date: string;
}

/** One line a day that has a schedule, earliest first. */
export function dayAvailability(
  documents: readonly WithSlots[],
  tiers: readonly Tier[],
  now: Date,
): DayAvailability[] {
  return [...Map.groupBy(documents, ({ date }) => date)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, ofDay]) => ({
      date,
      ...together(ofDay.map((document) => scheduleAvailability(document, tiers, now))),
    }));
}
