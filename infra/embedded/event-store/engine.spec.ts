import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeadlineExceededError, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedEventStoreOptions, startEmbeddedEventStore } from './server.ts';
import {
  connect,
  countOf,
  endEngine,
  newStream,
  rejection,
  someEvents,
  startEngineProcess,
  startTestStore,
  streamError,
  take,
  temporaryFolder,
} from './test-kit.ts';

/** What only the embedded engine promises; these tests never run against a real server. */

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await temporaryFolder();
  folders.push(folder);
  return folder;
}
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe('the data folder', () => {
  it('is refused to a second engine in the same process', async () => {
    const folder = await newFolder();
    const first = await startEmbeddedEventStore({ folder });
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow(
      'in use by another embedded event store',
    );
    await first.stop();
    const second = await startEmbeddedEventStore({ folder });
    await second.stop();
  });

  it('is refused to a second process, and free again after kill -9', async () => {
    const folder = await newFolder();
    const engine = await startEngineProcess(folder);
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow(
      'in use by another embedded event store',
    );
    await endEngine(engine, 'SIGKILL');
    const store = await startEmbeddedEventStore({ folder });
    await store.stop();
  });

  it('keeps everything over a restart, and positions go on growing', async () => {
    const folder = await newFolder();
    const stream = newStream();
    const first = await startTestStore({ folder });
    const before = await first.client.appendToStream(stream, someEvents(3), { expectedRevision: NO_STREAM });
    await first.close();
    const second = await startTestStore({ folder });
    expect(await countOf(second.client, stream)).toBe(3);
    const after = await second.client.appendToStream(stream, someEvents(1), { expectedRevision: 2n });
    expect(after.position?.commit).toBe((before.position?.commit ?? 0n) + 1n);
    await second.close();
  });

  it('is refused when its format version is unknown', async () => {
    const folder = await newFolder();
    await (await startEmbeddedEventStore({ folder })).stop();
    const database = new DatabaseSync(join(folder, 'events.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow('format version 99');
  });

  it('is refused when another program wrote its database', async () => {
    const folder = await newFolder();
    const database = new DatabaseSync(join(folder, 'events.db'));
    database.exec('CREATE TABLE other (x)');
    database.close();
    await expect(startEmbeddedEventStore({ folder })).rejects.toThrow('was not written by');
  });
});

describe('the address', () => {
  it('must be loopback', async () => {
    const host = '0.0.0.0' as unknown as NonNullable<EmbeddedEventStoreOptions['host']>;
    await expect(startEmbeddedEventStore({ folder: await newFolder(), host })).rejects.toThrow(
      'loopback only',
    );
  });

  it('is refused when its port is taken', async () => {
    const first = await startEmbeddedEventStore({ folder: await newFolder() });
    const second = startEmbeddedEventStore({ folder: await newFolder(), port: first.port });
    await expect(second).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });
});

describe('the program', () => {
  it('says when it is ready, serves, and stops on SIGTERM', async () => {
    const folder = await newFolder();
    const engine = await startEngineProcess(folder);
    const client = connect(engine.connectionString);
    const stream = newStream();
    await client.appendToStream(stream, someEvents(2), { expectedRevision: NO_STREAM });
    await client.dispose();
    await endEngine(engine, 'SIGTERM');
    expect(engine.child.exitCode).toBe(0);
    const again = await startTestStore({ folder });
    expect(await countOf(again.client, stream)).toBe(2);
    await again.close();
  });
});

describe('stopping', () => {
  it('answers the appends under way and ends subscriptions as unavailable', async () => {
    const folder = await newFolder();
    const { client, store } = await startTestStore({ folder });
    const subscription = client.subscribeToAll({ fromPosition: START });
    const ended = streamError(subscription);
    await once(subscription, 'caughtUp');
    const names = Array.from({ length: 50 }, () => newStream());
    const attempts = names.map((name) => client.appendToStream(name, someEvents(1)));
    await attempts[0];
    await store.stop();
    const settled = await Promise.allSettled(attempts);
    expect(await ended).toMatchObject({ type: 'unavailable' });
    await client.dispose();
    const again = await startTestStore({ folder });
    for (const [index, { status: answer }] of settled.entries()) {
      if (answer === 'fulfilled') expect(await countOf(again.client, names[index] ?? '')).toBe(1);
    }
    await again.close();
  });
});

describe('a deadline', () => {
  it('that has passed means nothing is written', async () => {
    const { client, close } = await startTestStore();
    const stream = newStream();
    const late = client.appendToStream(stream, someEvents(1), { deadline: -1000 });
    expect(await rejection(late)).toBeInstanceOf(DeadlineExceededError);
    await client.appendToStream(stream, someEvents(1), { expectedRevision: NO_STREAM });
    expect(await countOf(client, stream)).toBe(1);
    await close();
  });
});

describe('a slow consumer', () => {
  it('gets everything in order while others write and read', async () => {
    const { client, close } = await startTestStore();
    const stream = newStream();
    const event = () => jsonEvent({ type: 'Wide', data: { text: 'x'.repeat(20_000) } });
    const slow = client.subscribeToStream(stream, { fromRevision: START }, { highWaterMark: 1 });
    slow.pause();
    for (let n = 0; n < 40; n += 1) {
      const events = Array.from({ length: 20 }, event);
      await client.appendToStream(stream, events, {
        expectedRevision: n === 0 ? NO_STREAM : BigInt(n * 20 - 1),
      });
    }
    expect(await countOf(client, stream)).toBe(800);
    const revisions = (await take(slow, 800)).map(({ revision }) => Number(revision));
    expect(revisions).toEqual(Array.from({ length: 800 }, (_, n) => n));
    await close();
  });
});
