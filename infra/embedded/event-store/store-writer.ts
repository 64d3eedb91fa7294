import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { eventChecksum } from './checksum.ts';
import { isStorageFull, StorageFull } from './damage.ts';
import {
  type AppendCommand,
  describedStream,
  EXPECT_ANY,
  EXPECT_NO_STREAM,
  EXPECT_STREAM_EXISTS,
  isMetadataStream,
  LAST_NUMBER,
  METADATA_TYPE,
  metadataStreamOf,
  NO_STREAM,
  type ProposedEvent,
  type RemoveCommand,
  type StreamState,
  TOMBSTONE_TYPE,
  type WriteCommand,
  type WriteOutcome,
} from './model.ts';
import { DELETED_METADATA, parseStreamMetadata, undeletedMetadata } from './stream-metadata.ts';
import { isDeleted, StreamTableWriter } from './stream-table.ts';

interface Place {
  readonly revision: number;
  readonly position: number;
}

type Verdict = 'write' | 'conflict' | 'deleted' | Place;

interface Statements {
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  readonly insert: StatementSync;
  readonly byRevision: StatementSync;
  readonly byId: StatementSync;
}

const NO_BYTES = new Uint8Array();

/**
 * The writing side of the store: decides and writes commands, many per transaction. Not thread-safe; there is one
 * per folder. A full disk refuses a batch and nothing more; after any other storage error it stays failed, because
 * what a failed sync left on disk is not known.
 */
export class StoreWriter {
  readonly #database: DatabaseSync;
  readonly #streams: StreamTableWriter;
  readonly #sql: Statements;
  #head: number;
  #lastCreated: number;
  #failure: Error | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#streams = new StreamTableWriter(database);
    this.#sql = prepareStatements(database);
    const last = database
      .prepare('SELECT position, created FROM events ORDER BY position DESC LIMIT 1')
      .get();
    this.#head = Number(last?.position ?? 0);
    this.#lastCreated = Number(last?.created ?? 0);
  }

  /** Position of the newest event; 0 when there is none. */
  get head(): number {
    return this.#head;
  }

  /**
   * Writes all commands in one durable transaction, in order; each sees those before it. A command is checked
   * before it writes, so one that conflicts leaves the others alone.
   * @returns one outcome per command, after the commit is on disk
   * @throws StorageFull when there was no space; nothing was written, later batches may succeed
   * @throws when the storage failed; then none of the commands may be acknowledged
   */
  appendBatch(commands: readonly WriteCommand[], now: () => number = Date.now): WriteOutcome[] {
    if (this.#failure) throw this.#failure;
    const head = this.#head;
    try {
      this.#sql.begin.run();
      const outcomes = commands.map((command) => this.#apply(command, now()));
      this.#sql.commit.run();
      return outcomes;
    } catch (cause) {
      this.#head = head;
      throw this.#failed(cause);
    }
  }

  close(): void {
    this.#database.close();
  }

  #failed(cause: unknown): Error {
    const stopped = new Error('The event store stopped writing after a storage error; restart it', { cause });
    const full = isStorageFull(cause);
    if (!full) this.#failure = stopped;
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      this.#failure = stopped;
    }
    return this.#failure ?? new StorageFull(cause);
  }

  #apply(command: WriteCommand, now: number): WriteOutcome {
    if (now > command.deadline) return { kind: 'deadline-exceeded' };
    // Times never decrease, whatever the clock does.
    this.#lastCreated = Math.max(this.#lastCreated, now);
    const stream = this.#streams.find(command.stream);
    if (this.#streams.isTombstoned(stream)) return { kind: 'stream-deleted' };
    const verdict = this.#judge(command, stream);
    if (verdict === 'deleted') return { kind: 'stream-deleted' };
    if (verdict === 'conflict') return { kind: 'wrong-expected-revision', current: stream.revision };
    if (verdict !== 'write') return { kind: 'appended', ...verdict };
    if (command.kind === 'append') return { kind: 'appended', ...this.#append(command, stream) };
    return { kind: 'appended', ...this.#remove(command, stream) };
  }

  /** The rules of EventStoreDB: write, conflict, deleted, or the place where the same events already stand. */
  #judge(command: WriteCommand, stream: StreamState): Verdict {
    const { expected } = command;
    const events = command.kind === 'append' ? command.events : [];
    if (expected === EXPECT_STREAM_EXISTS) {
      if (isDeleted(stream)) return 'deleted';
      if (stream.revision === NO_STREAM && !this.#hasMetadata(stream)) return 'conflict';
    }
    if (expected === EXPECT_ANY || expected === EXPECT_STREAM_EXISTS) return this.#judgeById(events, stream);
    if (expected > stream.revision) return 'conflict';
    if (expected === stream.revision) return 'write';
    return this.#judgeByRevision(expected, events, stream);
  }

  #hasMetadata(stream: StreamState): boolean {
    return this.#streams.find(metadataStreamOf(stream.name)).revision !== NO_STREAM;
  }

  #judgeById(events: readonly ProposedEvent[], stream: StreamState): Verdict {
    let last: Place | undefined;
    for (const [index, event] of events.entries()) {
      const row = this.#sql.byId.get(stream.id, event.id);
      if (!row) return index === 0 ? 'write' : 'conflict';
      last = { revision: Number(row.revision), position: Number(row.position) };
    }
    return last ?? 'write';
  }

  #judgeByRevision(expected: number, events: readonly ProposedEvent[], stream: StreamState): Verdict {
    // For those who expect no stream, a deleted one is none.
    const otherwise = expected === EXPECT_NO_STREAM && isDeleted(stream) ? 'write' : 'conflict';
    let last: Place | undefined;
    for (const [index, event] of events.entries()) {
      const revision = expected + 1 + index;
      const row = this.#sql.byRevision.get(stream.id, revision);
      if (!row || !sameBytes(row.id, event.id)) return index === 0 ? otherwise : 'conflict';
      last = { revision, position: Number(row.position) };
    }
    return last ?? otherwise;
  }

  #append({ events }: AppendCommand, stream: StreamState): Place {
    const place = this.#write(stream, events);
    const last = events.at(-1);
    if (!last) return place;
    if (isDeleted(stream)) this.#undelete(stream.name, stream.revision + 1);
    if (isMetadataStream(stream.name)) this.#describe(describedStream(stream.name), last.data);
    return place;
  }

  #remove({ kind }: RemoveCommand, stream: StreamState): Place {
    if (kind === 'delete') {
      this.#writeMetadata(stream.name, DELETED_METADATA);
      this.#applyMetadata(stream.name, DELETED_METADATA);
    } else {
      const id = this.#streams.save({ ...stream, tombstoned: true });
      this.#insert(newEvent(TOMBSTONE_TYPE, false, NO_BYTES), { ...stream, id }, LAST_NUMBER);
    }
    return { revision: stream.revision, position: this.#head };
  }

  /** New metadata of a stream. For a deleted stream it also means that the stream is there again, without events. */
  #describe(name: string, data: Uint8Array): void {
    const before = this.#streams.find(name);
    this.#applyMetadata(name, data);
    if (isDeleted(before)) this.#undelete(name, before.revision + 1);
  }

  /** As EventStoreDB does: one more metadata event, which hides what was before the deletion. */
  #undelete(name: string, revision: number): void {
    const metadata = this.#streams.find(metadataStreamOf(name));
    const row = this.#sql.byRevision.get(metadata.id, metadata.revision);
    const data = undeletedMetadata(row?.data as Uint8Array, revision);
    this.#writeMetadata(name, data);
    this.#applyMetadata(name, data);
  }

  #writeMetadata(name: string, data: Uint8Array): void {
    this.#write(this.#streams.find(metadataStreamOf(name)), [newEvent(METADATA_TYPE, true, data)]);
  }

  #applyMetadata(name: string, data: Uint8Array): void {
    this.#streams.save({ ...this.#streams.find(name), ...parseStreamMetadata(data) });
  }

  #write(stream: StreamState, events: readonly ProposedEvent[]): Place {
    if (events.length === 0) return { revision: stream.revision, position: 0 };
    const revision = stream.revision + events.length;
    const id = this.#streams.save({ ...stream, revision });
    for (const [index, event] of events.entries()) {
      this.#insert(event, { ...stream, id }, stream.revision + 1 + index);
    }
    return { revision, position: this.#head };
  }

  #insert(event: ProposedEvent, stream: StreamState, revision: number): void {
    this.#head += 1;
    const { id, type, isJson, metadata, data } = event;
    const [position, created] = [this.#head, this.#lastCreated];
    const recorded = { position, stream: stream.name, revision, id, type, isJson, created, metadata, data };
    const checksum = eventChecksum(recorded);
    const json = isJson ? 1 : 0;
    this.#sql.insert.run(position, stream.id, revision, id, type, json, created, metadata, data, checksum);
  }
}

function newEvent(type: string, isJson: boolean, data: Uint8Array): ProposedEvent {
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  return { id, type, isJson, metadata: NO_BYTES, data };
}

function prepareStatements(database: DatabaseSync): Statements {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    insert: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    byRevision: database.prepare(
      'SELECT id, position, data FROM events WHERE stream_id = ? AND revision = ?',
    ),
    byId: database.prepare(
      'SELECT revision, position FROM events WHERE stream_id = ? AND id = ? ORDER BY revision LIMIT 1',
    ),
  };
}

function sameBytes(stored: unknown, proposed: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.compare(stored, proposed) === 0;
}
