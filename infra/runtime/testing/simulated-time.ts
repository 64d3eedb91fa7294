import { vi } from 'vitest';

const STEP_MS = 25;
const MOST_STEPS = 8_000;

/** Lets simulated time pass until something has come to be; bounded, and as fast as the machine is. */
export async function eventually(
  what: string,
  come: () => boolean | undefined | Promise<boolean | undefined>,
): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (await come()) return;
    await vi.advanceTimersByTimeAsync(STEP_MS);
  }
  throw new Error(`it never came to this: ${what}`);
}

/** Lets so much simulated time pass, with everything that happens in it. */
export async function passSeconds(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

/** Something that waits until it is let go. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
