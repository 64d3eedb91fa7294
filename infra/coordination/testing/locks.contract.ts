import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coordination, Lease } from '../coordination.ts';
import type { Clients } from './clients.ts';

const LONG_MS = 600_000;
const SHORT_MS = 20;
const POLL = { timeout: 20_000, interval: 10 };

export function locksContract(get: () => Clients): void {
  describe('locks', () => {
    it('are held by one, and taken by the next with a higher fence once released', async () => {
      const { one, other } = get();
      const name = randomUUID();
      const first = given(await one.locks.acquire(name, 'a', LONG_MS));
      expect(await other.locks.acquire(name, 'b', LONG_MS)).toBeUndefined();
      expect(await other.locks.release(name, first.fence + 1)).toBe(false);
      expect(await one.locks.renew(name, first.fence, LONG_MS)).toBe(true);
      expect(await one.locks.release(name, first.fence)).toBe(true);
      expect(await one.locks.release(name, first.fence)).toBe(false);
      expect(await one.locks.renew(name, first.fence, LONG_MS)).toBe(false);
      const second = given(await other.locks.acquire(name, 'b', LONG_MS));
      expect(second.fence).toBeGreaterThan(first.fence);
      expect(await one.locks.release(name, first.fence)).toBe(false);
      expect(await one.locks.acquire(name, 'a', LONG_MS)).toBeUndefined();
    });

    it('are free again when the lease has run out, and the late holder can renew nothing', async () => {
      const { one, other } = get();
      const name = randomUUID();
      const late = given(await one.locks.acquire(name, 'a', SHORT_MS));
      const attempts: (Lease | undefined)[] = [];
      const attempt = async () => {
        attempts.push(await other.locks.acquire(name, 'b', LONG_MS));
        return attempts.at(-1) !== undefined;
      };
      await expect.poll(attempt, POLL).toBe(true);
      expect(given(attempts.at(-1)).fence).toBeGreaterThan(late.fence);
      expect(await one.locks.renew(name, late.fence, LONG_MS)).toBe(false);
      expect(await one.locks.release(name, late.fence)).toBe(false);
    });

    it('outlast the first lease when they are renewed', async () => {
      const { one, other } = get();
      const name = randomUUID();
      const marker = randomUUID();
      const renewed = async () => {
        const lease = await one.locks.acquire(name, 'a', 500);
        return lease && one.locks.renew(name, lease.fence, LONG_MS);
      };
      await expect.poll(renewed, POLL).toBe(true);
      await one.locks.acquire(marker, 'a', 500);
      // The marker's lease began after the lock's first one: when it is over, so is that.
      const over = async () => (await other.locks.acquire(marker, 'b', 1)) !== undefined;
      await expect.poll(over, POLL).toBe(true);
      expect(await other.locks.acquire(name, 'b', LONG_MS)).toBeUndefined();
    });

    it('given to their holder anew have a new fence, and the former is over', async () => {
      const { one, other } = get();
      const name = randomUUID();
      const first = given(await one.locks.acquire(name, 'a', LONG_MS));
      const again = given(await other.locks.acquire(name, 'a', LONG_MS));
      expect(again.fence).toBeGreaterThan(first.fence);
      expect(await one.locks.renew(name, first.fence, LONG_MS)).toBe(false);
      expect(await one.locks.renew(name, again.fence, LONG_MS)).toBe(true);
    });

    it('refuse durations that are out of bounds', async () => {
      for (const leaseMs of [0, -1, 0.5, 86_400_001, Number.POSITIVE_INFINITY]) {
        await expect(get().one.locks.acquire('n', 'a', leaseMs)).rejects.toThrow(RangeError);
      }
    });

    it('let one at a time in, with fences that grow, however attempts overlap', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(wave, { minLength: 1, maxLength: 8 }), async (waves) => {
          const name = randomUUID();
          const witness = new LockWitness();
          for (const { attempts, release } of waves) {
            const leases = await Promise.all(
              attempts.map(async ({ holder, client }) => {
                const lease = await get()[client].locks.acquire(name, holder, LONG_MS);
                return lease ? [{ holder, fence: lease.fence }] : [];
              }),
            );
            witness.given(leases.flat());
            if (!release) continue;
            expect(await get().one.locks.release(name, witness.released())).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('let a store refuse whoever was paused beyond the lease', async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const name = randomUUID();
          const store = new FencedCounter();
          const fences: number[] = [];
          const worker = async (holder: string) => {
            const fence = await acquireAtLast(get().one, name, holder);
            fences.push(fence);
            await scheduler.schedule(Promise.resolve(), `${holder} is paused`);
            store.write(fence);
          };
          await scheduler.waitFor(Promise.all(['a', 'b', 'c', 'd'].map(worker)));
          expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b));
          expect(store.highest).toBe(fences.at(-1));
        }),
        { numRuns: 20 },
      );
    });
  });
}

const wave = fc.record({
  attempts: fc.array(
    fc.record({ holder: fc.constantFrom('a', 'b', 'c', 'd'), client: fc.constantFrom('one', 'other') }),
    { minLength: 1, maxLength: 6 },
  ),
  release: fc.boolean(),
});

function given(lease: Lease | undefined): Lease {
  if (!lease) throw new Error('the lock was not given');
  return lease;
}

async function acquireAtLast({ locks }: Coordination, name: string, holder: string): Promise<number> {
  for (;;) {
    const lease = await locks.acquire(name, holder, 1);
    if (lease) return lease.fence;
    await new Promise(setImmediate);
  }
}

/** Sees whether a lock excludes. */
class LockWitness {
  #holding: Holding | undefined;
  #highest = 0;

  given(leases: readonly Holding[]): void {
    for (const lease of leases.toSorted((a, b) => a.fence - b.fence)) {
      expect(lease.fence).toBeGreaterThan(this.#highest);
      expect(lease.holder).toBe(this.#holding?.holder ?? lease.holder);
      this.#holding = lease;
      this.#highest = lease.fence;
    }
  }

  /** Whoever tries gets a free lock, so somebody holds it. */
  released(): number {
    if (!this.#holding) throw new Error('nobody was given the lock');
    const { fence } = this.#holding;
    this.#holding = undefined;
    return fence;
  }
}

interface Holding {
  readonly holder: string;
  readonly fence: number;
}

/** A store as `Locks` asks for: it refuses fences lower than the highest it has seen. */
class FencedCounter {
  highest = 0;

  write(fence: number): void {
    if (fence >= this.highest) this.highest = fence;
  }
}
