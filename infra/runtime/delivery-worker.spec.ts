import type { DeliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AttemptFailure,
  DeliveryFault,
  DeliveryWorker,
  type DeliveryWorkerPorts,
  type DueDelivery,
} from './delivery-worker.ts';
import { RecordingLog } from './testing/sample-log.ts';
import { closedGate, eventually, passSeconds } from './testing/simulated-time.ts';

const POLICY: DeliveryPolicy = {
  version: 'spec',
  attempts: 4,
  firstPauseSeconds: 2,
  longestPauseSeconds: 60,
  timeoutSeconds: 5,
};

interface Entry {
  readonly deliveryId: string;
  readonly order: string;
  readonly recipient: string;
  failures: number;
  nextAttemptAt: number;
  status: 'open' | 'delivered' | 'givenUp';
}

/** The log and the worklist of deliveries in one: what is recorded here is due at once as the policy says. */
class Worklist {
  readonly entries: Entry[] = [];
  /** As recorded: delivery, number of the attempt, fault. */
  readonly records: (readonly [string, number, string | undefined])[] = [];

  add(order: string, ...ids: readonly string[]): void {
    this.addFor('hospital', order, ...ids);
  }

  addFor(recipient: string, order: string, ...ids: readonly string[]): void {
    for (const deliveryId of ids)
      this.entries.push({ deliveryId, order, recipient, failures: 0, nextAttemptAt: 0, status: 'open' });
  }

  async due(limit: number, busy: readonly string[] = []): Promise<DueDelivery[]> {
    const open = this.entries.filter(({ status }) => status === 'open');
    const first = open.filter((entry) => open.find(({ order }) => order === entry.order) === entry);
    return first
      .filter(({ nextAttemptAt, recipient }) => nextAttemptAt <= Date.now() && !busy.includes(recipient))
      .slice(0, limit)
      .map(({ deliveryId, recipient, failures }) => ({
        deliveryId,
        kind: 'spec',
        recipient,
        payload: {},
        attempt: failures + 1,
      }));
  }

  async record(deliveryId: string, attempt: number, failure: AttemptFailure | undefined): Promise<void> {
    const entry = this.entries.find((one) => one.deliveryId === deliveryId);
    if (entry?.status !== 'open' || attempt !== entry.failures + 1)
      throw new Rejection({ code: 'attempt-out-of-turn', status: 409, advice: '已有更新的结果' });
    this.records.push([deliveryId, attempt, failure?.fault]);
    if (failure === undefined) entry.status = 'delivered';
    else if (failure.final || attempt >= POLICY.attempts) entry.status = 'givenUp';
    entry.failures = attempt;
    entry.nextAttemptAt = Date.now() + POLICY.firstPauseSeconds * 1000 * 2 ** (attempt - 1);
  }

  get settled(): boolean {
    return this.entries.every(({ status }) => status !== 'open');
  }
}

let log: RecordingLog;
let checkpoints: FakeCheckpoints;
let worklist: Worklist;
/** What arrived at the receiver, in order, repeats included. */
let arrived: string[];
let running: DeliveryWorker[];

beforeEach(() => {
  vi.useFakeTimers();
  reset();
});

afterEach(async () => {
  await stopAll();
  vi.useRealTimers();
});

function reset(): void {
  log = new RecordingLog();
  checkpoints = new FakeCheckpoints();
  worklist = new Worklist();
  arrived = [];
  running = [];
}

async function stopAll(): Promise<void> {
  const stopped = Promise.all(running.map((worker) => worker.stop()));
  await passSeconds(120);
  await stopped;
}

async function arrive({ deliveryId }: DueDelivery): Promise<void> {
  arrived.push(deliveryId);
}

function start(deliver: DeliveryWorkerPorts['deliver'] = arrive, ports: Partial<DeliveryWorkerPorts> = {}) {
  const worker = new DeliveryWorker({
    checkpoints,
    policy: POLICY,
    log,
    due: (...parts) => worklist.due(...parts),
    record: (...parts) => worklist.record(...parts),
    deliver,
    ...ports,
  });
  running.push(worker);
  worker.start();
  return worker;
}

const settled = () => eventually('all deliveries are settled', () => worklist.settled);

/** Fails as often as the plan of the delivery says, then arrives. */
function failing(plan: Readonly<Record<string, readonly string[]>>): DeliveryWorkerPorts['deliver'] {
  return async (delivery) => {
    const fault = plan[delivery.deliveryId]?.[delivery.attempt - 1];
    if (fault !== undefined) throw new DeliveryFault(fault);
    await arrive(delivery);
  };
}

describe('a delivery worker', () => {
  it('delivers what is due and records it', async () => {
    worklist.add('x', 'a');
    worklist.add('y', 'b');
    start();
    await settled();
    expect(worklist.records).toEqual([
      ['a', 1, undefined],
      ['b', 1, undefined],
    ]);
  });

  it('records every failure with its code, and tries again until it is taken', async () => {
    worklist.add('x', 'a');
    start(failing({ a: ['timeout', 'status-503'] }));
    await settled();
    expect(worklist.records).toEqual([
      ['a', 1, 'timeout'],
      ['a', 2, 'status-503'],
      ['a', 3, undefined],
    ]);
    expect(arrived).toEqual(['a']);
  });

  it('gives up when the policy says so, and the next of the order follows', async () => {
    worklist.add('x', 'a', 'b');
    start(failing({ a: Array(9).fill('unreachable') }));
    await settled();
    expect(worklist.records.filter(([id]) => id === 'a')).toHaveLength(POLICY.attempts);
    expect(worklist.entries.map(({ status }) => status)).toEqual(['givenUp', 'delivered']);
    expect(arrived).toEqual(['b']);
  });

  it('tries no more what no further attempt can bring', async () => {
    worklist.add('x', 'a', 'b');
    start(async (delivery) => {
      if (delivery.deliveryId === 'a') throw new DeliveryFault('person-erased', { final: true });
      await arrive(delivery);
    });
    await settled();
    expect(worklist.records).toEqual([
      ['a', 1, 'person-erased'],
      ['b', 1, undefined],
    ]);
  });

  it('keeps each order, whatever fails in between, and lets orders pass each other', async () => {
    const failures = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(failures, async (counts) => {
        await stopAll();
        reset();
        const plan: Record<string, string[]> = {};
        counts.forEach((count, index) => {
          const id = `d${index}`;
          worklist.add(`order-${index % 3}`, id);
          plan[id] = Array(count).fill('timeout');
        });
        start(failing(plan));
        await settled();
        for (const order of [0, 1, 2]) {
          const ofOrder = counts.map((_, index) => index).filter((index) => index % 3 === order);
          const wanted = ofOrder.map((index) => `d${index}`);
          expect(arrived.filter((id) => wanted.includes(id))).toEqual(wanted);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets a receiver that never answers keep no other waiting, and asks it no more than it can bear', async () => {
    const gate = closedGate();
    let most = 0;
    let asked = 0;
    for (let number = 0; number < 200; number += 1) worklist.addFor('slow', `s${number}`, `slow${number}`);
    start(async (delivery) => {
      if (delivery.recipient !== 'slow') return arrive(delivery);
      asked += 1;
      most = Math.max(most, asked);
      await gate.passed;
      asked -= 1;
    });
    await eventually('the slow one is asked', () => asked > 0);
    for (let number = 0; number < 100; number += 1) worklist.addFor('quick', `q${number}`, `quick${number}`);
    await passSeconds(4);
    expect(arrived).toHaveLength(100);
    expect(most).toBeLessThanOrEqual(16);
    gate.open();
    await settled();
    expect(worklist.records).toHaveLength(300);
  });

  it('looks at the worklist no more often the more there is to deliver', async () => {
    for (let number = 0; number < 300; number += 1) worklist.add(`o${number}`, `d${number}`);
    let looks = 0;
    start(arrive, {
      due: (...parts) => {
        looks += 1;
        return worklist.due(...parts);
      },
    });
    await settled();
    expect(new Set(arrived).size).toBe(300);
    expect(looks).toBeLessThan(10);
  });

  it('lets go of what waits for its turn when it is stopped', async () => {
    const gate = closedGate();
    for (let number = 0; number < 40; number += 1) worklist.add(`o${number}`, `d${number}`);
    const worker = start(async (delivery) => {
      await gate.passed;
      await arrive(delivery);
    });
    await passSeconds(1);
    const stopped = worker.stop();
    gate.open();
    await stopped;
    expect(arrived).toHaveLength(16);
    expect(worklist.records).toHaveLength(16);
  });

  it('goes on when an attempt is already on record', async () => {
    worklist.add('x', 'a');
    const behind = async (): Promise<DueDelivery[]> => [
      { deliveryId: 'a', kind: 'spec', recipient: 'hospital', payload: {}, attempt: 1 },
    ];
    start(arrive, { due: behind });
    await eventually('it came more than once', () => arrived.length > 2);
    expect(worklist.records).toEqual([['a', 1, undefined]]);
    expect(log.lines).toEqual([]);
  });

  it('counts an attempt that fails in an unexpected way, so that it cannot hold the worker up for ever', async () => {
    let broken = true;
    worklist.add('x', 'a');
    start(async (delivery) => {
      if (broken) throw new TypeError('a fault of ours');
      await arrive(delivery);
    });
    await passSeconds(5);
    expect(worklist.records[0]).toEqual(['a', 1, 'undeliverable']);
    broken = false;
    await settled();
    expect(worklist.records.at(-1)).toEqual(['a', worklist.records.length, undefined]);
    expect(log.lines[0]).toMatchObject({ level: 'error', facts: { error: 'TypeError' } });
  });

  it('keeps its lease until every attempt under way has ended, though one has failed', async () => {
    const gate = closedGate();
    worklist.add('x', 'slow');
    worklist.add('y', 'broken');
    start(async (delivery) => {
      if (delivery.deliveryId === 'broken') throw new TypeError('a fault of ours');
      await gate.passed;
      await arrive(delivery);
    });
    await passSeconds(3);
    expect(await checkpoints.acquire('worker:deliveries', 'another', 1)).toBeUndefined();
    gate.open();
    await eventually('the slow one arrives', () => arrived.length === 1);
  });
});

describe('of two delivery workers', () => {
  it('one works at a time, and the other goes on when it stops', async () => {
    const by: string[] = [];
    const named = (name: string) => async (delivery: DueDelivery) => {
      by.push(`${name} ${delivery.deliveryId}`);
    };
    worklist.add('x', 'a');
    const first = start(named('first'));
    await settled();
    start(named('second'));
    worklist.add('x', 'b');
    await settled();
    await first.stop();
    worklist.add('x', 'c');
    await settled();
    expect(by).toEqual(['first a', 'first b', 'second c']);
  });

  it('the second sends again what the first did not get to record, and the receiver knows it', async () => {
    const hang = closedGate();
    worklist.add('x', 'a', 'b');
    // Killed between the receiver's answer and its record: from then on nothing of it is heard.
    let looks = 0;
    const due = async (limit: number) => {
      looks += 1;
      if (looks > 1) await hang.passed;
      return worklist.due(limit);
    };
    start(arrive, { record: () => hang.passed, due });
    await eventually('the first has sent it', () => arrived.length === 1);
    start();
    await settled();
    expect(arrived).toEqual(['a', 'a', 'b']);
    expect(worklist.records).toEqual([
      ['a', 1, undefined],
      ['b', 1, undefined],
    ]);
    hang.open();
  });
});
