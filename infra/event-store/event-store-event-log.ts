import {
  EventStoreDBClient,
  type JSONEventType,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type { EventMetadata, NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  type Appended,
  AppendOutcomeUnknown,
  type EventLog,
  EventLogUnavailable,
  type ExpectedRevision,
  RevisionConflict,
} from '@qingpu/domains-kernel/event-log';
import { Overdue, within } from './deadline.ts';

/** How long an append or a read may take, in milliseconds, before it counts as unanswered. */
const ANSWER_WITHIN_MS = 5_000;

type AnyEvent = JSONEventType<string, never, never>;

let openLog: EventStoreEventLog | undefined;

/**
 * The event log on EventStoreDB's own client.
 * The client keeps pending appends in a module global, where one broken connection rejects another client's appends:
 * hence one appending client a process, which `open` sees to.
 */
export class EventStoreEventLog implements EventLog {
  readonly #client: EventStoreDBClient;

  private constructor(connectionString: string) {
    this.#client = EventStoreDBClient.connectionString(connectionString);
  }

  /** @throws Error when this process already appends through another client. */
  static open(connectionString: string): EventStoreEventLog {
    if (openLog) throw new Error('this process already has an appending event store client');
    openLog = new EventStoreEventLog(connectionString);
    return openLog;
  }

  async readStream(stream: string): Promise<readonly StoredEvent[]> {
    try {
      return await within(ANSWER_WITHIN_MS, this.#readAll(stream));
    } catch (error) {
      throw new EventLogUnavailable('the event log did not answer a read', { cause: error });
    }
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    const expectedRevision = expected === 'no_stream' ? NO_STREAM : BigInt(expected);
    const batch = events.map((event) =>
      jsonEvent({ ...event, data: event.data as never, metadata: event.metadata as never }),
    );
    try {
      // The client gives a batch append no deadline of its own.
      const appending = this.#client.appendToStream(stream, batch, { expectedRevision });
      const result = await within(ANSWER_WITHIN_MS, appending);
      return { revision: Number(result.nextExpectedRevision), position: result.position?.commit ?? 0n };
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) throw new RevisionConflict(stream, expected);
      const reason =
        error instanceof Overdue ? 'the append was not answered in time' : 'the append broke off';
      throw new AppendOutcomeUnknown(reason, { cause: error });
    }
  }

  async close(): Promise<void> {
    if (openLog === this) openLog = undefined;
    await this.#client.dispose();
  }

  async #readAll(stream: string): Promise<StoredEvent[]> {
    const stored: StoredEvent[] = [];
    try {
      for await (const resolved of this.#client.readStream<AnyEvent>(stream))
        stored.push(...storedEvent(resolved));
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      throw error;
    }
    return stored;
  }
}

/** A resolved event as the platform knows it; empty for a link to an event that is gone. */
export function storedEvent(resolved: ResolvedEvent): StoredEvent[] {
  const { event } = resolved;
  if (!event?.isJson) return [];
  return [
    {
      id: event.id,
      type: event.type,
      stream: event.streamId,
      revision: Number(event.revision),
      position: event.position?.commit ?? resolved.commitPosition ?? 0n,
      data: event.data,
      metadata: event.metadata as unknown as EventMetadata,
    },
  ];
}
