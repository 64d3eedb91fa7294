import { describe, expect, it } from 'vitest';
import { plusDays, shanghaiInstant } from './shanghai-calendar.ts';

describe('the calendar of Shanghai', () => {
  it('is eight hours ahead of UTC all year round', () => {
    expect(shanghaiInstant('2026-01-15', '00:00').toISOString()).toBe('2026-01-14T16:00:00.000Z');
    expect(shanghaiInstant('2026-07-15', '07:59').toISOString()).toBe('2026-07-14T23:59:00.000Z');
  });

  it('ends a day at the midnight with which the next begins', () => {
    expect(shanghaiInstant('2026-02-28', '24:00')).toEqual(shanghaiInstant('2026-03-01', '00:00'));
    expect(shanghaiInstant('2028-02-28', '24:00')).toEqual(shanghaiInstant('2028-02-29', '00:00'));
  });

  it.each([
    ['2026-01-31', 1, '2026-02-01'],
    ['2026-03-01', -1, '2026-02-28'],
    ['2028-03-01', -1, '2028-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-06-20', -19, '2026-06-01'],
    ['2026-06-20', 0, '2026-06-20'],
  ])('%s and %i days are %s', (date, days, expected) => {
    expect(plusDays(date, days)).toBe(expected);
  });
});
