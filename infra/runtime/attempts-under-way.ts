/** How long an attempt that has ended is remembered, in milliseconds: by then the worklist knows of it. */
const REMEMBERED_MS = 5_000;

/** An attempt that is due. */
export interface DueAttempt {
  readonly deliveryId: string;
  readonly recipient: string;
  /** Its number, from 1. */
  readonly attempt: number;
}

export interface AttemptLimits {
  readonly atOnce: number;
  readonly atOneReceiver: number;
}

/** Attempts that are being made, and those that ended just now: the worklist follows the log, and may still say them due. */
export class AttemptsUnderWay {
  readonly #limits: AttemptLimits;
  readonly #running = new Map<string, { readonly recipient: string; readonly end: Promise<void> }>();
  /** Delivery → number of the attempt that ended, and until when that counts. */
  readonly #ended = new Map<string, { readonly attempt: number; readonly until: number }>();
  #failure: { readonly reason: unknown } | undefined;

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#running.size;
  }

  /** How many more may be started. */
  get room(): number {
    return this.#limits.atOnce - this.#running.size;
  }

  /** Receivers at which as many attempts are under way as may be. */
  busyReceivers(): string[] {
    const counts = new Map<string, number>();
    for (const { recipient } of this.#running.values())
      counts.set(recipient, (counts.get(recipient) ?? 0) + 1);
    return [...counts].flatMap(([recipient, count]) =>
      count >= this.#limits.atOneReceiver ? [recipient] : [],
    );
  }

  /** Makes the attempt, unless it is being made, has just ended, or there is no room for it. */
  start({ deliveryId, recipient, attempt }: DueAttempt, make: () => Promise<void>): void {
    const { atOneReceiver } = this.#limits;
    this.#forget();
    if (this.#running.has(deliveryId) || (this.#ended.get(deliveryId)?.attempt ?? 0) >= attempt) return;
    const there = [...this.#running.values()].filter((other) => other.recipient === recipient).length;
    if (this.room === 0 || there >= atOneReceiver) return;
    const end = this.#follow(deliveryId, attempt, make());
    this.#running.set(deliveryId, { recipient, end });
  }

  /** When the next one ends; never when none is under way. */
  next(): Promise<void> {
    return Promise.race([...this.#running.values()].map(({ end }) => end));
  }

  async toTheEnd(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ end }) => end));
  }

  /** @throws what the first attempt failed with that could not be written down */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.reason;
  }

  async #follow(deliveryId: string, attempt: number, made: Promise<void>): Promise<void> {
    try {
      await made;
      this.#ended.set(deliveryId, { attempt, until: Date.now() + REMEMBERED_MS });
    } catch (reason) {
      this.#failure ??= { reason };
    } finally {
      this.#running.delete(deliveryId);
    }
  }

  /** In order of their end, hence of their time. */
  #forget(): void {
    for (const [deliveryId, { until }] of this.#ended) {
      if (until > Date.now()) return;
      this.#ended.delete(deliveryId);
    }
  }
}
