export interface ExpiringCacheOptions {
  readonly maximum: number;
  readonly timeToLiveMs: number;
  /** Milliseconds that never go back; the process's own counter unless told. */
  readonly monotonicNow?: () => number;
}

/** A bounded map that forgets the least recently used entry first and every entry after its time to live. */
export class ExpiringCache<Value> {
  readonly #options: ExpiringCacheOptions;
  readonly #now: () => number;
  /** In order of use, because a Map keeps the order of insertion. */
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();

  constructor(options: ExpiringCacheOptions) {
    this.#options = options;
    this.#now = options.monotonicNow ?? (() => performance.now());
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Use does not prolong an entry's life. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAt <= this.#now()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: this.#now() + this.#options.timeToLiveMs });
    if (this.#entries.size > this.#options.maximum) this.#dropOldest();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Deletes the entry only while it still holds this value. */
  deleteIf(key: string, value: Value): void {
    if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
