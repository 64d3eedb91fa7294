import { encodeEvent } from './encode.ts';
import type { RecordedEvent } from './model.ts';
import type { Page, StoreReader } from './store-reader.ts';

/** What the tail keeps at most. */
const KEPT_EVENTS = 2048;
const KEPT_BYTES = 4 * 1024 * 1024;

/** An event on its way to subscribers; its message is encoded once, however many there are. */
export class Delivery {
  readonly event: RecordedEvent;
  #message: Buffer | undefined;

  constructor(event: RecordedEvent) {
    this.event = event;
  }

  get message(): Buffer {
    this.#message ??= encodeEvent(this.event);
    return this.#message;
  }
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  /** True when there was nothing behind these events at the moment of the read. */
  readonly atEnd: boolean;
}

const NOTHING: DeliveryPage = { deliveries: [], atEnd: true };

export function toDeliveries({ events, atEnd }: Page): DeliveryPage {
  return { deliveries: events.map((event) => new Delivery(event)), atEnd };
}

const sizeOf = ({ event }: Delivery): number => 2 * (event.data.length + event.metadata.length) + 512;

/**
 * The newest events of $all in memory. However many live subscribers there are, each commit is read from the disk
 * and encoded once; those further behind read their own pages until they reach the tail.
 */
export class LiveTail {
  readonly #reader: StoreReader;
  #kept: Delivery[] = [];
  #bytes = 0;
  #next: number;
  #complete = false;

  constructor(reader: StoreReader) {
    this.#reader = reader;
    this.#next = reader.head() + 1;
  }

  /** There may be events that the tail has not read. */
  committed(): void {
    this.#complete = false;
  }

  /** The next events of $all, forwards from a position. @throws Damage */
  page(from: number): DeliveryPage {
    const first = this.#next - this.#kept.length;
    if (from < first) return toDeliveries(this.#read(from));
    if (from > this.#next && !this.#moveTo(from)) return NOTHING;
    if (from === this.#next && !this.#complete) this.#extend();
    const start = from - (this.#next - this.#kept.length);
    return { deliveries: this.#kept.slice(start), atEnd: this.#complete };
  }

  /** Leaves out what nobody waited for. @returns false when the log does not reach so far */
  #moveTo(from: number): boolean {
    if (from > this.#reader.head() + 1) return false;
    this.#kept = [];
    this.#bytes = 0;
    this.#next = from;
    this.#complete = false;
    return true;
  }

  #read(from: number): Page {
    return this.#reader.page({ stream: undefined, from, backwards: false }, Number.POSITIVE_INFINITY);
  }

  #extend(): void {
    const { deliveries, atEnd } = toDeliveries(this.#read(this.#next));
    this.#complete = atEnd;
    this.#kept.push(...deliveries);
    this.#next += deliveries.length;
    for (const delivery of deliveries) this.#bytes += sizeOf(delivery);
    let drop = 0;
    for (; this.#isTooLong(drop, deliveries.length); drop += 1) {
      this.#bytes -= sizeOf(this.#kept[drop] as Delivery);
    }
    if (drop > 0) this.#kept = this.#kept.slice(drop);
  }

  /** Whether one more of the old events must go; those just read stay. */
  #isTooLong(dropped: number, fresh: number): boolean {
    const left = this.#kept.length - dropped;
    return left > fresh && (left > KEPT_EVENTS || this.#bytes > KEPT_BYTES);
  }
}
