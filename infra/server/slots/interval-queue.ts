import type { Tier } from '@qingpu/contracts/codes/slot-tables';

/** A slot as the queue of its interval knows it. */
export interface QueuedSlot {
  readonly slotId: string;
  readonly tier: Tier;
}

/** Whether a slot may be had by somebody, as the release plan says right now. */
export type Accepts = (slot: QueuedSlot) => boolean;

/** The queue takes nobody else for now. */
export class IntervalQueueFull extends Error {
  override readonly name = 'IntervalQueueFull';
}

interface Waiting {
  readonly accepts: Accepts;
  readonly resolve: (slot: QueuedSlot | undefined) => void;
}

/**
 * Who wants a slot of one interval, in the order in which they came. It hands each caller another slot that is
 * believed free; when all are handed out and not yet decided, later callers wait in line for one that comes back,
 * and are told as soon as none can. It only believes: the slots' streams decide.
 */
export class IntervalQueue {
  readonly #free: QueuedSlot[] = [];
  readonly #undecided = new Map<string, QueuedSlot>();
  /** Slots that are gone, with the log position that a view must have reached before it may say otherwise. */
  readonly #gone = new Map<string, bigint>();
  #waiting: Waiting[] = [];
  readonly #mostWaiting: number;

  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * A slot to try, or undefined when none is left and none can come back from those before. Whoever gets one says
   * what became of it by `booked`, `lost` or `handBack`.
   * @throws IntervalQueueFull
   */
  async take(accepts: Accepts): Promise<QueuedSlot | undefined> {
    // Whoever waits already comes first, also when what is free now suits only later callers.
    const index = this.#free.findIndex(accepts);
    const [slot] = index === -1 ? [] : this.#free.splice(index, 1);
    if (slot) {
      this.#undecided.set(slot.slotId, slot);
      return slot;
    }
    if (!this.#mayComeBack(accepts)) return undefined;
    if (this.#waiting.length >= this.#mostWaiting) throw new IntervalQueueFull();
    return new Promise((resolve) => {
      this.#waiting.push({ accepts, resolve });
    });
  }

  /** The slot was booked at this log position. */
  booked({ slotId }: QueuedSlot, position: bigint): void {
    this.#gone.set(slotId, position);
    this.#decided(slotId);
  }

  /** The slot's stream has it otherwise than believed; a view newer than `seen` may tell more. */
  lost({ slotId }: QueuedSlot, seen: bigint): void {
    this.#gone.set(slotId, seen + 1n);
    this.#decided(slotId);
  }

  /** The slot was not tried, or what was tried came to nothing: the next in line has it. */
  handBack(slot: QueuedSlot): void {
    this.#undecided.delete(slot.slotId);
    this.#offer(slot);
    this.#dismissHopeless();
  }

  /** What a view knows at a log position: slots that are free now. Others that were believed free are not any more. */
  refresh(free: readonly QueuedSlot[], position: bigint): void {
    this.#free.length = 0;
    for (const slot of free) {
      const goneAt = this.#gone.get(slot.slotId);
      if (this.#undecided.has(slot.slotId) || (goneAt !== undefined && position < goneAt)) continue;
      this.#gone.delete(slot.slotId);
      this.#offer(slot);
    }
  }

  #decided(slotId: string): void {
    this.#undecided.delete(slotId);
    this.#dismissHopeless();
  }

  #offer(slot: QueuedSlot): void {
    const index = this.#waiting.findIndex(({ accepts }) => accepts(slot));
    const [next] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (!next) {
      this.#free.push(slot);
      return;
    }
    this.#undecided.set(slot.slotId, slot);
    next.resolve(slot);
  }

  #dismissHopeless(): void {
    if (this.#waiting.length === 0) return;
    const [staying, leaving]: [Waiting[], Waiting[]] = [[], []];
    for (const each of this.#waiting) (this.#mayComeBack(each.accepts) ? staying : leaving).push(each);
    this.#waiting = staying;
    for (const { resolve } of leaving) resolve(undefined);
  }

  #mayComeBack(accepts: Accepts): boolean {
    for (const slot of this.#undecided.values()) if (accepts(slot)) return true;
    return false;
  }
}
