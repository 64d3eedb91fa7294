import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { describe, expect, it } from 'vitest';
import { RecentStreams } from './recent-streams.ts';

const history = (length: number) =>
  Array.from({ length }, (_none, revision) => ({ revision }) as StoredEvent);

describe('recent streams', () => {
  it('are the newest ones, and no more than are wanted', () => {
    const recent = new RecentStreams(2);
    for (const stream of ['a', 'b', 'a', 'c']) recent.put(stream, history(1));
    expect(['a', 'b', 'c'].map((stream) => recent.get(stream)?.length)).toEqual([1, undefined, 1]);
  });

  it('are forgotten when they are told to be, and when they have grown long', () => {
    const recent = new RecentStreams();
    recent.put('a', history(20));
    recent.put('b', history(20));
    recent.put('b', history(21));
    expect([recent.get('a')?.length, recent.get('b')]).toEqual([20, undefined]);
    recent.forget('a');
    expect(recent.get('a')).toBeUndefined();
  });
});
