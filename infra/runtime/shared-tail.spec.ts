import {
  type EventSubscription,
  type SubscriptionBatch,
  SubscriptionLost,
  type SubscriptionRequest,
} from '@qingpu/read-models-kernel/subscription';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SharedTail } from './shared-tail.ts';
import { manySeats, seatLeft, seatTaken } from './testing/sample-log.ts';

const TYPES = ['SeatTaken', 'SeatLeft'];

/** Counts the subscriptions to the log beneath, and can break the newest. */
class CountedSubscription implements EventSubscription {
  readonly log = new FakeSubscription();
  opened = 0;
  open = 0;
  breaking = false;

  headPosition(): Promise<bigint> {
    return this.log.headPosition();
  }

  async *subscribe(request: SubscriptionRequest): AsyncIterable<SubscriptionBatch> {
    this.opened += 1;
    this.open += 1;
    try {
      for await (const batch of this.log.subscribe(request)) {
        if (this.breaking) throw new SubscriptionLost('broken');
        yield batch;
      }
    } finally {
      this.open -= 1;
    }
  }
}

const atOnce = async () => undefined;

/** A consumer that keeps what it got. */
class Reader {
  readonly positions: bigint[] = [];
  /** Positions as they came together; batches without events are left out. */
  readonly batches: bigint[][] = [];
  checkpoint: bigint | 'start' = 'start';
  error: unknown;
  readonly stop = new AbortController();
  readonly ended: Promise<void>;

  constructor(
    subscription: EventSubscription,
    types = TYPES,
    from: bigint | 'start' = 'start',
    pace: () => Promise<unknown> = atOnce,
  ) {
    const request = { from, types, batchSize: 10, signal: this.stop.signal };
    this.ended = this.#read(subscription, request, pace).catch((error: unknown) => {
      this.error = error;
    });
  }

  async #read(subscription: EventSubscription, request: SubscriptionRequest, pace: () => Promise<unknown>) {
    for await (const { events, checkpoint } of subscription.subscribe(request)) {
      const positions = events.map(({ position }) => position);
      this.positions.push(...positions);
      if (positions.length > 0) this.batches.push(positions);
      this.checkpoint = checkpoint;
      await pace();
    }
  }
}

const turns = async (count = 50) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => BigInt(from + index));

afterEach(() => {
  vi.useRealTimers();
});

describe('consumers of one tail', () => {
  it('get everything once and in order, before and after they are live, each of its own types', async () => {
    const inner = new CountedSubscription();
    const tail = new SharedTail(inner, { types: TYPES, gatherMs: 0 });
    inner.log.add(...manySeats(1, 30), seatLeft(31));
    const [all, leavers] = [new Reader(tail), new Reader(tail, ['SeatLeft'])];
    await turns();
    inner.log.add(...manySeats(32, 60), seatLeft(61));
    await turns();
    expect(all.positions).toEqual(range(1, 61));
    expect(leavers.positions).toEqual([31n, 61n]);
    expect([all.checkpoint, leavers.checkpoint]).toEqual([61n, 61n]);
    expect(inner.open).toBe(1);
    all.stop.abort();
    leavers.stop.abort();
    await Promise.all([all.ended, leavers.ended]);
    await turns();
    expect(inner.open).toBe(0);
  });

  it('are told when the tail breaks, and go on from their checkpoints', async () => {
    const inner = new CountedSubscription();
    const tail = new SharedTail(inner, { types: TYPES, gatherMs: 0 });
    inner.log.add(...manySeats(1, 3));
    const first = new Reader(tail);
    await turns();
    inner.breaking = true;
    inner.log.add(seatTaken(4));
    await first.ended;
    expect(first.error).toBeInstanceOf(SubscriptionLost);
    inner.breaking = false;
    const next = new Reader(tail, TYPES, first.checkpoint);
    await turns();
    inner.log.add(seatTaken(5));
    await turns();
    expect([...first.positions, ...next.positions]).toEqual(range(1, 5));
    next.stop.abort();
    await next.ended;
  });

  it('fall back to reading alone when they are slower than what is kept', async () => {
    const inner = new CountedSubscription();
    const tail = new SharedTail(inner, { types: TYPES, keptEvents: 5, gatherMs: 0 });
    inner.log.add(seatTaken(1));
    let gate: Promise<void> | undefined;
    const [slow, quick] = [new Reader(tail, TYPES, 'start', async () => gate), new Reader(tail)];
    await turns();
    const closed = Promise.withResolvers<void>();
    gate = closed.promise;
    for (let position = 2; position <= 40; position += 1) {
      inner.log.add(seatTaken(position));
      await turns(5);
    }
    gate = undefined;
    closed.resolve();
    await turns();
    inner.log.add(seatTaken(41));
    await turns();
    expect(slow.positions).toEqual(range(1, 41));
    expect(quick.positions).toEqual(range(1, 41));
    slow.stop.abort();
    quick.stop.abort();
    await Promise.all([slow.ended, quick.ended]);
  });

  it('get at once what comes alone, and together what comes in a crowd', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const inner = new CountedSubscription();
    const reader = new Reader(new SharedTail(inner, { types: TYPES, gatherMs: 40 }));
    await turns();
    inner.log.add(seatTaken(1));
    await turns();
    expect(reader.batches).toEqual([[1n]]);
    for (const position of [2, 3, 4]) {
      inner.log.add(seatTaken(position));
      await turns();
    }
    expect(reader.batches).toEqual([[1n]]);
    await vi.advanceTimersByTimeAsync(40);
    await turns();
    expect(reader.batches).toEqual([[1n], [2n, 3n, 4n]]);
    reader.stop.abort();
    await reader.ended;
  });

  it('may not ask for what the tail does not carry', async () => {
    const reader = new Reader(new SharedTail(new CountedSubscription(), { types: ['SeatLeft'] }));
    await reader.ended;
    expect(String(reader.error)).toContain('does not carry SeatTaken');
  });

  it('miss and repeat nothing, whenever they come and however slow they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 20 }),
        async (steps, kept) => {
          const inner = new CountedSubscription();
          const history = new History(
            inner,
            new SharedTail(inner, { types: TYPES, keptEvents: kept, gatherMs: 0 }),
          );
          for (const what of steps) await history.take(what);
          await turns(300);
          for (const { reader, from } of history.readers)
            expect(reader.positions).toEqual(range(from + 1, history.last));
          for (const { reader } of history.readers) reader.stop.abort();
          await Promise.all(history.readers.map(({ reader }) => reader.ended));
          await turns();
          expect(inner.open).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('join' as const), from: fc.nat(40), slow: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), count: fc.integer({ min: 1, max: 20 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A log that grows while readers come. */
class History {
  readonly readers: { readonly reader: Reader; readonly from: number }[] = [];
  last = 0;

  constructor(
    readonly inner: CountedSubscription,
    readonly tail: SharedTail,
  ) {}

  async take(what: Step): Promise<void> {
    if (what.kind === 'wait') return turns(what.count);
    if (what.kind === 'join') {
      const from = Math.min(what.from, this.last);
      const pace = what.slow ? () => turns(7) : atOnce;
      this.readers.push({ reader: new Reader(this.tail, TYPES, BigInt(from), pace), from });
      return;
    }
    this.inner.log.add(...manySeats(this.last + 1, this.last + what.count));
    this.last += what.count;
  }
}
