import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countIncidents, type Incident, isSuspended } from './no-show-rights.ts';

const RULE = { count: 3, windowDays: 365, suspendDays: 90 };

const incidents = (...days: readonly string[]): Incident[] =>
  days.map((day, index) => ({ bookingId: `b${index}`, day }));

/** Worked examples of rule 7.3. */
const EXAMPLES = [
  {
    id: 'B2 third no-show triggers',
    noShows: ['2026-01-10', '2026-03-01', '2026-06-01'],
    asOf: '2026-06-02',
    expected: { suspended: true, countInWindow: 3, until: '2026-08-30' },
  },
  {
    id: 'B4 end day: free',
    noShows: ['2026-01-10', '2026-03-01', '2026-06-01'],
    asOf: '2026-08-30',
    expected: { suspended: false, countInWindow: 3, until: '2026-08-30' },
  },
  {
    id: 'B5 first has aged out (>365 d)',
    noShows: ['2025-05-31', '2026-03-01', '2026-06-01'],
    asOf: '2026-06-02',
    expected: { suspended: false, countInWindow: 2, until: null },
  },
];

describe('no-shows that suspend the right to book', () => {
  it.each(EXAMPLES)('$id', ({ noShows, asOf, expected }) => {
    const { inWindow, until } = countIncidents(incidents(...noShows), RULE);
    expect({ suspended: isSuspended(until, asOf), countInWindow: inWindow.length, until }).toEqual(expected);
  });

  it('count within as many days as the window has, the newest day being the last of them', () => {
    const newest = '2026-06-01';
    const [firstInside, lastOutside] = [plusDays(newest, -364), plusDays(newest, -365)];
    expect(countIncidents(incidents(firstInside, newest), RULE).inWindow).toHaveLength(2);
    expect(countIncidents(incidents(lastOutside, newest), RULE).inWindow).toHaveLength(1);
  });

  it('none: nothing counts and nothing is suspended', () => {
    expect(countIncidents([], RULE)).toEqual({ inWindow: [], until: null });
    expect(isSuspended(null, '2026-06-01')).toBe(false);
  });

  const days = fc.array(
    fc.integer({ min: 0, max: 900 }).map((offset) => plusDays('2025-01-01', offset)),
    { maxLength: 12 },
  );

  it('count the same in whatever order they became known', () => {
    fc.assert(
      fc.property(
        days.chain((each) =>
          fc.tuple(fc.constant(each), fc.shuffledSubarray(each, { minLength: each.length })),
        ),
        ([one, other]) => {
          const [first, second] = [one, other].map((each) => countIncidents(incidents(...each), RULE));
          expect(first?.until).toBe(second?.until);
          expect(first?.inWindow.length).toBe(second?.inWindow.length);
        },
      ),
    );
  });

  it('suspend for exactly so many days from the newest on, or not at all', () => {
    fc.assert(
      fc.property(days, (each) => {
        const newest = each.toSorted().at(-1);
        const { until, inWindow } = countIncidents(incidents(...each), RULE);
        expect(until).toBe(inWindow.length >= 3 && newest ? plusDays(newest, 90) : null);
      }),
    );
  });
});
