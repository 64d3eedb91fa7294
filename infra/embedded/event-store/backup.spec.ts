import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type EngineProcess,
  endEngine,
  rejection,
  revisionsIn,
  startEngineProcess,
  startTestStore,
  temporaryFolder,
} from './test-kit.ts';

/** Backups through the command line, as an operator takes them. */

let folder: string;
let engine: EngineProcess | undefined;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  // After a failure the engine may still run.
  if (engine) await endEngine(engine, 'SIGKILL');
  engine = undefined;
  await rm(folder, { recursive: true });
});

const run = promisify(execFile);
async function main(...parameters: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [
    fileURLToPath(new URL('./main.ts', import.meta.url)),
    ...parameters,
  ]);
  return JSON.parse(stdout);
}

/** Appends to streams of one event each and one long one, until told to stop; answers how many it has so far. */
function writeOn(client: EventStoreDBClient) {
  let stopped = false;
  let count = 0;
  const done = (async () => {
    for (; !stopped; count += 1) {
      const expectedRevision = count === 0 ? NO_STREAM : BigInt(count - 1);
      await client.appendToStream('long', jsonEvent({ type: 'T', data: { n: count } }), { expectedRevision });
    }
  })();
  const stop = (): Promise<void> => {
    stopped = true;
    return done;
  };
  return { count: () => count, stop };
}

it('a backup of a live store is one moment of it, and can be restored and written to', async () => {
  const data = join(folder, 'data');
  const file = join(folder, 'backup.db');
  engine = await startEngineProcess(data);
  const client = EventStoreDBClient.connectionString(engine.connectionString);
  const writing = writeOn(client);
  await expect.poll(writing.count, { timeout: 20_000 }).toBeGreaterThan(50);
  const before = writing.count();
  const report = await main('backup', '--data', data, '--to', file);
  const after = writing.count();
  await writing.stop();
  expect(after).toBeGreaterThan(before);
  expect(report).toMatchObject({ backup: file, streams: 1 });
  expect(Number(report.events)).toBeGreaterThanOrEqual(before);
  expect(Number(report.events)).toBeLessThanOrEqual(after + 1);
  await client.dispose();
  await endEngine(engine, 'SIGTERM');
  engine = undefined;

  const restored = join(folder, 'restored');
  expect(await main('restore', '--data', restored, '--from', file)).toMatchObject({ events: report.events });
  const store = await startTestStore({ folder: restored });
  const revisions = await revisionsIn(store.client, 'long');
  expect(revisions).toEqual(Array.from({ length: Number(report.events) }, (_, n) => n));
  const expectedRevision = BigInt(revisions.length - 1);
  await store.client.appendToStream('long', jsonEvent({ type: 'T', data: {} }), { expectedRevision });
  await store.close();
  expect(await main('check', '--data', restored)).toMatchObject({ events: revisions.length + 1 });
});

it('nothing is overwritten, and a broken backup is refused', async () => {
  const data = join(folder, 'data');
  const file = join(folder, 'backup.db');
  const store = await startTestStore({ folder: data });
  const events = Array.from({ length: 500 }, (_, n) => jsonEvent({ type: 'T', data: { n } }));
  await store.client.appendToStream('s', events);
  await store.close();
  await main('backup', '--data', data, '--to', file);
  expect((await rejection(main('backup', '--data', data, '--to', file))).message).toContain(
    'never overwrites',
  );
  const onto = await rejection(main('restore', '--data', data, '--from', file));
  expect(onto.message).toContain('already has an event store');

  const bytes = await readFile(file);
  const at = bytes.indexOf('{"n":250}');
  bytes[at + 5] = 0x39;
  await writeFile(file, bytes);
  const target = join(folder, 'target');
  expect((await rejection(main('restore', '--data', target, '--from', file))).message).toContain('damaged');
  await expect(stat(join(target, 'events.db'))).rejects.toThrow('ENOENT');
});

it('the command line names what is missing', async () => {
  for (const parameters of [
    ['backup', '--data', folder],
    ['restore'],
    ['nonsense', '--data', folder],
    ['--what'],
  ]) {
    expect((await rejection(main(...parameters))).message).toContain('Usage: main');
  }
  const missing = await rejection(main('backup', '--data', folder, '--to', join(folder, 'x')));
  expect(missing.message).toContain('is not there');
});
