import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import {
  type Appended,
  AppendOutcomeUnknown,
  EventLogUnavailable,
  type ExpectedRevision,
} from '../event-log.ts';
import { FakeEventLog } from './fake-event-log.ts';

/** What goes wrong with the next appends, in order; afterwards they work. */
export type Mishap = 'lost' | 'unanswered' | 'unavailable' | (() => Promise<unknown>);

/** A log whose appends meet mishaps: lost before or unanswered after they are stored, refused, or preceded by something. */
export class TroubledEventLog extends FakeEventLog {
  readonly mishaps: Mishap[] = [];
  /** Appends that were lost on the way; a test may let them arrive late. */
  readonly underway: (() => Promise<Appended>)[] = [];

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const mishap = this.mishaps.shift();
    if (mishap === 'unavailable') throw new EventLogUnavailable();
    if (mishap === 'lost') {
      this.underway.push(() => super.append(stream, events, expected));
      throw new AppendOutcomeUnknown();
    }
    if (typeof mishap === 'function') await mishap();
    const appended = await super.append(stream, events, expected);
    if (mishap === 'unanswered') throw new AppendOutcomeUnknown();
    return appended;
  }
}
