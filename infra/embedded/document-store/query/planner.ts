import { keyOf } from '../bson/keys.ts';
import type { RawValue } from '../bson/raw.ts';
import type { Collection } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import { type Conjunction, conjunction } from './conjunction.ts';
import { cheapest } from './cost.ts';
import type { Clause } from './filter.ts';
import { type Hint, hintedIndex } from './hint.ts';
import { implies } from './implication.ts';
import { type Bounds, boundsOf, fewestPoints, joined, startingWith } from './index-bounds.ts';
import type { Plan } from './plan.ts';
import type { SortField } from './sort.ts';

/** The most streams that are merged for a sort, and the most alternatives that are looked for one by one. */
const MAX_MERGED = 500;
const MAX_BRANCHES = 50;

const FULL_SCAN: Plan = {
  index: undefined,
  ranges: [],
  reverse: false,
  sorted: false,
  boundFields: 0,
  settled: new Set(),
};

/**
 * Chooses how to find the candidates for a filter and a sort. `wanted` is how many results the reader takes at most,
 * when that is known. With a hint there is nothing to choose.
 */
export function choosePlan(
  collection: Collection,
  filter: Clause,
  sort: readonly SortField[],
  wanted = Number.POSITIVE_INFINITY,
  hint?: Hint,
): Plan {
  if (hint !== undefined) return hintedPlan(collection, conjunction(filter), sort, hint);
  const one = wantedId(filter);
  if (one !== undefined) return lookup(collection, keyOf(one));
  const needed = conjunction(filter);
  const id = onlyId(needed);
  if (id !== undefined) return lookup(collection, id);
  const plans = indexPlans(collection, needed, filter, sort);
  const exact = plans.find(findsOne);
  if (exact !== undefined) return exact;
  const narrow = [
    ...plans.filter(({ boundFields }) => boundFields > 0),
    ...unions(collection, filter, needed, sort),
  ];
  const inOrder = plans.filter(({ boundFields, sorted }) => boundFields === 0 && sorted && sort.length > 0);
  if (narrow.length === 0) return inOrder[0] ?? { ...FULL_SCAN, sorted: sort.length === 0 };
  return cheapest(collection, wanted === Number.POSITIVE_INFINITY ? narrow : [...narrow, ...inOrder], wanted);
}

/** What each index can do for a filter and a sort. */
export function indexPlans(
  collection: Collection,
  needed: Conjunction,
  filter: Clause,
  sort: readonly SortField[],
): Plan[] {
  return collection
    .usableIndexes()
    .map((index) => planFor(index, needed, filter, sort))
    .filter((plan) => plan !== undefined);
}

/** The `_id` that a filter asks for by itself or beside other tests; most do, so nothing more is looked at then. */
function wantedId(filter: Clause): RawValue | undefined {
  if (filter.kind === 'test')
    return filter.path === '_id' && filter.test.op === '$eq' && !filter.test.value.isArray
      ? filter.test.value
      : undefined;
  if (filter.kind !== 'and') return undefined;
  for (const clause of filter.clauses) {
    const id = wantedId(clause);
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * Reads the hinted index and nothing else. Like MongoDB it then finds only what that index holds, also when the index
 * is sparse or partial and the filter asks for more.
 */
function hintedPlan(
  collection: Collection,
  needed: Conjunction,
  sort: readonly SortField[],
  hint: Hint,
): Plan {
  const index = hintedIndex(collection, hint);
  if (index === undefined) return { ...FULL_SCAN, sorted: sort.length === 0 };
  const id = index === collection.idIndex ? onlyId(needed) : undefined;
  if (id !== undefined) return lookup(collection, id);
  const bounds = boundsOf(index, needed);
  return scan(index, bounds, orderOf(index, bounds, sort));
}

/** The key of the one `_id` that can match. */
function onlyId({ byPath }: Conjunction): Buffer | undefined {
  const ids = fewestPoints(byPath.get('_id') ?? [])?.allowed;
  return ids?.length === 1 ? ids[0] : undefined;
}

function lookup(collection: Collection, id: Buffer): Plan {
  const ranges = [startingWith(id)];
  return { ...FULL_SCAN, index: collection.idIndex, ranges, sorted: true, boundFields: 1, id };
}

/** At most one document can be found. */
function findsOne(plan: Plan): boolean {
  const { index } = plan;
  if (index === undefined || plan.ranges.length !== 1 || !plan.sorted) return false;
  return (index.unique || index.name === '_id_') && plan.boundFields === index.fields.length;
}

function planFor(
  index: IndexDefinition,
  needed: Conjunction,
  filter: Clause,
  sort: readonly SortField[],
): Plan | undefined {
  if (index.partial !== undefined && !implies(filter, index.partial.clause)) return undefined;
  const bounds = boundsOf(index, needed);
  if (index.sparse && !bounds.excludesMissing) return undefined;
  const order = orderOf(index, bounds, sort);
  return bounds.boundFields === 0 && order === undefined ? undefined : scan(index, bounds, order);
}

function scan(index: IndexDefinition, bounds: Bounds, order: Order | undefined): Plan {
  const plan: Plan = {
    index,
    ranges: joined(bounds.streams.flatMap(({ ranges }) => ranges)),
    reverse: order?.reverse ?? false,
    sorted: order !== undefined,
    boundFields: bounds.boundFields,
    settled: bounds.settled,
  };
  return order?.merge === true ? { ...plan, merged: bounds.streams } : plan;
}

interface Order {
  readonly reverse: boolean;
  /** Whether the streams have to be merged for it. */
  readonly merge: boolean;
}

/**
 * Whether an index gives the sort order: when its ranges, which are apart and in key order, are read forwards or
 * backwards, or else when the streams of its single values are merged.
 */
function orderOf(index: IndexDefinition, bounds: Bounds, sort: readonly SortField[]): Order | undefined {
  if (sort.length === 0) return { reverse: false, merge: false };
  if (index.multikey) return undefined;
  const straight = direction(index, bounds, bounds.fixedFields, sort);
  if (straight !== undefined) return { reverse: straight === 'reverse', merge: false };
  if (bounds.streams.length > MAX_MERGED) return undefined;
  const merged = direction(index, bounds, bounds.pointFields, sort);
  return merged === undefined ? undefined : { reverse: merged === 'reverse', merge: true };
}

/** How an index has to be read so that its fields from `from` on give the order of those that are not fixed. */
function direction(
  index: IndexDefinition,
  { fixed }: Bounds,
  from: number,
  sort: readonly SortField[],
): 'forward' | 'reverse' | undefined {
  const open = sort.filter(({ path }) => !fixed.has(path.text));
  const directions = open.map(({ path, descending }, position) => {
    const field = index.fields[from + position];
    if (field === undefined || field.path.text !== path.text) return undefined;
    return field.descending === descending ? 'forward' : 'reverse';
  });
  const [first] = directions;
  if (open.length === 0) return 'forward';
  return directions.every((one) => one === first) ? first : undefined;
}

/** Plans that look for the alternatives of an `$or` one by one, each through an index. */
function unions(
  collection: Collection,
  filter: Clause,
  { alternatives }: Conjunction,
  sort: readonly SortField[],
): Plan[] {
  return alternatives.flatMap((clauses) => {
    if (clauses.length > MAX_BRANCHES) return [];
    const branches = branchesOf(filter, clauses).map((branch) => choosePlan(collection, branch, []));
    if (!branches.every(({ boundFields }) => boundFields > 0)) return [];
    return [{ ...FULL_SCAN, sorted: sort.length === 0, boundFields: 1, branches }];
  });
}

/** One filter for each alternative, which together match what the filter matches. */
export function branchesOf(filter: Clause, alternatives: readonly Clause[]): Clause[] {
  const rest = without(filter, alternatives);
  return alternatives.map((clause) => ({ kind: 'and', clauses: [rest, clause] }));
}

/** The filter with one `$or` left out, so that looking for its alternatives does not look for it again. */
function without(filter: Clause, alternatives: readonly Clause[]): Clause {
  if (filter.kind === 'and')
    return { kind: 'and', clauses: filter.clauses.map((part) => without(part, alternatives)) };
  return filter.kind === 'or' && filter.clauses === alternatives ? { kind: 'and', clauses: [] } : filter;
}
