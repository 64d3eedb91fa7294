import type { Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, REAL_URL, serverError, type TestStore } from './test-kit.ts';

interface Visit {
  _id: number;
  a?: number | null;
  b?: number;
}

let store: TestStore;
let visits: ReturnType<TestStore['fresh']>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

beforeEach(async () => {
  visits = store.fresh();
  const documents: Visit[] = [
    { _id: 1, a: 1, b: 5 },
    { _id: 2, a: 2, b: 5 },
    { _id: 3, b: 4 },
    { _id: 4, a: null, b: 9 },
  ];
  await visits.insertMany(documents as never[]);
  await visits.createIndex({ b: 1 });
  await visits.createIndex({ a: 1 }, { sparse: true, name: 'sparse' });
  await visits.createIndex({ b: -1 }, { partialFilterExpression: { b: { $gt: 4 } }, name: 'partial' });
});

/** The indexes a plan reads; none for a scan of the collection. */
async function indexesIn(plan: Promise<Document>): Promise<string[]> {
  const text = JSON.stringify((await plan).queryPlanner.winningPlan);
  return [...text.matchAll(/"indexName":"([^"]+)"/g)].map(([, name]) => name ?? '');
}

const idsOf = (documents: readonly Document[]): unknown[] => documents.map(({ _id }) => _id);

describe('hint', () => {
  test('a find uses the index it names and no other', async () => {
    const explained = (filter: Document, hint: Document | string): Promise<string[]> =>
      indexesIn(visits.find(filter).hint(hint).explain('queryPlanner'));
    expect(await explained({ b: 5 }, 'b_1')).toEqual(['b_1']);
    expect(await explained({ b: 5 }, 'sparse')).toEqual(['sparse']);
    expect(await explained({ a: 1 }, { b: 1 })).toEqual(['b_1']);
    expect(await explained({ a: 1 }, { _id: 1 })).toEqual(['_id_']);
    expect(await explained({ _id: 1 } as never, { b: -1 })).toEqual(['partial']);
    expect(await explained({ b: 5 }, { $natural: 1 })).toEqual([]);
    expect(
      await indexesIn(
        visits
          .find({ $or: [{ a: 1 }, { b: 4 }] })
          .hint('b_1')
          .explain('queryPlanner'),
      ),
    ).toEqual(['b_1']);
  });

  test('an aggregate, a count and a distinct do too', async () => {
    const cursor = visits.aggregate([{ $match: { b: 5 } }, { $project: { b: 1 } }], { hint: 'sparse' });
    expect(await indexesIn(cursor.explain('queryPlanner'))).toEqual(['sparse']);
    for (const command of [
      { count: visits.collectionName, query: { b: 5 }, hint: 'sparse' },
      { distinct: visits.collectionName, key: 'b', query: { b: 5 }, hint: { a: 1 } },
    ])
      expect(await indexesIn(store.db.command({ explain: command, verbosity: 'queryPlanner' }))).toEqual([
        'sparse',
      ]);
  });

  test('a sparse or partial index gives what it holds, although more matches', async () => {
    expect(idsOf(await visits.find({}).hint('sparse').toArray()).sort()).toEqual([1, 2, 4]);
    expect(idsOf(await visits.find({ a: null }).hint('sparse').toArray())).toEqual([4]);
    expect(
      idsOf(
        await visits
          .find({ a: { $exists: false } })
          .hint('sparse')
          .toArray(),
      ),
    ).toEqual([]);
    expect(
      idsOf(
        await visits
          .find({ b: { $gt: 0 } })
          .hint('partial')
          .sort({ b: -1, _id: 1 })
          .toArray(),
      ),
    ).toEqual([4, 1, 2]);
    expect(await visits.countDocuments({}, { hint: 'sparse' })).toBe(3);
    expect(await visits.countDocuments({ b: { $lt: 9 } }, { hint: 'partial' })).toBe(2);
    expect(await visits.distinct('b', {}, { hint: 'partial' })).toEqual(expect.not.arrayContaining([4]));
    expect(
      await visits.aggregate([{ $group: { _id: null, n: { $sum: 1 } } }], { hint: 'sparse' }).toArray(),
    ).toEqual([{ _id: null, n: 3 }]);
  });

  test('a scan of the collection is sorted afterwards', async () => {
    const found = await visits.find({}).hint({ $natural: 1 }).sort({ b: 1, _id: 1 }).toArray();
    expect(idsOf(found)).toEqual([3, 1, 2, 4]);
  });

  test('a distinct does not take a shorter way through another index', async () => {
    await visits.insertMany(Array.from({ length: 200 }, (_, i) => ({ _id: 100 + i, g: i % 4 })) as never[]);
    await visits.createIndexes([{ key: { g: 1 } }]);
    await visits.createIndex({ _id: -1 }, { partialFilterExpression: { g: { $lt: 2 } }, name: 'few' });
    expect((await visits.distinct('g')).sort()).toEqual([0, 1, 2, 3]);
    expect((await visits.distinct('g', {}, { hint: 'few' })).sort()).toEqual([0, 1]);
  });

  test('writes find what the hinted index holds', async () => {
    expect(await visits.updateMany({}, { $set: { c: 1 } }, { hint: 'sparse' })).toMatchObject({
      matchedCount: 3,
    });
    expect(await visits.updateOne({ _id: 3 } as never, { $set: { c: 2 } }, { hint: { a: 1 } })).toMatchObject(
      { matchedCount: 0 },
    );
    expect(await visits.findOneAndUpdate({ b: 4 }, { $set: { c: 3 } }, { hint: 'partial' as never })).toBe(
      null,
    );
    expect(await visits.findOneAndDelete({ b: 4 }, { hint: { b: 1 } })).toMatchObject({ _id: 3 });
    expect(await visits.replaceOne({ b: 9 }, { b: 8 }, { hint: 'b_1' })).toMatchObject({ modifiedCount: 1 });
    expect(await visits.deleteOne({ b: 8 }, { hint: { $natural: 1 } })).toMatchObject({ deletedCount: 1 });
    expect(await visits.deleteMany({}, { hint: 'sparse' })).toMatchObject({ deletedCount: 2 });
  });

  test('an index that is not there is an error everywhere, and changes nothing', async () => {
    const hint = 'none_1';
    const requests: (() => Promise<unknown>)[] = [
      () => visits.find({}).hint(hint).toArray(),
      () => visits.find({}).hint({ b: 1, a: 1 }).explain(),
      () => visits.countDocuments({}, { hint }),
      () => visits.count({ b: 5 }, { hint }),
      () => visits.distinct('b', {}, { hint }),
      () => visits.aggregate([{ $match: { b: 5 } }], { hint }).toArray(),
      () => visits.updateOne({}, { $set: { c: 1 } }, { hint }),
      () => visits.updateMany({ _id: 1 } as never, { $set: { c: 1 } }, { hint }),
      () => visits.deleteMany({}, { hint }),
      () => visits.findOneAndUpdate({}, { $set: { c: 1 } }, { hint: hint as never }),
    ];
    for (const request of requests) {
      expect(await serverError(request())).toMatchObject({
        code: 2,
        message: expect.stringContaining('hint provided does not correspond to an existing index'),
      });
    }
    expect(await visits.countDocuments({ c: { $exists: false } })).toBe(4);
  });

  test('keys that several indexes have must be hinted by name', async () => {
    await visits.createIndex({ b: 1 }, { partialFilterExpression: { b: 9 }, name: 'nine' });
    const byKeys = await serverError(visits.find({}).hint({ b: 1 }).toArray());
    expect(byKeys).toMatchObject({
      code: 27,
      message: expect.stringContaining('Hint matched multiple indexes'),
    });
    expect(idsOf(await visits.find({}).hint('nine').toArray())).toEqual([4]);
  });

  test('without a collection there is nothing to hint at', async () => {
    expect(await store.fresh().find({}).hint('none_1').toArray()).toEqual([]);
  });

  test('a hint of another kind', async () => {
    const fails = async (hint: unknown) =>
      (await serverError(store.db.command({ find: visits.collectionName, hint }))).code;
    expect([9, 14]).toContain(await fails(5));
    if (REAL_URL === undefined) expect(await fails({ $natural: -1 })).toBe(238);
    expect(await fails({ $natural: 2 })).toBe(2);
  });
});
