import { TIERS, type Tier } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleDetails } from '@qingpu/contracts/events/slots';
import type { BookingPolicy } from './booking-policy.ts';

type Intervals = ScheduleDetails['intervals'];
type QuotaPercent = BookingPolicy['quotaPercent'];

/** The order in which quotas are served when a session's slots are dealt out. */
const DEALT: readonly Tier[] = ['public', 'community', 'contracted', 'referral'];

export interface CutSession {
  readonly intervals: readonly { readonly start: string; readonly end: string }[];
  /** Minutes at the end that are too short for another interval. */
  readonly remainderMinutes: number;
}

/** Cuts a session into intervals of equal length (分时段). Rule 7.1. Times are HH:mm. */
export function cutSession(start: string, end: string, intervalMinutes: number): CutSession {
  const [from, until] = [minutesOf(start), minutesOf(end)];
  const count = Math.max(0, Math.floor((until - from) / intervalMinutes));
  const at = (index: number) => clockTimeOf(from + index * intervalMinutes);
  return {
    intervals: Array.from({ length: count }, (_, index) => ({ start: at(index), end: at(index + 1) })),
    remainderMinutes: until - from - count * intervalMinutes,
  };
}

/** How many of a session's slots are kept for whom: each reserve is rounded down, the public has the rest. Rule 7.5. */
export function quotaOf(total: number, percent: QuotaPercent): Readonly<Record<Tier, number>> {
  const [referral, community, contracted] = (['referral', 'community', 'contracted'] as const).map((tier) =>
    Math.floor((total * percent[tier]) / 100),
  ) as [number, number, number];
  return { referral, community, contracted, public: total - referral - community - contracted };
}

export interface SessionOutline {
  readonly start: string;
  readonly end: string;
  readonly intervalMinutes: number;
  readonly perInterval: number;
  /** Number of the session's first slot; ids go on from there as `S001`, `S002`, … */
  readonly firstSlot: number;
}

/** The intervals of a session with slots, each quota dealt out evenly over the session. */
export function sessionIntervals(outline: SessionOutline, percent: QuotaPercent): Intervals {
  const { intervals } = cutSession(outline.start, outline.end, outline.intervalMinutes);
  const tiers = dealTiers(quotaOf(intervals.length * outline.perInterval, percent));
  return intervals.map((interval, index) => ({
    ...interval,
    slots: Array.from({ length: outline.perInterval }, (_, place) => {
      const number = index * outline.perInterval + place;
      return { slotId: slotIdOf(outline.firstSlot + number), tier: tiers[number] ?? 'public' };
    }),
  }));
}

/** Each quota spread as evenly as it goes: at every place the one that is furthest behind its share is served. */
function dealTiers(quota: Readonly<Record<Tier, number>>): readonly Tier[] {
  const total = Object.keys(TIERS).reduce((sum, tier) => sum + quota[tier as Tier], 0);
  const dealt = { referral: 0, community: 0, contracted: 0, public: 0 };
  return Array.from({ length: total }, (_, place) => {
    const behind = (tier: Tier) => (quota[tier] * (place + 1)) / total - dealt[tier];
    const next = DEALT.filter((tier) => dealt[tier] < quota[tier]).reduce((best, tier) =>
      behind(tier) > behind(best) ? tier : best,
    );
    dealt[next] += 1;
    return next;
  });
}

function slotIdOf(number: number): string {
  return `S${String(number).padStart(3, '0')}`;
}

function minutesOf(clockTime: string): number {
  return Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3));
}

function clockTimeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
