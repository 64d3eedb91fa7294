import { checkNames, checkRate } from './bounds.ts';
import type { Rate, RateLimits, RateVerdict } from './coordination.ts';
import type { InProcessState } from './in-process-state.ts';
import { type Bucket, drawTokens } from './token-bucket.ts';

const MAX_BUCKETS = 100_000;

/** Above 100,000 keys at a time the bucket that was used least recently is forgotten, which makes it full again. */
export class InProcessLimits implements RateLimits {
  readonly #state: InProcessState;
  /** In order of use, because a Map keeps the order of insertion. */
  readonly #buckets = new Map<string, { readonly bucket: Bucket; readonly fullAtMs: number }>();

  constructor(state: InProcessState) {
    this.#state = state;
  }

  async take(key: string, rate: Rate, cost = 1): Promise<RateVerdict> {
    this.#state.checkOpen();
    checkNames(key);
    checkRate(rate, cost);
    const name = `${key} ${rate.limit}/${rate.windowMs}`;
    const nowMs = this.#state.nowMs();
    const { bucket, verdict } = drawTokens(this.#buckets.get(name)?.bucket, rate, cost, nowMs);
    if (bucket) this.#put(name, bucket, nowMs + Math.ceil(bucket.debt / rate.limit));
    return verdict;
  }

  sweep(): void {
    for (const [name, { fullAtMs }] of this.#buckets) {
      if (fullAtMs <= this.#state.nowMs()) this.#buckets.delete(name);
    }
  }

  #put(name: string, bucket: Bucket, fullAtMs: number): void {
    this.#buckets.delete(name);
    this.#buckets.set(name, { bucket, fullAtMs });
    if (this.#buckets.size <= MAX_BUCKETS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
