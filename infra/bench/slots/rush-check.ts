import type { RushRequest } from './load-job.ts';
import { intervalKey } from './world.ts';

export interface RushVerdict {
  readonly slots: number;
  readonly winners: number;
  /** Slots or bookings that two answers gave away, and slots that were not to be had. Anything but 0 is a fault. */
  readonly doubles: number;
  /** Requests that got no answer at all. */
  readonly unanswered: number;
  /** Of the winners, how many were among the first that asked for their interval. */
  readonly orderKept: number;
}

/**
 * Who won against who asked first. For each interval the first as many as it has slots should have them; who was sent
 * in the same turn of the sender's loop as the last of these came at the same time, as far as anybody can tell.
 * @param slots ids by interval
 */
export function checkRush(
  requests: readonly RushRequest[],
  slots: ReadonlyMap<string, readonly string[]>,
): RushVerdict {
  const winners = requests.filter(({ status }) => status === 201);
  const wanted = Map.groupBy(requests, ({ plan }) => intervalKey(plan.seat));
  const inOrder = [...wanted].flatMap(([interval, group]) => first(group, slots.get(interval)?.length ?? 0));
  return {
    slots: [...slots.values()].reduce((sum, ids) => sum + ids.length, 0),
    winners: winners.length,
    doubles: doublesAmong(winners, slots),
    unanswered: requests.filter(({ status }) => status === 0).length,
    orderKept: winners.length === 0 ? 1 : inOrder.length / winners.length,
  };
}

/** The winners of an interval who came in time for its slots. */
function first(group: readonly RushRequest[], slots: number): RushRequest[] {
  const inOrder = group.toSorted((a, b) => a.batch - b.batch);
  const lastBatch = inOrder[Math.min(slots, inOrder.length) - 1]?.batch ?? -1;
  return inOrder.filter(({ status, batch }) => status === 201 && batch <= lastBatch);
}

function doublesAmong(
  winners: readonly RushRequest[],
  slots: ReadonlyMap<string, readonly string[]>,
): number {
  const seen = new Set<string>();
  return winners.filter(({ plan, slotId = '', bookingId = '' }) => {
    const slot = `${intervalKey(plan.seat)} ${slotId}`;
    const known = slots.get(intervalKey(plan.seat))?.includes(slotId) ?? false;
    const again = seen.has(slot) || seen.has(bookingId);
    seen.add(slot).add(bookingId);
    return again || !known;
  }).length;
}
