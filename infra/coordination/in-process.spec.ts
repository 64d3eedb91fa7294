import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { DEFAULT_QUEUE_BOUNDS } from './coordination.ts';
import { openInProcessCoordination } from './in-process.ts';
import { openCoordination } from './open.ts';
import { coordinationContract } from './testing/coordination.contract.ts';

coordinationContract('in process', async (options) => {
  const coordination = await openCoordination({ prefix: 'contract', ...options });
  return [coordination, coordination];
});

it('gives numbers and fences that do not go back when the clock does', async () => {
  let now = new Date('2026-11-23T00:00:00Z');
  const options = { queues: DEFAULT_QUEUE_BOUNDS, report: () => undefined, clock: { now: () => now } };
  const { locks, tickets, close } = openInProcessCoordination(options);
  const before = [await locks.acquire('n', 'a', 60_000), await tickets.take('q', 'a')] as const;
  now = new Date('2026-11-22T00:00:00Z');
  expect((await locks.acquire('n', 'a', 60_000))?.fence).toBeGreaterThan(before[0]?.fence ?? 0);
  expect((await tickets.take('q', 'b')).number).toBeGreaterThan(before[1].number);
  await close();
});

it('refuses an address that is none of Redis, without showing it', async () => {
  for (const redisUrl of ['http://user:secret@localhost', 'redis://user:secret@localhost:66666']) {
    const error: unknown = await openCoordination({ redisUrl, prefix: 'p' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(RangeError);
    // As a log would write it, with everything that hangs on it.
    expect(inspect(error)).not.toMatch(/secret/);
  }
});
