import { compareToKey, keyOf, keyTextOf } from '../bson/keys.ts';
import {
  BSON,
  documentValue,
  doubleValue,
  elementsOf,
  int32Value,
  int64Value,
  NULL_VALUE,
  numberOf,
  type RawValue,
  stringOf,
} from '../bson/raw.ts';
import { arrayValue, documentOf } from '../bson/writer.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import type { Pace } from '../query/pace.ts';
import { afterAll, type DocumentStream, forEachDocument, fromItems, MemoryBudget } from '../query/stream.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './operators.ts';
import { Summation } from './summation.ts';

/** Gathers one field of one group. */
interface Accumulator {
  add(value: RawValue | undefined): void;
  result(): RawValue | undefined;
}

type AccumulatorMaker = (budget: MemoryBudget) => Accumulator;

/** What is no number is passed over. */
function sum(): Accumulator {
  const total = new Summation();
  return {
    add: (value) => {
      if (value !== undefined) total.add(value);
    },
    result: () => total.result(),
  };
}

function average(): Accumulator {
  const total = new Summation();
  let count = 0;
  return {
    add: (value) => {
      if (value === undefined || numberOf(value) === undefined) return;
      total.add(value);
      count += 1;
    },
    result: () => (count === 0 ? NULL_VALUE : doubleValue(total.asDouble() / count)),
  };
}

/** `direction` is the sign of the comparison in which a new value wins. Null and missing never win. */
function extreme(direction: 1 | -1): Accumulator {
  let best: RawValue | undefined;
  let key = Buffer.alloc(0);
  return {
    add: (value) => {
      if (value === undefined || value.type === BSON.null) return;
      if (best !== undefined && compareToKey(value, key) * direction <= 0) return;
      best = value.copied();
      key = Buffer.from(keyOf(value));
    },
    result: () => best ?? NULL_VALUE,
  };
}

function first(): Accumulator {
  let value: RawValue | undefined;
  return {
    add: (next) => {
      value ??= (next ?? NULL_VALUE).copied();
    },
    result: () => value,
  };
}

function last(): Accumulator {
  let value: RawValue | undefined;
  return {
    add: (next) => {
      value = (next ?? NULL_VALUE).copied();
    },
    result: () => value,
  };
}

function collect(budget: MemoryBudget): Accumulator {
  const values: RawValue[] = [];
  return {
    add: (value) => {
      if (value === undefined) return;
      budget.add(value.end - value.start + 16);
      values.push(value.copied());
    },
    result: () => arrayValue(values),
  };
}

function collectSet(budget: MemoryBudget): Accumulator {
  const values = new Map<string, RawValue>();
  return {
    add: (value) => {
      if (value === undefined) return;
      const key = keyTextOf(value);
      if (values.has(key)) return;
      budget.add(value.end - value.start + key.length + 16);
      values.set(key, value.copied());
    },
    result: () => arrayValue([...values.values()]),
  };
}

const ACCUMULATORS: Readonly<Record<string, AccumulatorMaker>> = {
  $sum: sum,
  $avg: average,
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: first,
  $last: last,
  $push: collect,
  $addToSet: collectSet,
};

interface GroupField {
  readonly name: string;
  readonly make: AccumulatorMaker;
  readonly expression: Expression;
}

function parseGroupField(name: string, value: RawValue): GroupField {
  if (name.includes('.')) throw new CommandError(40324, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw badValue(`The field name '${name}' cannot be an operator name`);
  const [operator, ...others] = value.isDocument ? elementsOf(value) : [];
  if (operator === undefined || others.length > 0)
    throw badValue(`The field '${name}' must be an accumulator object`);
  if (operator[0] === '$count') return countField(name, operator[1]);
  const make = ACCUMULATORS[operator[0]];
  if (make === undefined) throw notImplemented(`accumulator ${operator[0]}`);
  if (operator[1].isArray) throw notImplemented(`accumulator ${operator[0]} over an array expression`);
  return { name, make, expression: parseExpression(operator[1]) };
}

function countField(name: string, operand: RawValue): GroupField {
  if (!operand.isDocument || elementsOf(operand).length > 0) throw badValue('$count takes no arguments');
  const one = int32Value(1);
  return { name, make: sum, expression: () => one };
}

interface Group {
  readonly id: RawValue;
  readonly accumulators: readonly Accumulator[];
}

/** The `$group` stage: `_id` is a constant, a path or a document of these; see ACCUMULATORS for the rest. */
export function groupStage(specification: RawValue): (input: DocumentStream, pace: Pace) => DocumentStream {
  const elements = elementsOf(specification);
  const idValue = elements.find(([name]) => name === '_id')?.[1];
  if (idValue === undefined) throw badValue('a group specification must include an _id');
  const id = parseExpression(idValue);
  const fields = elements
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => parseGroupField(name, value));
  return (input, pace) =>
    afterAll(input, async () => {
      const groups = new Map<string, Group>();
      const budget = new MemoryBudget('$group');
      await forEachDocument(input, pace, (document) =>
        addTo(groups, documentValue(document), id, fields, budget),
      );
      return fromItems(groups.values(), (group) => groupDocument(group, fields));
    });
}

function addTo(
  groups: Map<string, Group>,
  document: RawValue,
  id: Expression,
  fields: readonly GroupField[],
  budget: MemoryBudget,
): void {
  const value = id(document) ?? NULL_VALUE;
  const key = keyTextOf(value);
  let group = groups.get(key);
  if (group === undefined) {
    budget.add(key.length + (value.end - value.start) + 64 * (1 + fields.length));
    group = { id: value.copied(), accumulators: fields.map(({ make }) => make(budget)) };
    groups.set(key, group);
  }
  for (const [position, { expression }] of fields.entries())
    group.accumulators[position]?.add(expression(document));
}

function groupDocument(group: Group, fields: readonly GroupField[]): Buffer {
  const results = fields.map(
    ({ name }, position) => [name, group.accumulators[position]?.result() ?? NULL_VALUE] as const,
  );
  return documentOf([['_id', group.id], ...results]);
}

/** What a stage that only counts answers for a number of documents. */
export type CountResult = (n: number) => Buffer[];

/** A count as MongoDB's `$sum: 1` gives it. */
export function countValue(n: number): RawValue {
  return n < 2 ** 31 ? int32Value(n) : int64Value(BigInt(n));
}

/** The answer of a `$group` that only counts all documents; undefined when it does anything else. */
export function countingGroup(specification: RawValue): CountResult | undefined {
  const elements = elementsOf(specification);
  const id = elements.find(([name]) => name === '_id')?.[1];
  const fields = elements.filter(([name]) => name !== '_id');
  if (id === undefined || !isPlain(id) || !fields.every(([, value]) => countsOnly(value))) return undefined;
  return (n) =>
    n === 0 ? [] : [documentOf([['_id', id], ...fields.map(([name]) => [name, countValue(n)] as const)])];
}

function isPlain(value: RawValue): boolean {
  if (value.isDocument || value.isArray) return false;
  return value.type !== BSON.string || !stringOf(value).startsWith('$');
}

function countsOnly(accumulator: RawValue): boolean {
  const [operator] = elementsOf(accumulator);
  if (operator?.[0] === '$count') return true;
  return operator?.[0] === '$sum' && operator[1].type === BSON.int32 && numberOf(operator[1]) === 1;
}
