import { setTimeout as sleep } from 'node:timers/promises';

const MOST_WAITING = 1000;

/** Requests that are kept waiting; all of them can be let go at once, so that nothing outlives a reset. */
export class WaitingRoom {
  #release = new AbortController();
  #waiting = 0;

  /** Waits `ms` milliseconds, or for ever without it. False when it ended early: full, released or left by the client. */
  async wait(ms: number | undefined, left: AbortSignal): Promise<boolean> {
    if (this.#waiting >= MOST_WAITING) return false;
    const signal = AbortSignal.any([left, this.#release.signal]);
    this.#waiting += 1;
    try {
      return ms === undefined ? await untilAborted(signal) : await timeOrAborted(ms, signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  get waiting(): number {
    return this.#waiting;
  }

  releaseAll(): void {
    this.#release.abort();
    this.#release = new AbortController();
  }
}

async function timeOrAborted(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    // The only way in which this timer fails is the abort that it was given.
    return false;
  }
}

function untilAborted(signal: AbortSignal): Promise<false> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }));
}
