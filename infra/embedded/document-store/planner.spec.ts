import fc from 'fast-check';
import { type Collection, type Document, type IndexDescription, Long, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from './test-kit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.stop());

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.constantFrom('', 'a', 'ab', 'b', '青') },
  fc.constantFrom<unknown>(null, true, 1.5, Number.NaN, new Date(0), new Date(5)),
  fc.constantFrom('9007199254740992', '9007199254740993').map((text) => Long.fromString(text)),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  fc.record({ x: scalar }, { requiredKeys: [] }),
  fc.array(fc.record({ x: scalar }, { requiredKeys: [] }), { maxLength: 2 }),
);
const document = fc.record({ a: value, b: scalar, c: value }, { requiredKeys: [] });
const path = fc.constantFrom('a', 'b', 'c', 'a.x', 'c.x');

const valueTest = fc.oneof(
  scalar.map((operand) => ({ $eq: operand })),
  fc.array(scalar, { maxLength: 3 }).map((operands) => ({ $in: operands })),
  fc
    .tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$ne'), scalar)
    .map(([op, operand]) => ({ [op]: operand })),
  fc.record({ $gte: scalar, $lt: scalar }),
  fc.boolean().map((present) => ({ $exists: present })),
  value.map((operand) => ({ $eq: operand })),
);
/** Tests that decide whether a sparse index may be used. */
const missing = fc.constantFrom<Document>(
  { $eq: null },
  { $in: [null, 1] },
  { $exists: false },
  { $lte: null },
);
const clause = fc
  .tuple(path, fc.oneof({ weight: 5, arbitrary: valueTest }, { weight: 1, arbitrary: missing }))
  .map(([name, operators]): Document => ({ [name]: operators }));
const filter = fc.oneof(
  { weight: 2, arbitrary: clause },
  {
    weight: 3,
    arbitrary: fc.array(clause, { minLength: 1, maxLength: 3 }).map(($and): Document => ({ $and })),
  },
  fc.array(clause, { minLength: 1, maxLength: 2 }).map(($or): Document => ({ $or })),
  fc.constant<Document>({}),
);
const direction = fc.constantFrom<1 | -1>(1, -1);

const ordered = fc.constantFrom('a', 'b', 'c', 'a.x');
const anyKey = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.x', 'c.x', '_id'), direction), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name.split('.')[0] ?? name,
});
/** Keys that can answer the sorts below. */
const sortingKey = fc.tuple(ordered, direction, direction).map(([name, own, id]): [string, 1 | -1][] => [
  [name, own],
  ['_id', id],
]);
const options = fc.constantFrom<Document>(
  {},
  {},
  { sparse: true },
  { partialFilterExpression: { b: { $gte: 0 } } },
  { partialFilterExpression: { a: { $exists: true } } },
);
const index = fc
  .tuple(fc.oneof(anyKey, sortingKey), options)
  .map(([key, more]): IndexDescription => ({ key: Object.fromEntries(key), ...more }));

const sort = fc.oneof(
  fc.constant<Document>({}),
  fc.tuple(ordered, direction, direction).map(([name, own, id]): Document => ({ [name]: own, _id: id })),
  direction.map((id): Document => ({ _id: id })),
);

const query = fc.record({ filter, sort, skip: fc.constantFrom(0, 0, 2), limit: fc.constantFrom(0, 0, 1, 3) });

/** Creates what can be created: some documents hold two arrays that one index cannot take. */
async function createIndexes(name: string, indexes: readonly IndexDescription[]): Promise<void> {
  for (const description of indexes) {
    try {
      await store.db.collection(name).createIndexes([description]);
    } catch (error) {
      if (!(error instanceof MongoServerError) || ![67, 85, 86, 171, 238].includes(Number(error.code)))
        throw error;
    }
  }
}

interface Query {
  readonly filter: Document;
  readonly sort: Document;
  readonly skip: number;
  readonly limit: number;
}

let runs = 0;

/** Asks two collections with the same documents, one with indexes and one without. */
async function compareWithScan(
  documents: readonly Document[],
  indexes: readonly IndexDescription[],
  queries: readonly Query[],
  indexFirst: boolean,
): Promise<void> {
  runs += 1;
  const [indexed, plain] = [store.db.collection(`indexed${runs}`), store.db.collection(`plain${runs}`)];
  const stored = documents.map((fields, _id) => ({ _id, ...fields }) as Document);
  if (indexFirst) await createIndexes(indexed.collectionName, indexes);
  await indexed.insertMany(stored, { ordered: false }).catch(refuseOther);
  if (!indexFirst) await createIndexes(indexed.collectionName, indexes);
  const kept = await indexed.find().toArray();
  if (kept.length > 0) await plain.insertMany(kept);
  for (const asked of queries) expect(await answer(indexed, asked)).toEqual(await answer(plain, asked));
  await indexed.drop();
  await plain.drop();
}

/** Some documents hold two arrays that one index cannot take; those are left out of both collections. */
function refuseOther(error: unknown): void {
  if (!(error instanceof MongoServerError) || ![171, 238].includes(Number(error.code))) throw error;
}

async function answer(
  collection: Collection,
  { filter: wanted, sort: order, skip, limit }: Query,
): Promise<unknown[]> {
  if (Object.keys(order).length === 0) {
    const found = await collection.find(wanted).toArray();
    return found.map(({ _id }) => Number(_id)).sort((left, right) => left - right);
  }
  const cursor = collection
    .find(wanted)
    .sort(order as never)
    .skip(skip)
    .limit(limit);
  return (await cursor.toArray()).map(({ _id }) => _id);
}

test('every index answers what a full scan answers', async () => {
  const some = fc.array(document, { minLength: 1, maxLength: 25 });
  const several = fc.array(index, { minLength: 1, maxLength: 3 });
  const questions = fc.array(query, { minLength: 1, maxLength: 8 });
  await fc.assert(fc.asyncProperty(some, several, questions, fc.boolean(), compareWithScan), {
    numRuns: 150,
  });
}, 120_000);

test('so does an index on the one field that is asked for and sorted by', async () => {
  const some = fc.array(fc.record({ a: value }, { requiredKeys: [] }), { minLength: 1, maxLength: 15 });
  const keys = fc.oneof(
    fc.record<Document>({ a: direction }),
    fc.record<Document>({ a: direction, _id: direction }),
  );
  const own = fc.tuple(keys, options).map(([key, more]) => [{ key, ...more } as IndexDescription]);
  const order = fc.oneof(fc.constant<Document>({}), fc.record<Document>({ a: direction, _id: direction }));
  const tests = fc.oneof({ weight: 3, arbitrary: valueTest }, { weight: 1, arbitrary: missing });
  const asked = fc
    .tuple(fc.array(tests, { minLength: 1, maxLength: 2 }), order, fc.constantFrom(0, 2))
    .map(([both, sorting, limit]) => ({
      filter: { $and: both.map((a) => ({ a })) },
      sort: sorting,
      skip: 0,
      limit,
    }));
  const questions = fc.array(asked, { minLength: 1, maxLength: 10 });
  await fc.assert(fc.asyncProperty(some, own, questions, fc.boolean(), compareWithScan), { numRuns: 200 });
}, 120_000);

test('indexes follow updates and deletes', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.option(document)), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.array(index, { minLength: 1, maxLength: 2 }),
      fc.array(filter, { minLength: 1, maxLength: 5 }),
      async (steps, indexes, filters) => {
        run += 1;
        const [indexed, plain] = [store.db.collection(`moved${run}`), store.db.collection(`still${run}`)];
        await createIndexes(indexed.collectionName, indexes);
        for (const [_id, replacement] of steps) {
          const by = { _id } as Document;
          if (replacement === null) await Promise.all([indexed.deleteOne(by), plain.deleteOne(by)]);
          else {
            const done = await indexed
              .replaceOne(by, replacement, { upsert: true })
              .catch((error: unknown) => error);
            if (!(done instanceof MongoServerError))
              await plain.replaceOne(by, replacement, { upsert: true });
          }
        }
        const wide = ['a', 'b', 'c'].map((name): Document => ({ [name]: { $gte: -9 } }));
        for (const wanted of [...filters, ...wide]) {
          const ids = async (collection: typeof plain) =>
            (await collection.find(wanted).toArray()).map(({ _id }) => String(_id)).sort();
          expect(await ids(indexed)).toEqual(await ids(plain));
        }
        await indexed.drop();
        await plain.drop().catch(() => undefined);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
