import { Context } from 'mingo/core';
import { $and, $nor, $not, $or } from 'mingo/operators/query/logical';
import { Query } from 'mingo/query';
import { compareToKey, keyOf, keyTextOf, tagOf } from '../bson/keys.ts';
import { FieldPath, visitLeaves, visitValues } from '../bson/paths.ts';
import { BSON, documentValue, isNaNValue, itemsOf, type RawValue, stringOf } from '../bson/raw.ts';
import type { Clause, Pattern, RangeOperator, Test } from './filter.ts';
import { literalPrefix } from './literal-prefix.ts';

/**
 * mingo's Query evaluates the logic of a filter; the tests on values are ours, registered in its operator context,
 * because mingo's own lose int64 precision and mix up binaries, key order and null with missing.
 */

type ValueTest = (value: RawValue | undefined) => boolean;
type Condition = Record<string, unknown>;

/** Tells whether a stored document matches a filter. */
export interface Matcher {
  matches(document: Buffer): boolean;
  matchesValue(value: RawValue): boolean;
}

/** Compiles a parsed filter when it is first needed: most upserts and lookups by id find nothing to test. */
export function compileMatcher(clause: Clause): Matcher {
  let query: Query<RawValue> | undefined;
  const matchesValue = (value: RawValue): boolean => {
    query ??= new Query<RawValue>(conditionOf(clause) as never, { context: CONTEXT });
    return query.test(value);
  };
  return { matches: (document) => matchesValue(documentValue(document)), matchesValue };
}

function conditionOf(clause: Clause): Condition {
  switch (clause.kind) {
    case 'test':
      return { [clause.path]: { [clause.test.op]: clause.test } };
    case 'not':
      return { $nor: [conditionOf(clause.clause)] };
    default:
      return clause.clauses.length === 0 ? {} : { [`$${clause.kind}`]: clause.clauses.map(conditionOf) };
  }
}

/** The test on one value (undefined = missing), without the path. */
export function valueTest(test: Test): ValueTest {
  switch (test.op) {
    case '$eq':
      return equalTo(test.value);
    case '$in':
      return oneOf(test.values, test.patterns);
    case '$exists':
      return (value) => value !== undefined;
    case '$type':
      return (value) => value !== undefined && test.types.includes(value.type);
    case '$size':
      return (value) => value?.isArray === true && itemsOf(value).length === test.size;
    case '$matches':
      return patternTest(test.pattern);
    case '$elemMatch':
      return elementTest(test.clause);
    default:
      return inRange(test.op, test.value);
  }
}

function equalTo(wanted: RawValue): ValueTest {
  const key = keyOf(wanted);
  const tag = tagOf(wanted.type);
  return (value) => tagOf(value?.type ?? BSON.null) === tag && compareToKey(value, key) === 0;
}

function oneOf(values: readonly RawValue[], patterns: readonly Pattern[]): ValueTest {
  const keys = new Set(values.map(keyTextOf));
  const known = (value: RawValue | undefined): boolean => keys.has(keyTextOf(value));
  if (patterns.length === 0) return known;
  const tests = patterns.map(patternTest);
  return (value) => known(value) || tests.some((test) => test(value));
}

function patternTest({ regexp, literal }: Pattern): ValueTest {
  const matches = textTest(regexp);
  const key = literal === undefined ? undefined : keyOf(literal);
  return (value) => {
    if (value?.type === BSON.string) return matches(value);
    return key !== undefined && value?.type === BSON.regex && compareToKey(value, key) === 0;
  };
}

/** A pattern that only asks for a prefix is tested on the bytes. */
function textTest(regexp: RegExp): (value: RawValue) => boolean {
  const prefix = literalPrefix(regexp);
  if (prefix?.whole !== true) return (value) => regexp.test(stringOf(value));
  const wanted = Buffer.from(prefix.text);
  return ({ bytes, start, end }) => {
    if (end - start - 5 < wanted.length) return false;
    for (let i = 0; i < wanted.length; i += 1) if (bytes[start + 4 + i] !== wanted[i]) return false;
    return true;
  };
}

const IN_RANGE: Readonly<Record<RangeOperator, (order: number) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Ranges only hold values of the operand's own type; NaN is in no range but its own. */
function inRange(op: RangeOperator, bound: RawValue): ValueTest {
  const key = keyOf(bound);
  const tag = tagOf(bound.type);
  const accepts = IN_RANGE[op];
  if (isNaNValue(bound)) return (value) => accepts(0) && isNaNValue(value);
  return (value) => {
    if (tagOf(value?.type ?? BSON.null) !== tag || isNaNValue(value)) return false;
    return accepts(compareToKey(value, key));
  };
}

function elementTest(clause: Clause): ValueTest {
  const { matchesValue } = compileMatcher(clause);
  return (value) => value?.isArray === true && itemsOf(value).some(matchesValue);
}

type Visit = typeof visitLeaves;

function operator(visit: Visit) {
  return (selector: string, test: Test): ((root: RawValue) => boolean) => {
    const path = new FieldPath(selector);
    const accepts = valueTest(test);
    return (root) => visit(root, path, accepts);
  };
}

const onValues = operator(visitValues);
const onLeaves = operator(visitLeaves);

const OPERATORS = {
  $and,
  $or,
  $nor,
  $not,
  $eq: onValues,
  $gt: onValues,
  $gte: onValues,
  $lt: onValues,
  $lte: onValues,
  $in: onValues,
  $type: onValues,
  $matches: onValues,
  $exists: onLeaves,
  $size: onLeaves,
  $elemMatch: onLeaves,
};

const CONTEXT = Context.init({ query: OPERATORS as never });
