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
  /** Attempts that are being made at the same time, in all and at one receiver. */
  readonly atOnce: number;
  readonly atOneReceiver: number;
  /** Attempts that wait for their turn at one receiver; whoever has so many is busy. */
  readonly waitingAtOneReceiver: number;
}

interface Offered {
  readonly due: DueAttempt;
  readonly make: () => Promise<void>;
}

/**
 * Attempts that are being made, those that wait for their turn at a receiver, and those that ended just now: the
 * worklist follows the log, and may still say them due.
 */
export class AttemptsUnderWay {
  readonly #limits: AttemptLimits;
  readonly #running = new Map<string, { readonly recipient: string; readonly end: Promise<void> }>();
  readonly #waiting = new Map<string, Offered>();
  /** Delivery → number of the attempt that ended, and until when that counts. */
  readonly #ended = new Map<string, { readonly attempt: number; readonly until: number }>();
  #failure: { readonly reason: unknown } | undefined;

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  /** Those that are being made and those that wait. */
  get size(): number {
    return this.#running.size + this.#waiting.size;
  }

  /** Receivers at which as many attempts wait as may. */
  busyReceivers(): string[] {
    const waiting = countsOf([...this.#waiting.values()].map(({ due }) => due.recipient));
    const most = this.#limits.waitingAtOneReceiver;
    return [...waiting].flatMap(([recipient, count]) => (count >= most ? [recipient] : []));
  }

  /** Makes the attempt as soon as its receiver can bear it, unless it is known already or has just ended. */
  offer(due: DueAttempt, make: () => Promise<void>): void {
    const { deliveryId, attempt } = due;
    this.#forget();
    if (this.#running.has(deliveryId) || this.#waiting.has(deliveryId)) return;
    if ((this.#ended.get(deliveryId)?.attempt ?? 0) >= attempt) return;
    this.#waiting.set(deliveryId, { due, make });
    this.#startWaiting();
  }

  /** Lets go of those that wait; resolves when none is being made any more. */
  async toTheEnd(): Promise<void> {
    this.#waiting.clear();
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
      this.#startWaiting();
    }
  }

  #startWaiting(): void {
    const { atOnce, atOneReceiver } = this.#limits;
    const there = countsOf([...this.#running.values()].map(({ recipient }) => recipient));
    for (const { due, make } of this.#waiting.values()) {
      if (this.#running.size >= atOnce) return;
      const { deliveryId, recipient, attempt } = due;
      const count = there.get(recipient) ?? 0;
      if (count >= atOneReceiver) continue;
      there.set(recipient, count + 1);
      this.#waiting.delete(deliveryId);
      this.#running.set(deliveryId, { recipient, end: this.#follow(deliveryId, attempt, make()) });
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

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
