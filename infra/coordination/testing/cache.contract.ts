import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CacheSpace, Coordination } from '../coordination.ts';
import { TooLarge } from '../coordination.ts';
import type { Clients } from './clients.ts';

const LONG_MS = 600_000;

export function cacheContract(get: () => Clients): void {
  describe('cache', () => {
    it('answers what was kept, as a copy, until it is deleted', async () => {
      const { one, other } = get();
      const key = randomUUID();
      const kept = { name: '青浦', beds: [1, 2] };
      expect(await anything(one).get(key)).toBeUndefined();
      await anything(one).set(key, kept, LONG_MS);
      kept.beds.push(3);
      expect(await anything(other).get(key)).toEqual({ name: '青浦', beds: [1, 2] });
      await anything(other).set(key, null, LONG_MS);
      expect(await anything(one).get(key)).toBeNull();
      await anything(other).delete(key);
      expect(await anything(one).get(key)).toBeUndefined();
    });

    it('forgets after the time to live', async () => {
      const space = anything(get().one);
      const key = randomUUID();
      await space.set(key, 1, 20);
      await expect.poll(() => space.get(key), { timeout: 20_000, interval: 10 }).toBeUndefined();
    });

    it('keeps spaces and versions apart', async () => {
      const { cache } = get().one;
      const key = randomUUID();
      const parse = (stored: unknown) => stored;
      await cache.space({ name: 'a', version: 1, parse }).set(key, 'first', LONG_MS);
      expect(await cache.space({ name: 'a', version: 2, parse }).get(key)).toBeUndefined();
      expect(await cache.space({ name: 'b', version: 1, parse }).get(key)).toBeUndefined();
      expect(await cache.space({ name: 'a', version: 1, parse }).get(key)).toBe('first');
    });

    it('misses what does not parse', async () => {
      const { one } = get();
      const key = randomUUID();
      await anything(one).set(key, 'text', LONG_MS);
      expect(await numbers(one).get(key)).toBeUndefined();
      expect(await numbers(one).remember(key, LONG_MS, async () => 7)).toBe(7);
      expect(await numbers(one).get(key)).toBe(7);
    });

    it('refuses what is too large or no JSON', async () => {
      const space = anything(get().one);
      await space.set('fits', 'x'.repeat(65_534), LONG_MS);
      await expect(space.set('large', 'x'.repeat(65_535), LONG_MS)).rejects.toThrow(TooLarge);
      await expect(space.set('wide', '浦'.repeat(30_000), LONG_MS)).rejects.toThrow(TooLarge);
      await expect(space.set('none', undefined, LONG_MS)).rejects.toThrow(RangeError);
      await expect(space.set('life', 1, 0)).rejects.toThrow(RangeError);
    });

    it('loads once for many callers, and not at all when it is there', async () => {
      const { one, other } = get();
      const key = randomUUID();
      const gate = Promise.withResolvers<void>();
      let loads = 0;
      const load = async () => {
        loads++;
        await gate.promise;
        return loads;
      };
      const callers = Array.from({ length: 50 }, () => numbers(one).remember(key, LONG_MS, load));
      gate.resolve();
      expect(await Promise.all(callers)).toEqual(Array.from({ length: 50 }, () => 1));
      expect(await numbers(other).remember(key, LONG_MS, load)).toBe(1);
      expect(loads).toBe(1);
    });

    it('gives a failed load to all who wait and keeps nothing of it', async () => {
      const space = numbers(get().one);
      const key = randomUUID();
      const fail = () => Promise.reject(new TypeError('no'));
      const failed = await Promise.allSettled([
        space.remember(key, LONG_MS, fail),
        space.remember(key, LONG_MS, fail),
      ]);
      expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await space.remember(key, LONG_MS, async () => 5)).toBe(5);
    });

    it('does not keep what was being loaded when the key was deleted', async () => {
      const space = numbers(get().one);
      const key = randomUUID();
      const started = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<number>();
      const old = space.remember(key, LONG_MS, () => {
        started.resolve();
        return gate.promise;
      });
      await started.promise;
      await space.delete(key);
      gate.resolve(1);
      expect(await old).toBe(1);
      expect(await space.get(key)).toBeUndefined();
    });

    it('does not put what was being loaded in the place of what was set meanwhile', async () => {
      const space = numbers(get().one);
      const key = randomUUID();
      const started = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<number>();
      const old = space.remember(key, LONG_MS, () => {
        started.resolve();
        return gate.promise;
      });
      await started.promise;
      await space.set(key, 2, LONG_MS);
      gate.resolve(1);
      expect(await old).toBe(1);
      expect(await space.get(key)).toBe(2);
    });

    it('answers a value that is too large, without keeping it, and reports it', async () => {
      const { one, faults } = get();
      const key = randomUUID();
      const large = 'x'.repeat(70_000);
      expect(await anything(one).remember(key, LONG_MS, async () => large)).toBe(large);
      expect(await anything(one).get(key)).toBeUndefined();
      expect(faults).toContainEqual({ kind: 'value-too-large', space: 'contract', bytes: 70_002 });
    });
  });
}

function anything({ cache }: Coordination): CacheSpace<unknown> {
  return cache.space({ name: 'contract', version: 1, parse: (stored) => stored });
}

function numbers({ cache }: Coordination): CacheSpace<number> {
  const parse = (stored: unknown) => {
    if (typeof stored !== 'number') throw new TypeError('not a number');
    return stored;
  };
  return cache.space({ name: 'contract', version: 1, parse });
}
