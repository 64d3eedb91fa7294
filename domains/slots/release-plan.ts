import type { ReleasePlan } from '@qingpu/contracts/events/slots';
import { plusDays, shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { BookingPolicy } from './booking-policy.ts';

/**
 * When the quotas of a day of visits open, and when what is left of them returns to the public. Rules 7.5, 7.7: the
 * public's opens `horizonDays` before the day at the release time, those of community, referral and contracted residents
 * `communityExtraDays` earlier; what is unused is everybody's from the release time of the day before on.
 * @param date day of the visits, YYYY-MM-DD
 */
export function releasePlan(policy: BookingPolicy, date: string): ReleasePlan {
  const daysBefore = (days: number) =>
    shanghaiTimestamp(shanghaiInstant(plusDays(date, -days), policy.releaseTime));
  const early = daysBefore(policy.horizonDays + policy.communityExtraDays);
  return {
    policyVersion: policy.version,
    opensAt: {
      referral: early,
      community: early,
      contracted: early,
      public: daysBefore(policy.horizonDays),
    },
    returnsAt: daysBefore(1),
  };
}
