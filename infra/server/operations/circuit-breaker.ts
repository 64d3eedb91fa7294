export interface BreakerLimits {
  /** So many failures one after the other open the circuit. */
  readonly failures: number;
  /** How long it stays open, in milliseconds; then one call at a time tries again. */
  readonly openMs: number;
}

/** Spares a partner that does not answer, and its callers the wait. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #now: () => number;
  #failures = 0;
  #closedFrom = 0;

  constructor(limits: BreakerLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Whether a call may be made now. After the pause each leave puts off the next one. */
  admits(): boolean {
    if (this.#failures < this.#limits.failures) return true;
    if (this.#now() < this.#closedFrom) return false;
    this.#closedFrom = this.#now() + this.#limits.openMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    this.#closedFrom = this.#now() + this.#limits.openMs;
  }
}
