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

/** Decides again when another writer was first; every other error, and the last conflict, is thrown. */
export function retryOnConflict<Result>(
  policy: ConflictRetryPolicy,
  attempt: () => Promise<Result>,
): Promise<Result> {
  return retry(policy, attempt, (error) => error instanceof RevisionConflict);
}

/**
 * Repeats an append that went unanswered: the same ids at the same revision, so that it is in the log at most once
 * whenever the first one arrives. Deciding anew instead could answer «no» to what then arrives late.
 */
export function retryUntilAnswered<Result>(
  policy: ConflictRetryPolicy,
  append: () => Promise<Result>,
): Promise<Result> {
  return retry(policy, append, (error) => error instanceof AppendOutcomeUnknown);
}

async function retry<Result>(
  policy: ConflictRetryPolicy,
  attempt: () => Promise<Result>,
  again: (error: unknown) => boolean,
): Promise<Result> {
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (!again(error) || round >= policy.attempts) throw error;
      await policy.pause(Math.random() * policy.baseDelayMs * 2 ** round);
    }
  }
}
