import { isOpen, openTiers } from '@qingpu/contracts/slots/release';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BookingPolicy, cancelDeadline, checkInWindow, guidancePolicy } from './booking-policy.ts';
import { releasePlan } from './release-plan.ts';
import { at } from './testing/sample-pool.ts';

const policy = (changes: Partial<BookingPolicy> = {}): BookingPolicy => ({ ...guidancePolicy, ...changes });
const before = (instant: Date) => new Date(instant.getTime() - 1);

/** The platform may run anywhere: a plan is by the clock of Shanghai. */
describe.each(['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati'])(
  'on a machine in %s',
  (zone) => {
    const own = process.env.TZ;
    beforeAll(() => {
      process.env.TZ = zone;
    });
    afterAll(() => {
      if (own === undefined) delete process.env.TZ;
      else process.env.TZ = own;
    });

    it('goes by another clock', () => {
      expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
    });

    it('the community’s quota opens five days before the public’s, by the worked example', () => {
      const plan = releasePlan(policy({ horizonDays: 14, communityExtraDays: 5 }), '2026-06-20');
      expect(plan.opensAt.public.slice(0, 10)).toBe('2026-06-06');
      expect(plan.opensAt.community.slice(0, 10)).toBe('2026-06-01');
    });

    it('opens at the release time in Shanghai and returns the day before the visits', () => {
      expect(releasePlan(guidancePolicy, '2026-03-16')).toEqual({
        policyVersion: 'booking-guidance@2026.1',
        opensAt: {
          referral: '2026-02-25T07:00:00.000+08:00',
          community: '2026-02-25T07:00:00.000+08:00',
          contracted: '2026-02-25T07:00:00.000+08:00',
          public: '2026-03-02T07:00:00.000+08:00',
        },
        returnsAt: '2026-03-15T07:00:00.000+08:00',
      });
    });

    it.each([
      ['over the end of a month', '2026-05-10', 14, '2026-04-26'],
      ['over the end of a year', '2027-01-05', 14, '2026-12-22'],
      ['over the day of a leap year', '2028-03-05', 5, '2028-02-29'],
      ['over the end of February otherwise', '2026-03-05', 5, '2026-02-28'],
      ['from the leap day itself', '2028-02-29', 14, '2028-02-15'],
    ])('counts calendar days %s', (_how, date, horizonDays, opens) => {
      const plan = releasePlan(policy({ horizonDays }), date);
      expect(plan.opensAt.public).toBe(`${opens}T07:00:00.000+08:00`);
    });

    it.each(['00:00', '23:59'])('opens at %s of the day in Shanghai, not of another', (releaseTime) => {
      const plan = releasePlan(policy({ releaseTime }), '2026-03-16');
      expect(plan.opensAt.public).toBe(`2026-03-02T${releaseTime}:00.000+08:00`);
      const opening = at('2026-03-02', releaseTime);
      expect(isOpen(plan, 'public', 'public', before(opening))).toBe(false);
      expect(isOpen(plan, 'public', 'public', opening)).toBe(true);
    });

    it('a cancellation is late from the midnight on which the day of the visit begins', () => {
      expect(cancelDeadline(guidancePolicy, { date: '2026-03-01' })).toEqual(at('2026-03-01', '00:00'));
      const noon = policy({ cancelDaysBefore: 2, cancelTime: '12:00' });
      expect(cancelDeadline(noon, { date: '2028-03-01' })).toEqual(at('2028-02-28', '12:00'));
    });

    it('a patient checks in from half an hour before the interval to half an hour after it', () => {
      const visit = { date: '2026-03-16', start: '00:10', end: '00:25' };
      expect(checkInWindow(guidancePolicy, visit)).toEqual({
        from: at('2026-03-15', '23:40'),
        until: at('2026-03-16', '00:55'),
      });
    });
  },
);

describe('who may have what, and when', () => {
  const plan = releasePlan(guidancePolicy, '2026-03-16');
  const early = at('2026-02-25', '07:00');
  const open = at('2026-03-02', '07:00');
  const returned = at('2026-03-15', '07:00');

  it.each([
    ['before all', before(early), [], []],
    ['when the reserves open', early, [], ['community']],
    ['a moment before the public’s opens', before(open), [], ['community']],
    ['when the public’s opens', open, ['public'], ['community', 'public']],
    ['a moment before the reserves return', before(returned), ['public'], ['community', 'public']],
    [
      'when the reserves have returned',
      returned,
      ['public', 'referral', 'community', 'contracted'],
      ['community', 'public', 'referral', 'contracted'],
    ],
  ] as const)('%s', (_when, now, forPublic, forCommunity) => {
    expect(openTiers(plan, 'public', now)).toEqual(forPublic);
    expect(openTiers(plan, 'community', now)).toEqual(forCommunity);
  });
});
