import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addGap, addOwnWrite, addUpdate, NOTHING_PENDING, pendingWords, shown } from './pending-updates.ts';
import { followUpdates, parseUpdate } from './updates.ts';

const update = (position: string, events = 1) => ({ view: 'directory', position, events });

/** Just enough of an EventSource. */
class Source extends EventTarget {
  readyState = 1;
  closed = false;
  close(): void {
    this.closed = true;
  }
  say(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('view'), { data: JSON.stringify(data) }));
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
}

function following() {
  const sources: Source[] = [];
  const heard = { updates: [] as string[], gaps: 0 };
  const stop = followUpdates(
    { onUpdate: (one) => heard.updates.push(one.position), onGap: () => heard.gaps++ },
    () => {
      const source = new Source();
      sources.push(source);
      return source as unknown as EventSource;
    },
  );
  return { sources, heard, stop };
}

describe('updates', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('hand on what fits the contract and nothing else', () => {
    const { sources, heard } = following();
    sources[0]?.say(update('7'));
    sources[0]?.say({ view: 1 });
    expect(heard.updates).toEqual(['7']);
    expect(parseUpdate('no json')).toBeUndefined();
  });

  it('tell of a gap once the browser has reconnected, not on the first connection', () => {
    const { sources, heard } = following();
    sources[0]?.dispatchEvent(new Event('open'));
    expect(heard.gaps).toBe(0);
    sources[0]?.fail(0);
    sources[0]?.dispatchEvent(new Event('open'));
    expect(heard.gaps).toBe(1);
  });

  it('come back after a refusal with growing waits, and stop when told', () => {
    const { sources, stop } = following();
    sources[0]?.fail(2);
    vi.advanceTimersByTime(2_000);
    expect(sources).toHaveLength(2);
    sources[1]?.fail(2);
    vi.advanceTimersByTime(2_000);
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(2_000);
    expect(sources).toHaveLength(3);
    sources[2]?.fail(2);
    stop();
    vi.advanceTimersByTime(120_000);
    expect(sources).toHaveLength(3);
    expect(sources[2]?.closed).toBe(true);
  });
});

describe('pending updates', () => {
  it('count what others did and leave out what the reader wrote', () => {
    const wrote = addOwnWrite(NOTHING_PENDING, '10');
    expect(pendingWords(addUpdate(wrote, update('10')))).toBeUndefined();
    expect(pendingWords(addUpdate(wrote, update('12', 3)))).toBe('已更新 2 条');
    expect(pendingWords(addUpdate(addUpdate(wrote, update('9')), update('10')))).toBe('已更新 1 条');
  });

  it('compare positions as numbers of any length', () => {
    const wrote = addOwnWrite(NOTHING_PENDING, '9007199254740993');
    expect(addUpdate(wrote, update('9007199254740992')).own).toEqual(['9007199254740993']);
  });

  it('say that a gap hides an unknown number, until the newest is shown', () => {
    const gap = addGap(addUpdate(NOTHING_PENDING, update('1', 2)));
    expect(pendingWords(gap)).toContain('可能有更新');
    expect(pendingWords(shown(gap))).toBeUndefined();
    expect(shown(addOwnWrite(gap, '7')).own).toEqual(['7']);
  });
});
