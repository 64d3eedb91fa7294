import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from './test-kit.ts';
import { torture } from './torture-rounds.ts';

it('loses nothing acknowledged or delivered over kill -9, and takes cut appends again', {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryFolder();
  const report = await torture(folder, { rounds: 5, writers: 16 });
  expect(report.faults).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.delivered).toBeGreaterThan(100);
  await rm(folder, { recursive: true });
});
