import { exhausted, shuttingDown } from './errors.ts';
import type { Limits } from './limits.ts';
import {
  describedStream,
  isMetadataStream,
  metadataStreamOf,
  type WriteCommand,
  type WriteOutcome,
} from './model.ts';

/** One transaction never takes more than this, so that no append waits behind an endless commit. */
const BATCH_APPENDS = 2048;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Writes a batch durably and answers one outcome per command, in order. */
export type CommitBatch = (commands: readonly WriteCommand[]) => Promise<readonly WriteOutcome[]>;

interface Waiting {
  readonly command: WriteCommand;
  readonly bytes: number;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the appends that arrive while a commit is running and hands them to the writer as one transaction.
 * One batch is under way at a time: while the disk syncs, the next batch fills.
 */
export class GroupCommit {
  readonly #commit: CommitBatch;
  readonly #onCommitted: (streams: ReadonlySet<string>) => void;
  readonly #limits: Limits;
  #waiting: Waiting[] = [];
  #appends = 0;
  #bytes = 0;
  #busy = false;
  #closed = false;
  #idle: (() => void) | undefined;

  /** @param onCommitted hears, before the appends are answered, which streams a durable commit touched */
  constructor(commit: CommitBatch, onCommitted: (streams: ReadonlySet<string>) => void, limits: Limits) {
    this.#commit = commit;
    this.#onCommitted = onCommitted;
    this.#limits = limits;
  }

  /**
   * Queues an append; `bytes` is what it holds in memory. Resolves after its commit is durable.
   * @throws Refusal when the queue is full or closed, or when the storage failed
   */
  submit(command: WriteCommand, bytes: number): Promise<WriteOutcome> {
    if (this.#closed) return Promise.reject(shuttingDown());
    if (this.#appends >= this.#limits.queuedAppends) {
      return Promise.reject(exhausted('Too many appends are waiting', this.#limits.queuedAppends));
    }
    if (this.#bytes + bytes > this.#limits.queuedBytes) {
      return Promise.reject(exhausted('Too many bytes are waiting to be appended', this.#limits.queuedBytes));
    }
    this.#appends += 1;
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, bytes, resolve, reject });
      this.#schedule();
    });
  }

  /** Refuses new appends and resolves when those accepted before are answered. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#appends === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #schedule(): void {
    if (this.#busy) return;
    this.#busy = true;
    // After this turn of the loop, so that all appends it reads from the sockets join the first batch.
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#write(this.#takeBatch());
    this.#busy = false;
    if (this.#appends === 0) this.#idle?.();
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of this.#waiting) {
      if (count > 0 && (count >= BATCH_APPENDS || bytes + size > BATCH_BYTES)) break;
      bytes += size;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ command }) => command));
      this.#onCommitted(touchedStreams(batch, outcomes));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome) resolve(outcome);
        else reject(new Error('The writer left an append without an outcome'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#appends -= batch.length;
      for (const { bytes } of batch) this.#bytes -= bytes;
    }
  }
}

function touchedStreams(batch: readonly Waiting[], outcomes: readonly WriteOutcome[]): Set<string> {
  const streams = new Set<string>();
  for (const [index, { command }] of batch.entries()) {
    if (outcomes[index]?.kind !== 'appended') continue;
    const { stream } = command;
    streams.add(stream);
    // Metadata changes what is shown of its stream, and a stream that is deleted or recreated has new metadata.
    streams.add(isMetadataStream(stream) ? describedStream(stream) : metadataStreamOf(stream));
  }
  return streams;
}
