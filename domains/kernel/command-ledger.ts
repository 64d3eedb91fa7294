import type { RejectionFacts } from './rejection.ts';

/** What a command led to, kept so that the same command answers the same again. */
export type CommandOutcome =
  | {
      readonly kind: 'accepted';
      readonly stream: string;
      readonly revision: number;
      readonly position: string;
      readonly eventTypes: readonly string[];
    }
  | {
      readonly kind: 'unchanged';
      readonly stream: string;
      readonly revision: number;
      readonly position: string;
    }
  | { readonly kind: 'rejected'; readonly rejection: RejectionFacts };

/** A command that was seen; `outcome` is missing when its first run did not get as far as writing it down. */
export interface Remembered {
  readonly bodyHmac: string;
  readonly outcome?: CommandOutcome;
}

export type Reservation = { readonly status: 'fresh' } | ({ readonly status: 'seen' } & Remembered);

/**
 * Remembers command ids with the body they came with. The log stays the truth of what happened:
 * an outcome that was not written down is found again by the command id in the stream.
 */
export interface CommandLedger {
  /** Durably notes the command, or answers what is known of it. Two racing callers: exactly one gets `fresh`. */
  reserve(commandId: string, bodyHmac: string): Promise<Reservation>;
  record(commandId: string, outcome: CommandOutcome): Promise<void>;
  /** What is known of a command, without noting anything; undefined when nothing is. */
  recall(commandId: string): Promise<Remembered | undefined>;
}
