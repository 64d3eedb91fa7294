import type { NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { Appended, EventLog, ExpectedRevision } from '@qingpu/domains-kernel/event-log';

/**
 * The event log for whoever alone writes to streams that nobody has touched before: appends go to the log, at their
 * exact revision as ever, and readings are answered from memory.
 */
export class FreshStreams implements EventLog {
  readonly #log: Pick<EventLog, 'append'>;
  readonly #streams = new Map<string, readonly StoredEvent[]>();

  constructor(log: Pick<EventLog, 'append'>) {
    this.#log = log;
  }

  async readStream(stream: string): Promise<readonly StoredEvent[]> {
    return this.#streams.get(stream) ?? [];
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const appended = await this.#log.append(stream, events, expected);
    const before = this.#streams.get(stream) ?? [];
    const { position } = appended;
    const stored = events.map((event, n) => ({ ...event, stream, revision: before.length + n, position }));
    this.#streams.set(stream, [...before, ...stored]);
    return appended;
  }
}
