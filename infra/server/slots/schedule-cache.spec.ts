import { scheduleEvents } from '@qingpu/contracts/events/slots';
import { handleCommand } from '@qingpu/domains-kernel/command-handling';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { guidancePolicy } from '@qingpu/domains-slots/booking-policy';
import { type ScheduleCommand, schedule } from '@qingpu/domains-slots/schedule';
import { scheduleStream } from '@qingpu/domains-slots/streams';
import {
  at,
  knownFacts,
  sampleDetails,
  sampleEnvelope,
  scheduleKey,
} from '@qingpu/domains-slots/testing/sample-pool';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import { RecordingLog } from '@qingpu/runtime/testing/sample-log';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScheduleCache } from './schedule-cache.ts';

class CountingLog extends FakeEventLog {
  reads = 0;

  override readStream(stream: string) {
    this.reads += 1;
    return super.readStream(stream);
  }
}

/** A log with the sample schedule; `close` closes it, `tell` hands to followers what happened since. */
async function sample() {
  const log = new CountingLog();
  const subscription = new FakeSubscription();
  const ports = { log, ledger: new FakeCommandLedger(), clock: { now: () => at('2026-02-01', '08:00') } };
  let number = 0;
  const act = (command: ScheduleCommand) =>
    handleCommand(ports, sampleEnvelope(number++), {
      stream: scheduleStream(scheduleKey),
      catalogue: scheduleEvents,
      decider: schedule,
      command,
      context: async () => ({}),
    });
  let told = 0;
  const tell = () => {
    const events = log.all();
    subscription.add(...events.slice(told));
    told = events.length;
  };
  const details = sampleDetails();
  await act({ type: 'RegisterSchedule', ...scheduleKey, details, facts: knownFacts, policy: guidancePolicy });
  tell();
  log.reads = 0;
  const close = () => act({ type: 'CloseSchedule', ...scheduleKey, reason: '设备检修' });
  const cache = new ScheduleCache({ log, subscription });
  const statusOf = async () => (await cache.find(scheduleKey))?.status;
  return { log, subscription, close, tell, cache, statusOf };
}

/** Begins to follow, and waits until what is remembered from then on is heard of. */
async function followed({ cache, log }: Awaited<ReturnType<typeof sample>>): Promise<void> {
  cache.follow(new RecordingLog());
  await vi.waitFor(async () => {
    await cache.find(scheduleKey);
    vi.advanceTimersByTime(2_000);
    const before = log.reads;
    await cache.find(scheduleKey);
    expect(log.reads).toBe(before);
  });
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('the schedules that a process remembers', () => {
  it('are read once by all who ask at the same time, and anew after two seconds while nobody follows', async () => {
    const { log, cache } = await sample();
    await Promise.all([cache.find(scheduleKey), cache.find(scheduleKey)]);
    expect(log.reads).toBe(1);
    vi.advanceTimersByTime(2_000);
    await cache.find(scheduleKey);
    expect(log.reads).toBe(2);
  });

  it('stay for a minute while changes are heard of', async () => {
    const world = await sample();
    await followed(world);
    const { log, cache } = world;
    const before = log.reads;
    vi.advanceTimersByTime(50_000);
    await cache.find(scheduleKey);
    expect(log.reads).toBe(before);
    vi.advanceTimersByTime(10_000);
    await cache.find(scheduleKey);
    expect(log.reads).toBe(before + 1);
    await cache.stop();
  });

  it('are read anew once a change was heard', async () => {
    const world = await sample();
    await followed(world);
    const { close, tell, statusOf, cache } = world;
    await close();
    expect(await statusOf()).toBe('open');
    tell();
    await vi.waitFor(async () => expect(await statusOf()).toBe('closed'));
    await cache.stop();
  });
});
