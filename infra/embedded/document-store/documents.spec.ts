import fc from 'fast-check';
import {
  Binary,
  BSON,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  MongoClient,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

describe('handshake and housekeeping', () => {
  test('hello, ping and buildInfo answer', async () => {
    const hello = await store.db.admin().command({ hello: 1 });
    expect(hello).toMatchObject({
      ok: 1,
      isWritablePrimary: true,
      maxBsonObjectSize: 16777216,
      readOnly: false,
    });
    expect(await store.db.command({ ping: 1, comment: 'hi' })).toEqual({ ok: 1 });
    expect(await store.db.admin().buildInfo()).toMatchObject({ ok: 1, maxBsonObjectSize: 16777216 });
  });

  test('explicit sessions and read and write concerns are accepted', async () => {
    const session = store.client.startSession();
    const collection = store.fresh();
    await collection.insertOne({ a: 1 }, { session, writeConcern: { w: 'majority', j: true } });
    const found = await collection.findOne(
      { a: 1 },
      { session, readConcern: 'majority', readPreference: 'primaryPreferred' },
    );
    expect(found).toMatchObject({ a: 1 });
    await session.endSession();
  });

  test('an unacknowledged write is done without a reply', async () => {
    const collection = store.fresh();
    await collection.insertOne({ a: 1 }, { writeConcern: { w: 0 } });
    await expect.poll(() => collection.countDocuments({ a: 1 })).toBe(1);
  });
});

describe('insert', () => {
  test('any document comes back byte for byte', async () => {
    const collection = store.db.collection('anything');
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double().map((value) => new Double(value)),
      fc.integer().map((value) => new Int32(value)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
      fc.date({ noInvalidDate: true }),
      fc
        .tuple(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(0, 4, 5, 128))
        .map(([bytes, type]) => new Binary(bytes, type)),
      fc.constantFrom<unknown>(
        null,
        true,
        false,
        /^a.b/i,
        new MinKey(),
        new MaxKey(),
        new ObjectId(),
        new Timestamp({ t: 7, i: 8 }),
      ),
    );
    const name = fc
      .string({ unit: 'grapheme-ascii' })
      .filter((text) => !/^\d|[.$\0]/.test(text) && text !== '_id' && text !== '__proto__');
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    }));
    let last = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 6 }), async (fields) => {
        last += 1;
        const document = { _id: last, ...fields } as Document;
        await collection.insertOne(document, { writeConcern: { w: 1, j: false } });
        const found = await collection.findOne({ _id: last } as Document, { raw: true });
        expect(Buffer.from(found as unknown as Uint8Array)).toEqual(Buffer.from(BSON.serialize(document)));
      }),
      { numRuns: 300 },
    );
  });

  test('types, widths and key order come back exactly', async () => {
    const collection = store.fresh();
    const document = {
      _id: new ObjectId(),
      z: Long.fromString('9007199254740993'),
      y: new Double(5),
      x: new Int32(5),
      binary: new Binary(Buffer.from([0, 1, 255]), 4),
      date: new Date(1700000000123),
      nothing: null,
      nested: { b: 1, a: [1, 'two', { three: 3 }, []] },
      pattern: /^a.*b$/i,
      stamp: new Timestamp({ t: 1, i: 2 }),
      text: '青浦\u0000𠮷',
      yes: true,
    };
    await collection.insertOne(document);
    const found = await collection.findOne(
      { _id: document._id },
      { promoteValues: false, promoteLongs: false },
    );
    expect(Object.keys(found ?? {})).toEqual(Object.keys(document));
    expect(found?.z).toEqual(document.z);
    expect(found?.y).toEqual(document.y);
    expect(found?.x).toEqual(document.x);
    const plain = await collection.findOne({ _id: document._id });
    expect(plain).toMatchObject({ nested: document.nested, nothing: null, text: document.text, yes: true });
    expect(plain?.binary).toEqual(document.binary);
    expect(plain?.stamp).toEqual(document.stamp);
    expect(plain?.pattern).toEqual(document.pattern);
  });

  test('_id is moved to the front, and made by the server when the client does not', async () => {
    const raw = await (
      await MongoClient.connect(
        store.client.options.hosts.map((host) => `mongodb://${host}/?directConnection=true`)[0] ?? '',
        {
          forceServerObjectId: true,
        },
      )
    ).connect();
    const collection = raw.db(store.db.databaseName).collection('server-ids');
    await collection.insertMany([{ a: 1 }, { b: 1, _id: 'mine' as never }]);
    const found = await collection.find().toArray();
    expect(found.map((document) => Object.keys(document))).toEqual([
      ['_id', 'a'],
      ['_id', 'b'],
    ]);
    expect(found[0]?._id).toBeInstanceOf(ObjectId);
    await raw.close();
  });

  test('an ordered batch stops at the first duplicate, an unordered one goes on', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    const ordered = store.fresh<{ _id: number }>();
    const error = await serverError(ordered.insertMany(documents));
    expect(error.code).toBe(11000);
    expect(await ordered.countDocuments()).toBe(1);
    const unordered = store.fresh<{ _id: number }>();
    await serverError(unordered.insertMany(documents, { ordered: false }));
    expect(await unordered.countDocuments()).toBe(2);
  });

  test('documents above 16 MB and arrays as _id are refused', async () => {
    const collection = store.fresh();
    await expect(collection.insertOne({ a: 'x'.repeat(16 * 1024 * 1024) })).rejects.toThrow();
    expect((await serverError(collection.insertOne({ _id: [1] as never }))).code).toBe(53);
    expect((await serverError(collection.insertOne({ _id: /x/ as never }))).code).toBe(53);
  });

  test.skipIf(process.env.MONGODB_URL !== undefined)(
    'what cannot be ordered or reached is refused by name',
    async () => {
      const collection = store.fresh();
      const decimal = await serverError(collection.insertOne({ a: Decimal128.fromString('1.5') }));
      expect(decimal).toMatchObject({ code: 238, message: expect.stringContaining('decimal') });
      expect((await serverError(collection.insertOne({ 'a.b': 1 }))).message).toContain("'a.b'");
      expect((await serverError(collection.insertOne({ a: { $b: 1 } }))).message).toContain("'$b'");
    },
  );
});

describe('find', () => {
  test('filter, sort, projection, skip and limit together', async () => {
    const collection = store.fresh<{ _id: number; g: number; n: { a: number; b: number } }>();
    await collection.insertMany(
      Array.from({ length: 30 }, (_, i) => ({ _id: i, g: i % 3, n: { a: i, b: -i } })),
    );
    const found = await collection
      .find({ g: 1 })
      .sort({ 'n.b': 1 })
      .skip(2)
      .limit(3)
      .project({ 'n.a': 1 })
      .toArray();
    expect(found).toEqual([22, 19, 16].map((i) => ({ _id: i, n: { a: i } })));
  });

  test('projections include, exclude and go through arrays', async () => {
    const collection = store.fresh();
    await collection.insertOne({
      _id: 1 as never,
      a: 1,
      b: [{ c: 1, d: 2 }, 5, { d: 3 }],
      e: { f: 1, g: 2 },
    });
    const project = (projection: object) => collection.findOne({}, { projection });
    expect(await project({ 'b.c': 1 })).toEqual({ _id: 1, b: [{ c: 1 }, {}] });
    expect(await project({ _id: 0, 'e.f': 0, b: 0 })).toEqual({ a: 1, e: { g: 2 } });
    expect(await project({ _id: 0, e: { g: 1 } })).toEqual({ e: { g: 2 } });
    expect(await project({ 'b.d': 0, a: 0, e: 0 })).toEqual({ _id: 1, b: [{ c: 1 }, 5, {}] });
    expect(Object.keys((await project({ e: 1, a: 1 })) ?? {})).toEqual(['_id', 'a', 'e']);
    expect((await serverError(project({ a: 1, b: 0 }))).code).toBe(31254);
    expect((await serverError(project({ e: 1, 'e.f': 1 }))).code).toBe(31249);
  });

  test('a cursor runs over many batches and survives writes in between', async () => {
    const collection = store.fresh<{ _id: number; x: number }>();
    await collection.insertMany(Array.from({ length: 2500 }, (_, i) => ({ _id: i, x: i })));
    const seen: number[] = [];
    for await (const document of collection.find({ x: { $gte: 0 } }, { batchSize: 100 })) {
      seen.push(document._id);
      if (seen.length === 150)
        await collection.updateMany({ _id: { $lt: 50 } }, { $set: { y: 'x'.repeat(100) } });
    }
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, i) => i));
  });

  test('batches stay below 16 MB', async () => {
    const collection = store.fresh<{ _id: number }>();
    const text = 'x'.repeat(3 * 1024 * 1024);
    for (let i = 0; i < 12; i += 1) await collection.insertOne({ _id: i, text } as never);
    const found = await collection.find().sort({ _id: -1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test('singleBatch, killCursors and unknown cursors', async () => {
    const collection = store.fresh<{ _id: number }>();
    await collection.insertMany(Array.from({ length: 10 }, (_, i) => ({ _id: i })));
    const single = await store.db.command({
      find: collection.collectionName,
      batchSize: 3,
      singleBatch: true,
    });
    expect(single.cursor.id.toString()).toBe('0');
    expect(single.cursor.firstBatch).toHaveLength(3);
    const cursor = collection.find({}, { batchSize: 2 });
    await cursor.next();
    const { id } = cursor;
    await cursor.close();
    const gone = await serverError(store.db.command({ getMore: id, collection: collection.collectionName }));
    expect(gone.code).toBe(43);
    const killed = await store.db.command({ killCursors: collection.collectionName, cursors: [id] });
    expect(killed.cursorsNotFound).toHaveLength(1);
  });

  test('maxTimeMS is taken and a missing collection is empty', async () => {
    expect(await store.fresh().find({}, { maxTimeMS: 1000 }).toArray()).toEqual([]);
  });

  test('count, estimated count and distinct', async () => {
    const collection = store.fresh<{ _id: number; tags: unknown; n?: { m: number } }>();
    await collection.insertMany([
      { _id: 1, tags: ['a', 'b'], n: { m: 1 } },
      { _id: 2, tags: 'b', n: { m: 1.5 } },
      { _id: 3, tags: [] },
    ]);
    expect(await collection.countDocuments({ _id: { $gt: 1 } })).toBe(2);
    expect(await collection.countDocuments({}, { skip: 1, limit: 1 })).toBe(1);
    expect(await collection.estimatedDocumentCount()).toBe(3);
    expect(await store.db.command({ count: collection.collectionName, query: { _id: 2 } })).toMatchObject({
      n: 1,
    });
    expect(await collection.distinct('tags')).toEqual(['a', 'b']);
    expect(await collection.distinct('n.m', { _id: { $lt: 9 } })).toEqual([1, 1.5]);
  });
});

describe('collections and databases', () => {
  test('create, list, rename and drop', async () => {
    const db = store.client.db(`${store.db.databaseName}-b`);
    await db.createCollection('made');
    await db.collection('other').insertOne({ a: 1 });
    const names = async () =>
      (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
    expect(await names()).toEqual(['made', 'other']);
    expect(await db.listCollections({ name: 'made' }).toArray()).toMatchObject([
      { name: 'made', type: 'collection' },
    ]);
    expect((await serverError(db.collection('other').rename('made'))).code).toBe(48);
    await db.collection('other').rename('made', { dropTarget: true });
    expect(await db.collection('made').countDocuments()).toBe(1);
    expect(await names()).toEqual(['made']);
    const { databases } = await db.admin().listDatabases();
    expect(databases.map(({ name }) => name)).toContain(db.databaseName);
    expect(await db.collection('made').drop()).toBe(true);
    expect(await names()).toEqual([]);
    await db.collection('again').insertOne({ a: 1 });
    await db.dropDatabase();
    expect(await names()).toEqual([]);
  });

  test('a cursor on a dropped collection ends with an error', async () => {
    const collection = store.fresh<{ _id: number }>();
    await collection.insertMany(Array.from({ length: 1000 }, (_, i) => ({ _id: i })));
    const cursor = collection.find({}, { batchSize: 2 });
    await cursor.next();
    await collection.drop();
    expect((await serverError(cursor.toArray())).code).toBe(175);
  });

  test('names that MongoDB does not allow are refused', async () => {
    expect((await serverError(store.db.command({ find: 'a$b' }))).code).toBe(73);
    expect((await serverError(store.db.command({ insert: '', documents: [{}] }))).code).toBe(73);
  });
});
