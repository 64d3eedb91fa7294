import { describe, expect, it } from 'vitest';
import { ageOn } from './age.ts';

describe('age in whole years, by the calendar of Asia/Shanghai', () => {
  it.each([
    ['the day before the birthday', '2012-03-02', '2026-03-01T15:59:59.999Z', 13],
    ['the birthday, which begins at 16:00 UTC', '2012-03-02', '2026-03-01T16:00:00.000Z', 14],
    ['the last second of the birthday', '2012-03-02', '2026-03-02T15:59:59.999Z', 14],
    ['New Year’s Eve for who is born on New Year’s Day', '2012-01-01', '2025-12-31T15:59:59.999Z', 13],
    ['New Year’s Day', '2012-01-01', '2025-12-31T16:00:00.000Z', 14],
    ['29 February in a leap year', '2012-02-29', '2024-02-28T16:00:00.000Z', 12],
    ['28 February of another year for who is born on the 29th', '2012-02-29', '2026-02-28T04:00:00.000Z', 13],
    ['1 March of another year for who is born on 29 February', '2012-02-29', '2026-03-01T04:00:00.000Z', 14],
    ['the day of birth', '2026-03-02', '2026-03-02T04:00:00.000Z', 0],
  ])('on %s', (_when, birthDate, now, age) => {
    expect(ageOn(birthDate, new Date(now))).toBe(age);
  });
});
