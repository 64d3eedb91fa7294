import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TooLarge } from '../coordination.ts';
import type { Clients } from './clients.ts';

const POLL = { timeout: 20_000, interval: 5 };

export function topicsContract(get: () => Clients): void {
  describe('topics', () => {
    it('carry messages to all who listen, in order, each with a copy of its own', async () => {
      const { one, other } = get();
      const topic = randomUUID();
      const heard: unknown[][] = [[], []];
      for (const [index, client] of [one, other].entries()) {
        await client.topics.subscribe(topic, { message: (message) => void heard[index]?.push(message) });
      }
      const messages = Array.from({ length: 100 }, (_, count) => ({ view: '号源', count }));
      for (const message of messages) await one.topics.publish(topic, message);
      await expect.poll(() => heard, POLL).toEqual([messages, messages]);
      expect(heard[0]?.[0]).not.toBe(heard[1]?.[0]);
    });

    it('carry nothing to who has stopped listening, or listens to something else', async () => {
      const { one, other } = get();
      const topic = randomUUID();
      const heard: unknown[] = [];
      const stays: unknown[] = [];
      await other.topics.subscribe(randomUUID(), { message: (message) => void heard.push(message) });
      const stopped = await other.topics.subscribe(topic, { message: (message) => void heard.push(message) });
      await stopped.close();
      await stopped.close();
      await other.topics.subscribe(topic, { message: (message) => void stays.push(message) });
      await one.topics.publish(topic, 1);
      await expect.poll(() => stays, POLL).toEqual([1]);
      expect(heard).toEqual([]);
    });

    it('report what a subscriber throws and go on', async () => {
      const { one, faults } = get();
      const topic = randomUUID();
      const heard: unknown[] = [];
      await one.topics.subscribe(topic, {
        message: async (message) => {
          heard.push(message);
          if (message === 1) throw new TypeError('no');
        },
      });
      await one.topics.publish(topic, 1);
      await one.topics.publish(topic, 2);
      await expect.poll(() => heard, POLL).toEqual([1, 2]);
      expect(faults).toContainEqual({ kind: 'subscriber-failed', topic, error: 'TypeError' });
    });

    it('go on when even the report of a fault fails', async () => {
      const fail = () => {
        throw new TypeError('no');
      };
      const { topics } = await get().open({ report: fail });
      const topic = randomUUID();
      const heard: unknown[] = [];
      await topics.subscribe(topic, { message: fail });
      await topics.subscribe(topic, { message: (message) => void heard.push(message) });
      await topics.publish(topic, 1);
      await topics.publish(topic, 2);
      await expect.poll(() => heard, POLL).toEqual([1, 2]);
    });

    it('drop the oldest messages of a subscriber that is too slow, and say so to it', async () => {
      const { one, faults } = get();
      const topic = randomUUID();
      const gate = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const heard: unknown[] = [];
      await one.topics.subscribe(topic, {
        message: async (message) => {
          begun.resolve();
          await gate.promise;
          heard.push(message);
        },
        missed: () => void heard.push('missed'),
      });
      const all: unknown[] = [];
      await one.topics.subscribe(topic, { message: (message) => void all.push(message) });
      await one.topics.publish(topic, 'first');
      await begun.promise;
      for (let batch = 0; batch < 11; batch++) {
        await Promise.all(
          Array.from({ length: 100 }, (_, index) => one.topics.publish(topic, batch * 100 + index)),
        );
        // The quick one keeps up, so that the slow one has got as many.
        await expect.poll(() => all.length, POLL).toBe(1 + (batch + 1) * 100);
      }
      gate.resolve();
      await expect.poll(() => heard.length, POLL).toBe(1_002);
      expect(heard.slice(0, 3)).toEqual(['first', 'missed', 100]);
      expect(heard.at(-1)).toBe(1_099);
      expect(faults).toContainEqual({ kind: 'messages-dropped', topic, count: 100 });
    });

    it('refuse what is too large or no JSON', async () => {
      const { topics } = get().one;
      await topics.publish('t', 'x'.repeat(16_382));
      await expect(topics.publish('t', 'x'.repeat(16_383))).rejects.toThrow(TooLarge);
      await expect(topics.publish('t', undefined)).rejects.toThrow(RangeError);
    });
  });
}
