import { scheduleEvents } from '@qingpu/contracts/events/slots';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import type { ScheduleBook } from '@qingpu/domains-slots/ports';
import { type KnownSchedule, schedule } from '@qingpu/domains-slots/schedule';
import { type ScheduleKey, scheduleStream } from '@qingpu/domains-slots/streams';
import type { EventSubscription } from '@qingpu/read-models-kernel/subscription';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { LogFollower } from '@qingpu/runtime/log-follower';
import { ExpiringMemo } from './expiring-memo.ts';

const MOST = 2_000;
/** A schedule that is older than its stream leads to a conflict and never to a booking: every slot is fenced. */
const ALONE_MS = 2_000;
/** While changes are heard of. Not for ever: a connection may be dead without having broken. */
const FOLLOWED_MS = 60_000;

export interface ScheduleCacheParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly subscription: EventSubscription;
}

/**
 * Schedules as their streams say: every change that the log tells of is read anew, and whatever cannot be followed
 * counts for two seconds.
 */
export class ScheduleCache implements ScheduleBook {
  readonly #log: Pick<EventLog, 'readStream'>;
  readonly #schedules: ExpiringMemo<KnownSchedule | undefined>;
  readonly #follower: LogFollower;

  constructor({ log, subscription }: ScheduleCacheParts) {
    this.#log = log;
    this.#schedules = new ExpiringMemo({
      lifeMs: () => (this.#follower.following ? FOLLOWED_MS : ALONE_MS),
      most: MOST,
    });
    this.#follower = new LogFollower({
      subscription,
      types: Object.keys(scheduleEvents),
      heard: ({ stream }) => this.#schedules.forget(stream),
      lost: () => this.#schedules.clear(),
    });
  }

  find(key: ScheduleKey): Promise<KnownSchedule | undefined> {
    const stream = scheduleStream(key);
    return this.#schedules.get(stream, async () => {
      const known = await readStream(this.#log, stream, scheduleEvents, schedule);
      return known.status === 'absent' ? undefined : known;
    });
  }

  /** Begins to hear of changes. */
  follow(log: ConsumerLog): void {
    this.#follower.start(log);
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }
}
