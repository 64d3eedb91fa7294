import type { NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type Appended, type EventLog, type ExpectedRevision, RevisionConflict } from '../event-log.ts';

/** The event log in memory, with the same answers as the real one: its contract test runs on both. */
export class FakeEventLog implements EventLog {
  readonly #streams = new Map<string, StoredEvent[]>();
  #position = 0n;

  async readStream(stream: string): Promise<readonly StoredEvent[]> {
    return [...(this.#streams.get(stream) ?? [])];
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const history = this.#streams.get(stream) ?? [];
    const next = expected === 'no_stream' ? 0 : expected + 1;
    const repeated = history.slice(next, next + events.length);
    if (
      repeated.length === events.length &&
      events.every((event, index) => repeated[index]?.id === event.id)
    ) {
      return this.#appended(repeated);
    }
    if (history.length !== next) throw new RevisionConflict(stream, expected);
    const stored = events.map((event, index) => ({
      ...structuredClone(event),
      stream,
      revision: next + index,
      position: ++this.#position,
    }));
    this.#streams.set(stream, [...history, ...stored]);
    return this.#appended(stored);
  }

  /** All events in the order of the log. */
  all(): readonly StoredEvent[] {
    return [...this.#streams.values()].flat().sort((a, b) => Number(a.position - b.position));
  }

  #appended(stored: readonly StoredEvent[]): Appended {
    const last = stored.at(-1);
    if (!last) throw new Error('an append carries at least one event');
    return { revision: last.revision, position: last.position };
  }
}
