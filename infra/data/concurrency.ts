/**
 * Runs `work` for every item, at most `limit` at a time and in order of starting. The first failure stops the others
 * through their signal; it is thrown once all have come to rest, so that nothing goes on behind the caller's back.
 */
export async function forEachConcurrently<Item>(
  items: readonly Item[],
  limit: number,
  outer: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      signal.throwIfAborted();
      await work(item, signal);
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      // Only the first abort counts: its reason is the failure that every other worker is then stopped with.
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, guarded));
  signal.throwIfAborted();
}
