import { Binary, type Document, Double, deserialize, EJSON, Int32, Long, serialize, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentValue } from './bson/raw.ts';
import { CommandError } from './errors.ts';
import { type Change, pathsOf, updated } from './models/update.ts';
import { type Box, Refused, type Value } from './models/values.ts';
import { parseFilter } from './query/filter.ts';
import { parseUpdate } from './update/updater.ts';

const int = fc.integer({ min: -3, max: 3 }).map((value) => new Int32(value));
const number = fc.oneof(
  { weight: 4, arbitrary: int },
  fc.constantFrom(2147483647, -2147483648).map((value) => new Int32(value)),
  fc.constantFrom('1', '-2', '9007199254740993', '9223372036854775807').map((text) => Long.fromString(text)),
  fc.constantFrom(0, 1, -1.5, 2.5, Number.NaN).map((value) => new Double(value)),
);
const scalar = fc.oneof(
  { weight: 5, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom<Value>('p', 'q', '青浦') },
  fc.constantFrom<Value>(null, true, new Date(5), new Timestamp({ t: 1, i: 2 })),
  fc.constantFrom<Value>(new Binary(Buffer.from([1])), new Binary(Buffer.from([1]), 5)),
);
const box = fc.record<Box>(
  { x: fc.oneof(scalar, fc.array(int, { maxLength: 2 })), y: int },
  { requiredKeys: [] },
);
const value = fc.oneof({ weight: 5, arbitrary: scalar }, box, fc.array(scalar, { maxLength: 2 }));
const items = fc.array(value, { maxLength: 4 });
const document = fc.record<Box>(
  {
    a: scalar,
    b: items,
    c: fc.record<Box>({ d: scalar, e: items }, { requiredKeys: [] }),
    s: fc.array(box, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 's', 'c.d', 'c.e') },
  fc.constantFrom('n', 'n.m', 'b.0', 'b.2', 'b.x', 's.0.x', 's.x', 's.1', 's.4.x', 'a.z', '_id', '_id.z'),
);
const range = fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$ne', '$eq'), scalar);
const condition = fc.oneof(
  value.filter(
    (operand) => !(operand !== null && typeof operand === 'object' && Object.keys(operand).length === 0),
  ),
  range.map(([operator, operand]): Value => ({ [operator]: operand })),
  fc.record<Box>({ $gte: int, $lt: scalar }),
  fc.constant<Value>({ x: null }),
  items.map(($in): Value => ({ $in })),
);
const whole = fc.constantFrom<Value>(
  new Int32(0),
  new Int32(1),
  new Int32(-1),
  new Int32(2),
  new Double(-3),
  new Int32(9),
);
const direction = fc.constantFrom(1, -1);
const pushSort = fc.oneof<fc.Arbitrary<Value>[]>(
  direction,
  direction.map((x) => ({ x })),
  fc.tuple(direction, direction).map(([y, x]) => ({ y, x })),
  direction.map((first) => ({ 'x.0': first })),
);
const pushed = fc.oneof(
  value,
  fc
    .record({ $each: items, $position: whole, $slice: whole, $sort: pushSort }, { requiredKeys: ['$each'] })
    .map((operand): Value => operand),
);
const each = items.map(($each): Value => ({ $each }));

const OPERANDS: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  $set: value,
  $setOnInsert: value,
  $unset: fc.constant<Value>(''),
  $inc: fc.oneof({ weight: 9, arbitrary: number }, fc.constant<Value>('no number')),
  $mul: fc.oneof({ weight: 9, arbitrary: number }, fc.constant<Value>('no number')),
  $min: value,
  $max: value,
  $push: pushed,
  $addToSet: fc.oneof(value, each),
  $pop: fc.constantFrom<Value>(new Int32(1), new Int32(-1), new Double(1), Long.fromInt(-1)),
  $pull: condition,
  $pullAll: items,
  $rename: path,
};

const changeBy = (operator: string): fc.Arbitrary<Change> =>
  fc.tuple(fc.constant(operator), path, OPERANDS[operator] ?? value);
const change = fc.constantFrom(...Object.keys(OPERANDS)).chain(changeBy);

const decoded = (bytes: Uint8Array): Box => deserialize(bytes, { promoteValues: false });
const encoded = (from: Document): Buffer => Buffer.from(serialize(from));

function updateOf(changes: readonly Change[]): Document {
  const update: Record<string, Document> = {};
  for (const [operator, name, operand] of changes)
    update[operator] = { ...update[operator], [name]: operand };
  return update;
}

/** The outcome as text that tells types and key order apart, or the code it was refused with. */
function outcome(work: () => Box): string {
  try {
    return EJSON.stringify(work(), { relaxed: false });
  } catch (error) {
    if (error instanceof CommandError || error instanceof Refused) return `refused ${error.code}`;
    throw error;
  }
}

const ID = new Int32(7);
const parsed = (update: Document) => parseUpdate(documentValue(encoded(update)));

function applied(start: Box, changes: readonly Change[]): string {
  return outcome(() => decoded(parsed(updateOf(changes)).apply(encoded({ _id: ID, ...start }))));
}

function inserted(changes: readonly Change[]): string {
  const filter = parseFilter(documentValue(encoded({ _id: ID })));
  return outcome(() => decoded(parsed(updateOf(changes)).insertFor(filter)));
}

/** What the model makes of it; the `_id` has to stay what it is. */
function modelled(start: Box, changes: readonly Change[], inserting = false): string {
  return outcome(() => {
    const result = updated({ _id: ID, ...start }, changes, inserting);
    if (EJSON.stringify(result._id, { relaxed: false }) !== '{"$numberInt":"7"}') throw new Refused(66);
    return result;
  });
}

const anyRefusal = (text: string): string => (text.startsWith('refused') ? 'refused' : text);

describe('the updater does what a plain model does', () => {
  test.each(Object.keys(OPERANDS))('%s', (operator) => {
    fc.assert(
      fc.property(document, changeBy(operator), (start, one) => {
        expect([one, applied(start, [one])]).toEqual([one, modelled(start, [one])]);
      }),
      { numRuns: 600 },
    );
  });

  test('one change after the other', () => {
    fc.assert(
      fc.property(document, fc.array(change, { minLength: 2, maxLength: 6 }), (start, changes) => {
        let now: Box = start;
        for (const one of changes) {
          const actual = applied(now, [one]);
          expect(actual).toBe(modelled(now, [one]));
          if (actual.startsWith('refused')) continue;
          const { _id, ...rest } = EJSON.parse(actual, { relaxed: false }) as Box;
          now = rest;
        }
      }),
      { numRuns: 400 },
    );
  });

  test('several operators in one update, their conflicts and the order of new fields', () => {
    const several = fc.uniqueArray(change, {
      minLength: 2,
      maxLength: 4,
      selector: ([operator, name]) => `${operator} ${name}`,
    });
    fc.assert(
      fc.property(document, several, (start, changes) => {
        expect(anyRefusal(applied(start, changes))).toBe(anyRefusal(modelled(start, changes)));
      }),
      { numRuns: 2000 },
    );
  });

  test('new fields with numbers for names come in the order of their values', () => {
    const update = parsed({ $set: { 'n.a': new Int32(1), 'n.10': new Int32(1), 'n.9': new Int32(1) } });
    const stored = update.apply(encoded({ _id: ID })).toString('latin1');
    const places = ['9', '10', 'a'].map((name) => stored.indexOf(`\x10${name}\0`));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBeGreaterThan(0);
  });

  test('what an upsert inserts', () => {
    const apart = fc.uniqueArray(change, {
      minLength: 1,
      maxLength: 3,
      selector: (one) => pathsOf(one)[0]?.split('.')[0] ?? '',
    });
    fc.assert(
      fc.property(apart, (changes) => {
        expect(anyRefusal(inserted(changes))).toBe(anyRefusal(modelled({}, changes, true)));
      }),
      { numRuns: 600 },
    );
  });
});

test('$currentDate sets the time of the change, and timestamps that differ', () => {
  const kind = fc.constantFrom<Value>(true, false, { $type: 'date' }, { $type: 'timestamp' });
  const seen = new Set<string>();
  fc.assert(
    fc.property(document, path, kind, (start, name, operand) => {
      const before = Date.now();
      const update = parsed({ $currentDate: { [name]: operand } });
      const found: { set?: Value } = {};
      const actual = outcome(() => {
        const result = decoded(update.apply(encoded({ _id: ID, ...start })));
        found.set = name.split('.').reduce((at: Value, part) => (at as Box)[part], result);
        return result;
      });
      expect(actual).toBe(modelled(start, [['$set', name, found.set ?? new Date()]]));
      if (actual.startsWith('refused')) return;
      const wantsTimestamp = JSON.stringify(operand).includes('timestamp');
      if (wantsTimestamp) {
        expect(found.set).toBeInstanceOf(Timestamp);
        expect(seen.has(String(found.set))).toBe(false);
        seen.add(String(found.set));
      } else expect((found.set as Date).getTime()).toBeGreaterThanOrEqual(before);
    }),
  );
  expect(seen.size).toBeGreaterThan(5);
});
