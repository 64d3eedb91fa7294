import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Checkpoints, LeaseLost } from '../checkpoints.ts';

const MINUTE = 60_000;

/** What every checkpoint store must do; run on the fake and on the real adapter. */
export function checkpointsContract(name: string, open: () => Checkpoints): void {
  describe(`checkpoints contract: ${name}`, () => {
    const acquired = async (checkpoints: Checkpoints, consumer: string, milliseconds = MINUTE) => {
      const fence = await checkpoints.acquire(consumer, randomUUID(), milliseconds);
      if (fence === undefined) throw new Error('the consumer was taken');
      return fence;
    };

    it('starts empty and remembers what was saved', async () => {
      const checkpoints = open();
      const consumer = randomUUID();
      expect(await checkpoints.load(consumer)).toEqual({
        position: undefined,
        asOf: undefined,
        events: 0,
        poison: undefined,
      });
      const fence = await acquired(checkpoints, consumer);
      await checkpoints.save(consumer, fence, {
        position: 9_007_199_254_740_993n,
        asOf: '2026-11-23T08:00:00.000+08:00',
        events: 3,
      });
      expect(await checkpoints.load(consumer)).toEqual({
        position: 9_007_199_254_740_993n,
        asOf: '2026-11-23T08:00:00.000+08:00',
        events: 3,
        poison: undefined,
      });
    });

    it('lets one holder in at a time and fences off the one before', async () => {
      const checkpoints = open();
      const consumer = randomUUID();
      const first = await acquired(checkpoints, consumer, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      const second = await acquired(checkpoints, consumer);
      expect(second).toBeGreaterThan(first);
      expect(await checkpoints.acquire(consumer, randomUUID(), MINUTE)).toBeUndefined();
      await expect(
        checkpoints.save(consumer, first, { position: 1n, asOf: undefined, events: 3 }),
      ).rejects.toThrow(LeaseLost);
      await expect(checkpoints.renew(consumer, first, MINUTE)).rejects.toThrow(LeaseLost);
      await checkpoints.renew(consumer, second, MINUTE);
      await checkpoints.release(consumer, second);
      expect(await checkpoints.acquire(consumer, randomUUID(), MINUTE)).toBeGreaterThan(second);
    });

    it('stops on poison and resumes with or without the event', async () => {
      const checkpoints = open();
      const consumer = randomUUID();
      const fence = await acquired(checkpoints, consumer);
      await checkpoints.save(consumer, fence, { position: 4n, asOf: undefined, events: 3 });
      const poison = {
        eventId: 'e',
        eventType: 'T',
        position: 7n,
        error: 'MalformedEvent',
        at: '2026-11-23T08:00:00.000+08:00',
      };
      await checkpoints.stop(consumer, fence, poison);
      expect((await checkpoints.load(consumer)).poison).toEqual(poison);
      expect(await checkpoints.resume(consumer, false)).toBe(true);
      expect(await checkpoints.load(consumer)).toMatchObject({ position: 4n, poison: undefined });
      await checkpoints.stop(consumer, fence, poison);
      expect(await checkpoints.resume(consumer, true)).toBe(true);
      expect(await checkpoints.load(consumer)).toMatchObject({ position: 7n, poison: undefined });
      expect(await checkpoints.resume(consumer, true)).toBe(false);
    });

    it('remembers the active version of a view', async () => {
      const checkpoints = open();
      const view = randomUUID();
      expect(await checkpoints.activeVersion(view)).toBeUndefined();
      await checkpoints.activate(view, 2);
      await checkpoints.activate(view, 3);
      await checkpoints.activate(view, 2);
      expect(await checkpoints.activeVersion(view)).toBe(3);
    });
  });
}
