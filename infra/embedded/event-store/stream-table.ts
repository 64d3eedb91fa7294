import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { streamChecksum } from './checksum.ts';
import { Damage } from './damage.ts';
import { describedStream, isMetadataStream, LAST_NUMBER, NO_STREAM, type StreamState } from './model.ts';

/** A stream that nothing is known of. */
export function absentStream(name: string): StreamState {
  return {
    id: 0,
    name,
    revision: NO_STREAM,
    tombstoned: false,
    truncateBefore: 0,
    maxCount: null,
    maxAge: null,
  };
}

export const isDeleted = ({ truncateBefore }: StreamState): boolean => truncateBefore === LAST_NUMBER;

/** The table of streams, verified by checksum at each look. Used by the writer and, on its own connection, the reader. */
export class StreamTable {
  readonly #find: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM streams WHERE name = ?');
  }

  /** A stream by its name; an absent one has id 0. @throws Damage when its row does not fit its checksum */
  find(name: string): StreamState {
    const row = this.#find.get(name);
    return row ? toState(row as unknown as StreamRow) : absentStream(name);
  }

  /** Whether a stream is gone for ever; its metadata stream goes with it. */
  isTombstoned(state: StreamState): boolean {
    if (!isMetadataStream(state.name)) return state.tombstoned;
    return this.find(describedStream(state.name)).tombstoned;
  }
}

/** One row as SQLite returns it. */
export interface StreamRow {
  readonly id: number;
  readonly name: string;
  readonly last_revision: number;
  readonly tombstoned: number;
  readonly truncate_before: number;
  readonly max_count: number | null;
  readonly max_age: number | null;
  readonly checksum: number;
}

/** @throws Damage when the row does not fit its checksum */
export function toState(row: StreamRow): StreamState {
  const state = {
    id: row.id,
    name: row.name,
    revision: row.last_revision,
    tombstoned: row.tombstoned === 1,
    truncateBefore: row.truncate_before,
    maxCount: row.max_count,
    maxAge: row.max_age,
  };
  if (streamChecksum(state) !== row.checksum) {
    throw new Damage(`the row of stream ${JSON.stringify(state.name)} does not fit its checksum`);
  }
  return state;
}

/** Writes rows of the stream table; only the writer has one. */
export class StreamTableWriter extends StreamTable {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;

  constructor(database: DatabaseSync) {
    super(database);
    this.#insert = database.prepare(
      'INSERT INTO streams (name, last_revision, tombstoned, truncate_before, max_count, max_age, checksum) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#update = database.prepare(
      'UPDATE streams SET last_revision = ?, tombstoned = ?, truncate_before = ?, max_count = ?, max_age = ?, ' +
        'checksum = ? WHERE id = ?',
    );
  }

  /** Stores a row, new when its id is 0. @returns its id */
  save(state: StreamState): number {
    const { id, name, revision, tombstoned, truncateBefore, maxCount, maxAge } = state;
    const values = [revision, tombstoned ? 1 : 0, truncateBefore, maxCount, maxAge, streamChecksum(state)];
    if (id === 0) return Number(this.#insert.run(name, ...values).lastInsertRowid);
    this.#update.run(...values, id);
    return id;
  }
}
