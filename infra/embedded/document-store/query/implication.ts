import { keyOf, tagOf } from '../bson/keys.ts';
import { BSON, isNaNValue } from '../bson/raw.ts';
import type { Clause, RangeOperator, Test } from './filter.ts';
import { valueTest } from './matcher.ts';

/**
 * Whether every document that matches `filter` surely matches `condition` (a partial index's expression). May answer
 * false for cases it does not see through; then the index is not used.
 */
export function implies(filter: Clause, condition: Clause): boolean {
  if (condition.kind === 'and') return condition.clauses.every((part) => implies(filter, part));
  if (condition.kind !== 'test') return false;
  const { path, test } = condition;
  return testsAt(filter, path).some((own) => testImplies(own, test));
}

function testsAt(filter: Clause, path: string): Test[] {
  if (filter.kind === 'and') return filter.clauses.flatMap((part) => testsAt(part, path));
  return filter.kind === 'test' && filter.path === path ? [filter.test] : [];
}

function isRange(test: Test): test is Test & { op: RangeOperator } {
  return test.op === '$gt' || test.op === '$gte' || test.op === '$lt' || test.op === '$lte';
}

function testImplies(own: Test, wanted: Test): boolean {
  if (own.op === '$in' && own.patterns.length === 0 && own.values.length > 0) {
    return own.values.every((value) => testImplies({ op: '$eq', value }, wanted));
  }
  if (own.op === '$eq') return equalityImplies(own, wanted);
  if (wanted.op === '$exists') return isRange(own) && own.value.type !== BSON.null;
  return isRange(own) && isRange(wanted) && rangeImplies(own, wanted);
}

/**
 * A null also matches a missing field, an array as a whole is not what its elements are, and equal numbers may have
 * different types.
 */
function equalityImplies(own: Test & { op: '$eq' }, wanted: Test): boolean {
  if (own.value.isArray) return false;
  if (own.value.type === BSON.null) return wanted.op === '$eq' && wanted.value.type === BSON.null;
  if (wanted.op === '$size' || wanted.op === '$elemMatch' || wanted.op === '$type') return false;
  return valueTest(wanted)(own.value);
}

function rangeImplies(own: Test & { op: RangeOperator }, wanted: Test & { op: RangeOperator }): boolean {
  if (tagOf(own.value.type) !== tagOf(wanted.value.type)) return false;
  if (isNaNValue(own.value) || isNaNValue(wanted.value)) return false;
  const sameDirection = own.op.startsWith('$g') === wanted.op.startsWith('$g');
  if (!sameDirection) return false;
  const order = Buffer.compare(keyOf(own.value), keyOf(wanted.value));
  const towards = own.op.startsWith('$g') ? order : -order;
  if (towards !== 0) return towards > 0;
  return own.op.length <= wanted.op.length;
}
