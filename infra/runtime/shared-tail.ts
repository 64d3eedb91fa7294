import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  type EventSubscription,
  type SubscribeFrom,
  type SubscriptionBatch,
  SubscriptionLost,
  type SubscriptionRequest,
} from '@qingpu/read-models-kernel/subscription';
import { pause } from './stop-signal.ts';

export interface SharedTailOptions {
  /** Every type that any consumer of this process declares. */
  readonly types: readonly string[];
  /** So many events, at least, are kept for consumers that are a little behind. */
  readonly keptEvents?: number;
  /** After something new was handed out, what comes within so many milliseconds is handed out together; 40 unless told. */
  readonly gatherMs?: number;
}

const KEPT_EVENTS = 8_192;
const GATHER_MS = 40;
const TAIL_BATCH = 500;

/** A batch of the tail with everything that was scanned up to its end. */
interface Link {
  readonly events: readonly StoredEvent[];
  /** Position before the first event of the batch, and at its end. */
  readonly after: bigint;
  readonly checkpoint: bigint;
}

/**
 * One subscription to the newest events for all consumers of a process: each event is fetched and decoded once,
 * however many want it. A consumer catches up on a subscription of its own, then follows the tail; one that falls
 * further behind than the tail reaches back goes on alone until it has caught up again. Memory is bounded.
 *
 * What comes alone is handed out at once. In a crowd events go together, or every consumer would write to its store for
 * each of them.
 */
export class SharedTail implements EventSubscription {
  readonly #inner: EventSubscription;
  readonly #types: ReadonlySet<string>;
  readonly #bounds: TailBounds;
  #tail: Tail | undefined;

  constructor(inner: EventSubscription, options: SharedTailOptions) {
    const { types, keptEvents = KEPT_EVENTS, gatherMs = GATHER_MS } = options;
    this.#inner = inner;
    this.#types = new Set(types);
    this.#bounds = { keptEvents, gatherMs };
  }

  headPosition(): Promise<bigint> {
    return this.#inner.headPosition();
  }

  async *subscribe(request: SubscriptionRequest): AsyncIterable<SubscriptionBatch> {
    const undeclared = request.types.find((type) => !this.#types.has(type));
    if (undeclared !== undefined) throw new Error(`the shared tail does not carry ${undeclared}`);
    let { from } = request;
    while (!request.signal.aborted) {
      const tail = await this.#running();
      const release = tail.enter();
      try {
        from = yield* this.#catchUp(tail, { ...request, from });
        from = yield* tail.follow(from, request);
      } finally {
        release();
      }
    }
  }

  /** Reads alone until the tail reaches back far enough; answers the position from which to follow it. */
  async *#catchUp(
    tail: Tail,
    request: SubscriptionRequest & { from: SubscribeFrom },
  ): AsyncGenerator<SubscriptionBatch, SubscribeFrom> {
    // Whoever is live on a subscription opened from here on has seen everything up to where the tail stood.
    const seenWhenLive = tail.head;
    let { from } = request;
    for await (const batch of this.#inner.subscribe(request)) {
      yield batch;
      from = batch.checkpoint;
      if (batch.live && seenWhenLive > from) from = seenWhenLive;
      if (batch.live && tail.reachesBackTo(from)) break;
    }
    return from;
  }

  /** The tail, begun at the head of the log when nobody follows yet or the one before it broke. */
  async #running(): Promise<Tail> {
    if (this.#tail?.usable) return this.#tail;
    const head = await this.#inner.headPosition();
    if (!this.#tail?.usable) this.#tail = new Tail(this.#inner, [...this.#types], head, this.#bounds);
    return this.#tail;
  }
}

type TailBounds = Required<Omit<SharedTailOptions, 'types'>>;

/** The newest links of the log; ends when the last consumer leaves or the connection breaks. */
class Tail {
  readonly #stop = new AbortController();
  readonly #bounds: TailBounds;
  readonly #links: Link[] = [];
  /** How many links were dropped from the front: cursors count from the very first one. */
  #dropped = 0;
  #events = 0;
  #head: bigint;
  #start: bigint;
  #followers = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(inner: EventSubscription, types: readonly string[], head: bigint, bounds: TailBounds) {
    this.#head = head;
    this.#start = head;
    this.#bounds = bounds;
    this.#run(inner, types, head).then(
      () => this.#end(new SubscriptionLost('the shared tail ended')),
      (error: unknown) => this.#end(error),
    );
  }

  get head(): bigint {
    return this.#head;
  }

  get usable(): boolean {
    return this.#failure === undefined && !this.#stop.signal.aborted;
  }

  reachesBackTo(position: bigint): boolean {
    return position >= this.#start;
  }

  /** Counts a consumer in; the answer counts it out again. */
  enter(): () => void {
    this.#followers += 1;
    return () => {
      this.#followers -= 1;
      if (this.#followers === 0) this.#stop.abort();
    };
  }

  /** Batches after `from`; ends when the consumer stops or has fallen behind what is kept. @throws what broke the tail */
  async *follow(
    from: SubscribeFrom,
    { types, signal }: SubscriptionRequest,
  ): AsyncGenerator<SubscriptionBatch, SubscribeFrom> {
    if (from === 'start') return from;
    const wanted = new Set(types);
    let cursor = this.#cursorAfter(from);
    let reached = from;
    while (!signal.aborted && this.reachesBackTo(reached)) {
      const link = this.#links[cursor - this.#dropped];
      if (link) {
        const after = reached;
        cursor += 1;
        reached = link.checkpoint > reached ? link.checkpoint : reached;
        const events = link.events.filter(({ type, position }) => position > after && wanted.has(type));
        yield { events, checkpoint: reached, live: cursor === this.#dropped + this.#links.length };
        continue;
      }
      if (this.#failure) throw this.#failure.error;
      await this.#more(signal);
    }
    return reached;
  }

  #cursorAfter(position: bigint): number {
    const index = this.#links.findIndex(({ checkpoint }) => checkpoint > position);
    return this.#dropped + (index === -1 ? this.#links.length : index);
  }

  async #run(inner: EventSubscription, types: readonly string[], from: bigint): Promise<void> {
    const { signal } = this.#stop;
    for await (const { events, checkpoint } of inner.subscribe({
      from,
      types,
      batchSize: TAIL_BATCH,
      signal,
    })) {
      if (checkpoint <= this.#head) continue;
      this.#append({ events, after: this.#head, checkpoint });
      const crowded = events.length >= TAIL_BATCH;
      if (!crowded && this.#bounds.gatherMs > 0) await pause(this.#bounds.gatherMs, signal);
    }
  }

  #append(link: Link): void {
    this.#links.push(link);
    this.#events += link.events.length;
    this.#head = link.checkpoint;
    while (this.#links.length > 1 && this.#events > this.#bounds.keptEvents) {
      const [oldest] = this.#links.splice(0, 1);
      this.#dropped += 1;
      this.#events -= oldest?.events.length ?? 0;
      this.#start = this.#links[0]?.after ?? this.#head;
    }
    this.#wakeAll();
  }

  #end(error: unknown): void {
    this.#failure = { error };
    this.#wakeAll();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}
