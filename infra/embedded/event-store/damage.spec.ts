import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, cp, mkdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openForReading, openForWriting } from './database.ts';
import { checkFile, inspectFolder } from './inspection.ts';
import { EXPECT_ANY, type RecordedEvent } from './model.ts';
import { startEmbeddedEventStore } from './server.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';
import { endEngine, rejection, startEngineProcess, startTestStore, temporaryFolder } from './test-kit.ts';
import { Watermark } from './watermark.ts';

/** What is broken on the disk is named and never served. */

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

/** Copies with one flipped byte that each test looks at. */
const FLIPS = Number(process.env.FLIPS ?? 60);
const STREAMS = ['a', 'b', 'c', '号 🏥'];

function appendTo(writer: StoreWriter, count: number, bytes = 40): void {
  for (let n = 0; n < count; n += 1) {
    const event = { id: randomBytes(16), type: 'T', isJson: false, metadata: Buffer.from('{}') };
    const events = [{ ...event, data: randomBytes(bytes) }];
    const stream = STREAMS[n % STREAMS.length] ?? '';
    const deadline = Number.POSITIVE_INFINITY;
    writer.appendBatch([{ kind: 'append', stream, expected: EXPECT_ANY, deadline, events }]);
  }
}

/** Everything that reads of all kinds show, page by page, until one is refused. */
function readEverything(at: string): { shown: RecordedEvent[][]; refused: boolean } {
  const shown: RecordedEvent[][] = [];
  try {
    inspectFolder(at);
    const reader = new StoreReader(openForReading(at));
    try {
      for (const stream of [undefined, ...STREAMS]) {
        for (const backwards of [false, true]) {
          const from = backwards ? Number.MAX_SAFE_INTEGER : 0;
          shown.push([...reader.page({ stream, from, backwards }, 256).events]);
        }
      }
    } finally {
      reader.close();
    }
  } catch {
    return { shown, refused: true };
  }
  return { shown, refused: false };
}

/** Flips bytes of a file, one copy of the folder each time; `judge` sees what the copy shows. */
async function flipBytes(
  name: string,
  runs: number,
  judge: (shown: RecordedEvent[][], refused: boolean) => void,
): Promise<number> {
  const original = await readFile(join(folder, name));
  const copy = join(folder, 'copy');
  let refusals = 0;
  const offset = fc.integer({ min: 0, max: original.length - 1 });
  await fc.assert(
    fc.asyncProperty(offset, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      await rm(copy, { recursive: true, force: true });
      await mkdir(copy);
      for (const file of ['events.db', 'events.db-wal', 'acknowledged']) {
        await copyFile(join(folder, file), join(copy, file)).catch(() => undefined);
      }
      const bytes = Buffer.from(original);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      await writeFile(join(copy, name), bytes);
      const { shown, refused } = readEverything(copy);
      if (refused) refusals += 1;
      judge(shown, refused);
    }),
    { numRuns: runs },
  );
  return refusals;
}

describe('a flipped byte', () => {
  it('of the database is refused or harmless; what is shown is what was written', async () => {
    const writer = new StoreWriter(openForWriting(folder));
    appendTo(writer, 240);
    writer.close();
    new Watermark(folder, 240).close();
    const { shown: whole } = readEverything(folder);
    expect(whole).toHaveLength(10);
    const refusals = await flipBytes('events.db', FLIPS, (shown) => {
      for (const [index, events] of shown.entries()) expect(events).toEqual(whole[index]);
    });
    expect(refusals).toBeGreaterThan(FLIPS / 4);
  });

  it('of the write-ahead log never hides an acknowledged event', async () => {
    const writer = new StoreWriter(openForWriting(folder));
    appendTo(writer, 60);
    new Watermark(folder, writer.head).close();
    const { shown: whole } = readEverything(folder);
    const refusals = await flipBytes('events.db-wal', FLIPS, (shown, refused) => {
      if (!refused) expect(shown).toEqual(whole);
    });
    writer.close();
    expect(refusals).toBeGreaterThan(FLIPS / 4);
  });
});

describe('a start is refused', () => {
  async function killedEngine(): Promise<void> {
    const engine = await startEngineProcess(folder);
    const client = EventStoreDBClient.connectionString(engine.connectionString);
    for (let n = 0; n < 20; n += 1) {
      const event = jsonEvent({ type: 'T', data: { n } });
      await client.appendToStream(randomUUID(), event, { expectedRevision: NO_STREAM });
    }
    await client.dispose();
    await endEngine(engine, 'SIGKILL');
  }

  it.each([
    [
      'has a broken last page',
      async (log: string) => {
        const bytes = await readFile(log);
        bytes.fill(0x5a, bytes.length - 2000, bytes.length - 1000);
        await writeFile(log, bytes);
      },
    ],
    ['is cut short', async (log: string) => truncate(log, (await readFile(log)).length - 5000)],
    ['is missing', unlink],
  ] as [string, (log: string) => Promise<void>][])('when the write-ahead log %s', async (_name, harm) => {
    await killedEngine();
    const log = join(folder, 'events.db-wal');
    const bytes = await readFile(log);
    await harm(log);
    for (const attempt of [1, 2]) {
      const error = await rejection(startEmbeddedEventStore({ folder }));
      expect(error.message, `attempt ${attempt}`).toMatch(/damaged: .*write-ahead log/);
    }
    // A refused start changes nothing: with the log back, everything is there.
    await writeFile(log, bytes);
    const store = await startTestStore({ folder });
    let events = 0;
    for await (const _ of store.client.readAll({ fromPosition: START })) events += 1;
    expect(events).toBe(20);
    await store.close();
  });

  it('when the database is missing', async () => {
    await killedEngine();
    await unlink(join(folder, 'events.db'));
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow('events.db is missing');
  });

  it('when a page of the database is broken', async () => {
    const writer = new StoreWriter(openForWriting(folder));
    appendTo(writer, 400);
    writer.close();
    const file = join(folder, 'events.db');
    const bytes = await readFile(file);
    bytes.fill(0x5a, 4096 * 5, 4096 * 6);
    await writeFile(file, bytes);
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow('The event store is damaged');
    expect(() => checkFile(file)).toThrow('The event store is damaged');
  });
});

describe('an old event that rotted unseen', () => {
  it('is refused with DATA_LOSS by its position, and everything else is served', async () => {
    const writer = new StoreWriter(openForWriting(folder));
    appendTo(writer, 8);
    const event = (n: number) => ({
      id: randomBytes(16),
      type: 'T',
      isJson: false,
      metadata: Buffer.of(n & 255),
      data: Buffer.from('x'),
    });
    const events = Array.from({ length: 10_000 }, (_, n) => event(n));
    const command = { stream: 'many', expected: EXPECT_ANY, deadline: Number.POSITIVE_INFINITY, events };
    writer.appendBatch([{ kind: 'append', ...command }]);
    writer.close();
    const database = new DatabaseSync(join(folder, 'events.db'));
    database.exec("UPDATE events SET data = x'00' WHERE position = 3");
    database.close();
    const { client, close } = await startTestStore({ folder });
    const read = async (options: Parameters<typeof client.readAll>[0]) => {
      let count = 0;
      for await (const _ of client.readAll(options)) count += 1;
      return count;
    };
    const error = await rejection(read({ fromPosition: START, maxCount: 10 }));
    expect(error).toMatchObject({ code: status.DATA_LOSS });
    expect(error.message).toContain('the event at position 3 does not fit its checksum');
    expect(await read({ fromPosition: { commit: 4n, prepare: 4n }, maxCount: 500 })).toBe(500);
    await close();
    expect(() => checkFile(join(folder, 'events.db'))).toThrow('position 3');
  });
});

it('copies of a running store without its log are noticed', async () => {
  const writer = new StoreWriter(openForWriting(folder));
  appendTo(writer, 20);
  new Watermark(folder, writer.head).close();
  const copy = join(folder, 'copy');
  await mkdir(copy);
  for (const file of ['events.db', 'acknowledged']) await cp(join(folder, file), join(copy, file));
  await expect(startEmbeddedEventStore({ folder: copy })).rejects.toThrow('The event store is damaged');
  writer.close();
});
