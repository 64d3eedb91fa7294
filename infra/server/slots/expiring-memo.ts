/** Remembers a bounded number of answers for a while; the oldest goes first. Answers that failed are not kept. */
export class ExpiringMemo<Value> {
  readonly #kept = new Map<string, { readonly value: Promise<Value>; readonly until: number }>();
  readonly #lifeMs: number;
  readonly #most: number;
  readonly #now: () => number;

  /** @param lifeMs how long an answer counts, in milliseconds */
  constructor(options: { readonly lifeMs: number; readonly most: number; readonly now?: () => number }) {
    this.#lifeMs = options.lifeMs;
    this.#most = options.most;
    this.#now = options.now ?? Date.now;
  }

  /** The answer kept under the key, or a new one; callers at the same time share it. */
  get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    if (known && known.until > this.#now()) return known.value;
    const value = load();
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: this.#now() + this.#lifeMs });
    value.catch(() => {
      if (this.#kept.get(key)?.value === value) this.#kept.delete(key);
    });
    this.#trim();
    return value;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  #trim(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) return;
      this.#kept.delete(oldest);
    }
  }
}
