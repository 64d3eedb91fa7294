import { type Clock, systemClock } from '@qingpu/domains-kernel/clock';
import { CoordinationUnavailable } from './coordination.ts';

/** What the parts of one coordination inside the process share: time, and whether it is closed. */
export class InProcessState {
  readonly #clock: Clock;
  #closed = false;
  #lastNumber = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws CoordinationUnavailable */
  checkOpen(): void {
    if (this.#closed) throw new CoordinationUnavailable('closed');
  }

  /** Whole milliseconds that never go back, for durations. */
  nowMs(): number {
    return Math.floor(performance.now());
  }

  /** Microseconds since 1970 or one more than the last, whichever is higher: also across restarts of the process. */
  nextNumber(): number {
    this.#lastNumber = Math.max(this.#lastNumber + 1, this.#clock.now().getTime() * 1_000);
    return this.#lastNumber;
  }
}
