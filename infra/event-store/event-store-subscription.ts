import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  START,
} from '@eventstore/db-client';
import {
  type EventSubscription,
  type SubscriptionBatch,
  SubscriptionLost,
  type SubscriptionRequest,
} from '@qingpu/read-models-kernel/subscription';
import { storedEvent } from './event-store-event-log.ts';

/** Subscriptions to the whole log on EventStoreDB's own client, which does not reconnect: a break is SubscriptionLost. */
export class EventStoreSubscription implements EventSubscription {
  readonly #client: EventStoreDBClient;

  constructor(connectionString: string) {
    this.#client = EventStoreDBClient.connectionString(connectionString);
  }

  async headPosition(): Promise<bigint> {
    let head = 0n;
    // Read to the end: a stream that is left half read is kept by the client for ever.
    for await (const { event } of this.#client.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: 1,
    })) {
      head = event?.position?.commit ?? head;
    }
    return head;
  }

  async *subscribe(request: SubscriptionRequest): AsyncIterable<SubscriptionBatch> {
    const reader = new SubscriptionReader(request);
    const stream = this.#open(request, (position) => reader.reached(position));
    reader.attach(stream);
    try {
      yield* reader.batches();
    } finally {
      // What is still on its way must be read off, or the client waits for it for ever when it is disposed of.
      stream.resume();
      await stream.unsubscribe();
    }
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }

  #open(request: SubscriptionRequest, checkpointReached: (position: bigint) => void): AllStreamSubscription {
    const fromPosition = request.from === 'start' ? START : { commit: request.from, prepare: request.from };
    const filter = eventTypeFilter({
      // Names as prefixes: a pattern of many names would be longer than servers take; other types are sorted out here.
      prefixes: [...request.types],
      checkpointInterval: 1,
      checkpointReached: (_subscription, position) => checkpointReached(position.commit),
    });
    return this.#client.subscribeToAll({ fromPosition, filter }, { highWaterMark: request.batchSize });
  }
}

/** Turns the client's stream into batches. A checkpoint counts only once every event before it has been read. */
class SubscriptionReader {
  readonly #request: SubscriptionRequest;
  readonly #types: ReadonlySet<string>;
  #stream: AllStreamSubscription | undefined;
  #checkpoint: bigint;
  #scanned = 0n;
  #caughtUp = false;
  #announcedLive = false;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(request: SubscriptionRequest) {
    this.#request = request;
    this.#types = new Set(request.types);
    this.#checkpoint = request.from === 'start' ? 0n : request.from;
    request.signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  attach(stream: AllStreamSubscription): void {
    this.#stream = stream;
    const lost = (reason: string, cause?: unknown) => {
      this.#failure ??= new SubscriptionLost(reason, { cause });
      this.#wake();
    };
    stream.on('readable', () => this.#wake());
    stream.on('caughtUp', () => {
      this.#caughtUp = true;
      this.#wake();
    });
    stream.on('error', (error: Error) => lost('the subscription broke off', error));
    stream.on('end', () => lost('the subscription ended'));
    stream.on('close', () => lost('the subscription was closed'));
  }

  reached(position: bigint): void {
    this.#scanned = position;
    this.#wake();
  }

  async *batches(): AsyncIterable<SubscriptionBatch> {
    while (!this.#request.signal.aborted) {
      const batch = this.#next();
      if (batch) {
        yield batch;
        continue;
      }
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #next(): SubscriptionBatch | undefined {
    const read = this.#read();
    const events = read.filter((event) => this.#types.has(event.type));
    const drained = read.length < this.#request.batchSize;
    const before = this.#checkpoint;
    this.#checkpoint = read.at(-1)?.position ?? before;
    if (drained && this.#scanned > this.#checkpoint) this.#checkpoint = this.#scanned;
    const live = this.#caughtUp && drained;
    if (events.length === 0 && this.#checkpoint === before && live === this.#announcedLive) return undefined;
    this.#announcedLive = live;
    return { events, checkpoint: this.#checkpoint, live };
  }

  #read() {
    const resolved: AllStreamResolvedEvent[] = [];
    while (resolved.length < this.#request.batchSize) {
      const next = this.#stream?.read() as AllStreamResolvedEvent | null | undefined;
      if (!next) break;
      resolved.push(next);
    }
    return resolved.flatMap(storedEvent);
  }
}
