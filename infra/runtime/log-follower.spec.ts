import { SubscriptionLost } from '@qingpu/read-models-kernel/subscription';
import { FakeSubscription } from '@qingpu/read-models-kernel/testing/fake-subscription';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogFollower } from './log-follower.ts';
import { RecordingLog, seatLeft, seatTaken } from './testing/sample-log.ts';

/** A log whose newest subscription can be broken, or that cannot be asked at all. */
class BreakableSubscription extends FakeSubscription {
  away = false;
  broken = false;

  override async headPosition(): Promise<bigint> {
    if (this.away) throw new Error('away');
    return super.headPosition();
  }

  override async *subscribe(request: Parameters<FakeSubscription['subscribe']>[0]) {
    for await (const batch of super.subscribe(request)) {
      if (this.broken) throw new SubscriptionLost('broken');
      yield batch;
    }
  }
}

function following(log = new BreakableSubscription()) {
  const heard: string[] = [];
  const lost = vi.fn();
  const lines = new RecordingLog();
  const follower = new LogFollower({
    subscription: log,
    types: ['SeatTaken'],
    heard: ({ stream }) => heard.push(stream),
    lost,
  });
  follower.start(lines);
  return { log, heard, lost, lines, follower };
}

afterEach(() => void vi.useRealTimers());

describe('whoever follows the log', () => {
  it('hears what happens from then on, of the types that matter', async () => {
    const log = new BreakableSubscription();
    log.add(seatTaken(1));
    const { heard, follower } = following(log);
    await vi.waitFor(() => expect(follower.following).toBe(true));
    log.add(seatLeft(2), seatTaken(3));
    await vi.waitFor(() => expect(heard).toEqual(['seats-3']));
    await follower.stop();
    expect(follower.following).toBe(false);
  });

  it('says so when it may have missed something, and follows anew', async () => {
    const { log, heard, lost, lines, follower } = following();
    await vi.waitFor(() => expect(follower.following).toBe(true));
    log.broken = true;
    log.add(seatTaken(1));
    await vi.waitFor(() => expect(lost).toHaveBeenCalled());
    expect(follower.following).toBe(false);
    log.broken = false;
    await vi.waitFor(() => expect(follower.following).toBe(true), 5_000);
    log.add(seatTaken(2));
    await vi.waitFor(() => expect(heard).toEqual(['seats-2']));
    expect(lines.lines.map(({ level }) => level)).toEqual(['info']);
    await follower.stop();
  });

  it('warns while the log is away', async () => {
    const log = new BreakableSubscription();
    log.away = true;
    const { lines, follower } = following(log);
    await vi.waitFor(() =>
      expect(lines.lines[0]).toMatchObject({ level: 'warn', facts: { error: 'Error' } }),
    );
    expect(follower.following).toBe(false);
    await follower.stop();
  });
});
