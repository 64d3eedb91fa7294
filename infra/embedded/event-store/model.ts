/** Expected revision of an append, in EventStoreDB's own numbering: 0 and above is an exact revision. */
export type ExpectedRevision = number;
export const EXPECT_ANY = -2;
export const EXPECT_NO_STREAM = -1;
export const EXPECT_STREAM_EXISTS = -4;

/** Revision of a stream that has no events. */
export const NO_STREAM = -1;

/**
 * Stands for EventStoreDB's largest event number (2^63 - 1): as `truncateBefore` it marks a deleted stream, as a
 * revision the tombstone. Numbers of this program end at 2^53; on the wire it becomes the real one.
 */
export const LAST_NUMBER = Number.MAX_SAFE_INTEGER;

/** Type of the events in metadata streams. */
export const METADATA_TYPE = '$metadata';
/** Type of the event that marks a stream as gone for ever. */
export const TOMBSTONE_TYPE = '$streamDeleted';

const METADATA_PREFIX = '$$';

export const isMetadataStream = (stream: string): boolean => stream.startsWith(METADATA_PREFIX);
export const metadataStreamOf = (stream: string): string => METADATA_PREFIX + stream;
/** The stream that a metadata stream describes. */
export const describedStream = (stream: string): string => stream.slice(METADATA_PREFIX.length);

/** One event as a client proposes it. `id` is the 16 bytes of its UUID. */
export interface ProposedEvent {
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}

interface Command {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** Epoch milliseconds; Infinity means none. */
  readonly deadline: number;
}

/** One atomic append. */
export interface AppendCommand extends Command {
  readonly kind: 'append';
  readonly events: readonly ProposedEvent[];
}

/** Hides a stream until the next append (delete), or for ever (tombstone). Its events stay in $all. */
export interface RemoveCommand extends Command {
  readonly kind: 'delete' | 'tombstone';
}

export type WriteCommand = AppendCommand | RemoveCommand;

/**
 * What became of a command. `appended` also answers a repeated append, then with the first one's revision and
 * position, and a delete or tombstone; its `revision` is -1 and `position` 0 when an append without events met an
 * absent stream.
 */
export type WriteOutcome =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong-expected-revision'; readonly current: number }
  | { readonly kind: 'stream-deleted' }
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

/** What the metadata of a stream says about which of its events are shown. */
export interface StreamLimits {
  /** Only the last so many events; null means all. */
  readonly maxCount: number | null;
  /** Only events younger than this, in seconds; null means all. */
  readonly maxAge: number | null;
  /** Only events from this revision on; LAST_NUMBER marks a deleted stream. */
  readonly truncateBefore: number;
}

/** One row of the stream table. */
export interface StreamState extends StreamLimits {
  /** 0 while the stream is not stored. */
  readonly id: number;
  readonly name: string;
  readonly revision: number;
  readonly tombstoned: boolean;
}
