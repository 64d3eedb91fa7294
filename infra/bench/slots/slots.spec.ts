import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hostIsBuilt } from '@qingpu/server/testing/host-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INFRA } from '../child-process.ts';
import { postgresPrograms } from './baseline/postgres.ts';
import type { SlotsReport } from './report.ts';

/** Decorators need the build. */
const PROGRAM = join(INFRA, 'bench', 'dist', 'slots', 'slots.main.js');
/** Small, but with more seats than a fast machine books in the time. */
const TINY = [
  ['--residents', '200'],
  ['--departments', '3'],
  ['--per-interval', '8'],
  ['--rush-slots', '13'],
  ['--rush-connections', '20'],
  ['--connections', '2,4'],
  ['--seconds', '0.3'],
  ['--events', '500'],
].flat();
const TIMEOUT_MS = 600_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slots-bench-spec-'));
  // A database server that refuses to be root passes through.
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

async function bench(...parts: string[]): Promise<SlotsReport> {
  const run = await promisify(execFile)(process.execPath, [
    PROGRAM,
    '--json',
    '--folder',
    folder,
    ...TINY,
    ...parts,
  ]);
  return JSON.parse(run.stdout) as SlotsReport;
}

/** JSON has no number that is not finite: it would be null here. */
const aNumber = expect.any(Number);
const load = {
  succeeded: aNumber,
  perSecond: aNumber,
  p50Ms: aNumber,
  p99Ms: aNumber,
  longestMs: aNumber,
  statuses: expect.any(Object),
};
/** In so short a time a busy machine may answer nobody: then there are no times to tell. */
const numberOrNone = expect.toSatisfy((value: unknown) => value === null || typeof value === 'number');
const measured = {
  succeeded: aNumber,
  perSecond: aNumber,
  p50Ms: numberOrNone,
  p99Ms: numberOrNone,
  longestMs: numberOrNone,
  statuses: expect.any(Object),
  at: expect.any(Object),
  cpuMs: { mainThread: numberOrNone, otherThreads: numberOrNone },
};
const shares = expect.arrayContaining([
  { module: expect.any(String), share: aNumber, top: expect.any(Array) },
]);

describe.skipIf(!hostIsBuilt)('the bench of the slot pool', () => {
  it('rebuilds the view of the pool, every schedule of it', { timeout: TIMEOUT_MS }, async () => {
    const { rebuild, steady, rush } = await bench('--part', 'rebuild');
    expect({ steady, rush }).toEqual({});
    expect(rebuild?.schedules).toBe(rebuild?.schedulesWritten);
    expect(rebuild?.events).toBeGreaterThanOrEqual(500);
    expect(rebuild?.perSecond).toBeGreaterThan(0);
  });

  it('explains itself when it is not understood', async () => {
    for (const parts of [['--part', 'all'], ['--seconds', '0'], ['--connections', '4,many'], ['--fast']]) {
      const refused = await bench(...parts).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--part') });
    }
  });
});

describe.skipIf(!hostIsBuilt || postgresPrograms() === undefined)(
  'the bench of the slot pool beside PostgreSQL',
  () => {
    it('books, reads and says where the time went', { timeout: TIMEOUT_MS }, async () => {
      const { steady } = await bench('--part', 'steady');
      expect(steady).toEqual({
        platform: {
          closed: [measured, measured],
          open: [measured, measured],
          lag: { at: expect.any(Object), byView: expect.any(Object) },
          caughtUpAfterMs: aNumber,
          availability: measured,
          profile: shares,
        },
        baseline: { closed: [measured, measured], open: [measured, measured], profile: shares },
        ratio: numberOrNone,
      });
      for (const { closed, open } of [steady?.platform, steady?.baseline].flatMap((side) => side ?? []))
        for (const { statuses } of [...closed, ...open])
          expect(Object.keys(statuses).filter((status) => status !== '201')).toEqual([]);
      for (const side of [steady?.platform, steady?.baseline])
        expect(side?.closed[0]?.succeeded).toBeGreaterThan(0);
      const views = Object.values(steady?.platform.lag.byView ?? {});
      expect(views.length).toBe(2);
      for (const { samples, unanswered } of views) expect([samples > 0, unanswered]).toEqual([true, 0]);
    });

    it('gives every slot of a rush away once, and answers everybody', { timeout: TIMEOUT_MS }, async () => {
      const { rush } = await bench('--part', 'rush');
      const verdict = { residents: 200, slots: 13, winners: 13, doubles: 0, unanswered: 0 };
      expect(rush?.platform).toMatchObject({ ...load, ...verdict, streamsAtOdds: 0, takenInView: 13 });
      expect(rush?.baseline).toMatchObject({ ...load, ...verdict });
      expect(rush?.platform.orderKept).toBeGreaterThan(0);
      expect((await readdir(folder)).filter((name) => !name.startsWith('world-'))).toEqual([]);
    });
  },
);
