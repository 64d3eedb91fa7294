import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { eventChecksum } from './checksum.ts';
import { Damage, namingDamage, TombstonedStream } from './damage.ts';
import { isMetadataStream, LAST_NUMBER, NO_STREAM, type RecordedEvent, type StreamState } from './model.ts';
import { isDeleted, StreamTable } from './stream-table.ts';

/** A page ends after this many events or bytes of content, whichever comes first. */
export const PAGE_EVENTS = 256;
const PAGE_BYTES = 1024 * 1024;

/** Where a reader stands and which way it looks; `from` is inclusive and counts revisions or positions. */
export interface Range {
  /** Stream name; undefined reads $all. */
  readonly stream: string | undefined;
  readonly from: number;
  readonly backwards: boolean;
}

export interface Page {
  readonly events: readonly RecordedEvent[];
  /** True when there was nothing behind these events at the moment of the read. */
  readonly atEnd: boolean;
}

const NOTHING: Page = { events: [], atEnd: true };

const COLUMNS =
  'e.position, s.name, e.revision, e.id, e.type, e.is_json, e.created, e.metadata, e.data, e.checksum FROM events e';
const NOT_TOMBSTONE = `e.revision < ${LAST_NUMBER}`;

/**
 * The reading side of the store. Each page is one short read of its own, so a slow consumer holds neither a
 * snapshot of the database nor more than a page of memory. Every event is verified by its checksum, and every page
 * to have no gap: positions and revisions grow by one, as nothing is ever removed from the files.
 */
export class StoreReader {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #streams: StreamTable;
  readonly #now: () => number;
  /** Position of the newest event seen so far. */
  #known = 0;
  readonly #head: StatementSync;
  readonly #created: StatementSync;
  readonly #allForwards: StatementSync;
  readonly #allBackwards: StatementSync;
  readonly #streamForwards: StatementSync;
  readonly #streamBackwards: StatementSync;

  constructor(database: DatabaseSync, file = 'events.db', now: () => number = Date.now) {
    const rows = (sql: string): StatementSync => {
      const statement = database.prepare(`SELECT ${COLUMNS} JOIN streams s ON s.id = e.stream_id ${sql}`);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#database = database;
    this.#file = file;
    this.#now = now;
    this.#streams = new StreamTable(database);
    this.#head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events');
    this.#created = database.prepare('SELECT created FROM events WHERE stream_id = ? AND revision = ?');
    this.#allForwards = rows('WHERE e.position >= ? ORDER BY e.position LIMIT ?');
    this.#allBackwards = rows('WHERE e.position <= ? ORDER BY e.position DESC LIMIT ?');
    this.#streamForwards = rows(
      `WHERE e.stream_id = ? AND e.revision >= ? AND ${NOT_TOMBSTONE} ORDER BY e.revision LIMIT ?`,
    );
    this.#streamBackwards = rows(
      'WHERE e.stream_id = ? AND e.revision <= ? ORDER BY e.revision DESC LIMIT ?',
    );
  }

  /**
   * Whether a stream has events, or had some that its metadata hides; false for one that never had any or is
   * deleted.
   * @throws TombstonedStream when it is gone for ever
   */
  exists(stream: string): boolean {
    const state = this.#find(stream);
    return state.revision !== NO_STREAM && !isDeleted(state);
  }

  /** Last revision of a stream, also a deleted one; -1 when it never had events. @throws TombstonedStream */
  lastRevision(stream: string): number {
    return this.#find(stream).revision;
  }

  /** Position of the newest event; 0 when there is none. */
  head(): number {
    const head = namingDamage(this.#file, () => Number(this.#head.get()?.head));
    this.#known = Math.max(this.#known, head);
    return head;
  }

  /**
   * The next events of a range, at most `limit`.
   * @throws Damage when what is stored is not what was written
   * @throws TombstonedStream when the stream is gone for ever
   */
  page(range: Range, limit: number): Page {
    const wanted = Math.min(limit, PAGE_EVENTS);
    if (range.stream !== undefined) return this.#streamPage(this.#find(range.stream), range, wanted);
    const { from, backwards } = range;
    const page = this.#take(
      (backwards ? this.#allBackwards : this.#allForwards).iterate(from, wanted),
      wanted,
    );
    this.#verifyAll(page, range);
    return page;
  }

  close(): void {
    this.#database.close();
  }

  #find(stream: string): StreamState {
    return namingDamage(this.#file, () => {
      const state = this.#streams.find(stream);
      if (this.#streams.isTombstoned(state)) throw new TombstonedStream(stream);
      return state;
    });
  }

  #streamPage(state: StreamState, { from, backwards }: Range, wanted: number): Page {
    if (state.revision === NO_STREAM || isDeleted(state)) return NOTHING;
    const first = this.#firstShown(state);
    const start = backwards ? Math.min(from, state.revision) : Math.max(from, first);
    const there = backwards ? start - first + 1 : state.revision - start + 1;
    if (there <= 0) return NOTHING;
    const limit = Math.min(wanted, there);
    const statement = backwards ? this.#streamBackwards : this.#streamForwards;
    const { events, atEnd } = this.#take(statement.iterate(state.id, start, limit), limit);
    if (atEnd || events[0]?.revision !== start) {
      throw new Damage(`stream ${JSON.stringify(state.name)} misses events from revision ${start} on`);
    }
    verifySteps(events, ({ revision }) => revision, backwards);
    return { events, atEnd: events.length === there && there < wanted };
  }

  /** No position is missing at the beginning, in the middle, or before the newest event known. */
  #verifyAll({ events, atEnd }: Page, { from, backwards }: Range): void {
    verifySteps(events, ({ position }) => position, backwards);
    if (backwards) {
      const left = events.at(-1)?.position ?? Math.min(from, this.#known) + 1;
      if (atEnd && left > 1) throw new Damage(`no event stands before position ${left}`);
      return;
    }
    const last = events.at(-1)?.position ?? Math.max(from, 1) - 1;
    const gap = events[0] && events[0].position !== Math.max(from, 1);
    if (gap || (atEnd && last < this.#known)) throw new Damage(`no event stands at position ${last + 1}`);
    if (events.length > 0) this.#known = Math.max(this.#known, last);
  }

  #take(rows: Iterable<unknown>, wanted: number): Page {
    return namingDamage(this.#file, () => {
      const events: RecordedEvent[] = [];
      let bytes = 0;
      for (const row of rows) {
        const event = toEvent(row as Row);
        events.push(event);
        bytes += event.data.length + event.metadata.length;
        if (bytes >= PAGE_BYTES) return { events, atEnd: false };
      }
      return { events, atEnd: events.length < wanted };
    });
  }

  /** The first revision that the metadata of a stream leaves to be seen. */
  #firstShown(state: StreamState): number {
    const { revision, truncateBefore, maxAge } = state;
    // The metadata of metadata is fixed: only the newest counts.
    const maxCount = isMetadataStream(state.name) ? 1 : state.maxCount;
    const first = Math.max(truncateBefore, maxCount === null ? 0 : revision - maxCount + 1);
    return maxAge === null ? first : this.#firstSince(state, this.#now() - maxAge * 1000, first);
  }

  /** The first revision from `low` on that was created at `since` or later; times never decrease. */
  #firstSince(state: StreamState, since: number, low: number): number {
    let [from, to] = [low, state.revision + 1];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const created = namingDamage(this.#file, () => this.#created.get(state.id, middle)?.created);
      if (created === undefined) {
        throw new Damage(`stream ${JSON.stringify(state.name)} has no event of revision ${middle}`);
      }
      if (Number(created) >= since) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}

function verifySteps(
  events: readonly RecordedEvent[],
  place: (event: RecordedEvent) => number,
  backwards: boolean,
): void {
  const step = backwards ? -1 : 1;
  let last: number | undefined;
  for (const event of events) {
    const next = place(event);
    if (last !== undefined && next !== last + step) {
      throw new Damage(`an event is missing in ${event.stream} or $all between ${last} and ${next}`);
    }
    last = next;
  }
}

type Row = readonly [
  number,
  string,
  number,
  Uint8Array,
  string,
  number,
  number,
  Uint8Array,
  Uint8Array,
  number,
];

function toEvent(row: Row): RecordedEvent {
  const [position, stream, revision, id, type, isJson, created, metadata, data, checksum] = row;
  const event = { position, stream, revision, id, type, isJson: isJson === 1, created, metadata, data };
  if (eventChecksum(event) !== checksum) {
    throw new Damage(`the event at position ${position} does not fit its checksum`);
  }
  return event;
}
