import { type Document, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

async function updated(document: Document, update: Document): Promise<Document | null> {
  const collection = store.fresh<{ _id: number }>();
  await collection.insertOne({ _id: 1, ...document });
  await collection.updateOne({ _id: 1 }, update);
  return collection.findOne({ _id: 1 });
}

describe('update operators', () => {
  const cases: [string, Document, Document, Document][] = [
    ['$set', { a: 1 }, { $set: { a: 2, 'b.c': 3 } }, { a: 2, b: { c: 3 } }],
    ['$set in arrays', { a: [1, 2] }, { $set: { 'a.1': 5, 'a.3': 7 } }, { a: [1, 5, null, 7] }],
    ['$set in documents of arrays', { a: [{ b: 1 }] }, { $set: { 'a.0.b': 2 } }, { a: [{ b: 2 }] }],
    [
      '$unset',
      { a: 1, b: { c: 1, d: 2 }, e: [1, 2] },
      { $unset: { a: '', 'b.c': '', 'e.0': '', 'x.y': '' } },
      { b: { d: 2 }, e: [null, 2] },
    ],
    ['$inc', { a: 1 }, { $inc: { a: 2, b: -1, 'c.d': 0.5 } }, { a: 3, b: -1, c: { d: 0.5 } }],
    [
      '$min and $max',
      { a: 5, b: 5, c: 'x' },
      { $min: { a: 3, b: 7, n: 1 }, $max: { c: 9 } },
      { a: 3, b: 5, c: 'x', n: 1 },
    ],
    ['$max to a later type', { a: 5 }, { $max: { a: 'text' } }, { a: 'text' }],
    [
      '$push',
      { a: [1] },
      { $push: { a: 2, b: { $each: [1, 2] }, 'c.d': [3] } },
      { a: [1, 2], b: [1, 2], c: { d: [[3]] } },
    ],
    [
      '$addToSet',
      { a: [1, { x: 1 }] },
      { $addToSet: { a: { $each: [1, 2, { x: 1 }, 2] }, b: 'n' } },
      { a: [1, { x: 1 }, 2], b: ['n'] },
    ],
    ['$pull a value', { a: [1, 2, 1, [1]] }, { $pull: { a: 1 } }, { a: [2, [1]] }],
    ['$pull by operators', { a: [1, 5, 9] }, { $pull: { a: { $gt: 3, $lt: 9 }, none: 1 } }, { a: [1, 9] }],
    [
      '$pull by a filter on documents',
      { a: [{ x: 1, y: 1 }, { x: 2 }, 3] },
      { $pull: { a: { x: 1 } } },
      { a: [{ x: 2 }, 3] },
    ],
    ['$pull by $in', { a: ['a', 'b', 'c'] }, { $pull: { a: { $in: ['a', 'c'] } } }, { a: ['b'] }],
    [
      '$pull by operators looks into arrays',
      { a: [[1, 5], [1]] },
      { $pull: { a: { $gt: 3 } } },
      { a: [[1]] },
    ],
    [
      '$pull by $or',
      { a: [{ x: 1 }, { y: 2 }, 1] },
      { $pull: { a: { $or: [{ x: 1 }, { y: 1 }] } } },
      { a: [{ y: 2 }, 1] },
    ],
    ['$pull by a pattern', { a: ['pa', 'b', 1] }, { $pull: { a: /^p/ } }, { a: ['b', 1] }],
    [
      '$pullAll',
      { a: [1, 2, [1], 1, { x: 1 }] },
      { $pullAll: { a: [1, { x: 1 }], none: [1] } },
      { a: [2, [1]] },
    ],
    [
      '$pop',
      { a: [1, 2, 3], b: [1, 2], c: [] },
      { $pop: { a: 1, b: -1, c: 1, none: 1 } },
      { a: [1, 2], b: [2], c: [] },
    ],
    ['$mul', { a: 3, b: 2 }, { $mul: { a: 2, b: 0.5, 'c.d': 7 } }, { a: 6, b: 1, c: { d: 0 } }],
    [
      '$rename',
      { a: 1, b: { c: 2 }, z: 0 },
      { $rename: { a: 'x.y', 'b.c': 'z', none: 'm' } },
      { b: {}, x: { y: 1 }, z: 2 },
    ],
    [
      '$push at a place, sorted and cut',
      { a: [1, 4], b: [{ n: 2 }, { n: 5 }], c: [1, 2, 3] },
      {
        $push: {
          a: { $each: [2, 3], $position: 1 },
          b: { $each: [{ n: 3 }, {}], $sort: { n: -1 }, $slice: 3 },
          c: { $each: [], $slice: -2 },
          d: { $each: ['b', 'a'], $sort: 1 },
        },
      },
      { a: [1, 2, 3, 4], b: [{ n: 5 }, { n: 3 }, { n: 2 }], c: [2, 3], d: ['a', 'b'] },
    ],
  ];
  test.each(cases)('%s', async (_, before, update, after) => {
    expect(await updated(before, update)).toEqual({ _id: 1, ...after });
  });

  test('new fields come in the order of their names, kept fields keep their place', async () => {
    const found = await updated({ m: 1, z: 1 }, { $set: { z: 2, c: 1, b10: 1, a: 1 }, $inc: { b: 1 } });
    expect(Object.keys(found ?? {})).toEqual(['_id', 'm', 'z', 'a', 'b', 'b10', 'c']);
  });

  test('numbers keep their width', async () => {
    const collection = store.fresh<{ _id: number }>();
    const big = Long.fromString('9007199254740993');
    await collection.insertOne({
      _id: 1,
      big,
      double: new Double(5),
      int: new Int32(2147483647),
      keep: new Double(1),
    } as never);
    await collection.updateOne({ _id: 1 }, { $inc: { big: 1, double: 1, int: 1 } });
    const found: Document | null = await collection.findOne({ _id: 1 }, { promoteValues: false });
    expect(found).toMatchObject({
      big: Long.fromString('9007199254740994'),
      double: new Double(6),
      int: Long.fromString('2147483648'),
      keep: new Double(1),
    });
    for (const update of [{ $inc: { big: Long.MAX_VALUE } }, { $mul: { big: Long.fromInt(2000) } }])
      expect((await serverError(collection.updateOne({ _id: 1 }, update))).code).toBe(2);
    await collection.updateOne(
      { _id: 1 },
      { $mul: { int: new Int32(2), keep: Long.fromInt(3), none: Long.ONE } },
    );
    expect(await collection.findOne({ _id: 1 }, { promoteValues: false })).toMatchObject({
      int: Long.fromString('4294967296'),
      keep: new Double(3),
      none: Long.ZERO,
    });
  });

  test('$currentDate', async () => {
    const before = Date.now();
    const found = await updated({}, { $currentDate: { a: true, 'b.c': { $type: 'timestamp' } } });
    expect(Math.abs(found?.a.getTime() - before)).toBeLessThan(60_000);
    expect(Math.abs(found?.b.c.t - before / 1000)).toBeLessThan(60);
  });

  test('what cannot be applied is an error and changes nothing', async () => {
    const collection = store.fresh<{ _id: number }>();
    await collection.insertOne({ _id: 1, a: 'x', b: 1 } as never);
    const fails = async (update: Document) =>
      (await serverError(collection.updateOne({ _id: 1 }, update))).code;
    expect(await fails({ $inc: { a: 1 } })).toBe(14);
    expect(await fails({ $inc: { b: 'x' } })).toBe(14);
    expect(await fails({ $set: { 'a.b': 1 } })).toBe(28);
    expect(await fails({ $push: { a: 1 } })).toBe(2);
    expect(await fails({ $pull: { a: 1 } })).toBe(2);
    expect(await fails({ $set: { _id: 2 } })).toBe(66);
    expect(await fails({ $set: { b: 1, 'b.c': 1 } })).toBe(40);
    expect(await fails({ $set: { b: 1 }, $inc: { b: 1 } })).toBe(40);
    expect(await fails({ $set: { b: 2 }, $rename: { a: 'b' } })).toBe(40);
    expect(await fails({ $set: { _id: new Double(1) } })).toBe(66);
    expect(await fails({ $rename: { _id: 'c' } })).toBe(66);
    expect(await fails({ $rename: { b: 'b.c' } })).toBe(2);
    expect(await fails({ $rename: { b: 1 } })).toBe(2);
    expect(await fails({ $mul: { a: 2 } })).toBe(14);
    expect(await fails({ $mul: { b: 'x' } })).toBe(14);
    expect(await fails({ $pop: { b: 1 } })).toBe(14);
    expect(await fails({ $pop: { b: 2 } })).toBe(9);
    expect(await fails({ $pull: { 'b.c': 1 } })).toBe(28);
    expect(await fails({ $pullAll: { b: [1] } })).toBe(2);
    expect(await fails({ $pullAll: { b: 1 } })).toBe(2);
    expect(await fails({ $push: { c: { $each: [1], $sorted: 1 } } })).toBe(2);
    expect(await fails({ $push: { c: { $each: [1], $slice: 'x' } } })).toBe(2);
    expect(await fails({ $push: { c: { $each: [1], $sort: 2 } } })).toBe(2);
    expect(await fails({ $currentDate: { c: 'date' } })).toBe(2);
    expect(await fails({ $currentDate: { c: { $type: 'time' } } })).toBe(2);
    expect(await collection.findOne({})).toEqual({ _id: 1, a: 'x', b: 1 });
  });
});

describe('update, replace and delete', () => {
  test('counts of matched and modified', async () => {
    const collection = store.fresh<{ _id: number; a: number }>();
    await collection.insertMany([1, 2, 3].map((i) => ({ _id: i, a: i })));
    expect(await collection.updateMany({ a: { $gte: 2 } }, { $set: { a: 3 } })).toMatchObject({
      matchedCount: 2,
      modifiedCount: 1,
    });
    expect(await collection.updateOne({ a: 99 }, { $set: { a: 1 } })).toMatchObject({
      matchedCount: 0,
      upsertedCount: 0,
    });
    expect(await collection.deleteOne({ a: 3 })).toMatchObject({ deletedCount: 1 });
    expect(await collection.deleteMany({})).toMatchObject({ deletedCount: 2 });
  });

  test('a replacement keeps _id and nothing else', async () => {
    const collection = store.fresh<{ _id: number }>();
    await collection.insertOne({ _id: 1, a: 1 } as never);
    await collection.replaceOne({ _id: 1 }, { b: 2 } as never);
    expect(await collection.findOne({})).toEqual({ _id: 1, b: 2 });
    expect((await serverError(collection.replaceOne({ _id: 1 }, { _id: 2 } as never))).code).toBe(66);
    await collection.replaceOne({ _id: 7 }, { c: 1 } as never, { upsert: true });
    expect(await collection.findOne({ _id: 7 })).toEqual({ _id: 7, c: 1 });
  });

  test('an upsert starts from what the filter fixes', async () => {
    const collection = store.fresh();
    const filter = { 'k.a': 1, $and: [{ b: { $eq: 'x' } }], n: { $gt: 5 }, t: { $in: [1, 2] } };
    const result = await collection.updateOne(
      filter,
      { $set: { s: 1 }, $setOnInsert: { i: 1 }, $inc: { c: 2 } },
      { upsert: true },
    );
    expect(result.upsertedId).toBeInstanceOf(ObjectId);
    expect(await collection.findOne({})).toEqual({
      _id: result.upsertedId,
      k: { a: 1 },
      b: 'x',
      c: 2,
      i: 1,
      s: 1,
    });
    await collection.updateOne({ s: 1 }, { $setOnInsert: { i: 9 }, $set: { s: 2 } }, { upsert: true });
    expect(await collection.findOne({})).toMatchObject({ i: 1, s: 2 });
  });

  test('findOneAnd… answers the document before or after, by sort', async () => {
    const collection = store.fresh<{ _id: number; a: number }>();
    await collection.insertMany([1, 2, 3].map((i) => ({ _id: i, a: i })));
    expect(await collection.findOneAndUpdate({}, { $inc: { a: 10 } }, { sort: { a: -1 } })).toEqual({
      _id: 3,
      a: 3,
    });
    expect(
      await collection.findOneAndUpdate(
        { _id: 3 },
        { $inc: { a: 1 } },
        { returnDocument: 'after', projection: { _id: 0 } },
      ),
    ).toEqual({ a: 14 });
    expect(await collection.findOneAndReplace({ _id: 1 }, { a: 5 }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      a: 5,
    });
    expect(await collection.findOneAndDelete({ a: { $gt: 10 } })).toEqual({ _id: 3, a: 14 });
    expect(await collection.findOneAndDelete({ a: 99 })).toBeNull();
    const upserted = { upsert: true, returnDocument: 'after' } as const;
    expect(await collection.findOneAndUpdate({ _id: 9 }, { $set: { a: 9 } }, upserted)).toEqual({
      _id: 9,
      a: 9,
    });
    const meta = await collection.findOneAndUpdate(
      { _id: 10 },
      { $set: { a: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    expect(meta).toMatchObject({
      value: null,
      lastErrorObject: { n: 1, updatedExisting: false, upserted: 10 },
    });
  });

  test('an update of the first in an order', async () => {
    const collection = store.fresh<{ _id: number; a: number }>();
    await collection.insertMany([3, 1, 2].map((a) => ({ _id: a, a })));
    await collection.updateOne({}, { $set: { first: true } }, { sort: { a: 1 } });
    await collection.replaceOne({}, { a: 30 }, { sort: { a: -1 } });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, a: 1, first: true },
      { _id: 2, a: 2 },
      { _id: 3, a: 30 },
    ]);
    const many = {
      update: collection.collectionName,
      updates: [{ q: {}, u: { $set: { b: 1 } }, multi: true, sort: { a: 1 } }],
    };
    expect(await store.db.command(many)).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 9 }] });
  });

  test('updates and deletes that must look at many documents', async () => {
    const collection = store.fresh<{ _id: number; a: number }>();
    await collection.insertMany(Array.from({ length: 3000 }, (_, i) => ({ _id: i, a: i })));
    expect(await collection.updateOne({ a: 2900 }, { $set: { b: 1 } })).toMatchObject({ matchedCount: 1 });
    expect(await collection.updateMany({ a: { $gte: 500 } }, { $set: { c: 1 } })).toMatchObject({
      modifiedCount: 2500,
    });
    expect(await collection.findOneAndUpdate({}, { $set: { d: 1 } }, { sort: { a: -1 } })).toMatchObject({
      _id: 2999,
    });
    expect(await collection.updateOne({ a: -1 }, { $set: { e: 1 } }, { upsert: true })).toMatchObject({
      upsertedCount: 1,
    });
    expect(await collection.deleteMany({ c: 1 })).toMatchObject({ deletedCount: 2500 });
    expect(await collection.countDocuments()).toBe(501);
  });

  test('concurrent upserts by a filter without an index make one document', async () => {
    const collection = store.fresh();
    await collection.insertMany(Array.from({ length: 2000 }, (_, i) => ({ other: i })));
    const upserts = Array.from({ length: 8 }, () =>
      collection.updateOne({ name: 'one' }, { $inc: { n: 1 } }, { upsert: true }),
    );
    await Promise.all(upserts);
    expect(await collection.find({ name: 'one' }).toArray()).toMatchObject([{ n: 8 }]);
  });
});

describe('bulkWrite', () => {
  const operations = [
    { insertOne: { document: { _id: 1, a: 1 } } },
    { insertOne: { document: { _id: 1, a: 2 } } },
    { updateOne: { filter: { _id: 1 }, update: { $set: { b: 1 } } } },
    { updateMany: { filter: {}, update: { $inc: { n: 1 } } } },
    { replaceOne: { filter: { _id: 5 }, replacement: { c: 1 }, upsert: true } },
    { deleteOne: { filter: { _id: 99 } } },
    { deleteMany: { filter: { b: 7 } } },
  ];

  test('ordered stops at the first error', async () => {
    const collection = store.fresh<{ _id: number }>();
    const error = await serverError(collection.bulkWrite(operations as never));
    expect(error).toMatchObject({
      code: 11000,
      result: { insertedCount: 1, modifiedCount: 0 },
      writeErrors: [{ index: 1, code: 11000 }],
    });
    expect(await collection.find().toArray()).toEqual([{ _id: 1, a: 1 }]);
  });

  test('unordered goes on and tells which failed', async () => {
    const collection = store.fresh<{ _id: number }>();
    const error = await serverError(collection.bulkWrite(operations as never, { ordered: false }));
    expect(error).toMatchObject({ code: 11000, writeErrors: [{ index: 1 }] });
    expect(error).toMatchObject({ result: { insertedCount: 1, upsertedCount: 1, upsertedIds: { 4: 5 } } });
    expect(await collection.find().toArray()).toEqual([
      { _id: 1, a: 1, b: 1, n: 1 },
      { _id: 5, c: 1 },
    ]);
  });

  test('ten thousand upserts in one go', async () => {
    const collection = store.fresh<{ _id: number }>();
    const upserts = Array.from({ length: 10_000 }, (_, i) => ({
      updateOne: { filter: { _id: i }, update: { $set: { i } }, upsert: true },
    }));
    expect(await collection.bulkWrite(upserts, { ordered: false })).toMatchObject({ upsertedCount: 10_000 });
    expect(await collection.countDocuments()).toBe(10_000);
  });
});

describe('guarded upserts as projections use them', () => {
  const guarded = (id: string, revision: number) => ({
    filter: { _id: id, revision: { $lt: revision } },
    update: { $set: { revision, text: `r${revision}` } },
    upsert: true,
  });

  test('an older revision is a duplicate key, not a change', async () => {
    const collection = store.fresh<{ _id: string; revision: number; text: string }>();
    const write = ({ filter, update, upsert }: ReturnType<typeof guarded>) =>
      collection.updateOne(filter, update, { upsert });
    expect(await write(guarded('s', 3))).toMatchObject({ upsertedCount: 1 });
    expect(await write(guarded('s', 5))).toMatchObject({ modifiedCount: 1 });
    for (const revision of [4, 5]) {
      const error = await serverError(write(guarded('s', revision)));
      expect(error).toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 's' } });
    }
    expect(await collection.findOne({ _id: 's' })).toEqual({ _id: 's', revision: 5, text: 'r5' });
    const error = await serverError(
      collection.findOneAndUpdate(
        { _id: 's', revision: { $lt: 2 } },
        { $set: { revision: 2 } },
        { upsert: true },
      ),
    );
    expect(error).toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 's' } });
  });

  test('in an unordered bulk only the stale ones fail', async () => {
    const collection = store.fresh<{ _id: string; revision: number; text: string }>();
    const bulk = [guarded('a', 2), guarded('b', 1), guarded('a', 1), guarded('b', 2), guarded('a', 2)];
    const error = await serverError(
      collection.bulkWrite(
        bulk.map((updateOne) => ({ updateOne })),
        { ordered: false },
      ),
    );
    const failed = (error as unknown as { writeErrors: { index: number; code: number }[] }).writeErrors;
    expect(failed.map(({ index, code }) => [index, code])).toEqual([
      [2, 11000],
      [4, 11000],
    ]);
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 'a', revision: 2, text: 'r2' },
      { _id: 'b', revision: 2, text: 'r2' },
    ]);
  });
});
