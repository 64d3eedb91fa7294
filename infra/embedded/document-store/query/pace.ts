import { CommandError } from '../errors.ts';

/** A command keeps the thread for about this long before others get their turn. Milliseconds. */
const SLICE_MS = 2;

/** Makes long reads give way to others, and ends them when their time or their connection is over. */
export class Pace {
  private sliceEnd = 0;
  private deadline = Number.POSITIVE_INFINITY;
  private cancelled: (() => boolean) | undefined;

  /** Starts a command; `maxTimeMs` 0 means no limit. */
  begin(maxTimeMs: number, cancelled?: () => boolean): void {
    const now = performance.now();
    this.sliceEnd = now + SLICE_MS;
    this.deadline = maxTimeMs > 0 ? now + maxTimeMs : Number.POSITIVE_INFINITY;
    this.cancelled = cancelled;
  }

  /** Throws MaxTimeMSExpired (50) after the command's time limit. */
  checkDeadline(): void {
    if (performance.now() > this.deadline) throw new CommandError(50, 'operation exceeded time limit');
  }

  /** Waits its turn when the slice is used up. Throws MaxTimeMSExpired (50) after the command's time limit. */
  async breathe(): Promise<void> {
    this.checkDeadline();
    if (performance.now() < this.sliceEnd) return;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.cancelled?.()) throw new CommandError(43, 'the connection is closed');
    this.sliceEnd = performance.now() + SLICE_MS;
  }
}
