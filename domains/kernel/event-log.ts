import type { NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';

/** The exact revision that a stream must have for an append; there is deliberately no «any». */
export type ExpectedRevision = number | 'no_stream';

export interface Appended {
  /** Revision of the last event appended. */
  readonly revision: number;
  readonly position: bigint;
}

/** Another writer was first, or the stream is not where the caller thought. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
  ) {
    super(`stream is not at the expected revision ${expected}`);
  }
}

/** No answer came in time: the append may have happened or not. Appending the same ids again tells. */
export class AppendOutcomeUnknown extends Error {
  override readonly name = 'AppendOutcomeUnknown';
}

/** The log cannot be reached; nothing was appended. */
export class EventLogUnavailable extends Error {
  override readonly name = 'EventLogUnavailable';
}

/** The append-only log that aggregates live in: the port that `infra/event-store` implements. */
export interface EventLog {
  /**
   * All events of a stream in order; empty when there is none.
   * @throws EventLogUnavailable
   */
  readStream(stream: string): Promise<readonly StoredEvent[]>;
  /**
   * Appends atomically and durably: answered only when it is on disk.
   * The same event ids at the same revision are answered as the first time.
   * @throws RevisionConflict, AppendOutcomeUnknown, EventLogUnavailable
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>;
}
