import { describe, expect, it } from 'vitest';
import { ExpiringCache } from './expiring-cache.ts';

function openCache(maximum = 2) {
  const time = { ms: 0 };
  const cache = new ExpiringCache<string>({ maximum, timeToLiveMs: 100, monotonicNow: () => time.ms });
  return { time, cache };
}

describe('expiring cache', () => {
  it('forgets after the time to live, however often it was used', () => {
    const { time, cache } = openCache();
    cache.set('a', '1');
    time.ms = 99;
    expect(cache.get('a')).toBe('1');
    time.ms = 100;
    expect(cache.get('a')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('drops the least recently used entry when it is full', () => {
    const { cache } = openCache();
    cache.set('a', '1');
    cache.set('b', '2');
    cache.get('a');
    cache.set('c', '3');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
  });

  it('deletes an entry only while it holds the value in question', () => {
    const { cache } = openCache();
    cache.set('a', 'new');
    cache.deleteIf('a', 'old');
    expect(cache.get('a')).toBe('new');
    cache.deleteIf('a', 'new');
    expect(cache.get('a')).toBeUndefined();
  });
});
