import { compareToKey, keyOf } from '../bson/keys.ts';
import {
  BSON,
  doubleValue,
  int32Value,
  int64Value,
  itemsOf,
  NULL_VALUE,
  numberOf,
  type RawValue,
  rawFrom,
  stringOf,
  typeName,
} from '../bson/raw.ts';
import { arrayValue } from '../bson/writer.ts';
import { badValue, notImplemented, typeMismatch } from '../errors.ts';
import { fitsInt32, fitsInt64 } from '../update/arithmetic.ts';

/** Computes a value from a document; undefined when the fields it needs are missing. */
export type Expression = (document: RawValue) => RawValue | undefined;

/** Makes an expression of the operands of an operator. */
type Make = (operands: readonly Expression[]) => Expression;

const TRUE = rawFrom(true);
const FALSE = rawFrom(false);

function isNothing(value: RawValue | undefined): boolean {
  return value === undefined || value.type === BSON.null;
}

/** False, null, missing and zero are false; everything else, also empty text, is true. */
function isTrue(value: RawValue | undefined): boolean {
  if (value === undefined || isNothing(value)) return false;
  if (value.type === BSON.boolean) return value.bytes[value.start] === 1;
  const number = numberOf(value);
  return number === undefined || Number(number) !== 0;
}

function truth(test: boolean): RawValue {
  return test ? TRUE : FALSE;
}

function order(left: RawValue | undefined, right: RawValue | undefined): number {
  if (left === undefined || right === undefined)
    return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1);
  return Math.sign(compareToKey(left, keyOf(right)));
}

function comparing(accepts: (order: number) => boolean): Make {
  return exactly(
    2,
    ([left, right]) =>
      (document) =>
        truth(accepts(order(left?.(document), right?.(document)))),
  );
}

function exactly(count: number, make: Make): Make {
  return (operands) => {
    if (operands.length !== count) throw badValue(`the expression takes exactly ${count} arguments`);
    return make(operands);
  };
}

function add(operands: readonly Expression[]): Expression {
  return (document) => {
    const values: RawValue[] = [];
    for (const operand of operands) {
      const value = operand(document);
      if (value === undefined || isNothing(value)) return NULL_VALUE;
      numberToAdd(value);
      values.push(value);
    }
    return sumInOrder(values);
  };
}

/** Whole numbers as long as all are and the sum fits into int64, doubles from there on. */
function sumInOrder(values: readonly RawValue[]): RawValue {
  let whole = 0n;
  let double: number | undefined;
  for (const value of values) {
    const number = numberToAdd(value);
    if (double !== undefined || value.type === BSON.double)
      double = (double ?? Number(whole)) + Number(number);
    else if (fitsInt64(whole + BigInt(number))) whole += BigInt(number);
    else double = Number(whole) + Number(number);
  }
  if (double !== undefined) return doubleValue(double);
  const narrow = values.every(({ type }) => type === BSON.int32) && fitsInt32(whole);
  return narrow ? int32Value(Number(whole)) : int64Value(whole);
}

function numberToAdd(value: RawValue): number | bigint {
  if (value.type === BSON.date) throw notImplemented('$add of a date');
  const number = numberOf(value);
  if (number !== undefined) return number;
  throw typeMismatch(`$add only supports numeric or date types, not ${typeName(value.type)}`);
}

function concat(operands: readonly Expression[]): Expression {
  return (document) => {
    const parts: string[] = [];
    for (const operand of operands) {
      const value = operand(document);
      if (value === undefined || isNothing(value)) return NULL_VALUE;
      if (value.type !== BSON.string) throw badValue('$concat only supports strings');
      parts.push(stringOf(value));
    }
    return rawFrom(parts.join(''));
  };
}

function firstPresent(operands: readonly Expression[]): Expression {
  return (document) => {
    let value: RawValue | undefined;
    for (const operand of operands) {
      value = operand(document);
      if (!isNothing(value)) return value;
    }
    return value;
  };
}

function size([operand]: readonly Expression[]): Expression {
  return (document) => {
    const value = operand?.(document);
    if (!value?.isArray) throw badValue('The argument to $size must be an array');
    return int32Value(itemsOf(value).length);
  };
}

/** The operators of aggregation expressions; every other one is refused by name. */
export const EXPRESSIONS: Readonly<Record<string, Make>> = {
  $eq: comparing((result) => result === 0),
  $ne: comparing((result) => result !== 0),
  $gt: comparing((result) => result > 0),
  $gte: comparing((result) => result >= 0),
  $lt: comparing((result) => result < 0),
  $lte: comparing((result) => result <= 0),
  $and: (operands) => (document) => truth(operands.every((operand) => isTrue(operand(document)))),
  $or: (operands) => (document) => truth(operands.some((operand) => isTrue(operand(document)))),
  $not: exactly(
    1,
    ([operand]) =>
      (document) =>
        truth(!isTrue(operand?.(document))),
  ),
  $cond: exactly(
    3,
    ([test, yes, no]) =>
      (document) =>
        (isTrue(test?.(document)) ? yes : no)?.(document),
  ),
  $ifNull: (operands) => {
    if (operands.length < 2) throw badValue('$ifNull needs at least two arguments');
    return firstPresent(operands);
  },
  $add: add,
  $concat: concat,
  $size: exactly(1, size),
  $arrayElemAt: exactly(2, ([array, position]) => (document) => {
    const [items, at] = [array?.(document), position?.(document)];
    if (items === undefined || at === undefined || isNothing(items) || isNothing(at)) return NULL_VALUE;
    const index = Number(numberOf(at) ?? Number.NaN);
    if (!items.isArray || !Number.isInteger(index) || !fitsInt32(BigInt(index)))
      throw badValue('$arrayElemAt needs an array and a whole number that fits into int32');
    return itemsOf(items).at(index);
  }),
  $concatArrays: (operands) => (document) => {
    const arrays = operands.map((operand) => operand(document));
    if (arrays.some(isNothing)) return NULL_VALUE;
    if (!arrays.every((array) => array?.isArray)) throw badValue('$concatArrays only supports arrays');
    return arrayValue(arrays.flatMap((array) => (array === undefined ? [] : itemsOf(array))));
  },
};
