import { checkDuration, checkNames } from './bounds.ts';
import { CoordinationUnavailable, type Lease, type Locks } from './coordination.ts';
import type { InProcessState } from './in-process-state.ts';

const MAX_LOCKS = 10_000;

interface Held {
  readonly holder: string;
  readonly fence: number;
  readonly untilMs: number;
}

/** Fences of all locks come from one sequence, so that a free lock needs no memory. */
export class InProcessLocks implements Locks {
  readonly #state: InProcessState;
  readonly #held = new Map<string, Held>();

  constructor(state: InProcessState) {
    this.#state = state;
  }

  async acquire(name: string, holder: string, leaseMs: number): Promise<Lease | undefined> {
    checkNames(holder);
    checkDuration('leaseMs', leaseMs);
    const held = this.#find(name);
    if (held && held.holder !== holder) return undefined;
    if (!held) this.#makeRoom();
    const fence = this.#state.nextNumber();
    this.#held.set(name, { holder, fence, untilMs: this.#state.nowMs() + leaseMs });
    return { fence };
  }

  async renew(name: string, fence: number, leaseMs: number): Promise<boolean> {
    checkDuration('leaseMs', leaseMs);
    const held = this.#find(name);
    if (held?.fence !== fence) return false;
    this.#held.set(name, { ...held, untilMs: this.#state.nowMs() + leaseMs });
    return true;
  }

  async release(name: string, fence: number): Promise<boolean> {
    return this.#find(name)?.fence === fence && this.#held.delete(name);
  }

  sweep(): void {
    for (const [name, held] of this.#held) {
      if (held.untilMs <= this.#state.nowMs()) this.#held.delete(name);
    }
  }

  #find(name: string): Held | undefined {
    this.#state.checkOpen();
    checkNames(name);
    const held = this.#held.get(name);
    return held && held.untilMs > this.#state.nowMs() ? held : undefined;
  }

  #makeRoom(): void {
    if (this.#held.size >= MAX_LOCKS) this.sweep();
    if (this.#held.size >= MAX_LOCKS) throw new CoordinationUnavailable('too many locks');
  }
}
