import { Arena, Column } from '../bson/arena.ts';
import { KEY_OVERHEAD, KeyTable } from '../bson/key-table.ts';
import { KeyWriter } from '../bson/keys.ts';
import {
  BSON,
  documentValue,
  elementsOf,
  int32Value,
  int64Value,
  NULL_VALUE,
  numberOf,
  type RawValue,
  stringOf,
} from '../bson/raw.ts';
import { BsonWriter, documentOf } from '../bson/writer.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import { MemoryBudget } from '../query/memory-budget.ts';
import type { Pace } from '../query/pace.ts';
import { afterAll, type DocumentStream, forEachDocument, fromItems } from '../query/stream.ts';
import {
  ACCUMULATOR_BYTES,
  ACCUMULATORS,
  type Accumulator,
  type AccumulatorMaker,
  sum,
} from './accumulators.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './operators.ts';

/** The head of an id that is kept, and where it is. */
const ID_BYTES = 9;

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
      const groups = new Groups(id, fields);
      await forEachDocument(input, pace, (document) => groups.add(documentValue(document)));
      return fromItems(groups.numbers(), (group) => groups.document(group), pace);
    });
}

const idKey = new KeyWriter();

/** All groups, in the order in which they first came. */
class Groups {
  private readonly arena = new Arena();
  private readonly budget = new MemoryBudget('$group');
  private readonly keys = new KeyTable(this.arena);
  private readonly ids = new Column(Uint32Array);
  private readonly id: Expression;
  private readonly fields: readonly { name: string; expression: Expression; accumulator: Accumulator }[];

  constructor(id: Expression, fields: readonly GroupField[]) {
    this.id = id;
    this.fields = fields.map(({ name, make, expression }) => ({
      name,
      expression,
      accumulator: make({ arena: this.arena, budget: this.budget }),
    }));
  }

  add(document: RawValue): void {
    const group = this.groupOf(this.id(document) ?? NULL_VALUE);
    for (const { accumulator, expression } of this.fields) accumulator.add(group, expression(document));
  }

  private groupOf(id: RawValue): number {
    const known = this.keys.size;
    const { bytes, length } = idKey.reset().value(id);
    const group = this.keys.numberOf(bytes, length);
    if (group < known) return group;
    this.budget.add(
      length + (id.end - id.start) + KEY_OVERHEAD + ID_BYTES + ACCUMULATOR_BYTES * this.fields.length,
    );
    this.ids.set(group, this.arena.keep(id));
    return group;
  }

  *numbers(): Iterable<number> {
    for (let group = 0; group < this.keys.size; group += 1) yield group;
  }

  document(group: number): Buffer {
    const writer = new BsonWriter().startRoot().value('_id', this.arena.value(this.ids.get(group)));
    for (const { name, accumulator } of this.fields)
      writer.value(name, accumulator.result(group) ?? NULL_VALUE);
    return writer.end().finish();
  }
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
