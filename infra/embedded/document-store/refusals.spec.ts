import { type Document, MaxKey } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, REAL_URL, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await store.db.collection('c').insertOne({ a: 1 });
});
afterAll(() => store.stop());

const update = (u: unknown, more: Document = {}): Document => ({
  update: 'c',
  updates: [{ q: {}, u, ...more }],
});
const find = (filter: Document, more: Document = {}): Document => ({ find: 'c', filter, ...more });
const aggregate = (stage: Document, more: Document = {}): Document => ({
  aggregate: 'c',
  pipeline: [stage],
  cursor: {},
  ...more,
});
const index = (description: Document): Document => ({
  createIndexes: 'c',
  indexes: [{ name: 'i', key: { a: 1 }, ...description }],
});

describe.skipIf(REAL_URL !== undefined)('what is not supported is refused by name', () => {
  const cases: [string, Document][] = [
    ['mapReduce', { mapReduce: 'c' }],
    ['serverStatus', { serverStatus: 1 }],
    ['collMod', { collMod: 'c' }],
    ['$natural: -1', find({}, { hint: { $natural: -1 } })],
    ["'collation'", find({}, { collation: { locale: 'zh' } })],
    ["'let'", find({}, { let: { x: 1 } })],
    ["'tailable'", find({}, { tailable: true })],
    ["'allowDiskUse'", find({}, { allowDiskUse: true })],
    ["'apiVersion'", { ping: 1, apiVersion: '1' }],
    ["'odd'", { ping: 1, odd: 1 }],
    ["'odd'", { insert: 'c', documents: [{}], odd: 1 }],
    ['snapshot', find({}, { readConcern: { level: 'snapshot' } })],
    ["'afterClusterTime'", find({}, { readConcern: { afterClusterTime: 1 } })],
    [
      "'provenance'",
      update({ $set: { a: 1 } }).update === 'c'
        ? { ...update({ $set: { a: 1 } }), writeConcern: { provenance: 'x' } }
        : {},
    ],
    ['$where', find({ $where: 'true' })],
    ['$expr', find({ $expr: { $eq: ['$a', 1] } })],
    ['$text', find({ $text: { $search: 'x' } })],
    ['$jsonSchema', find({ $jsonSchema: {} })],
    ['$mod', find({ a: { $mod: [2, 0] } })],
    ['$near', find({ a: { $near: [0, 0] } })],
    ['$bitsAllSet', find({ a: { $bitsAllSet: 1 } })],
    ['$geoWithin', find({ $or: [{ a: { $not: { $geoWithin: {} } } }] })],
    ['$gt with a min or max key', find({ a: { $gt: new MaxKey() } })],
    ["option 'x'", find({ a: { $regex: 'a', $options: 'x' } })],
    ['$slice', find({}, { projection: { a: { $slice: 1 } } })],
    ['$elemMatch', find({}, { projection: { a: { $elemMatch: { b: 1 } } } })],
    ['positional projection', find({}, { projection: { 'a.$': 1 } })],
    ['$meta', find({}, { sort: { a: { $meta: 'textScore' } } })],
    ['$natural', find({}, { sort: { $natural: 1 } })],
    ['$bit', update({ $bit: { a: { and: 1 } } })],
    ["'$[]'", update({ $set: { 'a.$[]': 1 } })],
    ["'$'", update({ $set: { 'a.$': 1 } })],
    ['pipeline', update([{ $set: { a: 1 } }])],
    ["'arrayFilters'", update({ $set: { a: 1 } }, { arrayFilters: [] })],
    ["'collation'", { delete: 'c', deletes: [{ q: {}, limit: 1, collation: { locale: 'zh' } }] }],
    ["'arrayFilters'", { findAndModify: 'c', update: { $set: { a: 1 } }, arrayFilters: [] }],
    ['$lookup', aggregate({ $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'c' } })],
    ['$bucket', aggregate({ $bucket: {} })],
    ['$multiply', aggregate({ $addFields: { b: { $multiply: ['$a', 2] } } })],
    ['$dateToString', aggregate({ $set: { b: { x: { $dateToString: { date: '$a' } } } } })],
    ['$replaceRoot', aggregate({ $replaceRoot: { newRoot: '$a' } })],
    ['$out', aggregate({ $out: 'x' })],
    ['$merge', aggregate({ $merge: 'x' })],
    ['$changeStream', aggregate({ $changeStream: {} })],
    ['$stdDevPop', aggregate({ $group: { _id: null, s: { $stdDevPop: '$a' } } })],
    ['$subtract', aggregate({ $group: { _id: { $subtract: [1, 2] } } })],
    ['$switch', aggregate({ $project: { b: { $switch: {} } } })],
    ['$slice', aggregate({ $project: { b: { $slice: ['$a', 1] } } })],
    ['$$NOW', aggregate({ $project: { b: '$$NOW' } })],
    ['$lookup', aggregate({ $facet: { x: [{ $lookup: {} }] } })],
    ["'allowDiskUse'", aggregate({ $match: {} }, { allowDiskUse: true })],
    ['without a collection', { aggregate: 1, pipeline: [], cursor: {} }],
    ["'expireAfterSeconds'", index({ expireAfterSeconds: 1 })],
    ["'collation'", index({ collation: { locale: 'zh' } })],
    ["'hidden'", index({ hidden: true })],
    ["'text'", index({ key: { a: 'text' } })],
    ["'2dsphere'", index({ key: { a: '2dsphere' } })],
    ["'$**'", index({ key: { '$**': 1 } })],
    ["'a.0'", index({ key: { 'a.0': 1 } })],
    ['$or in partial', index({ partialFilterExpression: { $or: [{ a: 1 }] } })],
    ["'validator'", { create: 'v', validator: {} }],
    ["'capped'", { create: 'v', capped: true, size: 1 }],
    ["'timeseries'", { create: 'v', timeseries: {} }],
    ["'viewOn'", { create: 'v', viewOn: 'c' }],
    ['explain of update', { explain: update({ $set: { a: 1 } }) }],
    ["'collation'", { distinct: 'c', key: 'a', collation: { locale: 'zh' } }],
  ];
  test.each(cases)('%s', async (name, command) => {
    const error = await serverError(store.db.command(command));
    expect(error).toMatchObject({ code: 238, codeName: 'NotImplemented' });
    expect(error.message).toContain(name);
  });

  test('nothing was changed by refused commands', async () => {
    expect(await store.db.collection('c').find().project({ _id: 0 }).toArray()).toEqual([{ a: 1 }]);
    expect((await store.db.collection('c').indexes()).map((description) => description.name)).toEqual([
      '_id_',
    ]);
  });

  test('a refused statement refuses the whole command before anything is written', async () => {
    const updates = [
      { q: {}, u: { $set: { a: 5 } } },
      { q: {}, u: { $bit: { a: { or: 1 } } } },
    ];
    expect((await serverError(store.db.command({ update: 'c', updates }))).code).toBe(238);
    expect(await store.db.collection('c').countDocuments({ a: 5 })).toBe(0);
  });

  test('transactions and more than one node are refused as a standalone does', async () => {
    const session = store.client.startSession();
    session.startTransaction();
    await expect(store.db.collection('c').insertOne({ a: 2 }, { session })).rejects.toHaveProperty(
      'originalError.code',
      20,
    );
    await session.abortTransaction().catch(() => undefined);
    await session.endSession();
    const two = store.db.collection('c').insertOne({ a: 2 }, { writeConcern: { w: 2 } });
    expect((await serverError(two)).code).toBe(2);
  });
});
