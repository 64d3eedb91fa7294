import { spawnSync } from 'node:child_process';
import { rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedEventStore } from './server.ts';
import { newStream, startTestStore, temporaryFolder } from './test-kit.ts';

/** Disks that are full or read-only, as small file systems in memory. Skipped where mounting is not permitted. */

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  spawnSync('umount', [folder]);
  await rm(folder, { recursive: true });
});

const mount = (on: string, options: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', on]).status === 0;

const mountWorks = await (async () => {
  const probe = await temporaryFolder();
  const works = mount(probe, 'size=1m');
  spawnSync('umount', [probe]);
  await rm(probe, { recursive: true });
  return works;
})();

interface Attempts {
  readonly written: string[];
  readonly refused: string[];
  readonly reasons: string[];
}

/** Appends single events to new streams, `at` a time, until `done`. */
async function appendUntil(
  client: EventStoreDBClient,
  at: number,
  done: (attempts: Attempts) => boolean,
): Promise<Attempts> {
  const attempts: Attempts = { written: [], refused: [], reasons: [] };
  const write = async (): Promise<void> => {
    const stream = newStream();
    const event = jsonEvent({ type: 'T', data: { text: 'x'.repeat(8000) } });
    try {
      await client.appendToStream(stream, event, { expectedRevision: NO_STREAM });
      attempts.written.push(stream);
    } catch (error) {
      attempts.refused.push(stream);
      attempts.reasons.push(String(error));
    }
  };
  while (!done(attempts)) await Promise.all(Array.from({ length: at }, write));
  return attempts;
}

async function storedStreams(client: EventStoreDBClient): Promise<string[]> {
  const streams: string[] = [];
  for await (const { event } of client.readAll({ fromPosition: START })) streams.push(event?.streamId ?? '');
  return streams.sort();
}

describe.skipIf(!mountWorks)('a full disk', () => {
  it('refuses appends, serves reads, loses nothing acknowledged, and goes on when there is space', async () => {
    mount(folder, 'size=6m');
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(2 * 1024 * 1024));
    const data = join(folder, 'data');
    const { client, close } = await startTestStore({ folder: data });
    const full = await appendUntil(client, 8, ({ refused }) => refused.length >= 30);
    expect(full.written.length).toBeGreaterThan(20);
    for (const reason of full.reasons)
      expect(reason).toContain('The disk is full; nothing of this was written');
    expect(await storedStreams(client)).toEqual(full.written.toSorted());

    await unlink(ballast);
    const after = await appendUntil(client, 4, ({ written }) => written.length >= 40);
    expect(after.refused).toEqual([]);
    const all = [...full.written, ...after.written].sort();
    expect(await storedStreams(client)).toEqual(all);
    await close();
    const again = await startTestStore({ folder: data });
    expect(await storedStreams(again.client)).toEqual(all);
    await again.close();
  });
});

describe.skipIf(!mountWorks)('a read-only folder', () => {
  it('is refused with a sentence that names it', async () => {
    mount(folder, 'ro');
    for (const data of [folder, join(folder, 'new')]) {
      await expect(startEmbeddedEventStore({ folder: data })).rejects.toThrow(
        `The data folder ${data} cannot be written`,
      );
    }
  });
});
