/** Expected revision of an append, in EventStoreDB's own numbering: 0 and above is an exact revision. */
export type ExpectedRevision = number;
export const EXPECT_ANY = -2;
export const EXPECT_NO_STREAM = -1;
export const EXPECT_STREAM_EXISTS = -4;

/** Revision of a stream that has no events. */
export const NO_STREAM = -1;

/** One event as a client proposes it. `id` is the 16 bytes of its UUID. */
export interface ProposedEvent {
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}

/** One atomic append. `deadline` is epoch milliseconds; Infinity means none. */
export interface AppendCommand {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly deadline: number;
  readonly events: readonly ProposedEvent[];
}

/**
 * What became of an append. `appended` also answers a repeated append, then with the first one's revision and
 * position; its `revision` is -1 and `position` 0 when an append without events met an absent stream.
 */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong-expected-revision'; readonly current: number }
  | { readonly kind: 'deadline-exceeded' };

/** One stored event. `created` is epoch milliseconds, `id` the 16 bytes of the UUID. */
export interface RecordedEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly created: number;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}
