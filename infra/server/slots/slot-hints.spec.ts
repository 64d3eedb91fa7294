import { describe, expect, it } from 'vitest';
import { SlotHints } from './slot-hints.ts';

const KEY = { institutionCode: 'I', scheduleId: 'S' };
const NOW = new Date('2026-11-25T00:00:00Z');
const slots = ['A', 'B'].map((slotId) => ({ slotId, tier: 'public' as const }));
const wish = { schedule: KEY, slots, now: NOW };

/** A schedule document with these slots' records. */
function documentWith(records: Readonly<Record<string, object>>) {
  return {
    date: '2026-11-26',
    plan: { opensAt: {}, returnsAt: NOW.toISOString() },
    intervals: [{ start: '08:00', end: '08:15', slots }],
    detailsRevision: 0,
    closed: null,
    slots: records,
  } as never;
}

function hintsOver(records: Readonly<Record<string, object>> = {}) {
  let asked = 0;
  let now = NOW;
  let document = documentWith(records);
  const pool = {
    document: async () => {
      asked += 1;
      return document;
    },
  };
  const hints = new SlotHints(pool, () => now);
  return {
    hints,
    asked: () => asked,
    later: (milliseconds: number, changed = records) => {
      now = new Date(now.getTime() + milliseconds);
      document = documentWith(changed);
    },
  };
}

describe('hints on slots', () => {
  it('hand different slots to callers at the same time, untouched ones with no stream', async () => {
    const { hints } = hintsOver();
    await hints.prepare(KEY);
    expect(hints.choose(wish)).toEqual([
      { slotId: 'A', revision: 'no_stream' },
      { slotId: 'B', revision: 'no_stream' },
    ]);
    expect(hints.choose(wish)).toEqual([{ slotId: 'B', revision: 'no_stream' }]);
    expect(hints.choose(wish)).toEqual([]);
    expect(hints.countFree(KEY, ['A', 'B'])).toBe(2);
  });

  it('know what the view knows: who is booked is not free, who came back has a stream', async () => {
    const { hints } = hintsOver({ A: { step: 'booked', revision: 0 }, B: { step: 'free', revision: 3 } });
    await hints.prepare(KEY);
    expect(hints.choose(wish)).toEqual([{ slotId: 'B', revision: 3 }]);
    expect(hints.countFree(KEY, ['A', 'B'])).toBe(1);
  });

  it('believe what was learnt until the view has come as far', async () => {
    const { hints, later } = hintsOver();
    await hints.prepare(KEY);
    hints.choose(wish);
    hints.learn({ ...KEY, slotId: 'A' }, { free: false, revision: 0 });
    later(20_000);
    await hints.prepare(KEY);
    expect(hints.choose(wish)).toEqual([{ slotId: 'B', revision: 'no_stream' }]);
    later(20_000, { A: { step: 'free', revision: 1 } });
    await hints.prepare(KEY);
    expect(hints.choose(wish)).toEqual([{ slotId: 'A', revision: 1 }]);
  });

  it('offer a slot again when its caller came to nothing', async () => {
    const { hints } = hintsOver();
    await hints.prepare(KEY);
    hints.choose(wish);
    hints.learn({ ...KEY, slotId: 'A' }, { free: true, revision: 'no_stream' });
    expect(hints.choose(wish)).toHaveLength(2);
  });

  it('ask the view once for many callers, and again after a second when nothing is free', async () => {
    const { hints, asked, later } = hintsOver({
      A: { step: 'booked', revision: 0 },
      B: { step: 'booked', revision: 0 },
    });
    await Promise.all([hints.prepare(KEY), hints.prepare(KEY)]);
    await hints.prepare(KEY);
    expect(asked()).toBe(1);
    later(1_000);
    await hints.prepare(KEY);
    expect(asked()).toBe(2);
  });
});
