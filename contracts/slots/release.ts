import { TIERS, type Tier } from '../codes/slot-tables.ts';
import type { ReleasePlan } from '../events/slots.ts';

/**
 * Whether somebody who books as `wanted` may have a slot that is kept for `kept` at that moment.
 * Their own quota and the public's open by the plan; what is left of the others is everybody's once it has returned.
 */
export function isOpen(plan: ReleasePlan, kept: Tier, wanted: Tier, now: Date): boolean {
  const from = kept === wanted || kept === 'public' ? plan.opensAt[kept] : plan.returnsAt;
  return Date.parse(from) <= now.getTime();
}

/** The quotas that are open to somebody who books as `wanted`, in the order in which they should be used up. */
export function openTiers(plan: ReleasePlan, wanted: Tier, now: Date): readonly Tier[] {
  const others = (Object.keys(TIERS) as Tier[]).filter((tier) => tier !== wanted && tier !== 'public');
  const inOrder = [...new Set<Tier>([wanted, 'public', ...others])];
  return inOrder.filter((kept) => isOpen(plan, kept, wanted, now));
}

/** When the first of the quotas opens: from then on a schedule's details stand (F1.17). ISO 8601 with offset. */
export function firstOpening(plan: ReleasePlan): string {
  const openings = Object.values(plan.opensAt);
  return openings.reduce((first, next) => (Date.parse(next) < Date.parse(first) ? next : first));
}
