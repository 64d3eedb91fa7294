import { describe, expect, it, vi } from 'vitest';
import { ExpiringMemo } from './expiring-memo.ts';

describe('an expiring memo', () => {
  it('asks once while the answer counts, and again afterwards or when it was forgotten', async () => {
    let now = 0;
    const memo = new ExpiringMemo<number>({ lifeMs: 100, most: 10, now: () => now });
    const load = vi.fn(async () => load.mock.calls.length);
    expect(await Promise.all([memo.get('a', load), memo.get('a', load)])).toEqual([1, 1]);
    now = 99;
    expect(await memo.get('a', load)).toBe(1);
    now = 100;
    expect(await memo.get('a', load)).toBe(2);
    memo.forget('a');
    expect(await memo.get('a', load)).toBe(3);
  });

  it('keeps no failure', async () => {
    const memo = new ExpiringMemo<number>({ lifeMs: 100, most: 10, now: () => 0 });
    await expect(memo.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await memo.get('a', async () => 7)).toBe(7);
  });

  it('keeps no more than it may, the oldest going first', async () => {
    const memo = new ExpiringMemo<string>({ lifeMs: 100, most: 2, now: () => 0 });
    const load = vi.fn(async () => 'x');
    for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await memo.get(key, load);
    expect(load).toHaveBeenCalledTimes(4);
  });
});
