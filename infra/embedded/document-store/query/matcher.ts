import { compareToKey, keyOf, keyTextOf, tagOf } from '../bson/keys.ts';
import { fieldPath, visitLeaves, visitValues } from '../bson/paths.ts';
import { BSON, documentValue, isNaNValue, itemsOf, type RawValue, stringOf } from '../bson/raw.ts';
import type { Clause, Pattern, RangeOperator, Test } from './filter.ts';
import { literalPrefix } from './literal-prefix.ts';

type ValueTest = (value: RawValue | undefined) => boolean;
type Predicate = (root: RawValue) => boolean;

/** Tells whether a stored document matches a filter. */
export interface Matcher {
  matches(document: Buffer): boolean;
  matchesValue(value: RawValue): boolean;
}

/** Compiles a parsed filter when it is first needed: most upserts and lookups by id find nothing to test. */
export function compileMatcher(clause: Clause): Matcher {
  let predicate: Predicate | undefined;
  const matchesValue = (value: RawValue): boolean => {
    predicate ??= predicateOf(clause);
    return predicate(value);
  };
  return { matches: (document) => matchesValue(documentValue(document)), matchesValue };
}

function predicateOf(clause: Clause): Predicate {
  switch (clause.kind) {
    case 'test':
      return onPath(clause.path, clause.test);
    case 'not':
      return negated(predicateOf(clause.clause));
    case 'and':
      return all(clause.clauses.map(predicateOf));
    case 'or':
      return any(clause.clauses.map(predicateOf));
    default:
      return negated(any(clause.clauses.map(predicateOf)));
  }
}

function negated(predicate: Predicate): Predicate {
  return (root) => !predicate(root);
}

function all(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (only !== undefined && predicates.length === 1) return only;
  return (root) => predicates.every((predicate) => predicate(root));
}

function any(predicates: readonly Predicate[]): Predicate {
  return (root) => predicates.some((predicate) => predicate(root));
}

/** These look at an array as it is; every other test is also passed by one of its elements. */
const ON_WHOLE_ARRAYS: readonly string[] = ['$exists', '$size', '$elemMatch'];

function onPath(text: string, test: Test): Predicate {
  const path = fieldPath(text);
  const accepts = valueTest(test);
  const visit = ON_WHOLE_ARRAYS.includes(test.op) ? visitLeaves : visitValues;
  return (root) => visit(root, path, accepts);
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
