import { Binary, Double, Int32, Long, Timestamp } from 'bson';

/**
 * BSON values as the specs' models see them: decoded with `promoteValues: false`, so that Int32, Long and Double stay
 * apart. Nothing here is shared with the engine, which only knows bytes.
 */
export type Value = unknown;

export type Box = Record<string, Value>;

/** What a model answers where MongoDB refuses, by its error code. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

export function isNumber(value: Value): value is Int32 | Long | Double {
  if (value instanceof Timestamp) return false;
  return value instanceof Int32 || value instanceof Long || value instanceof Double;
}

/** A document, and neither an array nor a value of its own type. */
export function isBox(value: Value): value is Box {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A whole number as bigint, a double as number. */
export function numeric(value: Int32 | Long | Double): bigint | number {
  if (value instanceof Double) return value.value;
  return value instanceof Long ? value.toBigInt() : BigInt(value.value);
}

const INT32 = 2n ** 31n;
const INT64 = 2n ** 63n;

export function fitsLong(whole: bigint): boolean {
  return whole >= -INT64 && whole < INT64;
}

/** The narrowest type for a result: int32 only when no wider number took part. */
export function wholeNumber(whole: bigint, narrow: boolean): Int32 | Long {
  return narrow && whole >= -INT32 && whole < INT32 ? new Int32(Number(whole)) : Long.fromBigInt(whole);
}

/** The place of a value's type in BSON order; missing counts as null. */
export function rank(value: Value): number {
  if (value === undefined || value === null) return 0;
  if (isNumber(value)) return 1;
  if (typeof value === 'string') return 2;
  if (Array.isArray(value)) return 4;
  if (value instanceof Binary) return 5;
  if (typeof value === 'boolean') return 7;
  if (value instanceof Date) return 8;
  if (value instanceof Timestamp) return 9;
  return 3;
}

function numberOrder(left: bigint | number, right: bigint | number): number {
  const [a, b] = [Number.isNaN(left), Number.isNaN(right)];
  if (a || b) return Number(b) - Number(a);
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

function listOrder(left: readonly Value[], right: readonly Value[]): number {
  for (const [index, item] of left.entries()) {
    if (index >= right.length) return 1;
    const result = order(item, right[index]);
    if (result !== 0) return result;
  }
  return left.length - right.length;
}

/** Field by field: first the type, then the name, then the value. */
function boxOrder(left: Box, right: Box): number {
  const others = Object.entries(right);
  for (const [index, [name, value]] of Object.entries(left).entries()) {
    const other = others[index];
    if (other === undefined) return 1;
    const types = rank(value) - rank(other[1]);
    if (types !== 0) return types;
    if (name !== other[0]) return Buffer.compare(Buffer.from(name), Buffer.from(other[0]));
    const result = order(value, other[1]);
    if (result !== 0) return result;
  }
  return Object.keys(left).length - others.length;
}

function binaryOrder(left: Binary, right: Binary): number {
  const bytes = ({ buffer, position }: Binary): Uint8Array => buffer.subarray(0, position);
  const [a, b] = [bytes(left), bytes(right)];
  return a.length - b.length || left.sub_type - right.sub_type || Buffer.compare(a, b);
}

/** The sign (not more) of how two values compare in BSON order. */
export function order(left: Value, right: Value): number {
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (isNumber(left) && isNumber(right)) return numberOrder(numeric(left), numeric(right));
  if (Array.isArray(left) && Array.isArray(right)) return listOrder(left, right);
  if (left instanceof Binary && right instanceof Binary) return binaryOrder(left, right);
  if (left instanceof Timestamp && right instanceof Timestamp) return left.compare(right);
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (isBox(left) && isBox(right)) return boxOrder(left, right);
  return Number(left ?? 0) - Number(right ?? 0);
}

export function same(left: Value, right: Value): boolean {
  return order(left, right) === 0;
}

/** A copy that shares nothing that a model changes. */
export function copied<T extends Value>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T;
  if (isBox(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copied(item)])) as T;
  return value;
}

const RANGES: Readonly<Record<string, (order: number) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Whether a field with a value passes one test; an array passes when it or one of its elements does. */
export function passes(value: Value, [operator, operand]: [string, Value]): boolean {
  const candidates = Array.isArray(value) ? [value, ...value] : [value];
  if (operator === '$ne') return !passes(value, ['$eq', operand]);
  if (operator === '$eq') return candidates.some((item) => same(item, operand));
  if (operator === '$in')
    return candidates.some((item) => (operand as Value[]).some((wanted) => same(item, wanted)));
  const accepts = RANGES[operator];
  if (accepts === undefined) throw new Error(`the model has no ${operator}`);
  return candidates.some((item) => inRange(item, operand, accepts));
}

/** A range stays in its type, and NaN is in no range but its own. */
function inRange(item: Value, bound: Value, accepts: (order: number) => boolean): boolean {
  if (rank(item) !== rank(bound)) return false;
  return isNotANumber(item) === isNotANumber(bound) && accepts(order(item, bound));
}

function isNotANumber(value: Value): boolean {
  return value instanceof Double && Number.isNaN(value.value);
}
