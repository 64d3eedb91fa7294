/** Remembers a bounded number of answers for a while; the oldest goes first. Answers that failed are not kept. */
export class ExpiringMemo<Value> {
  readonly #kept = new Map<string, { readonly value: Promise<Value>; readonly until: number }>();
  readonly #lifeMs: () => number;
  readonly #most: number;
  readonly #now: () => number;

  /** @param options.lifeMs how long an answer counts, in milliseconds; asked for each when it may change */
  constructor(options: {
    readonly lifeMs: number | (() => number);
    readonly most: number;
    readonly now?: () => number;
  }) {
    const { lifeMs } = options;
    this.#lifeMs = typeof lifeMs === 'number' ? () => lifeMs : lifeMs;
    this.#most = options.most;
    this.#now = options.now ?? Date.now;
  }

  /** The answer kept under the key, or a new one; callers at the same time share it. */
  get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    if (known && known.until > this.#now()) return known.value;
    const value = load();
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: this.#now() + this.#lifeMs() });
    value.catch(() => {
      if (this.#kept.get(key)?.value === value) this.#kept.delete(key);
    });
    this.#trim();
    return value;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
  }

  #trim(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) return;
      this.#kept.delete(oldest);
    }
  }
}
