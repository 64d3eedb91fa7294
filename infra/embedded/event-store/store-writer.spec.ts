import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StorageFull } from './damage.ts';
import { openForReading, openForWriting } from './database.ts';
import { type AppendCommand, EXPECT_NO_STREAM } from './model.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';
import { temporaryFolder } from './test-kit.ts';

let folder: string;
let database: DatabaseSync;
let writer: StoreWriter;
let reader: StoreReader;

beforeEach(async () => {
  folder = await temporaryFolder();
  database = openForWriting(folder);
  writer = new StoreWriter(database);
  reader = new StoreReader(openForReading(folder));
});
afterEach(async () => {
  reader.close();
  writer.close();
  await rm(folder, { recursive: true });
});

function command(stream: string, bytes = 10, deadline = Number.POSITIVE_INFINITY): AppendCommand {
  const event = {
    id: randomBytes(16),
    type: 'T',
    isJson: false,
    metadata: Buffer.alloc(0),
    data: Buffer.alloc(bytes),
  };
  return { kind: 'append', stream, expected: EXPECT_NO_STREAM, deadline, events: [event] };
}

it('judges each append of a batch by itself, in order', () => {
  const late = command('late', 10, 5);
  const outcomes = writer.appendBatch([command('a'), command('a'), late, command('b')], () => 6);
  expect(outcomes).toEqual([
    { kind: 'appended', revision: 0, position: 1 },
    { kind: 'wrong-expected-revision', current: 0 },
    { kind: 'deadline-exceeded' },
    { kind: 'appended', revision: 0, position: 2 },
  ]);
  expect(reader.head()).toBe(2);
});

it('keeps nothing of a batch for which there is no space, and writes again when there is', () => {
  writer.appendBatch([command('before')]);
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {};
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const small = command('small');
  expect(() => writer.appendBatch([small, command('large', 500_000)])).toThrow(StorageFull);
  expect(reader.head()).toBe(1);
  expect(reader.lastRevision('small')).toBe(-1);
  database.exec('PRAGMA max_page_count = 1000000');
  expect(writer.appendBatch([small])).toEqual([{ kind: 'appended', revision: 0, position: 2 }]);
  expect(reader.page({ stream: undefined, from: 1, backwards: false }, 10).events).toHaveLength(2);
});

it('writes nothing more after any other storage error', () => {
  writer.appendBatch([command('before')]);
  database.exec('ALTER TABLE events RENAME TO hidden');
  expect(() => writer.appendBatch([command('lost')])).toThrow('stopped writing');
  database.exec('ALTER TABLE hidden RENAME TO events');
  expect(() => writer.appendBatch([command('later')])).toThrow('stopped writing');
});

it('never lets times decrease, whatever the clock does, also over a restart', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4_000_000_000_000 }), { minLength: 1 }), (clock) => {
      for (const now of clock) writer.appendBatch([command(randomUUID())], () => now);
      writer = new StoreWriter(database);
      const range = { stream: undefined, from: Math.max(1, reader.head() - 200), backwards: false };
      const times = reader.page(range, 256).events.map(({ created }) => created);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBeGreaterThanOrEqual(Math.max(...clock));
    }),
    { numRuns: 20 },
  );
});
