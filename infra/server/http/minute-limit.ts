/** Allows each key so many acts a minute; remembers a bounded number of keys and forgets the oldest first. */
export class MinuteLimit {
  readonly #perMinute: number;
  readonly #maximumKeys: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, { readonly until: number; count: number }>();

  constructor(perMinute: number, maximumKeys: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#maximumKeys = maximumKeys;
    this.#now = now;
  }

  allows(key: string): boolean {
    const current = this.#counts.get(key);
    if (current && current.until > this.#now()) return ++current.count <= this.#perMinute;
    this.#counts.delete(key);
    if (this.#counts.size >= this.#maximumKeys) this.#forgetOldest();
    this.#counts.set(key, { until: this.#now() + 60_000, count: 1 });
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#counts.keys();
    if (oldest !== undefined) this.#counts.delete(oldest);
  }
}
