import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 60;

/** Looks until the check passes, at most for the limit; then its last complaint is thrown. */
export async function eventually<Value>(
  check: () => Promise<Value> | Value,
  limitMs = LIMIT_MS,
): Promise<Value> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (complaint) {
      if (performance.now() > deadline) throw complaint;
    }
    await pause(LOOK_AGAIN_MS);
  }
}
