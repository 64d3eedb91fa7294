import { scheduleEvents } from '@qingpu/contracts/events/slots';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import type { ScheduleBook } from '@qingpu/domains-slots/ports';
import { type KnownSchedule, schedule } from '@qingpu/domains-slots/schedule';
import { type ScheduleKey, scheduleStream } from '@qingpu/domains-slots/streams';
import { ExpiringMemo } from './expiring-memo.ts';

/** A schedule that is older than its stream leads to a conflict and never to a booking: every slot is fenced. */
const REMEMBERED = { lifeMs: 2_000, most: 2_000 };

/** Schedules as their streams say, two seconds old at the most. */
export class ScheduleCache implements ScheduleBook {
  readonly #log: Pick<EventLog, 'readStream'>;
  readonly #schedules = new ExpiringMemo<KnownSchedule | undefined>(REMEMBERED);

  constructor(log: Pick<EventLog, 'readStream'>) {
    this.#log = log;
  }

  find(key: ScheduleKey): Promise<KnownSchedule | undefined> {
    const stream = scheduleStream(key);
    return this.#schedules.get(stream, async () => {
      const known = await readStream(this.#log, stream, scheduleEvents, schedule);
      return known.status === 'absent' ? undefined : known;
    });
  }
}
