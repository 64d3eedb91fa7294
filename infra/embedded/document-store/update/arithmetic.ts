import { BSON, doubleValue, int32Value, int64Value, numberOf, type RawValue, typeName } from '../bson/raw.ts';
import { badValue, typeMismatch } from '../errors.ts';

const INT32_LIMIT = 2n ** 31n;
const INT64_LIMIT = 2n ** 63n;

interface Operation {
  readonly word: string;
  doubles(left: number, right: number): number;
  integers(left: bigint, right: bigint): bigint;
}

const ADDITION: Operation = {
  word: 'add',
  doubles: (left, right) => left + right,
  integers: (left, right) => left + right,
};

const MULTIPLICATION: Operation = {
  word: 'multiply',
  doubles: (left, right) => left * right,
  integers: (left, right) => left * right,
};

/**
 * Combines two BSON numbers the way MongoDB does: a double makes a double; int32 grows to int64 when it must; int64
 * that overflows is BadValue. Throws TypeMismatch when either is no number.
 */
function combined({ word, doubles, integers }: Operation, left: RawValue, right: RawValue): RawValue {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) {
    throw typeMismatch(`cannot ${word} values of types ${typeName(left.type)} and ${typeName(right.type)}`);
  }
  if (left.type === BSON.double || right.type === BSON.double)
    return doubleValue(doubles(Number(a), Number(b)));
  const whole = integers(BigInt(a), BigInt(b));
  const narrow = left.type === BSON.int32 && right.type === BSON.int32;
  if (narrow && fitsInt32(whole)) return int32Value(Number(whole));
  if (!fitsInt64(whole)) throw badValue(`integer overflow: cannot ${word} within int64`);
  return int64Value(whole);
}

/** The sum of two BSON numbers. */
export function addNumbers(left: RawValue, right: RawValue): RawValue {
  return combined(ADDITION, left, right);
}

/** The product of two BSON numbers. */
export function multiplyNumbers(left: RawValue, right: RawValue): RawValue {
  return combined(MULTIPLICATION, left, right);
}

export function fitsInt32(value: bigint): boolean {
  return value >= -INT32_LIMIT && value < INT32_LIMIT;
}

export function fitsInt64(value: bigint): boolean {
  return value >= -INT64_LIMIT && value < INT64_LIMIT;
}
