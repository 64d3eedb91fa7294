import { BSON, doubleValue, int32Value, int64Value, numberOf, type RawValue, typeName } from '../bson/raw.ts';
import { badValue, typeMismatch } from '../errors.ts';

const INT32_LIMIT = 2n ** 31n;
const INT64_LIMIT = 2n ** 63n;

/**
 * Adds two BSON numbers the way MongoDB does: a double makes a double; int32 grows to int64 when it must; int64 that
 * overflows is BadValue. Throws TypeMismatch when either is no number.
 */
export function addNumbers(left: RawValue, right: RawValue): RawValue {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a === undefined || b === undefined) {
    throw typeMismatch(`cannot add values of types ${typeName(left.type)} and ${typeName(right.type)}`);
  }
  if (left.type === BSON.double || right.type === BSON.double) return doubleValue(Number(a) + Number(b));
  const sum = BigInt(a) + BigInt(b);
  const narrow = left.type === BSON.int32 && right.type === BSON.int32;
  if (narrow && sum >= -INT32_LIMIT && sum < INT32_LIMIT) return int32Value(Number(sum));
  if (sum < -INT64_LIMIT || sum >= INT64_LIMIT)
    throw badValue('integer overflow: the sum does not fit into int64');
  return int64Value(sum);
}
