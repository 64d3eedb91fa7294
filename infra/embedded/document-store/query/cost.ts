import type { Collection } from '../storage/collection.ts';
import type { KeyRange } from './index-bounds.ts';
import type { Plan } from './plan.ts';

/** Entries are counted up to the first number; when every plan has more, up to the next one. */
const CAPS = [100, 1000, 10_000];
const QUICK_CAP = 100;
const COUNTED_RANGES = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Starting to read a range costs about as much as looking at this many documents. */
const RANGE_COST = 0.5;
/** A plan that reads everything before it sorts looks at least at this many times what was counted at most. */
const BEYOND_CAP = 2;
/** Costs this close cannot be told apart; then the plan that is bound more tightly is taken. */
const ALIKE = 1.05;

interface Rated {
  readonly plan: Plan;
  /** How many entries its ranges hold, as far as they were counted. */
  readonly entries: number;
  readonly capped: boolean;
}

/** The plan that will look at the fewest documents until the reader has what it wants. */
export function cheapest(collection: Collection, plans: readonly Plan[], wanted: number): Plan {
  const [only] = plans;
  if (only !== undefined && plans.length === 1) return only;
  const total = collection.roughCount();
  const rated = rateAll(collection, plans, wanted, total);
  const matching = Math.min(...rated.map(({ entries }) => entries));
  const costs = rated.map((one) => ({ plan: one.plan, cost: cost(one, matching, total, wanted) }));
  const least = Math.min(...costs.map((one) => one.cost));
  const alike = costs.filter((one) => one.cost <= least * ALIKE + RANGE_COST);
  alike.sort((left, right) => rank(right.plan) - rank(left.plan) || left.cost - right.cost);
  return alike[0]?.plan ?? fail();
}

/** Counts no further than it takes to tell the plans apart. */
function rateAll(collection: Collection, plans: readonly Plan[], wanted: number, total: number): Rated[] {
  let rated: Rated[] = [];
  for (const cap of CAPS) {
    rated = plans.map((plan) => rate(collection, plan, cap));
    const mayStopEarly = wanted < total && rated.some(({ plan }) => plan.sorted);
    const unknown = rated.every(({ capped }) => capped) && (wanted * total) / cap > cap;
    if (!unknown || (!mayStopEarly && cap > QUICK_CAP)) break;
  }
  return rated;
}

function fail(): never {
  throw new Error('there is no plan to choose from');
}

/**
 * A plan in the order of the sort may stop early: it is expected to meet matches as often as they are among all its
 * entries. What was not counted to its end is taken for the whole collection there.
 */
function cost({ plan, entries, capped }: Rated, matching: number, total: number, wanted: number): number {
  const ranges = (plan.merged?.length ?? plan.ranges.length) * RANGE_COST;
  const all = capped ? Math.max(total, entries) : entries;
  if (!plan.sorted) return ranges + (capped ? entries * BEYOND_CAP : entries);
  const untilFull = matching === 0 ? all : (wanted * all) / matching;
  return ranges + Math.min(capped ? entries * BEYOND_CAP : entries, untilFull);
}

function rate(collection: Collection, plan: Plan, cap: number): Rated {
  if (plan.branches !== undefined) {
    const each = plan.branches.map((branch) => rate(collection, branch, cap));
    const entries = each.reduce((sum, one) => sum + one.entries, 0);
    return { plan, entries, capped: each.some(({ capped }) => capped) };
  }
  if (plan.index === undefined) return { plan, entries: cap, capped: true };
  const counted = sample(plan.ranges);
  let entries = 0;
  for (const { low, high } of counted) {
    if (entries < cap) entries += collection.estimate(plan.index, low, high, cap - entries);
  }
  if (entries >= cap) return { plan, entries, capped: true };
  return { plan, entries: (entries * plan.ranges.length) / Math.max(1, counted.length), capped: false };
}

/** Some of the ranges, spread so that values which repeat at regular distances are met as often as others. */
function sample(ranges: readonly KeyRange[]): readonly KeyRange[] {
  if (ranges.length <= COUNTED_RANGES) return ranges;
  return Array.from(
    { length: COUNTED_RANGES },
    (_, i) => ranges[Math.floor(((i * GOLDEN) % 1) * ranges.length)],
  ).filter((range) => range !== undefined);
}

function rank(plan: Plan): number {
  return plan.boundFields * 2 + (plan.sorted ? 3 : 0);
}

/** How many entries a plan's ranges hold, estimated above some ranges, and no more than `cap`. */
export function estimatedEntries(collection: Collection, plan: Plan, cap: number): number {
  return rate(collection, plan, cap).entries;
}
