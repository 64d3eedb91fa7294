import type { ClosedLoopTag, SlotStateName, Tier } from '@qingpu/contracts/codes/slot-tables';
import { closedLoopTag } from '@qingpu/contracts/slots/closed-loop-tag';
import type { Intervals, ScheduleDocument, SlotRecord } from './view.ts';

/** One slot as it stands at an instant. */
export interface SlotNow {
  readonly slotId: string;
  readonly tier: Tier;
  readonly start: string;
  readonly end: string;
  readonly state: SlotStateName;
  readonly tag: ClosedLoopTag;
  /** The booking that has it or used it; null when it is anybody's. */
  readonly bookingId: string | null;
  /** Revision of its stream; null while nobody has touched it. */
  readonly revision: number | null;
}

const UNTOUCHED: SlotRecord = {};

/** What the slots of a schedule are read from. */
export type WithSlots = Pick<
  ScheduleDocument,
  'date' | 'plan' | 'intervals' | 'detailsRevision' | 'added' | 'slots' | 'closed'
> &
  MaybeWithheld;

/** Worked out when it is asked for, never stored. */
export interface MaybeWithheld {
  /** The hospital's interface is not verified: what is left is not on offer. */
  readonly withheld?: boolean;
}

/** The slot's record. Ids are the hospital's: one may be called `constructor`. */
export function recordOf({ slots }: Pick<ScheduleDocument, 'slots'>, slotId: string): SlotRecord {
  return (slots && Object.hasOwn(slots, slotId) && slots[slotId]) || UNTOUCHED;
}

/** All intervals with their slots, earliest first: as registered or amended last, and what was added since. */
export function intervalsOf({
  intervals,
  added = {},
  detailsRevision,
}: Pick<ScheduleDocument, 'intervals' | 'detailsRevision' | 'added'>): Intervals {
  const later = Object.values(added)
    .filter(({ revision }) => revision > detailsRevision)
    .sort((a, b) => a.revision - b.revision);
  if (later.length === 0) return intervals;
  const merged = new Map<string, Intervals[number]>();
  for (const interval of [intervals, ...later.map((addition) => addition.intervals)].flat()) {
    const key = `${interval.start}-${interval.end}`;
    const slots = [...(merged.get(key)?.slots ?? []), ...interval.slots];
    merged.set(key, { ...interval, slots });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, interval]) => interval);
}

/** The state of a slot: who has it, then what stands in the way. */
export function stateOf(record: SlotRecord, now: Date): SlotStateName {
  const { step } = record;
  if (step === 'held') return 'held';
  if (step !== undefined && step !== 'free') return 'booked';
  const fences = record.fences && Object.values(record.fences);
  if (fences?.includes('withdrawal')) return 'withdrawn';
  if (fences?.includes('suspension')) return 'fenced';
  return record.returnsAt && Date.parse(record.returnsAt) > now.getTime() ? 'returning' : 'free';
}

/** Every slot of a schedule with its state and closed-loop tag. */
export function slotsNow(document: WithSlots, now: Date): SlotNow[] {
  return intervalsOf(document).flatMap(({ start, end, slots }) =>
    slots.map(({ slotId, tier }) => {
      const record = recordOf(document, slotId);
      const state = stateOf(record, now);
      return {
        slotId,
        tier,
        start,
        end,
        state,
        tag: tagOf(record, state, { tier, date: document.date, end }, document, now),
        bookingId: state === 'held' || state === 'booked' ? (record.bookingId ?? null) : null,
        revision: record.revision ?? null,
      };
    }),
  );
}

function tagOf(
  record: SlotRecord,
  state: SlotStateName,
  slot: { readonly tier: Tier; readonly date: string; readonly end: string },
  { plan, closed, withheld = false }: Pick<WithSlots, 'plan' | 'closed' | 'withheld'>,
  now: Date,
): ClosedLoopTag {
  const { step, bookingId, outcomes, checkedIn = false, registered = false } = record;
  const live = step === 'booked' ? { checkedIn, registered } : null;
  const ended = step === 'free' || step === 'closed';
  const outcome = (ended && bookingId !== undefined && outcomes?.[bookingId]) || null;
  const tag = closedLoopTag({ ...slot, state, live, outcome }, plan, now);
  // Nobody can book what is left of a schedule that was closed early.
  if (tag !== 'open' && tag !== 'unopened') return tag;
  if (closed) return 'unused';
  return withheld ? 'withheld' : tag;
}
