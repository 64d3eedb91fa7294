import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { NO_STREAM, type RecordedEvent } from './model.ts';

/** A page ends after this many events or bytes of content, whichever comes first. */
const PAGE_EVENTS = 256;
const PAGE_BYTES = 1024 * 1024;

/** Where a reader stands and which way it looks; `from` is inclusive and counts revisions or positions. */
export interface Range {
  /** Stream name; undefined reads $all. */
  readonly stream: string | undefined;
  readonly from: number;
  readonly backwards: boolean;
}

const COLUMNS =
  'e.position, s.name, e.revision, e.id, e.type, e.is_json, e.created, e.metadata, e.data FROM events e';

/**
 * The reading side of the store. Each page is one short read of its own, so a slow consumer holds neither a
 * snapshot of the database nor more than a page of memory.
 */
export class StoreReader {
  readonly #database: DatabaseSync;
  readonly #stream: StatementSync;
  readonly #head: StatementSync;
  readonly #allForwards: StatementSync;
  readonly #allBackwards: StatementSync;
  readonly #streamForwards: StatementSync;
  readonly #streamBackwards: StatementSync;

  constructor(database: DatabaseSync) {
    const rows = (sql: string): StatementSync => {
      const statement = database.prepare(`SELECT ${COLUMNS} JOIN streams s ON s.id = e.stream_id ${sql}`);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#database = database;
    this.#stream = database.prepare('SELECT id, last_revision FROM streams WHERE name = ?');
    this.#head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events');
    this.#allForwards = rows('WHERE e.position >= ? ORDER BY e.position LIMIT ?');
    this.#allBackwards = rows('WHERE e.position <= ? ORDER BY e.position DESC LIMIT ?');
    this.#streamForwards = rows('WHERE e.stream_id = ? AND e.revision >= ? ORDER BY e.revision LIMIT ?');
    this.#streamBackwards = rows(
      'WHERE e.stream_id = ? AND e.revision <= ? ORDER BY e.revision DESC LIMIT ?',
    );
  }

  /** Last revision of a stream; -1 when it has no events. */
  lastRevision(stream: string): number {
    const row = this.#stream.get(stream);
    return row ? Number(row.last_revision) : NO_STREAM;
  }

  /** Position of the newest event; 0 when there is none. */
  head(): number {
    return Number(this.#head.get()?.head);
  }

  /** The next events of a range, at most `limit`; empty at its end. */
  page(range: Range, limit: number): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    let bytes = 0;
    for (const row of this.#rows(range, Math.min(limit, PAGE_EVENTS))) {
      const event = toEvent(row as unknown as Row);
      events.push(event);
      bytes += event.data.length + event.metadata.length;
      if (bytes >= PAGE_BYTES) break;
    }
    return events;
  }

  close(): void {
    this.#database.close();
  }

  #rows(range: Range, limit: number): Iterable<unknown> {
    if (range.stream === undefined) {
      return (range.backwards ? this.#allBackwards : this.#allForwards).iterate(range.from, limit);
    }
    const id = this.#stream.get(range.stream)?.id;
    if (id === undefined) return [];
    return (range.backwards ? this.#streamBackwards : this.#streamForwards).iterate(id, range.from, limit);
  }
}

type Row = readonly [number, string, number, Uint8Array, string, number, number, Uint8Array, Uint8Array];

function toEvent(row: Row): RecordedEvent {
  const [position, stream, revision, id, type, isJson, created, metadata, data] = row;
  return { position, stream, revision, id, type, isJson: isJson === 1, created, metadata, data };
}
