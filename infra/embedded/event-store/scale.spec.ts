import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import {
  DeadlineExceededError,
  END,
  type EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  START,
} from '@eventstore/db-client';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openForReading, openForWriting } from './database.ts';
import { shared, streams } from './generated.ts';
import { LiveTail } from './live-tail.ts';
import { EXPECT_ANY } from './model.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';
import {
  countOf,
  newStream,
  rejection,
  revisionsIn,
  someEvents,
  startTestStore,
  streamError,
  streamsGrpc,
  temporaryFolder,
} from './test-kit.ts';

/** Many streams, many subscribers, large events, slow consumers. */

async function withStore(test: (client: EventStoreDBClient) => Promise<void>): Promise<void> {
  const { client, close } = await startTestStore();
  await test(client);
  await close();
}

const wide = (bytes: number) => jsonEvent({ type: 'Wide', data: { text: 'x'.repeat(bytes) } });

/** More only cost time: with `SUBSCRIBERS=1000` it is the same. */
const SUBSCRIBERS = Number(process.env.SUBSCRIBERS ?? 300);

describe('many', () => {
  it('streams, three thousand at once, are all written and read', () =>
    withStore(async (client) => {
      const names = Array.from({ length: 3000 }, (_, n) => `流-${n}`);
      await Promise.all(
        names.map((name) => client.appendToStream(name, someEvents(1), { expectedRevision: NO_STREAM })),
      );
      const found = new Set<string>();
      for await (const { event } of client.readAll({ fromPosition: START })) found.add(event?.streamId ?? '');
      expect(found).toEqual(new Set(names));
    }));

  it('subscribers, hundreds at once, each get every event in order', () =>
    withStore(async (client) => {
      const subscribers = Array.from({ length: SUBSCRIBERS }, () =>
        client.subscribeToAll({ fromPosition: END }),
      );
      const seen = subscribers.map((subscriber) => {
        const positions: number[] = [];
        subscriber.on('data', ({ event }) => positions.push(Number(event?.position?.commit)));
        return positions;
      });
      await Promise.all(subscribers.map((subscriber) => once(subscriber, 'caughtUp')));
      for (let n = 0; n < 5; n += 1) await client.appendToStream(newStream(), someEvents(2));
      const wanted = Array.from({ length: 10 }, (_, n) => n + 1);
      await expect
        .poll(() => seen.filter(({ length }) => length === 10).length, { timeout: 20_000 })
        .toBe(SUBSCRIBERS);
      for (const positions of seen) expect(positions).toEqual(wanted);
      await Promise.all(subscribers.map((subscriber) => subscriber.unsubscribe()));
    }));
});

describe('the tail that live subscribers share', () => {
  async function setUp() {
    const folder = await temporaryFolder();
    const writer = new StoreWriter(openForWriting(folder));
    const reader = new StoreReader(openForReading(folder));
    const pages = vi.spyOn(reader, 'page');
    onTestFinished(async () => {
      reader.close();
      writer.close();
      await rm(folder, { recursive: true });
    });
    const append = (count: number): void => {
      const event = { type: 'T', isJson: false, metadata: Buffer.alloc(0), data: Buffer.from('x') };
      const events = Array.from({ length: count }, () => ({
        ...event,
        id: crypto.getRandomValues(Buffer.alloc(16)),
      }));
      const deadline = Number.POSITIVE_INFINITY;
      writer.appendBatch([{ kind: 'append', stream: 's', expected: EXPECT_ANY, deadline, events }]);
    };
    return { append, pages, tail: new LiveTail(reader) };
  }
  const positions = (page: ReturnType<LiveTail['page']>) =>
    page.deliveries.map(({ event }) => event.position);

  it('reads and encodes each commit once, however many ask', async () => {
    const { append, pages, tail } = await setUp();
    append(3);
    tail.committed();
    const answers = Array.from({ length: 500 }, () => tail.page(1));
    expect(pages).toHaveBeenCalledTimes(1);
    for (const answer of answers) expect(positions(answer)).toEqual([1, 2, 3]);
    expect(new Set(answers.map(({ deliveries }) => deliveries[0]?.message)).size).toBe(1);
    for (let n = 0; n < 500; n += 1) expect(tail.page(4)).toEqual({ deliveries: [], atEnd: true });
    expect(pages).toHaveBeenCalledTimes(1);
  });

  it('shows the same as the disk from any position, however far behind or ahead', async () => {
    const { append, tail } = await setUp();
    for (let last = 40; last <= 4000; last += 40) {
      append(40);
      tail.committed();
      for (const from of [1, last - 300, last - 20, last, last + 1, last + 500]) {
        const found = positions(tail.page(from));
        const start = Math.max(from, 1);
        expect(found).toEqual(Array.from({ length: found.length }, (_, n) => start + n));
        if (from <= last) expect(found.length).toBeGreaterThan(0);
        else expect(found).toEqual([]);
      }
    }
  });
});

describe('a slow consumer', () => {
  it('is told when it fell behind, and when it caught up again', () =>
    withStore(async (client) => {
      const told: string[] = [];
      const stream = newStream();
      const subscription = client.subscribeToStream(stream, { fromRevision: START }, { highWaterMark: 1 });
      for (const event of ['caughtUp', 'fellBehind'] as const) subscription.on(event, () => told.push(event));
      subscription.resume();
      await once(subscription, 'caughtUp');
      subscription.pause();
      const behind = once(subscription, 'fellBehind');
      for (let n = 0; n < 8; n += 1) await client.appendToStream(stream, [wide(900_000)]);
      for (let n = 0; n < 3; n += 1) await client.appendToStream(stream, someEvents(300));
      subscription.resume();
      await behind;
      await expect.poll(() => told.at(-1)).toBe('caughtUp');
      expect(told.slice(0, 3)).toEqual(['caughtUp', 'fellBehind', 'caughtUp']);
      await subscription.unsubscribe();
    }));

  it('is ended as unavailable when the engine stops, and does not hold it up', async () => {
    const { client, store } = await startTestStore();
    const stream = newStream();
    for (let n = 0; n < 10; n += 1) await client.appendToStream(stream, [wide(900_000)]);
    const slow = client.subscribeToStream(stream, { fromRevision: START }, { highWaterMark: 1 });
    await new Promise((resolve) => slow.once('data', resolve));
    slow.pause();
    const ended = streamError(slow);
    slow.pause();
    // Ends although nobody reads on.
    await store.stop();
    slow.resume();
    expect(await ended).toMatchObject({ type: 'unavailable' });
    await client.dispose();
  });
});

describe('a large event', () => {
  it('is kept up to the limit to the byte, and refused one byte above', () =>
    withStore(async (client) => {
      const overhead = 'Wide'.length + '{"text":""}'.length;
      const largest = 1024 * 1024 - overhead;
      const stream = newStream();
      await client.appendToStream(stream, wide(largest), { expectedRevision: NO_STREAM });
      for await (const { event } of client.readStream(stream)) {
        expect(event?.data).toEqual({ text: 'x'.repeat(largest) });
      }
      const error = await rejection(client.appendToStream(stream, wide(largest + 1)));
      expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
      expect(await countOf(client, stream)).toBe(1);
    }));
});

describe('a position or revision past the end', () => {
  it('is read as nothing, and a subscription waits until the log has passed it', () =>
    withStore(async (client) => {
      await client.appendToStream('s', someEvents(2));
      const far = { commit: 5n, prepare: 5n };
      for await (const _ of client.readAll({ fromPosition: far })) throw new Error('Nothing should be here');
      expect(await revisionsIn(client, 's', { fromRevision: 9n })).toEqual([]);
      const subscription = client.subscribeToAll({ fromPosition: far });
      const first = once(subscription, 'data');
      await once(subscription, 'caughtUp');
      await client.appendToStream('s', someEvents(4));
      const [{ event }] = await first;
      expect(event.position.commit).toBe(6n);
      await subscription.unsubscribe();
    }));
});

describe('a deadline', () => {
  it('that has passed means that nothing is deleted', () =>
    withStore(async (client) => {
      await client.appendToStream('s', someEvents(1));
      const late = { deadline: -1000 };
      expect(await rejection(client.deleteStream('s', late))).toBeInstanceOf(DeadlineExceededError);
      expect(await rejection(client.tombstoneStream('s', late))).toBeInstanceOf(DeadlineExceededError);
      expect(await revisionsIn(client, 's')).toEqual([0]);
    }));

  it('ends a subscription and frees its place', async () => {
    const { store, close } = await startTestStore({ limits: { subscriptions: 1 } });
    const grpc = new streamsGrpc.StreamsClient(`127.0.0.1:${store.port}`, credentials.createInsecure());
    const options = new streams.ReadReq.Options()
      .setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()))
      .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
      .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
    const request = new streams.ReadReq().setOptions(options);
    for (let n = 0; n < 3; n += 1) {
      const error = await streamError(grpc.read(request, new Metadata(), { deadline: Date.now() + 300 }));
      expect(error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
      // The server hears of it a moment later than the client.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    grpc.close();
    await close();
  });
});
