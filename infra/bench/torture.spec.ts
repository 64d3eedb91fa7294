import { expect, it } from 'vitest';
import { isBuilt } from './torture-host.ts';
import { torture } from './torture-run.ts';

const ROUNDS = 10;

it.skipIf(!isBuilt)(
  'loses nothing acknowledged over kill -9, and the views are exact (skipped until the host is built)',
  { timeout: 900_000 },
  async () => {
    const report = await torture({ rounds: ROUNDS, checkEvery: ROUNDS });
    expect(report.faults).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(ROUNDS);
    // Kills that cut no request would prove little.
    expect(report.repeated).toBeGreaterThan(0);
    expect(report.receipts).toBeGreaterThan(0);
  },
);
