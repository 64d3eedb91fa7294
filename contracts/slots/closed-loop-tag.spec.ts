import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codesOf } from '../codes/directory-tables.ts';
import { CLOSED_LOOP_TAGS, OUTCOMES, SLOT_STATES, TIERS } from '../codes/slot-tables.ts';
import { closedLoopTag, type SlotStory } from './closed-loop-tag.ts';
import { shanghaiInstant } from './shanghai-calendar.ts';

const early = '2026-02-25T07:00:00.000+08:00';
const plan = {
  policyVersion: 'spec',
  opensAt: { referral: early, community: early, contracted: early, public: '2026-03-02T07:00:00.000+08:00' },
  returnsAt: '2026-03-15T07:00:00.000+08:00',
};
const UNOPENED = shanghaiInstant('2026-03-01', '12:00');
const OPEN = shanghaiInstant('2026-03-02', '07:00');
const LAST_MOMENT = new Date(shanghaiInstant('2026-03-16', '08:15').getTime() - 1);
const OVER = shanghaiInstant('2026-03-16', '08:15');

const story = (changes: Partial<SlotStory> = {}): SlotStory => ({
  tier: 'public',
  date: '2026-03-16',
  end: '08:15',
  state: 'free',
  live: null,
  outcome: null,
  ...changes,
});
const booked = { checkedIn: false, registered: false };

describe('the closed-loop tag', () => {
  it.each<[string, Partial<SlotStory>, Date, string]>([
    ['an untouched slot before its quota opens', {}, UNOPENED, 'unopened'],
    ['a reserved slot whose quota is open', { tier: 'community' }, UNOPENED, 'open'],
    ['an untouched slot', {}, OPEN, 'open'],
    ['an untouched slot at the last moment', {}, LAST_MOMENT, 'open'],
    ['a slot that nobody took', {}, OVER, 'unused'],
    ['a held slot', { state: 'held' }, OPEN, 'held'],
    ['a booked slot', { state: 'booked', live: booked }, OPEN, 'booked'],
    ['a booked slot after its time, before any report', { state: 'booked', live: booked }, OVER, 'booked'],
    ['who has checked in', { state: 'booked', live: { ...booked, checkedIn: true } }, OPEN, 'checkedIn'],
    [
      'who has registered',
      { state: 'booked', live: { checkedIn: true, registered: true } },
      OPEN,
      'registered',
    ],
    ['a visit that took place', { outcome: 'fulfilled' }, OPEN, 'fulfilled'],
    ['a no-show', { outcome: 'noShow' }, OVER, 'noShow'],
    ['a silent hospital', { outcome: 'unreported' }, OVER, 'unreported'],
    [
      'a visit that took place before the doctor left',
      { state: 'fenced', outcome: 'fulfilled' },
      OPEN,
      'fulfilled',
    ],
    [
      'a cancelled slot on its way back',
      { state: 'returning', outcome: 'cancelledByPatient' },
      OPEN,
      'cancelledByPatient',
    ],
    ['a cancelled slot that is back', { outcome: 'cancelledByPatient' }, OPEN, 'open'],
    ['a cancelled slot that nobody took again', { outcome: 'lateCancelled' }, OVER, 'lateCancelled'],
    ['a cancelled slot that is booked again', { state: 'booked', live: booked }, OPEN, 'booked'],
    ['a hold that expired', { outcome: 'expired' }, OPEN, 'open'],
    ['a hold that expired and nobody else', { outcome: 'expired' }, OVER, 'unused'],
    ['a suspended slot', { state: 'fenced', outcome: 'cancelledByHospital' }, OVER, 'suspended'],
    ['a withdrawn slot', { state: 'withdrawn' }, OPEN, 'withdrawn'],
    ['a withdrawn slot whose booking stands', { state: 'withdrawn', live: booked }, OPEN, 'booked'],
  ])('of %s', (_what, changes, now, expected) => {
    expect(closedLoopTag(story(changes), plan, now)).toBe(expected);
  });

  it('is one of the table whatever is known of a slot', () => {
    const anything = fc.record({
      tier: fc.constantFrom(...codesOf(TIERS)),
      date: fc.constant('2026-03-16'),
      end: fc.constant('08:15'),
      state: fc.constantFrom(...codesOf(SLOT_STATES)),
      live: fc.option(fc.record({ checkedIn: fc.boolean(), registered: fc.boolean() })),
      outcome: fc.option(fc.constantFrom(...codesOf(OUTCOMES))),
    });
    fc.assert(
      fc.property(anything, fc.constantFrom(UNOPENED, OPEN, LAST_MOMENT, OVER), (slot, now) => {
        expect(Object.keys(CLOSED_LOOP_TAGS)).toContain(closedLoopTag(slot, plan, now));
      }),
    );
  });
});
