import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type SampleEvent, sampleEvents } from '@qingpu/contracts/testing/sample-events';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProcessRunner } from './process-runner.ts';
import { fromTheFuture, idAt, manySeats, RecordingLog, seatTaken } from './testing/sample-log.ts';
import { closedGate, eventually, passSeconds } from './testing/simulated-time.ts';

interface Sent {
  readonly command: unknown;
  readonly envelope: CommandEnvelope;
}

/** Three commands an event, so that a kill can come between them. */
const greeter: ProcessManager<typeof sampleEvents, string> = {
  name: 'greeter',
  catalogue: sampleEvents,
  react: ({ data }: SampleEvent, { id }) =>
    ['greet', 'seat', 'thank'].map((act) => `${act} ${data.by} ${id}`),
};
const CONSUMER = 'process:greeter';

let log: RecordingLog;
let checkpoints: FakeCheckpoints;
let subscription: FakeSubscription;
let sent: Sent[];
let running: ProcessRunner[];
/** What becomes of the nth command that is sent; nothing means that it is done. */
let faults: ((sent: Sent) => unknown)[];

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
  subscription = new FakeSubscription();
  sent = [];
  running = [];
  faults = [];
}

async function stopAll(): Promise<void> {
  const stopped = Promise.all(running.map((runner) => runner.stop()));
  await passSeconds(60);
  await stopped;
}

function start(process: ProcessManager = greeter as unknown as ProcessManager): ProcessRunner {
  const runner = new ProcessRunner(process, {
    checkpoints,
    subscription,
    log,
    board: new ProgressBoard(),
    send: async (command, envelope) => {
      const one = { command, envelope };
      sent.push(one);
      await faults.shift()?.(one);
    },
  });
  running.push(runner);
  runner.start();
  return runner;
}

const reached = (position: number) =>
  eventually(`position ${position}`, async () => {
    return (await checkpoints.load(CONSUMER)).position === BigInt(position);
  });

const killed = () => {
  throw new Error('killed');
};

function rejected(): never {
  throw new Rejection({ code: 'too-late', status: 409, advice: '太晚了，请重试' });
}

/** Events of one stream instead of one stream each. */
const ofOneStream = (events: readonly StoredEvent[]) =>
  events.map((event, revision) => ({ ...event, stream: 'seats', revision }));

/** The commands that must be sent for these events, in order. */
function expected(last: number): unknown[] {
  return manySeats(1, last).flatMap((event) => greeter.react(event as never, event));
}

describe('a process manager', () => {
  it('sends the commands of a stream one after the other, each caused by its event', async () => {
    subscription.add(...ofOneStream(manySeats(1, 3)));
    start();
    await reached(3);
    expect(sent.map(({ command }) => command)).toEqual(expected(3));
    expect(new Set(sent.map(({ envelope }) => envelope.commandId)).size).toBe(9);
    expect(sent[4]?.envelope).toMatchObject({
      causationId: idAt(2),
      correlationId: 'correlation-2',
      actor: { kind: 'system', id: CONSUMER },
    });
  });

  it('sends the same commands under the same ids after a kill between them', async () => {
    subscription.add(seatTaken(1));
    faults = [() => undefined, killed];
    start();
    await reached(1);
    expect(sent.map(({ command }) => command)).toEqual([...expected(1).slice(0, 2), ...expected(1)]);
    const ids = sent.map(({ envelope }) => envelope.commandId);
    expect(ids.slice(0, 2)).toEqual(ids.slice(2, 4));
    expect(new Set(ids).size).toBe(3);
    expect(sent.every(({ envelope }) => envelope.bodyHmac === envelope.commandId)).toBe(true);
  });

  it('does not move on while a command was not answered', async () => {
    subscription.add(...manySeats(1, 2));
    faults = Array.from({ length: 20 }, () => killed);
    start();
    await passSeconds(20);
    expect((await checkpoints.load(CONSUMER)).position).toBeUndefined();
    await reached(2);
  });

  it('lets no stream wait for another, and ends no batch before all its streams', async () => {
    const gate = closedGate();
    subscription.add(...manySeats(1, 3));
    faults = [() => gate.passed];
    start();
    await eventually('the others are done', () => sent.length === 7);
    await passSeconds(2);
    expect((await checkpoints.load(CONSUMER)).position).toBeUndefined();
    gate.open();
    await reached(3);
    expect(new Set(sent.map(({ command }) => command))).toEqual(new Set(expected(3)));
  });

  it('takes the domain’s no for an answer', async () => {
    subscription.add(...manySeats(1, 2));
    faults = [rejected];
    start();
    await reached(2);
    expect(new Set(sent.map(({ command }) => command))).toEqual(new Set(expected(2)));
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', facts: expect.objectContaining({ rejection: 'too-late' }) }),
    );
  });

  it('stops on an event that it cannot read or react to, and has reacted to those before', async () => {
    subscription.add(seatTaken(1), fromTheFuture(2), seatTaken(3));
    const runner = start();
    await eventually('it stops', () => runner.status.state === 'stopped-on-poison');
    expect(sent.map(({ command }) => command)).toEqual(expect.arrayContaining(expected(1)));
    expect((await checkpoints.load(CONSUMER)).position).toBe(1n);
  });

  it('has sent every command, each under one id, wherever it was killed', async () => {
    const outcome = fc.constantFrom('done', 'killed', 'stopped');
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        async (plan, count) => {
          await stopAll();
          reset();
          let runner: ProcessRunner | undefined;
          faults = plan.map((what) => () => {
            if (what === 'killed') killed();
            // The one process ends after this batch and another takes over.
            if (what === 'stopped') void runner?.stop();
          });
          subscription.add(...manySeats(1, count));
          await eventually('everything is done', async () => {
            if (!runner || runner.status.state === 'ended') runner = start();
            return (await checkpoints.load(CONSUMER)).position === BigInt(count);
          });
          const idOf = new Map(sent.map(({ command, envelope }) => [command, envelope.commandId]));
          expect(new Set(idOf.keys())).toEqual(new Set(expected(count)));
          expect(sent.every(({ command, envelope }) => idOf.get(command) === envelope.commandId)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
