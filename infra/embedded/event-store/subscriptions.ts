import { randomUUID } from 'node:crypto';
import type { ReadRequest } from './decode.ts';
import { encodeEvent } from './encode.ts';
import type { EventFilter } from './filters.ts';
import { streams } from './generated.ts';
import type { RecordedEvent } from './model.ts';
import { nextTurn, type Outlet } from './outlet.ts';
import type { Range, StoreReader } from './store-reader.ts';

/** Tells waiting subscriptions that a commit is durable. */
export class CommitSignal {
  readonly #listeners = new Map<string | undefined, Set<() => void>>();

  /** Calls `listener` after each commit that touched `stream` (undefined: any stream). Returns how to stop. */
  listen(stream: string | undefined, listener: () => void): () => void {
    const listeners = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(stream);
    };
  }

  committed(touched: ReadonlySet<string>): void {
    this.#call(undefined);
    for (const stream of touched) this.#call(stream);
  }

  #call(stream: string | undefined): void {
    for (const listener of this.#listeners.get(stream) ?? []) listener();
  }
}

/**
 * One subscription. History and live events take the same way: pages from disk, starting after the last event
 * sent. A commit only wakes it. So nothing can be skipped or sent twice between the two, and a slow consumer
 * costs one page of memory.
 */
export class Subscription {
  readonly #reader: StoreReader;
  readonly #outlet: Outlet;
  readonly #filter: EventFilter | undefined;
  #range: Range;
  #dirty = false;
  #wake: (() => void) | undefined;
  #scanned = 0;

  constructor(reader: StoreReader, outlet: Outlet, request: ReadRequest, filter: EventFilter | undefined) {
    this.#reader = reader;
    this.#outlet = outlet;
    this.#filter = filter;
    this.#range = request.fromEnd ? afterEnd(reader, request.range) : request.range;
  }

  /** Runs until the consumer leaves. */
  async run(signal: CommitSignal): Promise<void> {
    const unlisten = signal.listen(this.#range.stream, () => this.#notice());
    this.#outlet.onClosed(() => this.#notice());
    try {
      await this.#outlet.send(confirmation());
      await this.#catchUp();
      if (this.#outlet.open) await this.#outlet.send(caughtUp());
      while (this.#outlet.open) {
        await this.#nextCommit();
        await this.#catchUp();
      }
    } finally {
      unlisten();
    }
  }

  async #catchUp(): Promise<void> {
    while (this.#outlet.open) {
      this.#dirty = false;
      const page = this.#reader.page(this.#range, Number.MAX_SAFE_INTEGER);
      if (page.length === 0) return;
      for (const event of page) {
        if (!this.#outlet.open) return;
        await this.#deliver(event);
      }
      await nextTurn();
    }
  }

  async #deliver(event: RecordedEvent): Promise<void> {
    const { stream } = this.#range;
    this.#range = { ...this.#range, from: (stream === undefined ? event.position : event.revision) + 1 };
    if (!this.#filter || this.#filter.matches(event)) await this.#outlet.send(encodeEvent(event));
    if (!this.#filter) return;
    this.#scanned += 1;
    if (this.#scanned % this.#filter.checkpointInterval === 0) await this.#outlet.send(checkpoint(event));
  }

  #notice(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  async #nextCommit(): Promise<void> {
    if (this.#dirty || !this.#outlet.open) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

function afterEnd(reader: StoreReader, range: Range): Range {
  const last = range.stream === undefined ? reader.head() : reader.lastRevision(range.stream);
  return { ...range, from: last + 1 };
}

function confirmation(): Buffer {
  const message = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  return Buffer.from(new streams.ReadResp().setConfirmation(message).serializeBinary());
}

function caughtUp(): Buffer {
  return Buffer.from(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()).serializeBinary());
}

function checkpoint({ position }: RecordedEvent): Buffer {
  const message = new streams.ReadResp.Checkpoint();
  message.setCommitPosition(String(position)).setPreparePosition(String(position));
  return Buffer.from(new streams.ReadResp().setCheckpoint(message).serializeBinary());
}
