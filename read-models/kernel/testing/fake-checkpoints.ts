import { type Checkpoint, type Checkpoints, LeaseLost, type Poison, type Progress } from '../checkpoints.ts';

interface Entry {
  fence: number;
  expiresAt: number;
  checkpoint: Checkpoint;
}

const EMPTY: Checkpoint = { position: undefined, asOf: undefined, events: 0, poison: undefined };

/** Checkpoints in memory; their contract test runs on them and on the real ones. */
export class FakeCheckpoints implements Checkpoints {
  readonly #entries = new Map<string, Entry>();
  readonly #versions = new Map<string, number>();

  async acquire(consumer: string, _holder: string, milliseconds: number): Promise<number | undefined> {
    const entry = this.#entries.get(consumer) ?? { fence: 0, expiresAt: 0, checkpoint: EMPTY };
    if (entry.expiresAt > Date.now()) return undefined;
    entry.fence += 1;
    entry.expiresAt = Date.now() + milliseconds;
    this.#entries.set(consumer, entry);
    return entry.fence;
  }

  async renew(consumer: string, fence: number, milliseconds: number): Promise<void> {
    this.#held(consumer, fence).expiresAt = Date.now() + milliseconds;
  }

  async release(consumer: string, fence: number): Promise<void> {
    const entry = this.#entries.get(consumer);
    if (entry?.fence === fence) entry.expiresAt = 0;
  }

  async load(consumer: string): Promise<Checkpoint> {
    return this.#entries.get(consumer)?.checkpoint ?? EMPTY;
  }

  async save(consumer: string, fence: number, progress: Progress): Promise<void> {
    const entry = this.#held(consumer, fence);
    entry.checkpoint = { ...entry.checkpoint, ...progress, asOf: progress.asOf ?? entry.checkpoint.asOf };
  }

  async stop(consumer: string, fence: number, poison: Poison): Promise<void> {
    const entry = this.#held(consumer, fence);
    entry.checkpoint = { ...entry.checkpoint, poison };
  }

  async resume(consumer: string, skip: boolean): Promise<boolean> {
    const entry = this.#entries.get(consumer);
    const poison = entry?.checkpoint.poison;
    if (!entry || !poison) return false;
    const position = skip ? poison.position : entry.checkpoint.position;
    entry.checkpoint = { ...entry.checkpoint, position, poison: undefined };
    return true;
  }

  async activeVersion(view: string): Promise<number | undefined> {
    return this.#versions.get(view);
  }

  async activate(view: string, version: number): Promise<void> {
    this.#versions.set(view, Math.max(version, this.#versions.get(view) ?? 0));
  }

  #held(consumer: string, fence: number): Entry {
    const entry = this.#entries.get(consumer);
    if (!entry || entry.fence !== fence) throw new LeaseLost(consumer);
    return entry;
  }
}
