import { scheduleRegistrationSchema } from '@qingpu/contracts/partners/hospital/slots';
import { describe, expect, it } from 'vitest';
import { syntheticDistrict } from './district.ts';
import { intervalsOf, schedulesOf } from './schedules.ts';

const district = syntheticDistrict();
/** A Monday. */
const MONDAY = '2026-11-23';
const week = district.flatMap((institution) => schedulesOf(institution, { from: MONDAY, days: 7 }));

const tierCounts = (intervals: ReturnType<typeof intervalsOf>) => {
  const tiers = intervals.flatMap(({ slots }) => slots.map(({ tier }) => tier));
  return Object.fromEntries([...Map.groupBy(tiers, (tier) => tier)].map(([tier, of]) => [tier, of.length]));
};

describe('the schedules of the synthetic district', () => {
  it('are what the partner contract takes, and have ids of their own', () => {
    for (const schedule of week) expect(scheduleRegistrationSchema.safeParse(schedule).success).toBe(true);
    const ids = week.map(({ institutionCode, scheduleId }) => `${institutionCode} ${scheduleId}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are the same for a day whichever day they are asked from, and repeat every week', () => {
    const [institution] = district;
    if (!institution) throw new Error('no institution');
    const tuesday = schedulesOf(institution, { from: '2026-11-24', days: 1 });
    expect(week).toEqual(expect.arrayContaining([...tuesday]));
    const next = schedulesOf(institution, { from: '2026-12-01', days: 1 });
    expect(next.map(({ details }) => [details.clinicCode, details.session])).toEqual(
      tuesday.map(({ details }) => [details.clinicCode, details.session]),
    );
  });

  it('leave the weekend free and serve every clinic in a week', () => {
    expect(new Set(week.map(({ details }) => details.date))).toEqual(
      new Set(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27']),
    );
    const clinics = new Set(
      week.map(({ institutionCode, details }) => `${institutionCode} ${details.clinicCode}`),
    );
    expect(clinics.size).toBe(district.flatMap(({ entries }) => entries.clinic).length);
  });

  it('cut a session into quarters of an hour and share the slots out by the filed quota', () => {
    const morning = intervalsOf('morning', 2, { referral: 10, community: 40, contracted: 10, public: 40 });
    expect(morning).toHaveLength(14);
    expect([morning[0]?.start, morning[0]?.end, morning.at(-1)?.start, morning.at(-1)?.end]).toEqual([
      '08:00',
      '08:15',
      '11:15',
      '11:30',
    ]);
    // 28 slots: each share rounded down, the rest is the public's.
    expect(tierCounts(morning)).toEqual({ referral: 2, community: 11, contracted: 2, public: 13 });
    expect(
      tierCounts(intervalsOf('afternoon', 1, { referral: 0, community: 0, contracted: 0, public: 100 })),
    ).toEqual({
      public: 12,
    });
  });
});
