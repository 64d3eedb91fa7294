import type { CacheStore } from './cache-spaces.ts';
import type { InProcessState } from './in-process-state.ts';

const MAX_BYTES = 64 * 1_048_576;
/** What an entry takes besides its text, roughly; keeps the number of tiny entries bounded too. */
const ENTRY_BYTES = 256;

interface Entry {
  readonly text: string;
  readonly untilMs: number;
}

/** Texts up to 64 MiB together; the one that was used least recently goes first. */
export class InProcessCacheStore implements CacheStore {
  readonly #state: InProcessState;
  /** In order of use, because a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(state: InProcessState) {
    this.#state = state;
  }

  async read(key: string): Promise<string | undefined> {
    const entry = this.#entries.get(key);
    this.#drop(key);
    if (!entry || entry.untilMs <= this.#state.nowMs()) return undefined;
    this.#put(key, entry);
    return entry.text;
  }

  async write(key: string, text: string, timeToLiveMs: number): Promise<void> {
    this.#drop(key);
    this.#put(key, { text, untilMs: this.#state.nowMs() + timeToLiveMs });
    while (this.#bytes > MAX_BYTES) this.#dropOldest();
  }

  async remove(key: string): Promise<void> {
    this.#state.checkOpen();
    this.#drop(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  sweep(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.untilMs <= this.#state.nowMs()) this.#drop(key);
    }
  }

  #put(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(entry);
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry && this.#entries.delete(key)) this.#bytes -= sizeOf(entry);
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }
}

/** Two bytes a character, which is the most that a string takes in memory. */
function sizeOf(entry: Entry): number {
  return ENTRY_BYTES + 2 * entry.text.length;
}
