import { BSON, type Document, Double, Int32, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

async function aggregated(
  documents: readonly Document[],
  pipeline: Document[],
  options = {},
): Promise<Document[]> {
  const collection = store.fresh<{ _id: number }>();
  if (documents.length > 0)
    await collection.insertMany(documents.map((document, _id) => ({ _id, ...document })));
  return collection.aggregate(pipeline, options).toArray();
}

const VISITS = [
  { ward: 'a', age: 10, tags: ['x', 'y'], at: { h: 1 } },
  { ward: 'b', age: 20, tags: [], at: { h: 2 } },
  { ward: 'a', age: 30.5, tags: ['y'], at: { h: 1 } },
  { ward: 'b', age: null, tags: 'z' },
  { age: 5 },
];

describe('aggregate', () => {
  const cases: [string, Document[], Document[]][] = [
    [
      '$match, $sort, $skip, $limit',
      [
        { $match: { age: { $gte: 5 } } },
        { $sort: { age: -1 } },
        { $skip: 1 },
        { $limit: 2 },
        { $project: { age: 1 } },
      ],
      [
        { _id: 1, age: 20 },
        { _id: 0, age: 10 },
      ],
    ],
    ['$limit before $skip', [{ $limit: 3 }, { $skip: 2 }, { $project: { _id: 1 } }], [{ _id: 2 }]],
    [
      '$sort after $limit',
      [{ $limit: 3 }, { $sort: { age: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }],
      [{ _id: 2 }],
    ],
    [
      '$project exclusion',
      [{ $match: { _id: 0 } }, { $project: { tags: 0, at: 0 } }],
      [{ _id: 0, ward: 'a', age: 10 }],
    ],
    [
      '$project computed',
      [
        { $match: { _id: 0 } },
        {
          $project: {
            _id: 0,
            hour: '$at.h',
            none: '$nope',
            text: { $literal: '$x' },
            all: ['$age', '$nope'],
          },
        },
      ],
      [{ hour: 1, text: '$x', all: [10, null] }],
    ],
    [
      '$group by a field',
      [
        { $sort: { _id: 1 } },
        {
          $group: {
            _id: '$ward',
            n: { $sum: 1 },
            c: { $count: {} },
            sum: { $sum: '$age' },
            avg: { $avg: '$age' },
            min: { $min: '$age' },
            max: { $max: '$age' },
            first: { $first: '$_id' },
            last: { $last: '$_id' },
            ages: { $push: '$age' },
            set: { $addToSet: '$at.h' },
          },
        },
        { $sort: { _id: 1 } },
      ],
      [
        { _id: null, n: 1, c: 1, sum: 5, avg: 5, min: 5, max: 5, first: 4, last: 4, ages: [5], set: [] },
        {
          _id: 'a',
          n: 2,
          c: 2,
          sum: 40.5,
          avg: 20.25,
          min: 10,
          max: 30.5,
          first: 0,
          last: 2,
          ages: [10, 30.5],
          set: [1],
        },
        {
          _id: 'b',
          n: 2,
          c: 2,
          sum: 20,
          avg: 20,
          min: 20,
          max: 20,
          first: 1,
          last: 3,
          ages: [20, null],
          set: [2],
        },
      ],
    ],
    [
      '$group by a document',
      [{ $match: { ward: 'a' } }, { $group: { _id: { w: '$ward', h: '$at.h' }, n: { $sum: 2 } } }],
      [{ _id: { w: 'a', h: 1 }, n: 4 }],
    ],
    ['$group of everything', [{ $group: { _id: null, n: { $sum: 1 } } }], [{ _id: null, n: 5 }]],
    [
      '$group pushes documents',
      [
        { $match: { ward: 'a' } },
        { $group: { _id: 1, all: { $push: { id: '$_id', h: '$at.h' } }, root: { $first: '$$ROOT' } } },
        { $project: { all: 1, 'root.age': 1 } },
      ],
      [
        {
          _id: 1,
          all: [
            { id: 0, h: 1 },
            { id: 2, h: 1 },
          ],
          root: { age: 10 },
        },
      ],
    ],
    ['$count', [{ $match: { ward: 'a' } }, { $count: 'n' }], [{ n: 2 }]],
    ['$count of nothing', [{ $match: { ward: 'z' } }, { $count: 'n' }], []],
    [
      '$unwind',
      [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
      [
        { _id: 0, tags: 'x' },
        { _id: 0, tags: 'y' },
        { _id: 2, tags: 'y' },
        { _id: 3, tags: 'z' },
      ],
    ],
    [
      '$unwind that keeps empty ones and positions',
      [
        { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
        { $project: { tags: 1, i: 1 } },
      ],
      [
        { _id: 0, tags: 'x', i: 0 },
        { _id: 0, tags: 'y', i: 1 },
        { _id: 1, i: null },
        { _id: 2, tags: 'y', i: 0 },
        { _id: 3, tags: 'z', i: null },
        { _id: 4, i: null },
      ],
    ],
    [
      '$facet',
      [
        { $match: { ward: { $exists: true } } },
        {
          $facet: {
            total: [{ $count: 'n' }],
            page: [{ $sort: { _id: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }],
            none: [{ $match: { x: 1 } }],
          },
        },
      ],
      [{ total: [{ n: 4 }], page: [{ _id: 3 }], none: [] }],
    ],
    [
      '$match after $group',
      [{ $group: { _id: '$ward', n: { $sum: 1 } } }, { $match: { n: 1 } }],
      [{ _id: null, n: 1 }],
    ],
  ];
  test.each(cases)('%s', async (_, pipeline, expected) => {
    expect(await aggregated(VISITS, pipeline)).toEqual(expected);
  });

  test('sums keep int64 exact and count int32, int64 and double as MongoDB does', async () => {
    const big = [{ n: Long.fromString('9007199254740993') }, { n: 1 }];
    const sum = [{ $group: { _id: null, s: { $sum: '$n' } } }];
    expect(await aggregated(big, sum, { promoteLongs: false })).toEqual([
      { _id: null, s: Long.fromString('9007199254740994') },
    ]);
    expect(await aggregated([{ n: new Double(1) }, { n: 2 }], sum, { promoteValues: false })).toMatchObject([
      { s: new Double(3) },
    ]);
  });

  test('sums carry rounding errors along, and leave int64 for double when they must', async () => {
    const group = [{ $group: { _id: null, sum: { $sum: '$n' }, avg: { $avg: '$n' } } }, { $unset: '_id' }];
    const sums = async (numbers: unknown[]) =>
      (
        await aggregated(
          numbers.map((n) => ({ n })),
          group,
          { promoteValues: false },
        )
      )[0];
    expect(await sums([0.1, 0.2, 0.3])).toEqual({ sum: new Double(0.6), avg: new Double(0.6 / 3) });
    expect(await sums([1e16, 1, -1e16].map((n) => new Double(n)))).toMatchObject({ sum: new Double(1) });
    expect(await sums([Long.MAX_VALUE, 1])).toMatchObject({
      sum: new Double(2 ** 63),
      avg: new Double(2 ** 62),
    });
    expect(await sums([Long.MAX_VALUE, 1, Long.fromInt(-2)])).toMatchObject({ sum: Long.MAX_VALUE.sub(1) });
    expect(await sums([1.5, Long.ONE])).toMatchObject({ sum: new Double(2.5) });
    expect(await sums([2147483647, 1])).toMatchObject({ sum: Long.fromString('2147483648') });
    expect(await sums([2147483647, 1, -1])).toMatchObject({ sum: new Int32(2147483647) });
    expect(await sums([new Double(1), Number.POSITIVE_INFINITY])).toMatchObject({
      sum: new Double(Number.POSITIVE_INFINITY),
    });
  });

  test('equal numbers of different widths are one group', async () => {
    const numbers = [{ k: 1 }, { k: Long.fromNumber(1) }, { k: new Double(1) }];
    expect(await aggregated(numbers, [{ $group: { _id: '$k', n: { $sum: 1 } } }])).toMatchObject([{ n: 3 }]);
  });

  test('results run over many batches', async () => {
    const documents = Array.from({ length: 1500 }, (_, i) => ({ g: i }));
    const groups = await aggregated(documents, [{ $group: { _id: '$g' } }, { $sort: { _id: -1 } }], {
      batchSize: 100,
    });
    expect(groups.map(({ _id }) => _id)).toEqual(Array.from({ length: 1500 }, (_, i) => 1499 - i));
  });

  test('$addFields, $set and $unset', async () => {
    const named = Object.fromEntries([
      ['if', '$tags'],
      ['then', 'tagged'],
      ['else', '$nothing'],
    ]);
    const [first, second] = await aggregated(
      [
        { a: 1, at: { h: 1, m: 2 }, plain: 7 },
        { a: 5, tags: ['x'] },
      ],
      [
        {
          $addFields: { old: '$a', a: { $add: ['$a', 1] }, at: { h: 9 }, 'plain.in': true, gone: '$nothing' },
        },
        {
          $set: {
            big: { $gt: ['$a', 3] },
            kind: { $cond: named },
          },
        },
        { $unset: ['at.m', 'old'] },
        { $sort: { _id: 1 } },
      ],
    );
    expect(first).toEqual({ _id: 0, a: 2, at: { h: 9 }, plain: { in: true }, big: false });
    expect(second).toEqual({
      _id: 1,
      a: 6,
      tags: ['x'],
      at: { h: 9 },
      plain: { in: true },
      big: true,
      kind: 'tagged',
    });
  });

  test('expressions in $project and $group', async () => {
    const value = async (expression: unknown) =>
      (await aggregated([VISITS[0] ?? {}], [{ $project: { _id: 0, value: expression } }]))[0]?.value;
    expect(await value({ $concat: ['$ward', '-', 'x'] })).toBe('a-x');
    expect(await value({ $concat: ['$ward', '$nothing'] })).toBe(null);
    expect(await value({ $ifNull: ['$nothing', '$age'] })).toBe(10);
    expect(await value({ $size: '$tags' })).toBe(2);
    expect(await value({ $arrayElemAt: ['$tags', -1] })).toBe('y');
    expect(await value({ $arrayElemAt: ['$tags', 9] })).toBe(undefined);
    expect(await value({ $concatArrays: ['$tags', ['z']] })).toEqual(['x', 'y', 'z']);
    expect(
      await value({ $and: [{ $lte: ['$age', 10] }, { $not: ['$nothing'] }, { $or: [false, '$ward'] }] }),
    ).toBe(true);
    expect(await value({ $eq: ['$nothing', null] })).toBe(false);
    expect(await value({ $ne: ['$age', new Double(10)] })).toBe(false);
    const groups = [
      { $group: { _id: { $gte: ['$age', 20] }, n: { $sum: { $cond: ['$tags', 1, 0] } } } },
      { $sort: { _id: 1 } },
    ];
    expect(await aggregated(VISITS, groups as Document[])).toEqual([
      { _id: false, n: 2 },
      { _id: true, n: 2 },
    ]);
  });

  test('results are well formed: no field twice, arrays numbered from nought', async () => {
    const documents = [{ g: 1, s: [5, { x: 1 }, 6, { x: 2, y: 1 }] }];
    const [found] = await aggregated(documents, [{ $project: { _id: '$g', 's.x': 1 } }], { raw: true });
    expect(Buffer.from(found as Uint8Array)).toEqual(
      Buffer.from(BSON.serialize({ _id: 1, s: [{ x: 1 }, { x: 2 }] })),
    );
  });

  test('setting through an array and a count by a constant', async () => {
    expect(await aggregated([{ a: [{ b: 1, c: 1 }, 5, []] }], [{ $set: { 'a.b': 2 } }])).toEqual([
      { _id: 0, a: [{ b: 2, c: 1 }, { b: 2 }, []] },
    ]);
    const counting = [
      { $match: { ward: 'a' } },
      { $group: { _id: 'all', n: { $sum: 1 }, m: { $count: {} } } },
    ];
    expect(await aggregated(VISITS, counting)).toEqual([{ _id: 'all', n: 2, m: 2 }]);
    expect(await aggregated(VISITS, [{ $match: { ward: 'q' } }, { $count: 'n' }])).toEqual([]);
    expect(await aggregated(VISITS, [{ $skip: 1 }, { $limit: 3 }, { $count: 'n' }])).toEqual([{ n: 3 }]);
  });

  test('nonsense is refused', async () => {
    const fails = async (stage: Document) => (await serverError(aggregated([], [stage]))).code;
    expect(await fails({})).toBe(40323);
    expect(await fails({ $limit: 1, $skip: 1 })).toBe(40323);
    expect(await fails({ $facet: { 'a.b': [] } })).toBeGreaterThan(0);
    expect(await fails({ $facet: { a: [{ $facet: { b: [] } }] } })).toBeGreaterThan(0);
    expect(await fails({ $group: { _id: null, $n: { $sum: 1 } } })).toBeGreaterThan(0);
    expect(await fails({ $group: { _id: { 'a.b': 1 } } })).toBeGreaterThan(0);
    expect(await fails({ $group: { n: { $sum: 1 } } })).toBeGreaterThan(0);
    expect(await fails({ $limit: 0 })).toBeGreaterThan(0);
    expect(await fails({ $skip: -1 })).toBeGreaterThan(0);
    expect(await fails({ $sort: {} })).toBeGreaterThan(0);
    expect(await fails({ $count: '$n' })).toBeGreaterThan(0);
    expect(await fails({ $unwind: 'a' })).toBeGreaterThan(0);
    expect(await fails({ $set: { a: 1, 'a.b': 2 } })).toBeGreaterThan(0);
    expect(await fails({ $project: { a: 1, b: 0 } })).toBe(31254);
  });

  test('a sort of many documents', async () => {
    const documents = Array.from({ length: 9000 }, (_, i) => ({ v: (i * 7919) % 9001, pad: 'x'.repeat(50) }));
    const sorted = await aggregated(documents, [{ $sort: { v: 1 } }, { $project: { v: 1, _id: 0 } }]);
    const values = sorted.map(({ v }) => v as number);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values).toHaveLength(9000);
  });
});
