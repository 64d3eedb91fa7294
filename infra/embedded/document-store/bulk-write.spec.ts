import fc from 'fast-check';
import {
  type AnyClientBulkWriteModel,
  type ClientBulkWriteOptions,
  type Document,
  MongoClientBulkWriteError,
  MongoServerError,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, REAL_URL, serverError, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

interface Row extends Document {
  _id?: number;
}

type Model = AnyClientBulkWriteModel<Row>;
type Target = ReturnType<TestStore['fresh']>;

/** The driver's own types want an ObjectId as `_id`. */
const bulkWrite = (models: readonly Model[], options: ClientBulkWriteOptions = {}) =>
  store.client.bulkWrite(models as never[], options);

const all = async (collection: Target): Promise<Document[]> => collection.find().sort({ _id: 1 }).toArray();

/** The error a bulk write must end with. */
async function bulkError(work: Promise<unknown>): Promise<MongoClientBulkWriteError> {
  const error = await work.catch((failure: unknown) => failure);
  if (error instanceof MongoClientBulkWriteError) return error;
  throw error instanceof Error ? error : new Error('expected a bulk write error');
}

describe('bulkWrite of the client', () => {
  test('writes to several collections in order and tells what became of each', async () => {
    const [one, two] = [store.fresh(), store.fresh()];
    await two.insertMany([1, 2, 3].map((a) => ({ _id: a, a })) as never[]);
    const models: Model[] = [
      { namespace: one.namespace, name: 'insertOne', document: { _id: 1, a: 1 } },
      { namespace: two.namespace, name: 'updateOne', filter: { _id: 1 }, update: { $inc: { a: 10 } } },
      {
        namespace: two.namespace,
        name: 'updateMany',
        filter: { _id: { $gt: 1 } },
        update: { $max: { a: 3 } },
      },
      {
        namespace: one.namespace,
        name: 'replaceOne',
        filter: { _id: 4 },
        replacement: { b: 1 },
        upsert: true,
      },
      { namespace: two.namespace, name: 'deleteOne', filter: { a: 3 } },
      { namespace: one.namespace, name: 'deleteMany', filter: { _id: { $lt: 2 } } },
    ];
    const result = await bulkWrite(models, { verboseResults: true });
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 3,
      modifiedCount: 2,
      upsertedCount: 1,
      deletedCount: 2,
    });
    expect([...(result.insertResults ?? [])]).toEqual([[0, { insertedId: 1 }]]);
    expect([...(result.updateResults ?? [])]).toEqual([
      [1, { matchedCount: 1, modifiedCount: 1, didUpsert: false }],
      [2, { matchedCount: 2, modifiedCount: 1, didUpsert: false }],
      [3, { matchedCount: 1, modifiedCount: 0, didUpsert: true, upsertedId: 4 }],
    ]);
    expect([...(result.deleteResults ?? [])]).toEqual([
      [4, { deletedCount: 1 }],
      [5, { deletedCount: 1 }],
    ]);
    expect(await all(one)).toEqual([{ _id: 4, b: 1 }]);
    expect(await all(two)).toEqual([
      { _id: 1, a: 11 },
      { _id: 3, a: 3 },
    ]);
  });

  const clashing = (namespace: string): Model[] => [
    { namespace, name: 'insertOne', document: { _id: 1, a: 1 } },
    { namespace, name: 'insertOne', document: { _id: 1, a: 2 } },
    { namespace, name: 'updateOne', filter: { _id: 1 }, update: { $set: { b: 1 } } },
    { namespace, name: 'updateOne', filter: { _id: 1 }, update: { $inc: { a: 'x' } } as never },
    { namespace, name: 'deleteOne', filter: { _id: 9 } },
  ];

  test('ordered stops at the first error', async () => {
    const collection = store.fresh();
    const error = await bulkError(bulkWrite(clashing(collection.namespace)));
    expect([...error.writeErrors].map(([index, { code }]) => [index, code])).toEqual([[1, 11000]]);
    expect(error.writeErrors.get(1)?.message).toContain('E11000 duplicate key');
    expect(error.partialResult).toMatchObject({ insertedCount: 1, modifiedCount: 0 });
    expect(await all(collection)).toEqual([{ _id: 1, a: 1 }]);
  });

  test('unordered goes on and tells which failed', async () => {
    const collection = store.fresh();
    const error = await bulkError(
      bulkWrite(clashing(collection.namespace), { ordered: false, verboseResults: true }),
    );
    expect([...error.writeErrors].map(([index, { code }]) => [index, code])).toEqual([
      [1, 11000],
      [3, 14],
    ]);
    expect(error.partialResult).toMatchObject({ insertedCount: 1, matchedCount: 1, modifiedCount: 1 });
    expect(await all(collection)).toEqual([{ _id: 1, a: 1, b: 1 }]);
  });

  test('the reply holds counts, and only errors when asked for these', async () => {
    const collection = store.fresh();
    const ops = [
      { insert: 0, document: { _id: 1 } },
      { insert: 0, document: { _id: 1 } },
      { update: 0, filter: { _id: 2 }, updateMods: { $set: { a: 1 } }, upsert: true },
      { delete: 0, filter: {}, multi: true },
    ];
    const command = { bulkWrite: 1, ops, nsInfo: [{ ns: collection.namespace }], ordered: false };
    const counts = { nErrors: 1, nInserted: 1, nMatched: 0, nModified: 0, nUpserted: 1, nDeleted: 2 };
    const admin = store.client.db('admin');
    const verbose = await admin.command(command);
    expect(verbose).toMatchObject({ ok: 1, ...counts, cursor: { ns: 'admin.$cmd.bulkWrite' } });
    expect(verbose.cursor.firstBatch).toMatchObject([
      { ok: 1, idx: 0, n: 1 },
      { ok: 0, idx: 1, n: 0, code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 1 } },
      { ok: 1, idx: 2, n: 1, nModified: 0, upserted: { _id: 2 } },
      { ok: 1, idx: 3, n: 2 },
    ]);
    const errorsOnly = await admin.command({ ...command, errorsOnly: true });
    expect(errorsOnly).toMatchObject(counts);
    expect(errorsOnly.cursor.firstBatch.map(({ idx }: Document) => idx)).toEqual([1]);
  });

  test('results come in batches', async () => {
    const collection = store.fresh();
    const ops = Array.from({ length: 25 }, (_, i) => ({ insert: 0, document: { _id: i } }));
    const admin = store.client.db('admin');
    const first = await admin.command(
      { bulkWrite: 1, ops, nsInfo: [{ ns: collection.namespace }], cursor: { batchSize: 10 } },
      { promoteLongs: false },
    );
    expect(first.cursor.firstBatch).toHaveLength(10);
    const seen: number[] = first.cursor.firstBatch.map(({ idx }: Document) => idx);
    for (let { id } = first.cursor; id.toString() !== '0'; ) {
      const more = await admin.command(
        { getMore: id, collection: '$cmd.bulkWrite', batchSize: 10 },
        { promoteLongs: false },
      );
      seen.push(...more.cursor.nextBatch.map(({ idx }: Document) => idx));
      id = more.cursor.id;
    }
    expect(seen).toEqual(ops.map((_, index) => index));
  });

  test('hints and sorts are honoured', async () => {
    const collection = store.fresh();
    await collection.insertMany([1, 2, 3].map((a) => ({ _id: a, a })) as never[]);
    const { namespace } = collection;
    await bulkWrite([
      { namespace, name: 'updateOne', filter: {}, update: { $set: { last: true } }, sort: { a: -1 } },
      { namespace, name: 'deleteOne', filter: { a: 2 }, hint: { _id: 1 } },
    ] as Model[]);
    expect(await all(collection)).toEqual([
      { _id: 1, a: 1 },
      { _id: 3, a: 3, last: true },
    ]);
    const error = await bulkError(bulkWrite([{ namespace, name: 'deleteMany', filter: {}, hint: 'none_1' }]));
    expect(error.writeErrors.get(0)).toMatchObject({ code: 2 });
    expect(await collection.countDocuments()).toBe(2);
  });

  test('thousands of upserts, and unacknowledged ones', async () => {
    const collection = store.fresh();
    const upserts = Array.from(
      { length: 3000 },
      (_, i): Model => ({
        namespace: collection.namespace,
        name: 'updateOne',
        filter: { _id: i } as never,
        update: { $set: { i } },
        upsert: true,
      }),
    );
    const result = await bulkWrite(upserts, { ordered: false, verboseResults: true });
    expect(result).toMatchObject({ upsertedCount: 3000, matchedCount: 0 });
    expect(result.updateResults?.get(2999)).toMatchObject({ didUpsert: true, upsertedId: 2999 });
    const quiet = await bulkWrite([{ namespace: collection.namespace, name: 'deleteMany', filter: {} }], {
      ordered: false,
      writeConcern: { w: 0 },
    });
    expect(quiet.acknowledged).toBe(false);
    await expect.poll(() => collection.countDocuments()).toBe(0);
  });

  test('what makes no sense is refused', async () => {
    const admin = store.client.db('admin');
    const nsInfo = [{ ns: store.fresh().namespace }];
    const ops = [{ insert: 0, document: {} }];
    const fails = async (command: Document, db = admin) =>
      (await serverError(db.command({ bulkWrite: 1, ...command }))).code;
    expect(await fails({ ops, nsInfo }, store.db)).toBe(13);
    expect(await fails({ ops: [], nsInfo })).toBe(16);
    expect(await fails({ ops: [{ insert: 1, document: {} }], nsInfo })).toBe(2);
    expect(await fails({ ops: [{ upsert: 0, document: {} }], nsInfo })).toBeGreaterThan(0);
    expect(await fails({ ops, nsInfo: [{ ns: 'no-dot' }] })).toBe(73);
  });

  test.skipIf(REAL_URL !== undefined)(
    'what is not supported inside is refused by name, before anything is written',
    async () => {
      const collection = store.fresh();
      const nsInfo = [{ ns: collection.namespace }];
      const first = { insert: 0, document: { _id: 1 } };
      const update = { update: 0, filter: {}, updateMods: { $set: { a: 1 } } };
      const cases: [string, Document][] = [
        ["'let'", { let: { a: 1 } }],
        ["'arrayFilters'", { ops: [first, { ...update, arrayFilters: [] }] }],
        ["'collation'", { ops: [first, { ...update, collation: { locale: 'zh' } }] }],
        ["'collation'", { ops: [first, { delete: 0, filter: {}, collation: { locale: 'zh' } }] }],
        ["'constants'", { ops: [first, { ...update, constants: {} }] }],
        ['$bit', { ops: [first, { ...update, updateMods: { $bit: { a: { or: 1 } } } }] }],
        ['pipeline', { ops: [first, { ...update, updateMods: [{ $set: { a: 1 } }] }] }],
        ["'odd'", { ops: [first, { insert: 0, document: {}, odd: 1 }] }],
        ["'collectionUUID'", { nsInfo: [{ ...nsInfo[0], collectionUUID: 1 }] }],
        ["'odd'", { cursor: { odd: 1 } }],
      ];
      for (const [name, more] of cases) {
        const command = { bulkWrite: 1, ops: [first], nsInfo, ...more };
        const error = await serverError(store.client.db('admin').command(command));
        expect([name, error.code, error.message]).toEqual([name, 238, expect.stringContaining(name)]);
      }
      expect(await collection.countDocuments()).toBe(0);
    },
  );
});

const id = fc.integer({ min: 0, max: 4 });
const values = fc.integer({ min: 0, max: 2 });
const where = fc.oneof(
  id.map((_id): Document => ({ _id })),
  values.map((a): Document => ({ a })),
);
const change = fc.oneof(
  values.map((a): Document => ({ $set: { a } })),
  fc.constant<Document>({ $inc: { n: 1 } }),
  fc.constant<Document>({ $push: { a: 1 } }),
);
const model = fc.oneof(
  fc.record({ name: fc.constant('insertOne'), document: fc.record({ _id: id, a: values }) }),
  fc.record({
    name: fc.constantFrom('updateOne', 'updateMany'),
    filter: where,
    update: change,
    upsert: fc.boolean(),
  }),
  fc.record({
    name: fc.constant('replaceOne'),
    filter: where,
    replacement: fc.record({ a: values }),
    upsert: fc.boolean(),
  }),
  fc.record({ name: fc.constantFrom('deleteOne', 'deleteMany'), filter: where }),
);

/** One write by the collection's own method; what it answers in the words of a bulk write. */
async function single(
  target: Target,
  { name, document, filter, update, replacement, upsert }: Document,
): Promise<Document> {
  if (name === 'insertOne') return { insertedId: (await target.insertOne(document)).insertedId };
  if (name === 'deleteOne') return { deletedCount: (await target.deleteOne(filter)).deletedCount };
  if (name === 'deleteMany') return { deletedCount: (await target.deleteMany(filter)).deletedCount };
  const done =
    name === 'replaceOne'
      ? await target.replaceOne(filter, replacement, { upsert })
      : await (name === 'updateOne'
          ? target.updateOne(filter, update, { upsert })
          : target.updateMany(filter, update, { upsert }));
  const didUpsert = done.upsertedCount > 0;
  return { matchedCount: didUpsert ? 1 : done.matchedCount, modifiedCount: done.modifiedCount, didUpsert };
}

test('a bulk write does what its writes do one after the other', async () => {
  const models = fc.array(fc.tuple(fc.constantFrom(0, 1), model), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(models, fc.boolean(), async (writes, ordered) => {
      const [bulk, alone] = [
        [store.fresh(), store.fresh()],
        [store.fresh(), store.fresh()],
      ];
      const asked = writes.map(([at, one]) => ({ namespace: bulk[at]?.namespace, ...structuredClone(one) }));
      const done = await bulkWrite(asked as Model[], { ordered, verboseResults: true }).catch(
        (error: unknown) => error,
      );
      const results =
        done instanceof MongoClientBulkWriteError ? done.partialResult : (done as typeof done & Document);
      const errors =
        done instanceof MongoClientBulkWriteError ? done.writeErrors : new Map<number, Document>();
      for (const [index, [at, one]] of writes.entries()) {
        const expected = await single(alone[at] as Target, structuredClone(one)).catch(
          (error: unknown) => error,
        );
        if (expected instanceof MongoServerError) {
          expect([index, errors.get(index)?.code]).toEqual([index, expected.code]);
          if (ordered) break;
        } else {
          const kinds = [results?.insertResults, results?.updateResults, results?.deleteResults];
          expect(kinds.flatMap((kind) => (kind?.has(index) ? [kind.get(index)] : []))).toMatchObject([
            expected,
          ]);
        }
      }
      for (const at of [0, 1]) {
        const plain = (documents: Document[]) =>
          documents.map(({ _id, ...rest }) => ({ ...rest, ...(typeof _id === 'number' && { _id }) }));
        expect(plain(await all(bulk[at] as Target))).toEqual(plain(await all(alone[at] as Target)));
      }
    }),
    { numRuns: 60 },
  );
});
