/** What one embedded server accepts before it refuses; sizes in bytes. */
export interface Limits {
  /** Sum of data, metadata and type over the events of one append; the same default as EventStoreDB. */
  readonly appendBytes: number;
  /** Data, metadata and type of one event. */
  readonly eventBytes: number;
  readonly eventsPerAppend: number;
  readonly streamNameBytes: number;
  readonly eventTypeBytes: number;
  /** Appends waiting for or inside a commit, and the bytes they hold. */
  readonly queuedAppends: number;
  readonly queuedBytes: number;
  /** Appends of which only some chunks have arrived, over all connections. */
  readonly unfinishedAppends: number;
  readonly batchAppendCalls: number;
  readonly reads: number;
  readonly subscriptions: number;
  readonly filterPatternLength: number;
  readonly filterPrefixes: number;
}

const MEBIBYTE = 1024 * 1024;

export const defaultLimits: Limits = {
  appendBytes: MEBIBYTE,
  eventBytes: MEBIBYTE,
  eventsPerAppend: 10_000,
  streamNameBytes: 1024,
  eventTypeBytes: 256,
  queuedAppends: 16_384,
  queuedBytes: 64 * MEBIBYTE,
  unfinishedAppends: 256,
  batchAppendCalls: 256,
  reads: 512,
  subscriptions: 4096,
  filterPatternLength: 256,
  filterPrefixes: 256,
};

/**
 * Memory of each of the engine's threads for what lives shortly, in MiB: nearly all there is, as each request and
 * answer lives for some milliseconds. Left to itself Node takes 100 MiB more, and is no faster.
 */
export const THREAD_MEMORY = { maxYoungGenerationSizeMb: 32 } as const;
