import { Binary, Double, EJSON, Int32, Long } from 'bson';
import fc from 'fast-check';
import { type Document, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aggregated, type Stage } from './models/aggregate.ts';
import { type Box, isBox, order, Refused, type Value } from './models/values.ts';
import { openTestStore, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

const int = fc.integer({ min: -2, max: 3 }).map((value) => new Int32(value));
const number = fc.oneof(
  { weight: 4, arbitrary: int },
  fc.constantFrom('1', '9007199254740993', '9223372036854775807').map((text) => Long.fromString(text)),
  fc.constantFrom(1, -1.5, 2.5, 0).map((value) => new Double(value)),
  fc.constant(new Int32(2147483647)),
);
const scalar = fc.oneof(
  { weight: 5, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom<Value>('p', 'q', '') },
  fc.constantFrom<Value>(null, true, false, new Date(5), new Binary(Buffer.from([1]))),
);
const box = fc.record<Box>({ x: scalar, y: int }, { requiredKeys: [] });
const document = fc.record<Box>(
  {
    a: scalar,
    b: fc.array(fc.oneof({ weight: 3, arbitrary: scalar }, fc.array(int, { maxLength: 2 })), {
      maxLength: 3,
    }),
    c: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record<Box>({ d: scalar, e: fc.array(scalar, { maxLength: 2 }) }, { requiredKeys: [] }),
      },
      scalar,
    ),
    s: fc.array(box, { maxLength: 3 }),
    g: int,
  },
  { requiredKeys: [] },
);
const documents = fc.array(document, { minLength: 1, maxLength: 8 });

const path = fc.constantFrom(
  '$a',
  '$b',
  '$c',
  '$c.d',
  '$c.e',
  '$s',
  '$s.x',
  '$g',
  '$none',
  '$c.none',
  '$_id',
);
const constant = fc.oneof(
  int,
  fc.constantFrom<Value>('text', null, true, { $literal: '$a' }, { $literal: { k: '$a' } }),
);
const { expression } = fc.letrec<{ expression: Value; operands: Value[] }>((tie) => ({
  operands: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
  expression: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    path,
    constant,
    fc
      .tuple(fc.constantFrom('$and', '$or', '$add', '$concat', '$concatArrays'), tie('operands'))
      .map(([name, operands]) => ({ [name]: operands })),
    fc
      .tuple(
        fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$ifNull', '$arrayElemAt'),
        tie('expression'),
        tie('expression'),
      )
      .map(([name, left, right]) => ({ [name]: [left, right] })),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(($cond) => ({ $cond })),
    tie('expression').map((operand) => ({ $not: [operand] })),
    fc.constantFrom<Value>(
      { $size: '$b' },
      { $size: '$s' },
      { $arrayElemAt: ['$b', new Int32(-1)] },
      { $add: ['$g', new Int32(1)] },
      { $concat: ['x', '$a'] },
      '$$ROOT',
    ),
    fc.record({ k: tie('expression'), l: tie('expression') }),
    tie('operands'),
  ),
}));

const rooted = (text: string): string => text.split('.')[0] ?? text;
const fields = fc.uniqueArray(
  fc.constantFrom('a', 'b', 'b.x', 'c', 'c.d', 'c.e', 's', 's.x', 'g', 'none', 'none.m'),
  {
    minLength: 1,
    maxLength: 3,
    selector: rooted,
  },
);
const withId = fc.constantFrom<Box>({}, {}, { _id: 0 }, { _id: 1 }, { _id: '$g' });

const fieldTest = fc.oneof(
  fc
    .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), scalar)
    .map(([name, operand]): Box => ({ [name]: operand })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map(($in): Box => ({ $in })),
);
const accumulator = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('$sum', '$avg', '$min', '$max', '$first', '$last', '$push', '$addToSet'),
      fc.oneof({ weight: 3, arbitrary: path }, int),
    )
    .map(([name, operand]): Box => ({ [name]: operand })),
  fc.constantFrom<Box>(
    { $count: {} },
    { $sum: new Int32(1) },
    { $push: { id: '$_id', d: '$c.d' } },
    { $first: '$$ROOT' },
  ),
);

/** Stages with documents in the same order and of the same `_id`s as they came. */
const GENTLE = {
  $match: fc
    .tuple(fc.constantFrom('a', 'b', 'g', 'c.d'), fieldTest)
    .map(([name, tests]): Stage => ({ $match: { [name]: tests } })),
  $sort: fc
    .tuple(fc.constantFrom('a', 'b', 'c.d', 'g', 's.x'), fc.constantFrom(1, -1), fc.constantFrom(1, -1))
    .map(([name, own, id]): Stage => ({ $sort: { [name]: own, _id: id } })),
  $skip: fc.nat(3).map((count): Stage => ({ $skip: count })),
  $limit: fc.integer({ min: 1, max: 6 }).map((count): Stage => ({ $limit: count })),
} as const;

const SHAPING = {
  $project: fc.oneof(
    fc.tuple(fields, withId).map(
      ([names, id]): Stage => ({
        $project: { ...Object.fromEntries(names.map((name) => [name, 1])), ...id },
      }),
    ),
    fc.tuple(fields, fc.constantFrom<Box>({}, { _id: 0 })).map(
      ([names, id]): Stage => ({
        $project: { ...Object.fromEntries(names.map((name) => [name, 0])), ...id },
      }),
    ),
    fc.tuple(expression, fields, withId).map(
      ([made, names, id]): Stage => ({
        $project: {
          made: computed(made),
          ...Object.fromEntries(names.map((name) => [name, 1])),
          ...id,
        },
      }),
    ),
  ),
  $addFields: fc
    .tuple(fields, expression, expression)
    .map(([names, one, two]): Stage => ({ $addFields: setting(names, [one, two]) })),
  $set: fc
    .tuple(fields, expression, path)
    .map(([names, one, two]): Stage => ({ $set: setting(names, [one, two]) })),
  $unset: fields.map((names): Stage => ({ $unset: names.length === 1 ? names[0] : names })),
  $unwind: fc.oneof(
    fc.constantFrom('$b', '$s', '$c.e', '$a', '$none').map((name): Stage => ({ $unwind: name })),
    fc
      .record(
        {
          path: fc.constantFrom('$b', '$s', '$c.e', '$a', '$none'),
          preserveNullAndEmptyArrays: fc.boolean(),
          includeArrayIndex: fc.constantFrom('at', 'g'),
        },
        { requiredKeys: ['path'] },
      )
      .map(($unwind): Stage => ({ $unwind })),
  ),
} as const;

/** The fields set to expressions. */
function setting(names: readonly string[], made: readonly Value[]): Box {
  return Object.fromEntries(names.map((name, index) => [name, computed(made[index % made.length])]));
}

/** An expression that is taken for one: numbers and booleans are flags, plain documents hold further fields. */
function computed(made: Value): Value {
  if (typeof made === 'string' || Array.isArray(made)) return made;
  if (!isBox(made)) return { $literal: made };
  return 'k' in made ? { $ifNull: [made, made] } : made;
}

const ID_ORDER: Stage = { $sort: { _id: 1 } };
const groupStage = fc
  .tuple(
    fc.oneof(
      path,
      fc.constantFrom<Value>(null, { d: '$c.d', g: '$g' }, ['$g'], { $gt: ['$g', new Int32(0)] }),
    ),
    fc.uniqueArray(fc.tuple(fc.constantFrom('k', 'l', 'm', 'n'), accumulator), {
      maxLength: 4,
      selector: ([name]) => name,
    }),
  )
  .map(([_id, made]): Stage => ({ $group: { _id, ...Object.fromEntries(made) } }));
const countStage = fc.constant<Stage>({ $count: 'n' });

const gentle = fc.oneof(...Object.values(GENTLE));
const shaping = fc.oneof(...Object.values(SHAPING));
const facetStage = fc
  .record({
    one: fc.array(gentle, { maxLength: 2 }),
    two: fc.array(shaping, { maxLength: 2 }),
    three: fc.constant([{ $count: 'n' }]),
  })
  .map(($facet): Stage => ({ $facet }));

const SINGLE: Readonly<Record<string, fc.Arbitrary<Stage[]>>> = {
  ...Object.fromEntries(
    Object.entries({ ...GENTLE, ...SHAPING }).map(([name, stage]) => [
      name,
      stage.map((one) => [ID_ORDER, one]),
    ]),
  ),
  $group: groupStage.map((stage) => [ID_ORDER, stage]),
  $count: fc.tuple(GENTLE.$match, countStage),
  $facet: facetStage.map((stage) => [ID_ORDER, stage]),
};
const pipeline = fc
  .tuple(
    fc.array(gentle, { maxLength: 3 }),
    fc.array(shaping, { maxLength: 3 }),
    fc.option(fc.oneof(groupStage, countStage)),
  )
  .map(([first, then, last]): Stage[] => [ID_ORDER, ...first, ...then, ...(last === null ? [] : [last])]);

/** The result as text that tells types and key order apart. Groups come in no order, nor do the values of a set. */
function text(result: readonly Box[], stages: readonly Stage[]): string[] {
  const last = stages.at(-1) ?? {};
  const sets =
    '$group' in last
      ? Object.entries(last.$group as Box)
          .filter(([, value]) => isSet(value))
          .map(([name]) => name)
      : [];
  const rows = result.map((row) => {
    const ordered = sets.map((name): [string, Value] => [name, [...(row[name] as Value[])].sort(order)]);
    return EJSON.stringify({ ...row, ...Object.fromEntries(ordered) }, { relaxed: false });
  });
  return '$group' in last ? rows.sort() : rows;
}

function isSet(accumulator: Value): boolean {
  return typeof accumulator === 'object' && accumulator !== null && '$addToSet' in accumulator;
}

/** The driver's classes are not those of this module's `bson`. */
function decoded(rows: readonly Document[]): Box[] {
  return EJSON.parse(EJSON.stringify(rows, { relaxed: false }), { relaxed: false }) as Box[];
}

const UNSYNCED = { writeConcern: { w: 1, j: false } };

async function compare(from: readonly Box[], stages: Stage[]): Promise<void> {
  const collection = store.db.collection('asked');
  await collection.deleteMany({}, UNSYNCED);
  const stored = from.map((fields, index): Box => ({ _id: new Int32(index), ...fields }));
  await collection.insertMany(stored as never[], UNSYNCED);
  const expected = outcome(() => text(aggregated(stored, stages), stages));
  const found = await collection
    .aggregate(stages as Document[], { promoteValues: false })
    .toArray()
    .then(
      (rows) => text(decoded(rows), stages),
      (error: unknown) => {
        if (error instanceof MongoServerError && error.code !== 238 && error.code !== 1) return 'refused';
        throw error;
      },
    );
  expect([stages, found]).toEqual([stages, expected]);
}

function outcome(work: () => string[]): string[] | 'refused' {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return 'refused';
    throw error;
  }
}

/** Documents that are often alike, and hold equal numbers of different types. */
const alike = fc.array(
  fc.record<Box>(
    {
      a: fc.oneof(fc.constantFrom<Value>(new Int32(1), Long.ONE, new Double(1), null), scalar),
      g: fc.constantFrom(new Int32(0), new Double(0)),
    },
    { requiredKeys: [] },
  ),
  { minLength: 2, maxLength: 8 },
);
const gathered = fc
  .tuple(
    fc.constantFrom<Value>(null, '$g'),
    fc.constantFrom('$sum', '$avg', '$min', '$max', '$first', '$last', '$push', '$addToSet'),
  )
  .map(([_id, name]): Stage[] => [ID_ORDER, { $group: { _id, made: { [name]: '$a' } } }]);

const operand = fc.oneof(
  { weight: 3, arbitrary: number.map(($literal): Value => ({ $literal })) },
  path,
  scalar.map(($literal): Value => ({ $literal })),
);
const numbers = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: number.map(($literal): Value => ({ $literal })) },
    { weight: 1, arbitrary: operand },
  ),
  { minLength: 1, maxLength: 4 },
);
const pair = fc.tuple(operand, operand);
const OPERANDS: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  ...Object.fromEntries(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$ifNull'].map((name) => [name, pair])),
  ...Object.fromEntries(['$and', '$or'].map((name) => [name, fc.array(operand, { maxLength: 3 })])),
  $not: fc.tuple(operand),
  $cond: fc.tuple(operand, operand, operand),
  $add: numbers,
  $concat: fc.array(fc.oneof(fc.constantFrom<Value>('x', '$a', '青浦'), operand), { maxLength: 3 }),
  $size: fc.constantFrom<Value>('$b', '$s', '$s.x', '$a'),
  $arrayElemAt: fc.tuple(fc.constantFrom<Value>('$b', '$s.x', '$a'), fc.oneof(int, operand)),
  $concatArrays: fc.array(fc.constantFrom<Value>('$b', '$s', '$c.e', ['$a']), { maxLength: 3 }),
};

describe('an aggregation gives what a plain model gives', () => {
  test.each(Object.keys(SINGLE))(
    '%s',
    async (name) => {
      await fc.assert(fc.asyncProperty(documents, SINGLE[name] ?? pipeline, compare), { numRuns: 120 });
    },
    120_000,
  );

  test('accumulators over equal values of different types', async () => {
    await fc.assert(fc.asyncProperty(alike, gathered, compare), { numRuns: 300 });
  });

  test.each(Object.keys(OPERANDS))(
    'the expression %s',
    async (name) => {
      const computing = (OPERANDS[name] ?? operand).map((given): Stage[] => [
        ID_ORDER,
        { $project: { made: { [name]: given } } },
      ]);
      await fc.assert(fc.asyncProperty(documents, computing, compare), { numRuns: 60 });
    },
    120_000,
  );

  test('several stages', async () => {
    await fc.assert(fc.asyncProperty(documents, pipeline, compare), { numRuns: 250 });
  });
});
