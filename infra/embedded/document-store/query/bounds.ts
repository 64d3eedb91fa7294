import { afterPrefix, inverted, keyOf, stringPrefixKey, TAG, tagOf } from '../bson/keys.ts';
import { BSON, doubleValue, isNaNValue, type RawValue } from '../bson/raw.ts';
import type { Pattern, Test } from './filter.ts';
import { literalPrefix } from './literal-prefix.ts';

/** One edge of a range of keys: at the start of all keys with a prefix, or behind all of them. */
export interface Edge {
  readonly prefix: Buffer;
  readonly after: boolean;
}

export interface Span {
  readonly low: Edge;
  readonly high: Edge;
}

/** Behind every key there is. */
export const END_OF_KEYS = Buffer.from([0xff]);

/** The key range `[low, high)` of index entries that start with `prefix` and continue inside `span`. */
export function keyRange(prefix: Buffer, span: Span): { low: Buffer; high: Buffer } {
  return { low: edgeKey(prefix, span.low), high: edgeKey(prefix, span.high) };
}

function edgeKey(prefix: Buffer, edge: Edge): Buffer {
  const key = Buffer.concat([prefix, edge.prefix]);
  return edge.after ? (afterPrefix(key) ?? END_OF_KEYS) : key;
}

/** The same values in a descending index field. */
export function descendingSpan({ low, high }: Span): Span {
  return {
    low: { prefix: inverted(high.prefix), after: !high.after },
    high: { prefix: inverted(low.prefix), after: !low.after },
  };
}

const RANGE_TAGS: ReadonlySet<number> = new Set([
  TAG.number,
  TAG.string,
  TAG.binary,
  TAG.objectId,
  TAG.boolean,
  TAG.date,
  TAG.timestamp,
]);

/** What an index can tell about a test: the keys it allows, and whether every one of those keys passes it. */
export interface Narrowing<T> {
  readonly allowed: readonly T[];
  /** False when a document may have such a key and still fail the test. */
  readonly exact: boolean;
}

/**
 * The single values a test allows, as keys; undefined when it is no such test or an index cannot tell (an array as a
 * whole is not in the index, only its elements are). Null also stands for fields that are missing on the way.
 */
export function pointsOf(test: Test): Narrowing<Buffer> | undefined {
  if (test.op === '$eq') return test.value.isArray ? undefined : points([test.value]);
  if (test.op !== '$in' || test.patterns.length > 0) return undefined;
  return test.values.some((value) => value.isArray) ? undefined : points(test.values);
}

function points(values: readonly RawValue[]): Narrowing<Buffer> {
  return { allowed: values.map(keyOf), exact: values.every(({ type }) => type !== BSON.null) };
}

/** The spans of keys a test allows, or undefined when it is nothing that an index can answer. */
export function spansOf(test: Test): Narrowing<Span> | undefined {
  if (test.op === '$matches') return patternSpans(test.pattern);
  if (test.op === '$in') return listSpans(test);
  const range = rangeOf(test);
  return range === undefined ? undefined : { allowed: [range], exact: true };
}

/** A list with regular expressions in it: single values and prefixes. */
function listSpans(test: Test & { op: '$in' }): Narrowing<Span> | undefined {
  if (test.values.some((value) => value.isArray)) return undefined;
  const found = test.patterns.map(patternSpans);
  if (!found.every((spans) => spans !== undefined)) return undefined;
  const single = points(test.values);
  return {
    allowed: [...single.allowed.map(pointSpan), ...found.flatMap(({ allowed }) => allowed)],
    exact: single.exact && found.every(({ exact }) => exact),
  };
}

function pointSpan(key: Buffer): Span {
  return { low: { prefix: key, after: false }, high: { prefix: key, after: true } };
}

/** Texts with the prefix of an anchored pattern, and the pattern itself where it may be stored as a value. */
function patternSpans(pattern: Pattern): Narrowing<Span> | undefined {
  const prefix = literalPrefix(pattern.regexp);
  if (prefix === undefined) return undefined;
  const texts = pointSpan(stringPrefixKey(prefix.text));
  const literal = pattern.literal === undefined ? [] : [pointSpan(keyOf(pattern.literal))];
  return { allowed: [texts, ...literal], exact: prefix.whole };
}

function rangeOf(test: Test): Span | undefined {
  if (test.op !== '$gt' && test.op !== '$gte' && test.op !== '$lt' && test.op !== '$lte') return undefined;
  const tag = tagOf(test.value.type);
  if (!RANGE_TAGS.has(tag) || isNaNValue(test.value)) return undefined;
  const whole = wholeType(tag);
  const key = keyOf(test.value);
  switch (test.op) {
    case '$gt':
      return { ...whole, low: { prefix: key, after: true } };
    case '$gte':
      return { ...whole, low: { prefix: key, after: false } };
    case '$lt':
      return { ...whole, high: { prefix: key, after: false } };
    default:
      return { ...whole, high: { prefix: key, after: true } };
  }
}

const NAN_KEY = keyOf(doubleValue(Number.NaN));

/** All values of a type; NaN, the smallest number, is in no range. */
function wholeType(tag: number): Span {
  const type = Buffer.from([tag]);
  const low = tag === TAG.number ? { prefix: NAN_KEY, after: true } : { prefix: type, after: false };
  return { low, high: { prefix: type, after: true } };
}

/** What lies in a span of both lists. */
export function intersections(left: readonly Span[], right: readonly Span[]): Span[] {
  return left.flatMap((one) => right.map((other) => intersection(one, other)));
}

/** What both spans allow; when they share nothing the range is empty. */
function intersection(left: Span, right: Span): Span {
  return {
    low: compareEdges(left.low, right.low) >= 0 ? left.low : right.low,
    high: compareEdges(left.high, right.high) <= 0 ? left.high : right.high,
  };
}

function compareEdges(left: Edge, right: Edge): number {
  return Buffer.compare(edgeKey(Buffer.alloc(0), left), edgeKey(Buffer.alloc(0), right));
}
