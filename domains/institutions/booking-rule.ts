import type { BookingRuleDetails } from '@qingpu/contracts/events/institutions';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { ruleInPast } from './rejections.ts';

/** A version may come into force today or later: what was in force yesterday is never rewritten. */
export function checkBookingRule(details: BookingRuleDetails, now: Date): void {
  if (details.effectiveFrom < shanghaiDate(now)) throw ruleInPast();
}

/** The number under which a rule's version is on file (备案号). */
export function filingNumberOf(institutionCode: string, ruleCode: string, ruleVersion: number): string {
  return `QP-${institutionCode}-${ruleCode}-V${ruleVersion}`;
}
