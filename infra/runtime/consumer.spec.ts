import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { sampleEvents } from '@qingpu/contracts/testing/sample-events';
import { LeaseLost } from '@qingpu/read-models-kernel/checkpoints';
import { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import { type EventSubscription, SubscriptionLost } from '@qingpu/read-models-kernel/subscription';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Consumer, type ConsumerDefinition, PoisonEvent } from './consumer.ts';
import { idAt, manySeats, RecordingLog, seatTaken } from './testing/sample-log.ts';
import { closedGate, eventually, passSeconds } from './testing/simulated-time.ts';

const NAME = 'spec';
const A_MINUTE_MS = 60_000;

let log: RecordingLog;
let checkpoints: FakeCheckpoints;
let subscription: FakeSubscription;
let running: Consumer[];
/** Every event handed to `take`, in order, repeats included. */
let seen: string[];

beforeEach(() => {
  vi.useFakeTimers();
  log = new RecordingLog();
  checkpoints = new FakeCheckpoints();
  subscription = new FakeSubscription();
  running = [];
  seen = [];
});

afterEach(async () => {
  const stopped = Promise.all(running.map((consumer) => consumer.stop()));
  await vi.advanceTimersByTimeAsync(A_MINUTE_MS);
  await stopped;
  vi.useRealTimers();
});

async function remember({ events }: { readonly events: readonly StoredEvent[] }): Promise<void> {
  seen.push(...events.map(({ id }) => id));
}

function start(
  take: ConsumerDefinition['take'] = remember,
  ports: { readonly subscription?: EventSubscription; readonly checkpoints?: FakeCheckpoints } = {},
): Consumer {
  const consumer = new Consumer(
    { name: NAME, catalogue: sampleEvents, take },
    { subscription, checkpoints, board: new ProgressBoard(), log, ...ports },
  );
  running.push(consumer);
  consumer.start();
  return consumer;
}

const position = async () => (await checkpoints.load(NAME)).position;
const ids = (events: readonly StoredEvent[]) => events.map(({ id }) => id);
const reached = (wanted: bigint) =>
  eventually(`position ${wanted}`, async () => (await position()) === wanted);

describe('a consumer', () => {
  it('takes every declared event once and in order, and moves past the others', async () => {
    const events = manySeats(1, 1200);
    subscription.add(...events, seatTaken(1201, { type: 'SomethingElse' }));
    const consumer = start();
    await reached(1201n);
    expect(seen).toEqual(ids(events));
    expect(consumer.status).toMatchObject({ state: 'running', live: true, events: 1200, position: 1201n });
  });

  it('goes on where another left off', async () => {
    subscription.add(...manySeats(1, 3));
    const first = start();
    await reached(3n);
    await first.stop();
    subscription.add(...manySeats(4, 5));
    start();
    await reached(5n);
    expect(seen).toEqual(ids(manySeats(1, 5)));
  });

  it('never stores a checkpoint for work that is not finished', async () => {
    const gate = closedGate();
    subscription.add(...manySeats(1, 3));
    start(async (batch) => {
      await gate.passed;
      await remember(batch);
    });
    await passSeconds(60);
    expect(await position()).toBeUndefined();
    gate.open();
    await reached(3n);
    expect(seen).toEqual(ids(manySeats(1, 3)));
  });

  it('takes the same events again after a failure, and loses none', async () => {
    let failures = 3;
    subscription.add(...manySeats(1, 3));
    start(async (batch) => {
      await remember(batch);
      if (failures-- > 0) throw new Error('the store is away');
    });
    await reached(3n);
    expect(seen).toEqual(Array.from({ length: 4 }, () => ids(manySeats(1, 3))).flat());
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });

  it('subscribes anew from its checkpoint when the connection breaks', async () => {
    let breaks = 2;
    const breaking: EventSubscription = {
      headPosition: () => subscription.headPosition(),
      async *subscribe(request) {
        for await (const batch of subscription.subscribe({ ...request, batchSize: 2 })) {
          yield batch;
          if (breaks-- > 0) throw new SubscriptionLost('cut');
        }
      },
    };
    subscription.add(...manySeats(1, 9));
    start(remember, { subscription: breaking });
    await reached(9n);
    expect(seen).toEqual(ids(manySeats(1, 9)));
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('lets the batch under way finish when it is stopped, and gives the lease up at once', async () => {
    const gate = closedGate();
    subscription.add(seatTaken(1));
    const consumer = start(async (batch) => {
      await gate.passed;
      await remember(batch);
    });
    await passSeconds(1);
    const stopped = consumer.stop();
    await passSeconds(1);
    expect(seen).toEqual([]);
    gate.open();
    await stopped;
    expect(await position()).toBe(1n);
    expect(consumer.status.state).toBe('ended');
    expect(await checkpoints.acquire(NAME, 'another', A_MINUTE_MS)).toBeDefined();
  });
});

describe('the lease', () => {
  /** A process that is held up: its heartbeats do not arrive any more. */
  class HeldUpCheckpoints extends FakeCheckpoints {
    heldUp = false;
    override async renew(consumer: string, fence: number, milliseconds: number): Promise<void> {
      if (!this.heldUp) await super.renew(consumer, fence, milliseconds);
    }
  }

  it('is kept as long as the work goes on', async () => {
    const gate = closedGate();
    subscription.add(seatTaken(1));
    start(() => gate.passed);
    await passSeconds(1);
    for (let minute = 0; minute < 5; minute += 1) {
      await passSeconds(60);
      expect(await checkpoints.acquire(NAME, 'another', A_MINUTE_MS)).toBeUndefined();
    }
    gate.open();
    await reached(1n);
  });

  it('once lost lets nothing more be stored, and the work is done again by who has it', async () => {
    const held = new HeldUpCheckpoints();
    checkpoints = held;
    const gate = closedGate();
    subscription.add(seatTaken(1));
    start(() => gate.passed);
    await passSeconds(1);
    held.heldUp = true;
    await passSeconds(20);
    const fence = await held.acquire(NAME, 'another', A_MINUTE_MS);
    expect(fence).toBeDefined();
    gate.open();
    await passSeconds(1);
    expect(await position()).toBeUndefined();
    held.heldUp = false;
    if (fence !== undefined) await held.release(NAME, fence);
    await reached(1n);
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('once found lost ends the turn, though nothing is to be stored just then', async () => {
    const held = new HeldUpCheckpoints();
    checkpoints = held;
    subscription.add(seatTaken(1));
    const consumer = start();
    await reached(1n);
    held.heldUp = true;
    await passSeconds(16);
    const fence = await held.acquire(NAME, 'another', 10 * A_MINUTE_MS);
    held.heldUp = false;
    await eventually('the loss is noticed', () => consumer.status.state === 'waiting');
    subscription.add(seatTaken(2));
    await passSeconds(30);
    expect(seen).toEqual([idAt(1)]);
    if (fence !== undefined) await held.release(NAME, fence);
    await reached(2n);
    expect(seen).toEqual([idAt(1), idAt(2)]);
  });

  it('is held by one of two, and the other goes on when the first is stopped', async () => {
    const takenBy: string[] = [];
    const named =
      (name: string): ConsumerDefinition['take'] =>
      async ({ events }) => {
        takenBy.push(...events.map(({ id }) => `${name} ${id}`));
      };
    const first = start(named('first'));
    await eventually('the first runs', () => first.status.state === 'running');
    const second = start(named('second'));
    subscription.add(seatTaken(1));
    await reached(1n);
    expect(second.status.state).toBe('waiting');
    await first.stop();
    subscription.add(seatTaken(2));
    await reached(2n);
    expect(takenBy).toEqual([`first ${idAt(1)}`, `second ${idAt(2)}`]);
  });

  it('lost in the middle of storing is no failure', async () => {
    let lost = false;
    class LosingCheckpoints extends FakeCheckpoints {
      override async save(...parts: Parameters<FakeCheckpoints['save']>): Promise<void> {
        if (!lost) {
          lost = true;
          throw new LeaseLost(NAME);
        }
        await super.save(...parts);
      }
    }
    checkpoints = new LosingCheckpoints();
    subscription.add(seatTaken(1));
    start();
    await reached(1n);
    expect(seen).toEqual([idAt(1), idAt(1)]);
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('a poisonous event', () => {
  const POISON = 3;
  let poisonous: boolean;

  beforeEach(() => {
    poisonous = true;
    subscription.add(...manySeats(1, 5));
  });

  /** Refuses the whole batch, as a view does; nothing of it was taken in. */
  const refusing: ConsumerDefinition['take'] = async (batch) => {
    const bad = batch.events.find((event) => event.position === BigInt(POISON));
    if (poisonous && bad) throw new PoisonEvent(bad, new TypeError('secret content'));
    await remember(batch);
  };

  const stopped = (consumer: Consumer) =>
    eventually('the consumer stands on the poison', () => consumer.status.state === 'stopped-on-poison');

  it('stops the consumer loudly, and what stands before it is taken in', async () => {
    const consumer = start(refusing);
    await stopped(consumer);
    await passSeconds(30);
    expect(seen).toEqual([idAt(1), idAt(2)]);
    expect(await position()).toBe(2n);
    expect((await checkpoints.load(NAME)).poison).toMatchObject({ eventId: idAt(3), error: 'TypeError' });
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(JSON.stringify(log.lines)).not.toContain('secret content');
  });

  it('stops it again after a repair that was none', async () => {
    const consumer = start(refusing);
    await stopped(consumer);
    expect(await checkpoints.resume(NAME, false)).toBe(true);
    await eventually(
      'it was tried again',
      () => log.lines.filter(({ level }) => level === 'error').length === 2,
    );
    await stopped(consumer);
    expect(seen).toEqual([idAt(1), idAt(2)]);
  });

  it('is taken in after a repair, with nothing lost and nothing twice', async () => {
    const consumer = start(refusing);
    await stopped(consumer);
    poisonous = false;
    await checkpoints.resume(NAME, false);
    await reached(5n);
    expect(seen).toEqual(ids(manySeats(1, 5)));
    expect(consumer.status).toMatchObject({ state: 'running', poison: undefined });
  });

  it('is passed over when that is asked for, and only that event', async () => {
    const consumer = start(refusing);
    await stopped(consumer);
    await checkpoints.resume(NAME, true);
    await reached(5n);
    expect(seen).toEqual([idAt(1), idAt(2), idAt(4), idAt(5)]);
  });

  it('is stopped on even when a later one was found first', async () => {
    const consumer = start(async (batch) => {
      const bad = [...batch.events].reverse().find(({ position: at }) => at === 3n || at === 5n);
      if (bad) throw new PoisonEvent(bad, new TypeError());
      await remember(batch);
    });
    await stopped(consumer);
    expect(consumer.status.poison?.eventId).toBe(idAt(3));
    expect(seen).toEqual([idAt(1), idAt(2)]);
  });

  it('stops whoever takes the consumer over, too', async () => {
    const first = start(refusing);
    await stopped(first);
    await first.stop();
    const second = start(refusing);
    await stopped(second);
    expect(seen).toEqual([idAt(1), idAt(2)]);
  });
});
