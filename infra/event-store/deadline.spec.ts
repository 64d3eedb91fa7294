import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Overdue, within } from './deadline.ts';

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('passes on what comes in time, and leaves no timer behind', async () => {
    await expect(within(100, Promise.resolve('answer'))).resolves.toBe('answer');
    await expect(within(100, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is over after its time, and lets go of what comes later', async () => {
    const work = Promise.withResolvers<string>();
    const answer = within(100, work.promise);
    const refused = expect(answer).rejects.toBeInstanceOf(Overdue);
    await vi.advanceTimersByTimeAsync(100);
    await refused;
    work.reject(new Error('too late for anybody'));
    await vi.advanceTimersByTimeAsync(0);
  });
});
