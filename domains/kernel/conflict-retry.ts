import { AppendOutcomeUnknown, RevisionConflict } from './event-log.ts';

export interface ConflictRetryPolicy {
  readonly attempts: number;
  /** First pause; it doubles each time, with full jitter. */
  readonly baseDelayMs: number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** The one policy by which commands are decided again after another writer was first, or an append went unanswered. */
export const conflictRetry: ConflictRetryPolicy = {
  attempts: 8,
  baseDelayMs: 4,
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Runs `attempt` again on conflicts and unknown outcomes only; every other error, and the last one, is thrown. */
export async function retryOnConflict<Result>(
  policy: ConflictRetryPolicy,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      const again = error instanceof RevisionConflict || error instanceof AppendOutcomeUnknown;
      if (!again || round >= policy.attempts) throw error;
      await policy.pause(Math.random() * policy.baseDelayMs * 2 ** round);
    }
  }
}
