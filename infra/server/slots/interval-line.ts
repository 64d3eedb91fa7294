/** The line takes nobody else for now. */
export class LineFull extends Error {
  override readonly name = 'LineFull';
}

interface Waiting {
  readonly free: () => number;
  readonly resolve: (admitted: boolean) => void;
}

/**
 * Who wants a slot of one interval, in the order in which they came: at most as many try at the same time as slots are
 * believed free. Later callers wait for those before them; when one of these comes to nothing, the next in line may
 * try, and as soon as nothing is left all others are told. It only believes: the slots' streams decide.
 */
export class IntervalLine {
  #trying = 0;
  #waiting: Waiting[] = [];
  readonly #mostWaiting: number;

  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting;
  }

  get idle(): boolean {
    return this.#trying === 0 && this.#waiting.length === 0;
  }

  /**
   * Whether the caller may try now; waits while those before it may leave something over. Whoever was admitted says
   * `leave` afterwards.
   * @param free how many slots this caller could have are believed free at that moment, those being tried included
   * @throws LineFull
   */
  async enter(free: () => number): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#trying < free()) {
      this.#trying += 1;
      return true;
    }
    // With nobody before it there is nobody who could leave something over.
    if (this.#trying === 0) return false;
    if (this.#waiting.length >= this.#mostWaiting) throw new LineFull();
    return new Promise((resolve) => {
      this.#waiting.push({ free, resolve });
    });
  }

  /** The caller's try is over, whatever it came to. */
  leave(): void {
    this.#trying -= 1;
    const still: Waiting[] = [];
    for (const each of this.#waiting) {
      if (this.#trying < each.free()) {
        this.#trying += 1;
        each.resolve(true);
      } else still.push(each);
    }
    this.#waiting = still;
    if (this.#trying === 0) for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }
}
