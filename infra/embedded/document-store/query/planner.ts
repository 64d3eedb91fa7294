import { inverted, TAG } from '../bson/keys.ts';
import type { Collection } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import {
  descendingSpan,
  END_OF_KEYS,
  intersection,
  keyRange,
  pointsOf,
  type Span,
  spanOf,
} from './bounds.ts';
import type { Clause, Test } from './filter.ts';
import { implies } from './implication.ts';
import type { SortField } from './sort.ts';

export interface KeyRange {
  readonly low: Buffer;
  readonly high: Buffer;
}

/** How candidates are found. The filter is always applied to every candidate afterwards. */
export interface Plan {
  /** Undefined means every document in storage order. */
  readonly index: IndexDefinition | undefined;
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether candidates come in the order of the sort. */
  readonly sorted: boolean;
  /** How many index fields narrow the ranges. */
  readonly boundFields: number;
  /** The key of the only `_id` that can match, when the filter fixes it. */
  readonly id?: Buffer;
}

/** The most ranges a plan may have; more values than this and the field is left to the filter. */
const MAX_RANGES = 10_000;
/** Entry counts are compared up to this number. */
const ESTIMATE_CAP = 200;
const ESTIMATED_RANGES = 10;

const FULL_SCAN: Plan = { index: undefined, ranges: [], reverse: false, sorted: false, boundFields: 0 };

/** The tests every matching document must pass, by path. */
export function conjunction(clause: Clause): Map<string, Test[]> {
  const tests = new Map<string, Test[]>();
  collect(clause, tests);
  return tests;
}

function collect(clause: Clause, tests: Map<string, Test[]>): void {
  if (clause.kind === 'and') for (const part of clause.clauses) collect(part, tests);
  if (clause.kind !== 'test') return;
  const known = tests.get(clause.path);
  if (known === undefined) tests.set(clause.path, [clause.test]);
  else known.push(clause.test);
}

/** Chooses how to find the candidates for a filter and a sort. */
export function choosePlan(collection: Collection, filter: Clause, sort: readonly SortField[]): Plan {
  const tests = conjunction(filter);
  const id = distinctPoints(tests.get('_id') ?? []);
  if (id?.length === 1 && id[0] !== undefined) return lookup(collection, id[0]);
  const plans = collection
    .usableIndexes()
    .map((index) => planFor(index, tests, filter, sort))
    .filter((plan) => plan !== undefined);
  const bound = plans.filter((plan) => plan.boundFields > 0);
  const exact = bound.find((plan) => isExact(plan));
  if (exact !== undefined) return exact;
  if (bound.length > 0) return cheapest(collection, bound);
  return plans.find((plan) => plan.sorted && sort.length > 0) ?? fullScan(sort);
}

function lookup(collection: Collection, id: Buffer): Plan {
  const ranges = [startingWith(id)];
  return { index: collection.idIndex, ranges, reverse: false, sorted: true, boundFields: 1, id };
}

function fullScan(sort: readonly SortField[]): Plan {
  return { ...FULL_SCAN, sorted: sort.length === 0 };
}

/** At most one document can be found. */
function isExact(plan: Plan): boolean {
  const { index } = plan;
  if (index === undefined || plan.ranges.length !== 1) return false;
  return (index.unique || index.name === '_id_') && plan.boundFields === index.fields.length && plan.sorted;
}

function cheapest(collection: Collection, plans: readonly Plan[]): Plan {
  const rated = plans.map((plan) => ({ plan, cost: plans.length === 1 ? 0 : estimate(collection, plan) }));
  rated.sort((left, right) => left.cost - right.cost || rank(right.plan) - rank(left.plan));
  return rated[0]?.plan ?? FULL_SCAN;
}

function estimate(collection: Collection, plan: Plan): number {
  const { index } = plan;
  if (index === undefined || plan.ranges.length > ESTIMATED_RANGES) return ESTIMATE_CAP;
  let entries = 0;
  for (const { low, high } of plan.ranges) {
    if (entries < ESTIMATE_CAP) entries += collection.estimate(index, low, high, ESTIMATE_CAP - entries);
  }
  return entries;
}

function rank(plan: Plan): number {
  return plan.boundFields * 2 + (plan.sorted ? 3 : 0);
}

function planFor(
  index: IndexDefinition,
  tests: ReadonlyMap<string, readonly Test[]>,
  filter: Clause,
  sort: readonly SortField[],
): Plan | undefined {
  if (index.partial !== undefined && !implies(filter, index.partial.clause)) return undefined;
  const bounds = boundsOf(index, tests);
  if (index.sparse && !bounds.excludesMissing) return undefined;
  const order = orderOf(index, bounds, sort);
  if (bounds.boundFields === 0 && order === undefined) return undefined;
  return {
    index,
    ranges: bounds.ranges,
    reverse: order === 'reverse',
    sorted: order !== undefined,
    boundFields: bounds.boundFields,
  };
}

/** What is known after some leading index fields: every key starts with one of the prefixes. */
interface Prefixes {
  readonly prefixes: readonly Buffer[];
  readonly boundFields: number;
  /** How many leading fields are fixed to one value. */
  readonly fixedFields: number;
  /** Whether documents that a sparse index leaves out cannot match. */
  readonly excludesMissing: boolean;
}

interface Bounds extends Prefixes {
  readonly ranges: readonly KeyRange[];
}

const NO_PREFIX: Prefixes = {
  prefixes: [Buffer.alloc(0)],
  boundFields: 0,
  fixedFields: 0,
  excludesMissing: false,
};

function boundsOf(index: IndexDefinition, tests: ReadonlyMap<string, readonly Test[]>): Bounds {
  let known = NO_PREFIX;
  for (const field of index.fields) {
    const own = tests.get(field.path.text) ?? [];
    const next = withPoints(known, own, field.descending);
    if (next === undefined) return withSpan(known, own, field.descending, index.multikey);
    known = next;
  }
  return closed(known);
}

/** Narrows by single values of the next field; undefined when the tests give none, or too many. */
function withPoints(known: Prefixes, tests: readonly Test[], descending: boolean): Prefixes | undefined {
  const points = distinctPoints(tests);
  if (points === undefined || points.length * known.prefixes.length > MAX_RANGES) return undefined;
  const parts = descending ? points.map(inverted) : points;
  const fixes = points.length === 1 && known.fixedFields === known.boundFields;
  return {
    prefixes: known.prefixes.flatMap((prefix) => parts.map((part) => Buffer.concat([prefix, part]))),
    boundFields: known.boundFields + 1,
    fixedFields: known.fixedFields + (fixes ? 1 : 0),
    excludesMissing: known.excludesMissing || points.every((point) => point[0] !== TAG.null),
  };
}

/** Narrows by a range of the next field, which is the last one that can narrow. */
function withSpan(known: Prefixes, tests: readonly Test[], descending: boolean, multikey: boolean): Bounds {
  const span = spanFor(tests, multikey);
  if (span === undefined) return closed(known);
  const ends = descending ? descendingSpan(span) : span;
  const ranges = usable(known.prefixes.map((prefix) => keyRange(prefix, ends)));
  return { ...known, ranges, boundFields: known.boundFields + 1, excludesMissing: true };
}

function closed(known: Prefixes): Bounds {
  if (known.boundFields === 0) return { ...known, ranges: [{ low: Buffer.alloc(0), high: END_OF_KEYS }] };
  return { ...known, ranges: usable(known.prefixes.map(startingWith)) };
}

function startingWith(prefix: Buffer): KeyRange {
  const whole = { prefix: Buffer.alloc(0), after: false };
  return keyRange(prefix, { low: whole, high: { ...whole, after: true } });
}

/** Ranges in key order, without empty ones. */
function usable(ranges: readonly KeyRange[]): KeyRange[] {
  return ranges
    .filter(({ low, high }) => Buffer.compare(low, high) < 0)
    .sort((left, right) => Buffer.compare(left.low, right.low));
}

function distinctPoints(tests: readonly Test[]): Buffer[] | undefined {
  const all = tests.map(pointsOf).filter((points) => points !== undefined);
  const fewest = all.sort((left, right) => left.length - right.length)[0];
  if (fewest === undefined) return undefined;
  return [...new Map(fewest.map((point) => [point.toString('latin1'), point])).values()];
}

/**
 * In a multikey index two tests on one field may be passed by two different elements of an array, so only one of
 * them may narrow the range.
 */
function spanFor(tests: readonly Test[], multikey: boolean): Span | undefined {
  const spans = tests.map(spanOf).filter((span) => span !== undefined);
  const [first, ...others] = spans;
  if (first === undefined || multikey) return first;
  return others.reduce(intersection, first);
}

/** Whether scanning the ranges, which are apart and in key order, forwards or backwards gives the sort order. */
function orderOf(
  index: IndexDefinition,
  bounds: Bounds,
  sort: readonly SortField[],
): 'forward' | 'reverse' | undefined {
  if (sort.length === 0) return 'forward';
  if (index.multikey) return undefined;
  const fixed = index.fields.slice(0, bounds.fixedFields).map(({ path }) => path.text);
  const open = sort.filter(({ path }) => !fixed.includes(path.text));
  const directions = open.map(({ path, descending }, position) => {
    const field = index.fields[bounds.fixedFields + position];
    if (field === undefined || field.path.text !== path.text) return undefined;
    return field.descending === descending ? 'forward' : 'reverse';
  });
  const [first] = directions;
  if (open.length === 0) return 'forward';
  return directions.every((direction) => direction === first) ? first : undefined;
}
