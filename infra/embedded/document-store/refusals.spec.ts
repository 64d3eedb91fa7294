import { type Document, Long, MaxKey } from 'mongodb';
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

const locale = { locale: 'zh' };
const deletion = { delete: 'c', deletes: [{ q: {}, limit: 0 }] };
const bulk = (op: Document): Document => ({
  bulkWrite: 1,
  ops: [op],
  nsInfo: [{ ns: `${store.db.databaseName}.c` }],
});

/** Every option that the driver can send and that is not honoured, by command; each with a value that asks for it. */
const OPTIONS: [string, (option: Document) => Document, Document][] = [
  [
    'find',
    (option) => find({}, option),
    {
      min: { a: 1 },
      max: { a: 1 },
      returnKey: true,
      showRecordId: true,
      tailable: true,
      awaitData: true,
      oplogReplay: true,
      noCursorTimeout: true,
      allowPartialResults: true,
      allowDiskUse: true,
      collation: locale,
      let: { x: 1 },
      rawData: true,
    },
  ],
  [
    'aggregate',
    (option) => aggregate({ $match: {} }, option),
    { allowDiskUse: true, collation: locale, let: { x: 1 }, explain: true, rawData: true },
  ],
  [
    'count',
    (option) => ({ count: 'c', ...option }),
    { collation: locale, sort: { a: 1 }, fields: {}, rawData: true },
  ],
  [
    'distinct',
    (option) => ({ distinct: 'c', key: 'a', ...option }),
    { collation: locale, sort: { a: 1 }, rawData: true },
  ],
  ['getMore', (option) => ({ getMore: Long.ONE, collection: 'c', ...option }), { term: 1, rawData: true }],
  [
    'insert',
    (option) => ({ insert: 'c', documents: [{ a: 9 }], ...option }),
    { rawData: true, stmtIds: [1] },
  ],
  [
    'update',
    (option) => ({ ...update({ $set: { a: 9 } }), ...option }),
    { let: { x: 1 }, collation: locale, rawData: true },
  ],
  [
    'an update statement',
    (option) => update({ $set: { a: 9 } }, option),
    { arrayFilters: [], collation: locale, c: {}, sampleId: 1 },
  ],
  ['delete', (option) => ({ ...deletion, ...option }), { let: { x: 1 }, collation: locale, rawData: true }],
  [
    'a delete statement',
    (option) => ({ delete: 'c', deletes: [{ q: {}, limit: 0, ...option }] }),
    { collation: locale, c: {} },
  ],
  [
    'findAndModify',
    (option) => ({ findAndModify: 'c', update: { $set: { a: 9 } }, ...option }),
    { arrayFilters: [], collation: locale, let: { x: 1 }, rawData: true },
  ],
  [
    'bulkWrite',
    (option) => ({ ...bulk({ delete: 0, filter: {} }), ...option }),
    { let: { x: 1 }, rawData: true },
  ],
  [
    'an update in bulkWrite',
    (option) => bulk({ update: 0, filter: {}, updateMods: { $set: { a: 9 } }, ...option }),
    { arrayFilters: [], collation: locale, constants: {} },
  ],
  ['a delete in bulkWrite', (option) => bulk({ delete: 0, filter: {}, ...option }), { collation: locale }],
  ['createIndexes', (option) => ({ ...index({}), ...option }), { commitQuorum: 1, rawData: true }],
  [
    'an index',
    index,
    {
      hidden: true,
      expireAfterSeconds: 1,
      storageEngine: {},
      collation: locale,
      weights: {},
      default_language: 'none',
      language_override: 'x',
      textIndexVersion: 3,
      '2dsphereIndexVersion': 3,
      bits: 26,
      min: 0,
      max: 1,
      bucketSize: 1,
      wildcardProjection: {},
    },
  ],
  [
    'create',
    (option) => ({ create: 'v', ...option }),
    {
      capped: true,
      size: 1,
      max: 1,
      autoIndexId: false,
      storageEngine: {},
      validator: {},
      validationLevel: 'off',
      validationAction: 'warn',
      indexOptionDefaults: {},
      viewOn: 'c',
      pipeline: [],
      collation: locale,
      timeseries: {},
      clusteredIndex: {},
      expireAfterSeconds: 1,
      encryptedFields: {},
      changeStreamPreAndPostImages: {},
    },
  ],
  ['listDatabases', (option) => ({ listDatabases: 1, ...option }), { filter: {} }],
  ['listIndexes', (option) => ({ listIndexes: 'c', ...option }), { rawData: true }],
  ['dropIndexes', (option) => ({ dropIndexes: 'c', index: '*', ...option }), { rawData: true }],
  [
    'hello',
    (option) => ({ hello: 1, ...option }),
    { saslSupportedMechs: 'x', speculativeAuthenticate: {}, topologyVersion: {}, maxAwaitTimeMS: 1 },
  ],
];

describe('what makes no sense', () => {
  test('concerns are refused where they mean nothing', async () => {
    const fails = async (command: Document): Promise<unknown> =>
      (await serverError(store.db.command(command))).code;
    expect(await fails(find({}, { writeConcern: { w: 1 } }))).toBe(72);
    expect(await fails({ ...update({ $set: { a: 1 } }), readConcern: { level: 'majority' } })).toBe(72);
  });

  test('a removal that also updates, inserts or wants the new document makes no sense', async () => {
    const fails = async (more: Document): Promise<unknown> =>
      (await serverError(store.db.command({ findAndModify: 'c', remove: true, ...more }))).code;
    for (const more of [{ new: true }, { upsert: true }, { update: { $set: { a: 1 } } }])
      expect(await fails(more)).toBe(9);
  });
});

describe.skipIf(REAL_URL !== undefined)('options of the driver that are not honoured', () => {
  const each = OPTIONS.flatMap(([command, make, options]) =>
    Object.entries(options).map(([name, value]) => [command, name, make, value] as const),
  );
  test.each(each)('%s refuses %s', async (command, name, make, value) => {
    const db = command.includes('ulkWrite') ? store.client.db('admin') : store.db;
    const error = await serverError(db.command(make({ [name]: value })));
    expect(error).toMatchObject({ code: 238, codeName: 'NotImplemented' });
    expect(error.message).toContain(`'${name}'`);
  });
});

describe.skipIf(REAL_URL !== undefined)('what is not supported is refused by name', () => {
  const cases: [string, Document][] = [
    ['mapReduce', { mapReduce: 'c' }],
    ['serverStatus', { serverStatus: 1 }],
    ['collMod', { collMod: 'c' }],
    ['$natural: -1', find({}, { hint: { $natural: -1 } })],
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
    ['without a collection', { aggregate: 1, pipeline: [], cursor: {} }],
    ["'text'", index({ key: { a: 'text' } })],
    ["'2dsphere'", index({ key: { a: '2dsphere' } })],
    ["'$**'", index({ key: { '$**': 1 } })],
    ["'a.0'", index({ key: { 'a.0': 1 } })],
    ['$or in partial', index({ partialFilterExpression: { $or: [{ a: 1 }] } })],
    ["'odd'", { explain: aggregate({ $match: {} }, { cursor: { odd: 1 } }) }],
    ['index version 1', index({ v: 1 })],
    [
      "includeArrayIndex of the nested path 'x.y'",
      aggregate({ $unwind: { path: '$a', includeArrayIndex: 'x.y' } }),
    ],
    ['explain of update', { explain: update({ $set: { a: 1 } }) }],
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
