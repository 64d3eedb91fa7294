import type { Collection, EntryRow } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import { RowSet } from '../storage/row-set.ts';
import { openCandidates } from './candidates.ts';
import { conjunction } from './conjunction.ts';
import { estimatedEntries } from './cost.ts';
import type { Clause, Test } from './filter.ts';
import type { Hint } from './hint.ts';
import type { KeyRange } from './index-bounds.ts';
import { compileMatcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import type { Plan } from './plan.ts';
import { branchesOf, choosePlan, indexPlans } from './planner.ts';

/** Entries counted, rows read and documents looked at before others get their turn. */
const CHUNK = 8192;
const CHUNK_OF_ROWS = 2048;
const CHUNK_OF_DOCUMENTS = 64;
/** Looking at a document costs about as much as reading this many index entries. */
const ENTRIES_LIKE_ONE_DOCUMENT = 8;
const COUNT_CAPS = [100, 1000, 4000];

interface IndexRanges {
  readonly index: IndexDefinition;
  readonly ranges: readonly KeyRange[];
}

/** How a count can be taken from indexes alone. */
export type CountPlan =
  | { readonly kind: 'entries'; readonly of: IndexRanges }
  /** What is in any of them. */
  | { readonly kind: 'any'; readonly of: readonly IndexRanges[] }
  /** What is in both of them. */
  | { readonly kind: 'both'; readonly of: readonly [IndexRanges, IndexRanges] };

/** Counts what matches, up to a number; where indexes hold the answer without looking at documents. */
export async function countMatching(
  collection: Collection | undefined,
  filter: Clause,
  pace: Pace,
  most = Number.POSITIVE_INFINITY,
  hint?: Hint,
): Promise<number> {
  if (collection === undefined) return 0;
  if (hint !== undefined) return Math.min(most, await countHinted(collection, filter, pace, most, hint));
  if (isEmpty(filter)) return Math.min(most, collection.count());
  const plan = countPlan(collection, filter);
  const counted = plan === undefined ? undefined : await countByPlan(collection, plan, pace, most);
  if (counted !== undefined) return Math.min(most, counted);
  const scan = choosePlan(collection, filter, [], most);
  return Math.min(most, await countDocuments(collection, scan, filter, pace, most));
}

/** Counts what the hinted index holds, which may be less than what matches. */
async function countHinted(
  collection: Collection,
  filter: Clause,
  pace: Pace,
  most: number,
  hint: Hint,
): Promise<number> {
  const plan = choosePlan(collection, filter, [], most, hint);
  const [of] = rangesOf(plan);
  const settles = conjunction(filter).complete?.every((test) => plan.settled.has(test)) ?? false;
  if (of === undefined || of.index.multikey || !settles)
    return countDocuments(collection, plan, filter, pace, most);
  return countEntries(collection, of, pace, most);
}

function isEmpty(clause: Clause): boolean {
  return clause.kind === 'and' && clause.clauses.every(isEmpty);
}

/** How to count from indexes alone; undefined when documents have to be looked at. */
export function countPlan(collection: Collection, filter: Clause): CountPlan | undefined {
  const needed = conjunction(filter);
  const [alternatives] = needed.alternatives;
  if (alternatives !== undefined) return anyOf(collection, branchesOf(filter, alternatives));
  const { complete } = needed;
  if (complete === undefined) return undefined;
  const plans = indexPlans(collection, needed, filter, []).filter(({ settled }) => settled.size > 0);
  const covering = plans.filter(({ settled }) => complete.every((test) => settled.has(test)));
  const single = covering.find(({ index }) => index?.multikey === false) ?? covering[0];
  if (single === undefined) return bothOf(collection, plans, complete);
  const [of] = rangesOf(single);
  if (of === undefined) return undefined;
  return of.index.multikey ? { kind: 'any', of: [of] } : { kind: 'entries', of };
}

function rangesOf({ index, ranges }: Plan): IndexRanges[] {
  return index === undefined ? [] : [{ index, ranges }];
}

function anyOf(collection: Collection, branches: readonly Clause[]): CountPlan | undefined {
  const plans = branches.map((branch) => countPlan(collection, branch));
  const of = plans.flatMap((plan) => {
    if (plan === undefined || plan.kind === 'both') return [];
    return plan.kind === 'entries' ? [plan.of] : plan.of;
  });
  return plans.every((plan) => plan !== undefined && plan.kind !== 'both') ? { kind: 'any', of } : undefined;
}

/** Two indexes that together settle every test, when comparing their rows is less work than looking at documents. */
function bothOf(
  collection: Collection,
  plans: readonly Plan[],
  complete: readonly Test[],
): CountPlan | undefined {
  const budget = ENTRIES_LIKE_ONE_DOCUMENT * fewestEntries(collection, plans);
  const affordable = plans
    .map((plan) => ({ plan, entries: estimatedEntries(collection, plan, budget) }))
    .filter(({ entries }) => entries < budget)
    .sort((left, right) => left.entries - right.entries);
  for (const [position, first] of affordable.entries()) {
    const missing = complete.filter((test) => !first.plan.settled.has(test));
    const second = affordable
      .slice(position + 1)
      .find(({ plan }) => missing.every((test) => plan.settled.has(test)));
    const [a, b] = [...rangesOf(first.plan), ...(second === undefined ? [] : rangesOf(second.plan))];
    if (a !== undefined && b !== undefined) return { kind: 'both', of: [a, b] };
  }
  return undefined;
}

/** The entries of the plan that has fewest, looking no further than that. */
function fewestEntries(collection: Collection, plans: readonly Plan[]): number {
  for (const cap of COUNT_CAPS) {
    const fewest = Math.min(...plans.map((plan) => estimatedEntries(collection, plan, cap)));
    if (fewest < cap || cap === COUNT_CAPS.at(-1)) return fewest;
  }
  return 0;
}

/** Undefined when the collection changed in the middle, so that what was compared does not belong together. */
async function countByPlan(
  collection: Collection,
  plan: CountPlan,
  pace: Pace,
  most: number,
): Promise<number | undefined> {
  if (plan.kind === 'entries') return countEntries(collection, plan.of, pace, most);
  const rows = new RowSet();
  if (plan.kind === 'any') {
    for (const of of plan.of)
      await eachRow(collection, of, pace, (row) => {
        rows.add(row);
      });
    return rows.size;
  }
  const { changes } = collection;
  const [first, second] = plan.of;
  let n = 0;
  await eachRow(collection, first, pace, (row) => {
    rows.add(row);
  });
  await eachRow(collection, second, pace, (row) => {
    if (rows.delete(row)) n += 1;
  });
  return collection.changes === changes ? n : undefined;
}

async function countEntries(
  collection: Collection,
  { index, ranges }: IndexRanges,
  pace: Pace,
  most: number,
): Promise<number> {
  let n = 0;
  for (const { low, high } of ranges) {
    let from: EntryRow | undefined = { key: low, row: 0 };
    while (from !== undefined && n < most) {
      await pace.breathe();
      const { counted, last } = collection.countFrom(index, from, high, CHUNK);
      n += counted;
      from = last;
    }
  }
  return n;
}

async function eachRow(
  collection: Collection,
  { index, ranges }: IndexRanges,
  pace: Pace,
  visit: (row: number) => void,
): Promise<void> {
  for (const { low, high } of ranges) {
    let from: EntryRow | undefined = { key: low, row: 0 };
    while (from !== undefined) {
      await pace.breathe();
      const { rows, last } = collection.rowsFrom(index, from, high, CHUNK_OF_ROWS);
      rows.forEach(visit);
      from = last;
    }
  }
}

async function countDocuments(
  collection: Collection,
  plan: Plan,
  filter: Clause,
  pace: Pace,
  most: number,
): Promise<number> {
  const candidates = openCandidates(collection, plan);
  const matcher = compileMatcher(filter);
  let n = 0;
  for (;;) {
    await pace.breathe();
    const chunk = candidates.next(CHUNK_OF_DOCUMENTS);
    if (chunk === undefined || n >= most) return n;
    for (const { document } of chunk) if (matcher.matches(document)) n += 1;
  }
}
