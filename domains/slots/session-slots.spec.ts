import { TIERS, type Tier } from '@qingpu/contracts/codes/slot-tables';
import { intervalsSchema } from '@qingpu/contracts/events/slots';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guidancePolicy } from './booking-policy.ts';
import { cutSession, quotaOf, sessionIntervals } from './session-slots.ts';

const share = (community: number) => ({ referral: 0, community, contracted: 0, public: 100 - community });

describe('a session cut into intervals', () => {
  it('of 08:00–11:30 has 14 of a quarter of an hour with 28 slots at two each', () => {
    const { intervals, remainderMinutes } = cutSession('08:00', '11:30', 15);
    expect(intervals).toHaveLength(14);
    expect(intervals.length * 2).toBe(28);
    expect(intervals[0]).toEqual({ start: '08:00', end: '08:15' });
    expect(intervals.at(-1)).toEqual({ start: '11:15', end: '11:30' });
    expect(remainderMinutes).toBe(0);
  });

  it('of 13:00–13:50 has 3 and leaves 5 minutes', () => {
    const { intervals, remainderMinutes } = cutSession('13:00', '13:50', 15);
    expect(intervals).toHaveLength(3);
    expect(intervals.at(-1)).toEqual({ start: '13:30', end: '13:45' });
    expect(remainderMinutes).toBe(5);
  });

  it('that is too short or turned around has none', () => {
    expect(cutSession('08:00', '08:10', 15).intervals).toEqual([]);
    expect(cutSession('09:00', '08:00', 15).intervals).toEqual([]);
  });
});

describe('a quota', () => {
  it.each([
    [40, 20, 20],
    [25, 12, 13],
  ])('of half of %i slots keeps %i for the community and %i for the public', (total, reserved, rest) => {
    expect(quotaOf(total, share(50))).toEqual({
      referral: 0,
      community: reserved,
      contracted: 0,
      public: rest,
    });
  });
});

describe('the slots of a session', () => {
  const outline = fc.record({
    start: fc.constantFrom('08:00', '08:05', '12:30'),
    end: fc.constantFrom('12:31', '13:00', '17:00'),
    intervalMinutes: fc.integer({ min: 10, max: 60 }),
    perInterval: fc.integer({ min: 1, max: 5 }),
    firstSlot: fc.integer({ min: 1, max: 50 }),
  });
  const percent = fc.tuple(fc.nat(33), fc.nat(33), fc.nat(33)).map(([referral, community, contracted]) => ({
    referral,
    community,
    contracted,
    public: 100 - referral - community - contracted,
  }));

  it('fit what a hospital may register, and keep exactly each quota', () => {
    fc.assert(
      fc.property(outline, percent, (session, quotaPercent) => {
        const intervals = sessionIntervals(session, quotaPercent);
        if (intervals.length === 0) return;
        expect(intervalsSchema.safeParse(intervals).success).toBe(true);
        const slots = intervals.flatMap((interval) => interval.slots);
        const quota = quotaOf(slots.length, quotaPercent);
        for (const tier of Object.keys(TIERS) as Tier[])
          expect(slots.filter((slot) => slot.tier === tier)).toHaveLength(quota[tier]);
      }),
    );
  });

  it('spread each quota over the session, so that no tier is left with its end', () => {
    const session = { start: '08:00', end: '11:00', intervalMinutes: 15, perInterval: 2, firstSlot: 1 };
    const slots = sessionIntervals(session, guidancePolicy.quotaPercent).flatMap((each) => each.slots);
    const halves = [slots.slice(0, 12), slots.slice(12)];
    for (const tier of ['public', 'community'] as const) {
      const [first, second] = halves.map((half) => half.filter((slot) => slot.tier === tier).length);
      expect(Math.abs((first ?? 0) - (second ?? 0))).toBeLessThanOrEqual(1);
    }
  });

  it('are numbered on from the first', () => {
    const session = { start: '08:00', end: '08:30', intervalMinutes: 15, perInterval: 2, firstSlot: 7 };
    const ids = sessionIntervals(session, share(0)).flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
    expect(ids).toEqual(['S007', 'S008', 'S009', 'S010']);
  });
});
