import type { Progress } from './checkpoints.ts';

/**
 * How far the consumers of this process are right now. Stored checkpoints follow a little behind, so that small
 * batches do not cost two writes each; readers in the same process need not wait for them.
 */
export class ProgressBoard {
  readonly #progress = new Map<string, Progress>();

  set(consumer: string, progress: Progress): void {
    this.#progress.set(consumer, progress);
  }

  /** Undefined for consumers that another process runs. */
  get(consumer: string): Progress | undefined {
    return this.#progress.get(consumer);
  }

  remove(consumer: string): void {
    this.#progress.delete(consumer);
  }
}
