import { describe, expect, it } from 'vitest';
import {
  formatAsOf,
  formatCalendarDate,
  formatClock,
  formatDay,
  formatDeadline,
  formatFee,
  formatMoment,
} from './format.ts';

const now = new Date('2026-11-24T01:00:00Z');

describe('formatters', () => {
  it('keep the calendar of Shanghai, wherever the browser is', () => {
    expect(formatDay('2026-11-23T16:00:00Z')).toBe('11月24日 周二');
    expect(formatClock('2026-11-23T16:05:00Z')).toBe('00:05');
    expect(formatMoment('2026-11-24T09:15:00+08:00', now)).toBe('11月24日 周二 09:15');
    expect(formatMoment('2025-12-31T16:00:00Z', now)).toBe('1月1日 周四 00:00');
    expect(formatMoment('2025-12-31T15:59:00Z', now)).toBe('2025年12月31日 周三 23:59');
  });

  it('let a deadline at midnight end the day before', () => {
    expect(formatDeadline('2026-11-25T00:00:00+08:00', now)).toBe('11月24日 周二 24:00');
    expect(formatDeadline('2026-01-01T00:00:00+08:00', now)).toBe('2025年12月31日 周三 24:00');
    expect(formatDeadline('2026-11-24T17:00:00+08:00', now)).toBe('11月24日 周二 17:00');
  });

  it('write calendar dates without any time zone', () => {
    expect(formatCalendarDate('2026-01-05')).toBe('2026年1月5日');
  });

  it('say from when data are, with the day unless it is today', () => {
    expect(formatAsOf('2026-11-24T00:15:00Z', now)).toBe('数据截至 08:15');
    expect(formatAsOf('2026-11-23T00:15:00Z', now)).toBe('数据截至 11月23日 周一 08:15');
    expect(formatAsOf('2025-11-24T00:15:00Z', now)).toContain('2025年');
    expect(formatAsOf(null, now)).toBe('暂无数据');
  });

  it.each([
    [2500, '¥25.00'],
    [5, '¥0.05'],
    [0, '¥0.00'],
    [10_000_000, '¥100,000.00'],
  ])('write %i fen as %s', (fen, text) => expect(formatFee(fen)).toBe(text));
});
