import { once } from 'node:events';
import { type EventStoreDBClient, eventTypeFilter, jsonEvent } from '@eventstore/db-client';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { Limits } from './limits.ts';
import { countOf, newStream, rejection, someEvents, startTestStore, streamError } from './test-kit.ts';

describe('limits', () => {
  async function withLimits(limits: Partial<Limits>, test: (client: EventStoreDBClient) => Promise<void>) {
    const store = await startTestStore({ limits });
    await test(store.client);
    await store.close();
  }

  it('name stream names and event types that are too long', () =>
    withLimits({}, async (client) => {
      const long = await rejection(client.appendToStream('号'.repeat(342), someEvents(1)));
      expect(long.message).toContain('1024 bytes at most');
      const type = await rejection(client.appendToStream('s', someEvents(1, 'T'.repeat(257))));
      expect(type.message).toContain('256 bytes at most');
    }));

  it('bound the number of events of one append', () =>
    withLimits({ eventsPerAppend: 5 }, async (client) => {
      expect((await rejection(client.appendToStream('s', someEvents(6)))).message).toContain(
        '5 events at most',
      );
      await client.appendToStream('s', someEvents(5));
    }));

  it('bound the size of one event by itself', () =>
    withLimits({ eventBytes: 100 }, async (client) => {
      const event = jsonEvent({ type: 'T', data: { text: 'x'.repeat(100) } });
      expect(await rejection(client.appendToStream('s', event))).toMatchObject({ maxAppendSize: 100 });
    }));

  it('bound the appends that wait; those accepted are written', () =>
    withLimits({ queuedAppends: 3 }, async (client) => {
      const names = Array.from({ length: 60 }, () => newStream());
      const settled = await Promise.allSettled(
        names.map((name) => client.appendToStream(name, someEvents(1))),
      );
      const refused = settled.filter((answer) => answer.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(String(reason)).toContain('Too many appends are waiting');
      for (const [index, answer] of settled.entries()) {
        if (answer.status === 'fulfilled') expect(await countOf(client, names[index] ?? '')).toBe(1);
      }
    }));

  it('bound the open subscriptions', () =>
    withLimits({ subscriptions: 1 }, async (client) => {
      const first = client.subscribeToAll();
      first.resume();
      await once(first, 'caughtUp');
      const error = (await streamError(client.subscribeToAll())) as ServiceError;
      expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
      expect(error.message).toContain('Too many subscriptions');
    }));

  it('refuse a filter that could take very long', () =>
    withLimits({}, async (client) => {
      const error = await streamError(
        client.subscribeToAll({ filter: eventTypeFilter({ regex: '(a+)+$' }) }),
      );
      expect(error.message).toContain('very long');
    }));
});
