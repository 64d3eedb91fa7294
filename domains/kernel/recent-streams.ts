import type { StoredEvent } from '@qingpu/contracts/events/stored-event';

/** Streams that are remembered; whichever was left alone longest goes first. */
const MOST_STREAMS = 10_000;
/** Longer ones are read again: they would keep too much in memory. */
const MOST_EVENTS = 20;

/**
 * Streams as this process has left them with its last appends: a guess where they stand now, for commands that follow
 * soon. Others may have written since, so that nothing may be answered on it that an append has not confirmed.
 */
export class RecentStreams {
  readonly #histories = new Map<string, readonly StoredEvent[]>();
  readonly #most: number;

  constructor(most = MOST_STREAMS) {
    this.#most = most;
  }

  get(stream: string): readonly StoredEvent[] | undefined {
    return this.#histories.get(stream);
  }

  /** The whole stream, after an append of this process. */
  put(stream: string, history: readonly StoredEvent[]): void {
    this.forget(stream);
    if (history.length > MOST_EVENTS) return;
    this.#histories.set(stream, history);
    const [oldest] = this.#histories.keys();
    if (this.#histories.size > this.#most && oldest !== undefined) this.#histories.delete(oldest);
  }

  forget(stream: string): void {
    this.#histories.delete(stream);
  }
}
