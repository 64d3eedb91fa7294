import { deserialize, serialize } from 'bson';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cursor, Cursors } from './commands/cursors.ts';
import { Pace } from './query/pace.ts';
import { fromArray } from './query/stream.ts';
import { openTestStore, serverError, type TestStore } from './test-kit.ts';

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(serialize({ i })));
}

function cursorOf(count: number, session?: string): Cursor {
  return new Cursor('d.c', fromArray(numbered(count)), new Pace(), session);
}

async function started(cursors: Cursors, cursor: Cursor): Promise<bigint> {
  const reply = await cursors.start(cursor, { batchSize: 2, singleBatch: false });
  return deserialize(reply, { useBigInt64: true }).cursor.id as bigint;
}

describe('cursors', () => {
  const proceed = (cursors: Cursors, id: bigint) => cursors.continue(id, 'd.c', 2, (pace) => pace.begin(0));

  test('an exhausted cursor is not kept', async () => {
    const cursors = new Cursors();
    expect(await started(cursors, cursorOf(2))).toBe(0n);
    const id = await started(cursors, cursorOf(3));
    expect(id).toBeGreaterThan(0n);
    await proceed(cursors, id);
    await expect(proceed(cursors, id)).rejects.toMatchObject({ code: 43 });
    cursors.stop();
  });

  test('an idle cursor expires, one in use since does not', async () => {
    const cursors = new Cursors();
    const idle = await started(cursors, cursorOf(9));
    const between = performance.now();
    const used = await started(cursors, cursorOf(9));
    await proceed(cursors, used);
    cursors.closeIdle(between);
    await expect(proceed(cursors, idle)).rejects.toMatchObject({ code: 43 });
    await proceed(cursors, used);
    cursors.stop();
  });

  test('the end of a session ends its cursors; a cursor belongs to its collection', async () => {
    const cursors = new Cursors();
    const [mine, other] = [
      await started(cursors, cursorOf(9, 'mine')),
      await started(cursors, cursorOf(9, 'other')),
    ];
    cursors.endSession('mine');
    await expect(proceed(cursors, mine)).rejects.toMatchObject({ code: 43 });
    await expect(cursors.continue(other, 'd.x', 1, () => undefined)).rejects.toMatchObject({ code: 43 });
    expect(cursors.kill(other, 'd.x')).toBe(false);
    expect(cursors.kill(other, 'd.c')).toBe(true);
    cursors.stop();
  });

  test('there is a limit to how many are open', async () => {
    const cursors = new Cursors();
    for (let i = 0; i < 2000; i += 1) await started(cursors, cursorOf(3));
    await expect(started(cursors, cursorOf(3))).rejects.toThrow('cursors are open');
    cursors.stop();
  });
});

describe('long reads', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore();
    const documents = Array.from({ length: 40_000 }, (_, i) => ({ _id: i, n: i, text: `text ${i % 1000}` }));
    await store.db.collection<{ _id: number }>('many').insertMany(documents);
  });
  afterAll(() => store.stop());

  test.each([
    ['a scan', () => store.db.collection('many').find({ text: 'none' }).toArray()],
    [
      'a sort',
      () => store.db.collection('many').find({}, { batchSize: 1, limit: 3 }).sort({ text: 1 }).toArray(),
    ],
    [
      'a group',
      () =>
        store.db
          .collection('many')
          .aggregate([{ $group: { _id: '$text', n: { $sum: '$n' } } }])
          .toArray(),
    ],
    ['an update', () => store.db.collection('many').updateMany({ n: { $gte: 0 } }, { $set: { m: 1 } })],
  ])('%s lets point reads and writes through', async (_, work) => {
    let finished = false;
    const long = work().finally(() => {
      finished = true;
    });
    let answers = 0;
    while (!finished) {
      await store.db.collection<{ _id: number }>('many').findOne({ _id: 5 });
      await store.db
        .collection<{ _id: number }>('few')
        .updateOne({ _id: 1 }, { $inc: { n: 1 } }, { upsert: true });
      if (!finished) answers += 1;
    }
    await long;
    expect(answers).toBeGreaterThan(1);
  });

  test('maxTimeMS ends a long insert and the building of an index', async () => {
    const documents = Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'x'.repeat(100) }));
    const name = store.fresh().collectionName;
    const insert = store.db.command({ insert: name, documents, maxTimeMS: 1 });
    expect((await serverError(insert)).code).toBe(50);
    expect(await store.db.collection(name).countDocuments()).toBeLessThan(20_000);
    const many = store.db.collection('many');
    const build = many.createIndex({ text: 1 }, { maxTimeMS: 1 });
    expect((await serverError(build)).code).toBe(50);
    expect((await many.indexes()).map((index) => index.name)).not.toContain('text_1');
  });

  test('maxTimeMS ends a read', async () => {
    const filter = { text: { $regex: '^(none|never)$' } };
    const slow = store.db.collection('many').find(filter, { maxTimeMS: 1 }).toArray();
    expect((await serverError(slow)).code).toBe(50);
  });
});
