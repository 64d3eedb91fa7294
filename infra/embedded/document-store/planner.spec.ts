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
  { weight: 2, arbitrary: fc.constantFrom('', 'a', 'ab', 'abc', 'b', '青', '青浦', 'a\0b') },
  fc.constantFrom<unknown>(null, true, 1.5, Number.NaN, new Date(0), new Date(5)),
  fc.constantFrom('9007199254740992', '9007199254740993').map((text) => Long.fromString(text)),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.constantFrom(/^a/, /^ab*/),
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  fc.record({ x: scalar }, { requiredKeys: [] }),
  fc.array(fc.record({ x: scalar }, { requiredKeys: [] }), { maxLength: 2 }),
);
const document = fc.record({ a: value, b: scalar, c: value }, { requiredKeys: [] });
const path = fc.constantFrom('a', 'b', 'c', 'a.x', 'c.x');

/** Patterns with a literal prefix, without one, and some that only look as if they had one. */
const pattern = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('^', '^a', '^ab', '^青', '^青浦', '^b') },
  fc.constantFrom(
    'a',
    '^ab*',
    '^ab?c',
    '^a+',
    '^a|^b',
    '^(a|b)',
    '^a.',
    '^\\x61',
    '^ab{0}',
    '^[ab]',
    'b$',
    '^ab$',
  ),
);
const regex = fc.oneof(
  { weight: 3, arbitrary: pattern.map((text): Document => ({ $regex: text })) },
  pattern.map((text): Document => ({ $regex: new RegExp(text) })),
  pattern.map((text): Document => ({ $regex: text.toUpperCase(), $options: 'i' })),
  fc
    .tuple(fc.array(pattern, { minLength: 1, maxLength: 2 }), fc.array(scalar, { maxLength: 2 }))
    .map(([texts, values]): Document => ({ $in: [...texts.map((text) => new RegExp(text)), ...values] })),
);
const elements = fc
  .oneof(
    fc.record({ $gte: scalar, $lt: scalar }),
    fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
    regex,
    scalar.map(($ne): Document => ({ $ne })),
    fc.record({ x: fc.oneof(scalar, fc.record({ $gte: scalar, $lte: scalar }), fc.record({ $ne: scalar })) }),
  )
  .map(($elemMatch): Document => ({ $elemMatch }));

const valueTest = fc.oneof(
  { weight: 3, arbitrary: regex },
  { weight: 2, arbitrary: elements },
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
  fc
    .tuple(clause, fc.array(fc.array(clause, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 }))
    .map(([first, others]): Document => ({ $and: [first, { $or: others.map(($and) => ({ $and })) }] })),
  fc.constant<Document>({}),
);
const direction = fc.constantFrom<1 | -1>(1, -1);

const ordered = fc.constantFrom('a', 'b', 'c', 'a.x');
const anyKey = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.x', 'c.x', '_id'), direction), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name.split('.')[0] ?? name,
});
/** Keys that can answer the sorts below, also behind a field that a filter lists values for. */
const sortingKey = fc
  .tuple(fc.option(fc.constantFrom('b', 'c')), ordered, direction, direction)
  .map(([before, name, own, id]): [string, 1 | -1][] => [
    ...(before === null || before === name ? [] : ([[before, 1]] satisfies [string, 1 | -1][])),
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
  fc
    .tuple(ordered, ordered, direction, direction, direction)
    .map(([one, two, a, b, id]): Document => ({ [one]: a, [two]: b, _id: id }))
    .filter((fields) => !('a' in fields && 'a.x' in fields)),
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
      if (!(error instanceof MongoServerError) || ![67, 85, 86, 171, 197, 238].includes(Number(error.code)))
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
  for (const [position, asked] of queries.entries()) {
    expect(await answer(indexed, asked)).toEqual(await answer(plain, asked));
    expect(await counts(indexed, asked)).toEqual(await counts(plain, asked));
    const name = ['a', 'b', 'a.x'][position % 3] ?? 'a';
    expect(await distinctOf(indexed, name, asked)).toEqual(await distinctOf(plain, name, asked));
  }
  await indexed.drop();
  await plain.drop();
}

/** Some documents hold two arrays that one index cannot take; those are left out of both collections. */
function refuseOther(error: unknown): void {
  if (!(error instanceof MongoServerError) || ![171, 238].includes(Number(error.code))) throw error;
}

/** A hint when there is one. */
type Hinted = Document | string | undefined;

function withHint(hint: Hinted): { hint?: Document | string } {
  return hint === undefined ? {} : { hint };
}

async function counts(
  collection: Collection,
  { filter: wanted, skip, limit }: Query,
  hint?: Hinted,
): Promise<unknown> {
  const window = { skip, ...(limit > 0 && { limit }), ...withHint(hint) };
  return [await collection.countDocuments(wanted, window), await collection.count(wanted, withHint(hint))];
}

/** Equal numbers may come as any of their types. */
async function distinctOf(
  collection: Collection,
  name: string,
  { filter: wanted }: Query,
  hint?: Hinted,
): Promise<string[]> {
  const promote = { promoteLongs: true, promoteValues: true };
  const found = await collection.distinct(name, wanted, { ...promote, ...withHint(hint) });
  return found.map((item: unknown) => `${typeof item} ${JSON.stringify(item)} ${String(item)}`).sort();
}

async function answer(
  collection: Collection,
  { filter: wanted, sort: order, skip, limit }: Query,
  hint?: Hinted,
): Promise<unknown[]> {
  if (Object.keys(order).length === 0) {
    const found = await collection.find(wanted, withHint(hint)).toArray();
    return found.map(({ _id }) => Number(_id)).sort((left, right) => left - right);
  }
  const cursor = collection
    .find(wanted, withHint(hint))
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
    numRuns: 90,
  });
});

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
  await fc.assert(fc.asyncProperty(some, own, questions, fc.boolean(), compareWithScan), { numRuns: 100 });
});

const texts = fc.constantFrom('a', 'ab', 'abc', 'b', 'bab', 'A', 'B', '青', '青浦', '');
const two = fc.constantFrom(1, 2);
const shortSort = fc.constantFrom<Document>({}, { _id: -1 });
const noWindow = { skip: 0, limit: 0 };

test('prefixes of texts, alone and in arrays, behind another field or not', async () => {
  const field = fc.oneof(
    texts,
    fc.array(texts, { maxLength: 3 }),
    fc.constantFrom<unknown>(/^a/, /^ab/, /b$/),
  );
  const some = fc.array(fc.record({ k: two, t: field }, { requiredKeys: ['k'] }), {
    minLength: 5,
    maxLength: 20,
  });
  const own = fc
    .tuple(fc.boolean(), direction)
    .map(([behind, t]): IndexDescription[] => [{ key: behind ? { k: 1, t } : { t } }]);
  const tests = fc.oneof(
    regex,
    regex.map(($elemMatch): Document => ({ $elemMatch })),
    fc.record({ $regex: pattern, $gte: texts }),
  );
  const asked = fc
    .tuple(two, tests, shortSort)
    .map(([k, t, sorting]) => ({ filter: { k, t }, sort: sorting, ...noWindow }));
  const questions = fc.array(asked, { minLength: 8, maxLength: 20 });
  await fc.assert(fc.asyncProperty(some, own, questions, fc.boolean(), compareWithScan), { numRuns: 40 });
});

test('streams that are merged for a sort', async () => {
  const few = fc.integer({ min: 0, max: 3 });
  const some = fc.array(fc.record({ a: few, b: few, c: few }), { minLength: 10, maxLength: 30 });
  const own = fc.tuple(direction, direction, direction).map(([a, b, _id]) => [{ key: { a, b, _id } }]);
  const list = fc.uniqueArray(few, { minLength: 2, maxLength: 4 }).map(($in) => ({ $in }));
  const wanted = fc.oneof(
    fc.record<Document>({ a: list }),
    fc.record<Document>({ a: list, b: fc.record({ $gte: few }) }),
    fc.record<Document>({ a: fc.oneof(few, list), c: few }),
  );
  const order = fc.record<Document>({ b: direction, _id: direction });
  const window = { skip: fc.constantFrom(0, 1, 5), limit: fc.constantFrom(0, 1, 4) };
  const questions = fc.array(fc.record({ filter: wanted, sort: order, ...window }), {
    minLength: 8,
    maxLength: 16,
  });
  await fc.assert(fc.asyncProperty(some, own, questions, fc.boolean(), compareWithScan), { numRuns: 30 });
});

test('alternatives that are each looked for in an index', async () => {
  const few = fc.integer({ min: 0, max: 4 });
  const some = fc.array(fc.record({ a: few, b: fc.oneof(few, fc.array(few, { maxLength: 3 })) }), {
    minLength: 10,
    maxLength: 30,
  });
  const own = fc.constant<IndexDescription[]>([
    { key: { a: 1 } },
    { key: { b: 1 } },
    { key: { a: 1, b: 1 } },
  ]);
  const one = fc.oneof(
    fc.record<Document>({ a: few }),
    fc.record<Document>({ b: fc.oneof(few, fc.record({ $gt: few, $lt: few })) }),
    fc.record<Document>({ a: few, b: fc.record({ $elemMatch: fc.record({ $gt: few, $lt: few }) }) }),
  );
  const $or = fc.array(one, { minLength: 2, maxLength: 3 });
  const wanted = fc.oneof(
    fc.record<Document>({ $or }),
    fc.record<Document>({ a: fc.record({ $gt: few }), $or }),
  );
  const questions = fc.array(
    fc.tuple(wanted, shortSort).map(([asked, sorting]) => ({ filter: asked, sort: sorting, ...noWindow })),
    { minLength: 8, maxLength: 16 },
  );
  await fc.assert(fc.asyncProperty(some, own, questions, fc.boolean(), compareWithScan), { numRuns: 30 });
});

test('a field missing in an array inside of an array is found although it is in no index', async () => {
  const collection = store.fresh();
  await collection.insertMany([{ c: [[1], { x: 2 }] }, { c: [{ x: 1 }] }, { c: [{ x: 2 }, {}] }]);
  const asked = { c: { $elemMatch: { x: null } } };
  const before = await collection.countDocuments(asked);
  await collection.createIndex({ 'c.x': 1 });
  expect([before, await collection.countDocuments(asked)]).toEqual([2, 2]);
});

test('distinct values from an index, one document for each, with null and missing told apart', async () => {
  const [indexed, plain] = [store.fresh(), store.fresh()];
  const documents = Array.from({ length: 400 }, (_, i): Document => {
    const b = [1, 2, 'x', Long.fromString('9007199254740993'), { y: 1 }, ''][i % 6];
    if (i % 50 === 7) return { _id: i, k: i % 2 };
    return i === 399 ? { _id: i, k: 1, b: null } : { _id: i, k: i % 2, b };
  });
  await indexed.createIndexes([{ key: { b: -1 } }, { key: { k: 1, b: 1 } }, { key: { t: 1 } }]);
  for (const collection of [indexed, plain]) await collection.insertMany(documents as never);
  for (const asked of [
    {},
    { k: 1 },
    { k: 0 },
    { k: 1, b: { $gte: 2 } },
    { b: { $gt: '' } },
    { k: { $in: [0, 1] } },
  ]) {
    const query = { filter: asked, sort: {}, ...noWindow };
    expect(await distinctOf(indexed, 'b', query)).toEqual(await distinctOf(plain, 'b', query));
  }
  await indexed.updateOne({ k: 1 }, { $set: { b: [7, 8] } });
  expect(await indexed.distinct('b')).toEqual(expect.arrayContaining([7, 8, null, 'x']));
});

test('a count in an index leaves out NaN and null, and compares two indexes', async () => {
  const [indexed, plain] = [store.fresh(), store.fresh()];
  await indexed.createIndexes([{ key: { a: 1 } }, { key: { t: 1 } }, { key: { b: 1 } }]);
  const values = [1, 2, 3, 9, Number.NaN, null];
  const documents = Array.from({ length: 300 }, (_, i) => ({
    _id: i,
    a: values[i % 6],
    t: [i % 4, i % 5],
    b: i % 3,
  }));
  for (const collection of [indexed, plain]) await collection.insertMany(documents as never);
  const asked: Document[] = [
    { a: { $lt: 3 } },
    { a: { $gte: 2, $lte: 9 } },
    { a: null },
    { a: Number.NaN },
    { a: { $gte: 2 }, t: 2 },
    { t: { $in: [1, 2] }, b: 1 },
    { $or: [{ a: { $lt: 2 } }, { t: 3 }] },
  ];
  for (const filter of asked)
    expect([filter, await indexed.countDocuments(filter)]).toEqual([
      filter,
      await plain.countDocuments(filter),
    ]);
});

/** What an index holds of a collection. */
function heldBy({ key, sparse, partialFilterExpression }: IndexDescription): Document {
  if (partialFilterExpression !== undefined) return partialFilterExpression;
  if (sparse !== true) return {};
  return { $or: Object.keys(key).map((name) => ({ [name]: { $exists: true } })) };
}

test('a hinted index answers what a full scan of what it holds answers', async () => {
  let run = 0;
  const some = fc.array(document, { minLength: 1, maxLength: 20 });
  const questions = fc.array(query, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      some,
      index,
      fc.boolean(),
      questions,
      async (documents, description, byName, queries) => {
        run += 1;
        const [hinted, plain] = [store.db.collection(`hinted${run}`), store.db.collection(`unhinted${run}`)];
        const { key, ...more } = description;
        fc.pre(JSON.stringify(key) !== '{"_id":1}');
        const name = await hinted.createIndex(key as Document, more).catch(() => undefined);
        fc.pre(name !== undefined);
        const hint: Document | string = byName ? (name ?? '') : (key as Document);
        await hinted
          .insertMany(
            documents.map((fields, _id) => ({ _id, ...fields }) as Document),
            { ordered: false },
          )
          .catch(refuseOther);
        const kept = await hinted.find().toArray();
        if (kept.length > 0) await plain.insertMany(kept);
        for (const asked of queries) {
          const held = { ...asked, filter: { $and: [asked.filter, heldBy(description)] } };
          expect(await answer(hinted, asked, hint)).toEqual(await answer(plain, held));
          expect(await counts(hinted, asked, hint)).toEqual(await counts(plain, held));
          expect(await distinctOf(hinted, 'a', asked, hint)).toEqual(await distinctOf(plain, 'a', held));
        }
        await hinted.drop();
        await plain.drop();
      },
    ),
    { numRuns: 90 },
  );
});

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
    { numRuns: 40 },
  );
});
