import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

interface PlanStage {
  readonly stage: string;
  readonly indexName?: string;
  readonly inputStage?: PlanStage;
  readonly inputStages?: readonly PlanStage[];
}

/** Stages and the index of a plan, e.g. `SORT FETCH IXSCAN(a_1)`. */
function describePlan(stage: PlanStage | undefined): string {
  if (stage === undefined) return '';
  const own = stage.indexName === undefined ? stage.stage : `${stage.stage}(${stage.indexName})`;
  const inputs = stage.inputStages ?? [stage.inputStage];
  return `${own} ${inputs.map(describePlan).join(' ')}`.trim();
}

async function planOf(collection: Collection, filter: Document, sort: Document = {}): Promise<string> {
  const explained = await collection
    .find(filter)
    .sort(sort as never)
    .explain('queryPlanner');
  return describePlan(explained.queryPlanner.winningPlan);
}

describe('index definitions', () => {
  test('create, list and drop', async () => {
    const collection = store.fresh();
    expect(await collection.createIndex({ a: 1 })).toBe('a_1');
    expect(await collection.createIndex({ a: 1 })).toBe('a_1');
    await collection.createIndexes([
      { key: { b: -1, c: 1 }, unique: true, name: 'bc' },
      { key: { d: 1 }, sparse: true },
      { key: { e: 1 }, partialFilterExpression: { e: { $gt: 5 } } },
    ]);
    expect(await collection.indexes()).toMatchObject([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'a_1' },
      { v: 2, key: { b: -1, c: 1 }, name: 'bc', unique: true },
      { v: 2, key: { d: 1 }, name: 'd_1', sparse: true },
      { v: 2, key: { e: 1 }, name: 'e_1', partialFilterExpression: { e: { $gt: 5 } } },
    ]);
    await collection.dropIndex('bc');
    await store.db.command({ dropIndexes: collection.collectionName, index: { d: 1 } });
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_', 'a_1', 'e_1']);
    await collection.dropIndexes();
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_']);
    expect((await serverError(collection.dropIndex('none'))).code).toBe(27);
    expect((await serverError(collection.dropIndex('_id_'))).code).toBe(72);
    expect((await serverError(store.fresh().indexes())).code).toBe(26);
  });

  test('the same name or keys with other options are refused', async () => {
    const collection = store.fresh();
    await collection.createIndex({ a: 1 });
    expect((await serverError(collection.createIndex({ b: 1 }, { name: 'a_1' }))).code).toBe(86);
    expect((await serverError(collection.createIndex({ a: 1 }, { name: 'other' }))).code).toBe(85);
    expect((await serverError(collection.createIndex({ a: 1 }, { unique: true }))).code).toBe(86);
    expect(
      (
        await serverError(
          collection.createIndex({ a: 1 }, { sparse: true, partialFilterExpression: { a: 1 } }),
        )
      ).code,
    ).toBe(67);
  });

  test('parallel arrays cannot be indexed', async () => {
    const collection = store.fresh();
    await collection.createIndex({ a: 1, b: 1 });
    expect((await serverError(collection.insertOne({ a: [1], b: [2] }))).code).toBe(171);
    await collection.insertOne({ a: [1], b: 2 });
  });
});

describe('unique indexes', () => {
  test('tell key pattern and value for inserts, updates and upserts', async () => {
    const collection = store.fresh<{ _id: number; a?: unknown; b?: unknown }>();
    await collection.createIndex({ a: 1, b: -1 }, { unique: true });
    await collection.insertMany([{ _id: 1, a: 1, b: 'x' }, { _id: 2, a: 1, b: 'y' }, { _id: 3 }]);
    const expected = { code: 11000, keyPattern: { a: 1, b: -1 }, keyValue: { a: 1, b: 'x' } };
    expect(await serverError(collection.insertOne({ _id: 4, a: 1, b: 'x' }))).toMatchObject(expected);
    expect(await serverError(collection.updateOne({ _id: 2 }, { $set: { b: 'x' } }))).toMatchObject(expected);
    expect(
      await serverError(collection.updateOne({ _id: 5, a: 1 }, { $set: { b: 'x' } }, { upsert: true })),
    ).toMatchObject(expected);
    expect(await serverError(collection.findOneAndUpdate({ _id: 2 }, { $set: { b: 'x' } }))).toMatchObject(
      expected,
    );
    expect(await serverError(collection.insertOne({ _id: 6 }))).toMatchObject({
      code: 11000,
      keyValue: { a: null, b: null },
    });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toHaveLength(3);
  });

  test('sparse leaves missing fields out, partial leaves other documents out', async () => {
    const collection = store.fresh<Document>();
    await collection.createIndex({ s: 1 }, { unique: true, sparse: true });
    await collection.createIndex({ p: 1 }, { unique: true, partialFilterExpression: { open: true } });
    await collection.insertMany([{}, {}, { p: 1 }, { p: 1, open: false }, { p: 1, open: true }]);
    expect((await serverError(collection.insertOne({ p: 1, open: true }))).code).toBe(11000);
    expect((await serverError(collection.updateOne({ open: false }, { $set: { open: true } }))).code).toBe(
      11000,
    );
    await collection.insertOne({ s: null });
    expect((await serverError(collection.insertOne({ s: null }))).code).toBe(11000);
  });

  test('array elements are unique across documents, not inside one', async () => {
    const collection = store.fresh<Document>();
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ a: [1, 1, 2] });
    expect(await serverError(collection.insertOne({ a: [3, 2] }))).toMatchObject({
      code: 11000,
      keyValue: { a: 2 },
    });
    await collection.insertOne({ a: [3] });
  });

  test('building over duplicates fails and leaves no index', async () => {
    const collection = store.fresh<Document>();
    await collection.insertMany([{ a: 1 }, { a: 1 }]);
    expect((await serverError(collection.createIndex({ a: 1 }, { unique: true }))).code).toBe(11000);
    expect(await collection.indexes()).toHaveLength(1);
    await collection.insertOne({ a: 1 });
  });

  test('writes while an index is being built are in it', async () => {
    const collection = store.fresh<{ _id: number; a: number }>();
    await collection.insertMany(Array.from({ length: 3000 }, (_, i) => ({ _id: i, a: i % 10 })));
    const building = collection.createIndex({ a: 1 });
    await collection.updateMany({ _id: { $lt: 500 } }, { $set: { a: 99 } });
    await collection.deleteMany({ _id: { $gte: 2900 } });
    await building;
    expect(await collection.countDocuments({ a: 99 })).toBe(500);
    expect(await collection.countDocuments({ a: { $lt: 10 } })).toBe(2400);
  });
});

describe.skipIf(process.env.MONGODB_URL !== undefined)('the planner chooses', () => {
  let collection: Collection;
  beforeAll(async () => {
    collection = store.fresh();
    await collection.createIndexes([
      { key: { a: 1, b: -1 } },
      { key: { tags: 1 } },
      { key: { s: 1 }, sparse: true },
      { key: { p: 1 }, partialFilterExpression: { p: { $gt: 5 } } },
      { key: { u: 1 }, unique: true, sparse: true },
    ]);
    await collection.insertMany(
      Array.from({ length: 300 }, (_, i) => ({ a: i % 3, b: i, tags: [i, i + 1], p: i, u: i })),
    );
  });

  const cases: [string, Document, Document, string][] = [
    ['_id', { _id: 1, a: 1 }, {}, 'FETCH IXSCAN(_id_)'],
    ['equality and a range after it', { a: 1, b: { $gt: 5 } }, {}, 'FETCH IXSCAN(a_1_b_-1)'],
    ['$in', { a: { $in: [1, 2] } }, {}, 'FETCH IXSCAN(a_1_b_-1)'],
    ['a sort after an equality', { a: 1 }, { b: -1 }, 'FETCH IXSCAN(a_1_b_-1)'],
    ['a sort backwards', {}, { a: -1, b: 1 }, 'FETCH IXSCAN(a_1_b_-1)'],
    ['no index for a mixed sort', {}, { a: 1, b: 1 }, 'SORT COLLSCAN'],
    ['a sort after an $in merges', { a: { $in: [1, 2] } }, { b: -1 }, 'FETCH SORT_MERGE IXSCAN(a_1_b_-1)'],
    ['a multikey index', { tags: 7 }, {}, 'FETCH IXSCAN(tags_1)'],
    [
      'one element of a multikey index',
      { tags: { $elemMatch: { $gt: 3, $lt: 9 } } },
      {},
      'FETCH IXSCAN(tags_1)',
    ],
    ['a prefix', { s: /^ab/ }, {}, 'FETCH IXSCAN(s_1)'],
    ['no prefix', { s: /ab/ }, {}, 'COLLSCAN'],
    ['alternatives', { $or: [{ tags: 7 }, { s: 5 }] }, {}, 'FETCH OR IXSCAN(tags_1) IXSCAN(s_1)'],
    ['no order from a multikey index', {}, { tags: 1 }, 'SORT COLLSCAN'],
    ['not a sparse index for null', { s: null }, {}, 'COLLSCAN'],
    ['a sparse index for a value', { s: 5 }, {}, 'FETCH IXSCAN(s_1)'],
    ['a partial index when the filter implies it', { p: { $gte: 6 } }, {}, 'FETCH IXSCAN(p_1)'],
    ['not a partial index otherwise', { p: { $gte: 5 } }, {}, 'COLLSCAN'],
    ['the unique index', { u: 5, a: 1 }, {}, 'FETCH IXSCAN(u_1)'],
    ['a scan', { none: 1 }, {}, 'COLLSCAN'],
    ['the first field of an index only', { b: 1 }, {}, 'COLLSCAN'],
    ['the order of _id', {}, { _id: -1 }, 'FETCH IXSCAN(_id_)'],
  ];
  test.each(cases)('%s', async (_, filter, sort, expected) => {
    expect(await planOf(collection, filter, sort)).toBe(expected);
  });

  test('explain tells how many entries and documents were looked at', async () => {
    const { executionStats } = await collection.find({ a: 1, b: { $lt: 30 } }).explain('executionStats');
    expect(executionStats).toMatchObject({ nReturned: 10, totalKeysExamined: 10, totalDocsExamined: 10 });
    const aggregated = await collection
      .aggregate([{ $match: { a: 1 } }, { $count: 'n' }])
      .explain('queryPlanner');
    expect(describePlan(aggregated.queryPlanner.winningPlan)).toBe('FETCH IXSCAN(a_1_b_-1)');
  });

  test('a limit in index order looks at no more than it needs', async () => {
    const { executionStats } = await collection
      .find({ a: 1 })
      .sort({ b: -1 })
      .limit(3)
      .explain('executionStats');
    expect(executionStats.totalDocsExamined).toBeLessThan(10);
  });

  test('thousands of ids in one $in', async () => {
    const many = store.fresh<{ _id: number }>();
    await many.insertMany(Array.from({ length: 6000 }, (_, i) => ({ _id: i })));
    const ids = Array.from({ length: 3000 }, (_, i) => i * 3);
    expect(await many.find({ _id: { $in: ids } }).toArray()).toHaveLength(2000);
  });

  test('lists of indexes and collections come in batches', async () => {
    const collection = store.fresh();
    await collection.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { c: 1 } }]);
    const first = await store.db.command({
      listIndexes: collection.collectionName,
      cursor: { batchSize: 2 },
    });
    expect(first.cursor.firstBatch).toHaveLength(2);
    const names = await collection
      .listIndexes({ batchSize: 1 })
      .map(({ name }) => name)
      .toArray();
    expect(names.sort()).toEqual(['_id_', 'a_1', 'b_1', 'c_1']);
    await store.db.createCollection(`${collection.collectionName}x`);
    const collections = await store.db.listCollections({}, { batchSize: 1 }).toArray();
    expect(collections.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`${collection.collectionName}x`, collection.collectionName]),
    );
  });

  test('the index on _id takes no options', async () => {
    for (const options of [{ unique: true }, { sparse: true }, { partialFilterExpression: { a: 1 } }])
      expect((await serverError(store.fresh().createIndex({ _id: 1 }, options))).code).toBe(197);
  });
});
