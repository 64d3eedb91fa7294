import { afterPrefix, inverted, keyOf, TAG, tagOf } from '../bson/keys.ts';
import { isNaNValue } from '../bson/raw.ts';
import type { Test } from './filter.ts';

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

/**
 * The single values a test allows, as keys; undefined when it is no such test or an index cannot tell (an array as a
 * whole is not in the index, only its elements are).
 */
export function pointsOf(test: Test): Buffer[] | undefined {
  if (test.op === '$eq') return test.value.isArray ? undefined : [keyOf(test.value)];
  if (test.op !== '$in' || test.patterns.length > 0) return undefined;
  if (test.values.some((value) => value.isArray)) return undefined;
  return test.values.map(keyOf);
}

/** The span of keys a range test allows, or undefined when it is no range that an index can answer. */
export function spanOf(test: Test): Span | undefined {
  if (test.op !== '$gt' && test.op !== '$gte' && test.op !== '$lt' && test.op !== '$lte') return undefined;
  const tag = tagOf(test.value.type);
  if (!RANGE_TAGS.has(tag) || isNaNValue(test.value)) return undefined;
  const type = Buffer.from([tag]);
  const whole: Span = { low: { prefix: type, after: false }, high: { prefix: type, after: true } };
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

/** What both spans allow; when they share nothing the range is empty. */
export function intersection(left: Span, right: Span): Span {
  return {
    low: compareEdges(left.low, right.low) >= 0 ? left.low : right.low,
    high: compareEdges(left.high, right.high) <= 0 ? left.high : right.high,
  };
}

function compareEdges(left: Edge, right: Edge): number {
  return Buffer.compare(edgeKey(Buffer.alloc(0), left), edgeKey(Buffer.alloc(0), right));
}
