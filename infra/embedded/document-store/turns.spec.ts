import { deserialize, serialize } from 'bson';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { documentValue } from './bson/raw.ts';
import type { Context } from './commands/context.ts';
import { Cursors } from './commands/cursors.ts';
import { prepare } from './commands/registry.ts';
import { Collection } from './storage/collection.ts';
import { Store } from './storage/store.ts';
import { temporaryFolder } from './test-kit.ts';

/**
 * How much is done before others get their turn, told by a clock that only goes on when a document or an index entry
 * is read or written. A point read waits for as many turns as there are long jobs, so this is what bounds its wait.
 */
const DOCUMENTS = 6000;
/** What looking at a document takes on the clock, in milliseconds: 40 fit into a slice of a read. */
const COST = 0.05;

describe('long work gives way', () => {
  const folder = temporaryFolder();
  let store: Store;
  let context: Context;
  let clock = 0;
  let inTurn = 0;
  let most = 0;

  function worked(amount: number): void {
    clock += amount * COST;
    inTurn += amount;
    most = Math.max(most, inTurn);
  }

  function counting<K extends 'readAfter' | 'readRange' | 'addEntries' | 'replace' | 'insert'>(
    method: K,
    amount: (result: ReturnType<Collection[K]>) => number,
  ): void {
    const original = Collection.prototype[method] as (...args: unknown[]) => ReturnType<Collection[K]>;
    vi.spyOn(Collection.prototype, method).mockImplementation(function (
      this: Collection,
      ...args: unknown[]
    ) {
      const result = original.apply(this, args);
      worked(amount(result));
      return result as never;
    } as never);
  }

  async function run(command: object): Promise<Record<string, unknown>> {
    const body = documentValue(Buffer.from(serialize({ ...command, $db: 'test' })));
    const execution = prepare({
      requestId: 1,
      opCode: 2013,
      body,
      sequences: new Map(),
      database: undefined,
      wantsReply: true,
    });
    return deserialize(await execution(context));
  }

  beforeAll(async () => {
    store = await Store.open(folder.path);
    context = { store, cursors: new Cursors(), connectionId: 1, isClosed: () => false };
    const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, n: i, text: `t${i % 1000}` }));
    await run({ insert: 'many', documents });
    await run({ createIndexes: 'many', indexes: [{ key: { n: 1 }, name: 'n' }] });
  });

  afterAll(async () => {
    context.cursors.stop();
    await store.close();
    folder.remove();
  });

  beforeEach(() => {
    const immediate = globalThis.setImmediate;
    inTurn = 0;
    most = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    vi.spyOn(globalThis, 'setImmediate').mockImplementation(((callback: () => void) =>
      immediate(() => {
        inTurn = 0;
        callback();
      })) as never);
    counting('readAfter', (rows) => rows.length);
    counting('readRange', ({ rows }) => rows.length);
    counting('addEntries', () => 1);
    counting('replace', () => 1);
    counting('insert', () => 1);
  });

  afterEach(() => vi.restoreAllMocks());

  const everything = { batchSize: 1_000_000 };
  test.each<[string, object, number]>([
    ['a scan', { find: 'many', filter: { text: 'none' } }, 0],
    ['reading everything at once', { find: 'many', ...everything }, DOCUMENTS],
    ['a scan of an index', { find: 'many', filter: { n: { $gte: 0 }, text: 'none' } }, 0],
    ['a sort', { find: 'many', sort: { text: -1 }, ...everything }, DOCUMENTS],
    ['a group', { aggregate: 'many', pipeline: [{ $group: { _id: '$n' } }], cursor: everything }, DOCUMENTS],
  ])('%s looks at no more than a few chunks a turn', async (_, command, found) => {
    const { cursor } = await run(command);
    expect((cursor as { firstBatch: unknown[] }).firstBatch).toHaveLength(found);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * 128);
  });

  test('an index build', async () => {
    await run({ createIndexes: 'many', indexes: [{ key: { text: 1 }, name: 'text' }] });
    expect(most).toBeLessThanOrEqual(25 / COST + 2 * 100);
  });

  test('an update of everything, and a bulk of updates', async () => {
    await run({ update: 'many', updates: [{ q: { n: { $gte: 0 } }, u: { $set: { m: 1 } }, multi: true }] });
    const updates = Array.from({ length: 2000 }, (_, i) => ({ q: { _id: i }, u: { $set: { m: 2 } } }));
    await run({ update: 'many', updates });
    expect(most).toBeLessThanOrEqual(25 / COST + 2 * 128);
  });

  test('writes give way sooner while somebody reads', async () => {
    await run({ find: 'many', filter: { _id: 1 } });
    most = 0;
    const documents = Array.from({ length: 1000 }, (_, i) => ({ _id: `new-${i}` }));
    await run({ insert: 'many', documents });
    expect(most).toBeLessThanOrEqual(10 / COST + 4);
  });

  test('results are handed out in turns as well', async () => {
    const turns = vi.mocked(setImmediate).mock.calls.length;
    vi.mocked(performance.now).mockImplementation(() => {
      clock += 1;
      return clock;
    });
    await run({ aggregate: 'many', pipeline: [{ $group: { _id: '$n' } }], cursor: everything });
    const taken = vi.mocked(setImmediate).mock.calls.length - turns;
    expect(taken).toBeGreaterThan((2 * DOCUMENTS) / 128 / 4);
  });
});
