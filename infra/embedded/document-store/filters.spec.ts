import { Binary, type Document, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

/** Which of the documents (numbered from 0) match. */
async function matching(documents: readonly Document[], filter: Document): Promise<number[]> {
  const collection = store.fresh<{ _id: number }>();
  await collection.insertMany(documents.map((document, _id) => ({ _id, ...document })));
  const found = await collection.find(filter).toArray();
  return found.map(({ _id }) => _id);
}

const A = [{}, { a: null }, { a: 1 }, { a: [1, 2] }, { a: [] }, { a: 'x' }, { a: [[1, 2]] }, { a: { b: 1 } }];

describe('filters', () => {
  const cases: [string, readonly Document[], Document, number[]][] = [
    ['null matches null and missing', A, { a: null }, [0, 1]],
    ['$ne null', A, { a: { $ne: null } }, [2, 3, 4, 5, 6, 7]],
    ['equality looks into arrays', A, { a: 1 }, [2, 3]],
    ['an array equals itself or an element', A, { a: [1, 2] }, [3, 6]],
    ['an empty array', A, { a: [] }, [4]],
    ['a document in key order', [{ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }], { a: { x: 1, y: 2 } }, [0]],
    ['$exists', A, { a: { $exists: true } }, [1, 2, 3, 4, 5, 6, 7]],
    ['$exists false', A, { a: { $exists: false } }, [0]],
    ['$gt stays in its type', A, { a: { $gt: 0 } }, [2, 3]],
    ['$gte null', A, { a: { $gte: null } }, [0, 1]],
    ['$lt text', A, { a: { $lt: 'z' } }, [5]],
    ['$in with null', A, { a: { $in: [null, 'x'] } }, [0, 1, 5]],
    ['$nin', A, { a: { $nin: [1, null] } }, [4, 5, 6, 7]],
    ['$in with a pattern', A, { a: { $in: [/^X/i] } }, [5]],
    ['$size', A, { a: { $size: 2 } }, [3]],
    ['$type', A, { a: { $type: ['string', 'object'] } }, [5, 7]],
    ['$type array', A, { a: { $type: 'array' } }, [3, 4, 6]],
    ['$type number looks into arrays', A, { a: { $type: 'number' } }, [2, 3]],
    ['$not', A, { a: { $not: { $gt: 0 } } }, [0, 1, 4, 5, 6, 7]],
    ['a path through documents', A, { 'a.b': 1 }, [7]],
    ['a path through arrays', [{ a: [{ b: 1 }, { b: 2 }] }, { a: [1] }], { 'a.b': 2 }, [0]],
    [
      'null below an array',
      [{ a: [{}] }, { a: [] }, { a: [1] }, { a: { b: 2 } }, {}],
      { 'a.b': null },
      [0, 4],
    ],
    ['a position in an array', [{ a: [5, 6] }, { a: [6, 5] }, { a: { 1: 6 } }], { 'a.1': 6 }, [0, 2]],
    [
      '$and, $or, $nor',
      [{ a: 1, b: 1 }, { a: 1 }, { b: 1 }, {}],
      { $or: [{ a: 1, b: 1 }, { $nor: [{ a: 1 }, { b: 1 }] }] },
      [0, 3],
    ],
    [
      'two tests by different elements',
      [{ a: [1, 10] }, { a: [4] }, { a: [1] }],
      { a: { $gt: 3, $lt: 5 } },
      [0, 1],
    ],
    ['$elemMatch on values', [{ a: [1, 10] }, { a: [4] }], { a: { $elemMatch: { $gt: 3, $lt: 5 } } }, [1]],
    [
      '$elemMatch on documents',
      [
        {
          a: [
            { x: 1, y: 2 },
            { x: 2, y: 1 },
          ],
        },
        { a: [{ x: 1, y: 1 }] },
        { a: [5] },
      ],
      { a: { $elemMatch: { x: 1, y: 1 } } },
      [1],
    ],
    ['$all', [{ a: [1, 2, 3] }, { a: [1] }, { a: 1 }], { a: { $all: [1] } }, [0, 1, 2]],
    ['$all of two', [{ a: [1, 2, 3] }, { a: [1] }], { a: { $all: [3, 1] } }, [0]],
    [
      '$all with $elemMatch',
      [{ a: [{ x: 1 }, { x: 2 }] }, { a: [{ x: 1 }] }],
      { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } },
      [0],
    ],
    ['a pattern', [{ a: 'abc' }, { a: ['x', 'aBc'] }, { a: 5 }], { a: /^ab/i }, [0, 1]],
    [
      '$regex with $options',
      [{ a: 'line\nabc' }, { a: 'abc' }],
      { a: { $regex: '^ABC', $options: 'im' } },
      [0, 1],
    ],
    ['$not with a pattern', [{ a: 'abc' }, { a: 'x' }, {}], { a: { $not: /b/ } }, [1, 2]],
    ['a stored pattern equals itself', [{ a: /x/i }, { a: /x/ }], { a: /x/i }, [0]],
    ['NaN is in no range', [{ a: Number.NaN }, { a: 1 }], { a: { $lt: 5 } }, [1]],
    ['NaN equals NaN', [{ a: Number.NaN }, { a: 1 }], { a: Number.NaN }, [0]],
    ['dates', [{ a: new Date(5) }, { a: new Date(-5) }, { a: 5 }], { a: { $lte: new Date(0) } }, [1]],
    ['booleans are no numbers', [{ a: true }, { a: 1 }], { a: true }, [0]],
    ['-0 equals 0', [{ a: -0 }, { a: 0 }], { a: 0 }, [0, 1]],
  ];
  test.each(cases)('%s', async (_, documents, filter, expected) => {
    expect(await matching(documents, filter)).toEqual(expected);
  });

  test('int64 beyond 2^53 is told apart, and numbers of all widths are equal by value', async () => {
    const big = ['9007199254740992', '9007199254740993', '9007199254740994'].map((text) => ({
      a: Long.fromString(text),
    }));
    expect(await matching(big, { a: Long.fromString('9007199254740993') })).toEqual([1]);
    expect(await matching(big, { a: { $gt: Long.fromString('9007199254740993') } })).toEqual([2]);
    expect(await matching(big, { a: 9007199254740992 })).toEqual([0]);
    expect(await matching([{ a: 5 }, { a: Long.fromNumber(5) }, { a: 5.5 }], { a: 5 })).toEqual([0, 1]);
  });

  test('binaries and object ids', async () => {
    const id = new ObjectId();
    const binaries = [
      { a: new Binary(Buffer.from([0xff, 1])) },
      { a: new Binary(Buffer.from([0xfe, 1])) },
      { a: id },
    ];
    expect(await matching(binaries, { a: new Binary(Buffer.from([0xff, 1])) })).toEqual([0]);
    expect(await matching(binaries, { a: id })).toEqual([2]);
    expect(await matching(binaries, { a: { $type: 'binData' } })).toEqual([0, 1]);
  });

  test('nonsense is refused as BadValue', async () => {
    const find = (filter: Document) => serverError(store.fresh().find(filter).toArray());
    for (const filter of [
      { $or: [] },
      { a: { $in: 5 } },
      { a: { $size: -1 } },
      { a: { $options: 'i' } },
      { a: { $type: 'odd' } },
    ]) {
      expect((await find(filter)).code).toBe(2);
    }
    expect((await find({ a: { $regex: '(' } })).code).toBe(51091);
  });
});
