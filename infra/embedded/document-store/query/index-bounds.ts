import { afterPrefix, inverted, TAG } from '../bson/keys.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import {
  descendingSpan,
  END_OF_KEYS,
  intersections,
  keyRange,
  type Narrowing,
  pointsOf,
  type Span,
  spansOf,
} from './bounds.ts';
import type { Conjunction, Together } from './conjunction.ts';
import type { Test } from './filter.ts';

export interface KeyRange {
  readonly low: Buffer;
  readonly high: Buffer;
}

/** Ranges whose keys share their first bytes; in one such stream the rest of the key gives the order. */
export interface RangeStream {
  readonly prefixLength: number;
  readonly ranges: readonly KeyRange[];
}

/** How far the tests of a filter narrow an index. */
export interface Bounds {
  readonly streams: readonly RangeStream[];
  /** How many leading fields narrow the ranges, and how many of those by single values. */
  readonly boundFields: number;
  readonly pointFields: number;
  /** How many leading fields are fixed to one value, and all fields that are. */
  readonly fixedFields: number;
  readonly fixed: ReadonlySet<string>;
  /** Whether documents that a sparse index leaves out cannot match. */
  readonly excludesMissing: boolean;
  /** The tests that every key in the ranges passes. */
  readonly settled: ReadonlySet<Test>;
}

/** The most ranges a plan may have; more values than this and the field is left to the filter. */
const MAX_RANGES = 10_000;

interface Known extends Omit<Bounds, 'streams'> {
  readonly prefixes: readonly Buffer[];
}

const NOTHING_KNOWN: Known = {
  prefixes: [Buffer.alloc(0)],
  boundFields: 0,
  pointFields: 0,
  fixedFields: 0,
  fixed: new Set(),
  excludesMissing: false,
  settled: new Set(),
};

/** The key ranges of an index outside of which nothing can match. */
export function boundsOf(index: IndexDefinition, { byPath }: Conjunction): Bounds {
  let known = NOTHING_KNOWN;
  for (const { path, descending } of index.fields) {
    const own = byPath.get(path.text) ?? [];
    const next = withPoints(known, path.text, own, descending);
    if (next === undefined) return withSpans(known, own, descending, index.multikey);
    known = next;
  }
  return closed(known);
}

interface Chosen<T> {
  readonly allowed: readonly T[];
  readonly settled: readonly Test[];
}

/** Narrows by single values of the next field; undefined when the tests give none, or too many. */
function withPoints(
  known: Known,
  path: string,
  own: readonly Together[],
  descending: boolean,
): Known | undefined {
  const points = fewestPoints(own);
  if (points === undefined || points.allowed.length * known.prefixes.length > MAX_RANGES) return undefined;
  const parts = descending ? points.allowed.map(inverted) : points.allowed;
  const fixes = points.allowed.length === 1;
  return {
    prefixes: known.prefixes.flatMap((prefix) => parts.map((part) => Buffer.concat([prefix, part]))),
    boundFields: known.boundFields + 1,
    pointFields: known.pointFields + 1,
    fixedFields: known.fixedFields + (fixes && known.fixedFields === known.boundFields ? 1 : 0),
    fixed: fixes ? new Set([...known.fixed, path]) : known.fixed,
    excludesMissing: known.excludesMissing || points.allowed.every((point) => point[0] !== TAG.null),
    settled: new Set([...known.settled, ...points.settled]),
  };
}

/** The shortest list of single values that a test allows. */
export function fewestPoints(own: readonly Together[]): Chosen<Buffer> | undefined {
  let fewest: Chosen<Buffer> | undefined;
  for (const test of own.flat()) {
    const points = pointsOf(test);
    if (points === undefined) continue;
    const allowed = [...new Map(points.allowed.map((point) => [point.toString('latin1'), point])).values()];
    if (fewest === undefined || allowed.length < fewest.allowed.length)
      fewest = { allowed, settled: points.exact ? [test] : [] };
  }
  return fewest;
}

/** Narrows by ranges of the next field, which is the last one that can narrow. */
function withSpans(known: Known, own: readonly Together[], descending: boolean, multikey: boolean): Bounds {
  const spans = narrowest(own, multikey);
  if (spans === undefined || spans.allowed.length * known.prefixes.length > MAX_RANGES) return closed(known);
  const ends = descending ? spans.allowed.map(descendingSpan) : spans.allowed;
  return {
    ...known,
    streams: known.prefixes.map((prefix) => ({
      prefixLength: prefix.length,
      ranges: joined(ends.map((span) => keyRange(prefix, span))),
    })),
    boundFields: known.boundFields + 1,
    excludesMissing: known.excludesMissing || spans.allowed.every(({ low }) => low.prefix[0] !== TAG.null),
    settled: new Set([...known.settled, ...spans.settled]),
  };
}

/**
 * The spans to use. In a multikey index two tests on one field may be passed by two different elements of an array,
 * so only those of one element may be taken together: the ones that look narrowest.
 */
function narrowest(own: readonly Together[], multikey: boolean): Chosen<Span> | undefined {
  const each = own.map(spansTogether).filter((spans) => spans !== undefined);
  if (multikey) return each.sort((left, right) => narrowness(right) - narrowness(left))[0];
  const [first, ...others] = each;
  return first === undefined ? undefined : others.reduce(both, first);
}

function narrowness({ allowed }: Chosen<Span>): number {
  return Math.min(...allowed.map(({ low, high }) => low.prefix.length + high.prefix.length));
}

function spansTogether(tests: Together): Chosen<Span> | undefined {
  const found = tests
    .map((test) => ({ test, spans: testSpans(test) }))
    .filter((entry): entry is { test: Test; spans: Narrowing<Span> } => entry.spans !== undefined)
    .map(({ test, spans }) => ({ allowed: spans.allowed, settled: spans.exact ? [test] : [] }));
  const [first, ...others] = found;
  return first === undefined ? undefined : others.reduce(both, first);
}

/** Single values only come here beside tests that give more of them than a plan may have. */
function testSpans(test: Test): Narrowing<Span> | undefined {
  return test.op === '$in' && test.patterns.length === 0 ? undefined : spansOf(test);
}

function both(left: Chosen<Span>, right: Chosen<Span>): Chosen<Span> {
  return {
    allowed: intersections(left.allowed, right.allowed),
    settled: [...left.settled, ...right.settled],
  };
}

function closed(known: Known): Bounds {
  const range = (prefix: Buffer): KeyRange =>
    prefix.length === 0 ? { low: prefix, high: END_OF_KEYS } : startingWith(prefix);
  return {
    ...known,
    streams: known.prefixes.map((prefix) => ({ prefixLength: prefix.length, ranges: [range(prefix)] })),
  };
}

/** The keys that start with a prefix. */
export function startingWith(prefix: Buffer): KeyRange {
  return { low: prefix, high: afterPrefix(prefix) ?? END_OF_KEYS };
}

/** Ranges in key order and apart from each other, without empty ones. */
export function joined(ranges: readonly KeyRange[]): KeyRange[] {
  const inOrder = ranges
    .filter(({ low, high }) => Buffer.compare(low, high) < 0)
    .sort((left, right) => Buffer.compare(left.low, right.low));
  const apart: KeyRange[] = [];
  for (const range of inOrder) {
    const last = apart.at(-1);
    if (last === undefined || Buffer.compare(range.low, last.high) > 0) apart.push(range);
    else if (Buffer.compare(range.high, last.high) > 0)
      apart.splice(-1, 1, { low: last.low, high: range.high });
  }
  return apart;
}
