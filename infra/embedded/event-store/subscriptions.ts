import { randomUUID } from 'node:crypto';
import type { ReadRequest } from './decode.ts';
import type { EventFilter } from './filters.ts';
import { streams } from './generated.ts';
import { type Delivery, type DeliveryPage, type LiveTail, toDeliveries } from './live-tail.ts';
import type { RecordedEvent } from './model.ts';
import { nextTurn, type Outlet } from './outlet.ts';
import { PAGE_EVENTS, type Range, type StoreReader } from './store-reader.ts';

/** Where subscriptions read. */
export interface SubscriptionSource {
  readonly reader: StoreReader;
  readonly tail: LiveTail;
}

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
 * One subscription. History and live events take the same way: pages, starting after the last event sent. A commit
 * only wakes it. So nothing can be skipped or sent twice between the two, and a slow consumer costs one page of
 * memory. Pages of $all come from the tail that all subscriptions share, or from the disk for one far behind it.
 */
export class Subscription {
  readonly #reader: StoreReader;
  readonly #tail: LiveTail;
  readonly #outlet: Outlet;
  readonly #filter: EventFilter | undefined;
  #range: Range;
  #live = false;
  #dirty = false;
  #wake: (() => void) | undefined;
  #scanned = 0;

  constructor(
    source: SubscriptionSource,
    outlet: Outlet,
    request: ReadRequest,
    filter: EventFilter | undefined,
  ) {
    this.#reader = source.reader;
    this.#tail = source.tail;
    this.#outlet = outlet;
    this.#filter = filter;
    this.#range = request.fromEnd ? afterEnd(source.reader, request.range) : request.range;
  }

  /** Runs until the consumer leaves. @throws TombstonedStream when the stream is gone for ever */
  async run(signal: CommitSignal): Promise<void> {
    const unlisten = signal.listen(this.#range.stream, () => this.#notice());
    this.#outlet.onClosed(() => this.#notice());
    try {
      await this.#outlet.send(confirmation());
      while (this.#outlet.open) await this.#advance();
    } finally {
      unlisten();
    }
  }

  /** Delivers one page; at the end of the log waits for the next commit. */
  async #advance(): Promise<void> {
    this.#dirty = false;
    const { deliveries, atEnd } = this.#nextPage();
    if (this.#live && (!atEnd || deliveries.length >= PAGE_EVENTS)) await this.#setLive(false);
    for (const delivery of deliveries) {
      if (!this.#outlet.open) return;
      await this.#deliver(delivery);
    }
    if (!atEnd) return nextTurn();
    if (!this.#live) await this.#setLive(true);
    await this.#nextCommit();
  }

  #nextPage(): DeliveryPage {
    if (this.#range.stream === undefined) return this.#tail.page(this.#range.from);
    return toDeliveries(this.#reader.page(this.#range, Number.POSITIVE_INFINITY));
  }

  async #setLive(live: boolean): Promise<void> {
    this.#live = live;
    await this.#outlet.send(live ? caughtUp() : fellBehind());
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { event } = delivery;
    const { stream } = this.#range;
    this.#range = { ...this.#range, from: (stream === undefined ? event.position : event.revision) + 1 };
    if (!this.#filter || this.#filter.matches(event)) await this.#outlet.send(delivery.message);
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

function fellBehind(): Buffer {
  const message = new streams.ReadResp.FellBehind();
  return Buffer.from(new streams.ReadResp().setFellBehind(message).serializeBinary());
}

function checkpoint({ position }: RecordedEvent): Buffer {
  const message = new streams.ReadResp.Checkpoint();
  message.setCommitPosition(String(position)).setPreparePosition(String(position));
  return Buffer.from(new streams.ReadResp().setCheckpoint(message).serializeBinary());
}
