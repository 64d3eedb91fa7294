import type { ClosedLoopTag, Outcome, SlotStateName, Tier } from '../codes/slot-tables.ts';
import type { ReleasePlan } from '../events/slots.ts';
import { isOpen } from './release.ts';
import { shanghaiInstant } from './shanghai-calendar.ts';

/** What a slot's newest story is told from. */
export interface SlotStory {
  readonly tier: Tier;
  /** YYYY-MM-DD in Shanghai. */
  readonly date: string;
  /** HH:mm in Shanghai. */
  readonly end: string;
  /** An untouched slot is free. */
  readonly state: SlotStateName;
  /** What is known of the booking that holds the slot now; null without one. */
  readonly live: { readonly checkedIn: boolean; readonly registered: boolean } | null;
  /** How the slot's last booking ended; null while it lives and when there was none. */
  readonly outcome: Outcome | null;
}

/** Outcomes after which the slot is as used up as it was meant to be, or was missed: nothing can follow but corrections. */
const FINAL: ReadonlySet<Outcome> = new Set(['fulfilled', 'noShow', 'unreported']);

/**
 * The closed-loop tag (闭环标签, F3.11) of a slot: exactly one for every slot at any time.
 * A visit that took place or was missed outweighs what was done to the slot later; a booking that lives outweighs a
 * withdrawal, which leaves it alone; a cancelled slot is told by its cancellation until it can be booked again, and
 * for good when nobody took it any more.
 */
export function closedLoopTag(story: SlotStory, plan: ReleasePlan, now: Date): ClosedLoopTag {
  if (story.outcome && FINAL.has(story.outcome)) return story.outcome as ClosedLoopTag;
  if (story.state === 'fenced') return 'suspended';
  if (story.state === 'held') return 'held';
  if (story.live) return tagOfLive(story.live);
  if (story.state === 'withdrawn') return 'withdrawn';
  return tagOfFree(story, plan, now);
}

function tagOfLive({ checkedIn, registered }: NonNullable<SlotStory['live']>): ClosedLoopTag {
  if (registered) return 'registered';
  return checkedIn ? 'checkedIn' : 'booked';
}

function tagOfFree(story: SlotStory, plan: ReleasePlan, now: Date): ClosedLoopTag {
  const over = shanghaiInstant(story.date, story.end) <= now;
  const cancelled = story.outcome && story.outcome !== 'expired' ? (story.outcome as ClosedLoopTag) : null;
  if (cancelled && (over || story.state === 'returning')) return cancelled;
  if (over) return 'unused';
  return isOpen(plan, story.tier, story.tier, now) ? 'open' : 'unopened';
}
