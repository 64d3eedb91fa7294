import type { BookingRuleDetails } from '@qingpu/contracts/events/institutions';
import type { SlotFacts } from '@qingpu/contracts/events/slots';
import { type BookingNumbers, bookingGuidance } from '@qingpu/contracts/rules/booking-guidance';
import { plusDays, shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';

/** The rule by which an institution's slots are booked on a day of visits; the version is stored with every decision. */
export interface BookingPolicy extends BookingNumbers {
  readonly version: string;
}

/** What holds where a hospital has no rule on file for such a clinic. */
export const guidancePolicy: BookingPolicy = {
  version: `booking-guidance@${bookingGuidance.version}`,
  ...bookingGuidance.defaults,
};

/** A version of a hospital's rule as it is on file. */
export function filedPolicy(
  filingNumber: string,
  ruleVersion: number,
  { name: _name, clinicKind: _clinicKind, effectiveFrom: _effectiveFrom, ...numbers }: BookingRuleDetails,
): BookingPolicy {
  return { version: `${filingNumber}@${ruleVersion}`, ...numbers };
}

type Visit = Pick<SlotFacts, 'date' | 'start' | 'end'>;

/** From this instant on a cancellation counts as late (逾期退号). Rule 7.4. */
export function cancelDeadline(policy: BookingPolicy, { date }: Pick<Visit, 'date'>): Date {
  return shanghaiInstant(plusDays(date, -policy.cancelDaysBefore), policy.cancelTime);
}

/** Within this time a patient may check in: minutes before the interval's start to minutes after its end. Rule 7.8. */
export function checkInWindow(
  policy: BookingPolicy,
  visit: Visit,
): { readonly from: Date; readonly until: Date } {
  return {
    from: plusMinutes(startOf(visit), -policy.checkInMinutesBefore),
    until: plusMinutes(endOf(visit), policy.checkInMinutesAfter),
  };
}

export function startOf({ date, start }: Visit): Date {
  return shanghaiInstant(date, start);
}

/** A slot can be booked until then. */
export function endOf({ date, end }: Pick<Visit, 'date' | 'end'>): Date {
  return shanghaiInstant(date, end);
}

export function plusMinutes(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * 60_000);
}
