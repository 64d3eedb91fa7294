import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clients } from './clients.ts';

const HOUR_MS = 3_600_000;

export function rateLimitsContract(get: () => Clients): void {
  describe('rate limits', () => {
    it('allow as many as the limit and then say when the next is allowed', async () => {
      const { one, other } = get();
      const key = randomUUID();
      const rate = { limit: 3, windowMs: HOUR_MS };
      expect(await one.limits.take(key, rate)).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0 });
      expect(await other.limits.take(key, rate, 2)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 });
      const refused = await one.limits.take(key, rate);
      expect(refused).toMatchObject({ allowed: false, remaining: 0 });
      expect(refused.retryAfterMs).toBeGreaterThan(0);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(HOUR_MS / 3);
    });

    it('take nothing when they refuse', async () => {
      const { limits } = get().one;
      const key = randomUUID();
      const rate = { limit: 10, windowMs: HOUR_MS };
      await limits.take(key, rate, 7);
      expect(await limits.take(key, rate, 4)).toMatchObject({ allowed: false, remaining: 3 });
      expect(await limits.take(key, rate, 3)).toMatchObject({ allowed: true, remaining: 0 });
    });

    it('count every key and every rate for itself', async () => {
      const { limits } = get().one;
      const key = randomUUID();
      const rate = { limit: 1, windowMs: HOUR_MS };
      expect((await limits.take(key, rate)).allowed).toBe(true);
      expect((await limits.take(randomUUID(), rate)).allowed).toBe(true);
      expect((await limits.take(key, { limit: 1, windowMs: HOUR_MS + 1 })).allowed).toBe(true);
      expect((await limits.take(key, rate)).allowed).toBe(false);
    });

    it('fill up again with time', async () => {
      const { limits } = get().one;
      const key = randomUUID();
      const rate = { limit: 2, windowMs: 40 };
      const verdict = async () => (await limits.take(key, rate, 2)).allowed;
      expect(await verdict()).toBe(true);
      await expect.poll(verdict, { timeout: 20_000, interval: 10 }).toBe(true);
    });

    it('refuse rates and costs that are out of bounds', async () => {
      const { limits } = get().one;
      await expect(limits.take('k', { limit: 0, windowMs: 1 })).rejects.toThrow(RangeError);
      await expect(limits.take('k', { limit: 1, windowMs: 0 })).rejects.toThrow(RangeError);
      await expect(limits.take('k', { limit: 1, windowMs: 86_400_001 })).rejects.toThrow(RangeError);
      await expect(limits.take('k', { limit: 1, windowMs: 1 }, 2)).rejects.toThrow(RangeError);
      await expect(limits.take('k', { limit: 1, windowMs: 1 }, 0)).rejects.toThrow(RangeError);
    });

    it('never allow more than the limit at once, however calls overlap', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 30 }), takes, async (limit, attempts) => {
          const key = randomUUID();
          const costs = attempts.map((attempt) => ({ ...attempt, cost: Math.min(attempt.cost, limit) }));
          const verdicts = await Promise.all(
            costs.map(({ client, cost }) =>
              get()[client].limits.take(key, { limit, windowMs: DAY_MS }, cost),
            ),
          );
          const allowed = costs.filter((_, index) => verdicts[index]?.allowed);
          const refused = costs.filter((_, index) => !verdicts[index]?.allowed);
          const taken = allowed.reduce((sum, { cost }) => sum + cost, 0);
          expect(taken).toBeLessThanOrEqual(limit);
          for (const { cost } of refused) expect(taken + cost).toBeGreaterThan(limit);
        }),
        { numRuns: 40 },
      );
    });
  });
}

/** So long that nothing is refilled during a test. */
const DAY_MS = 86_400_000;

const takes = fc.array(
  fc.record({ client: fc.constantFrom('one', 'other'), cost: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 40 },
);
