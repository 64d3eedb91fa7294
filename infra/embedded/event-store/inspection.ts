import type { DatabaseSync } from 'node:sqlite';
import { Damage, namingDamage } from './damage.ts';
import {
  checkFormat,
  databaseFile,
  FORMAT_VERSION,
  hasDatabase,
  openFileForReading,
  pragma,
} from './database.ts';
import { StoreReader } from './store-reader.ts';
import { type StreamRow, toState } from './stream-table.ts';
import { readWatermark } from './watermark.ts';

/**
 * Up to this size SQLite's own check of the whole file runs at every start; it cannot be interrupted by time. Not its
 * quick check, which would miss an index that hides rows.
 */
const WHOLE_CHECK_BYTES = 16 * 1024 * 1024;
/** Newest events whose checksums are verified at every start, and the milliseconds that may take. */
const TAIL_EVENTS = 10_000;
const TAIL_MS = 500;

/** What a full check found in order. */
export interface CheckReport {
  readonly events: number;
  readonly streams: number;
}

function withDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  return namingDamage(file, () => {
    const database = openFileForReading(file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  });
}

/**
 * The check at every start, on a connection that changes nothing: the log reaches as far as appends were
 * acknowledged, SQLite's own check while the file is small, and the newest events fit their checksums.
 * @throws Damage when something is broken or missing
 */
export function inspectFolder(folder: string): void {
  if (!hasDatabase(folder)) {
    const acknowledged = readWatermark(folder);
    if (acknowledged > 0) throw new Damage(`${databaseFile(folder)} is missing`);
    return;
  }
  const file = databaseFile(folder);
  withDatabase(file, (database) => {
    if (pragma(database, 'SELECT count(*) AS value FROM sqlite_schema') === 0) {
      verifyReach(0, readWatermark(folder), file);
      return;
    }
    const version = checkFormat(database, file);
    if (databaseBytes(database) <= WHOLE_CHECK_BYTES) runSqliteCheck(database, file);
    if (version !== FORMAT_VERSION) return;
    const reader = new StoreReader(database, file);
    verifyReach(reader.head(), readWatermark(folder), file);
    verifyTail(reader);
  });
}

/**
 * The whole check of a database file: SQLite's structure and indexes, every checksum, no gap in the positions.
 * @throws Damage when something is broken
 */
export function checkFile(file: string, acknowledged = 0): CheckReport {
  return withDatabase(file, (database) => {
    const version = checkFormat(database, file);
    if (version !== FORMAT_VERSION)
      throw new Error(`${file} has format version ${version}; start the engine on it once`);
    runSqliteCheck(database, file);
    const reader = new StoreReader(database, file);
    const events = verifyFrom(reader, 1, Number.POSITIVE_INFINITY);
    verifyReach(Math.max(events, reader.head()), acknowledged, file);
    return { events, streams: verifyStreams(database) };
  });
}

function databaseBytes(database: DatabaseSync): number {
  const pages = pragma(database, 'SELECT page_count AS value FROM pragma_page_count');
  return pages * pragma(database, 'SELECT page_size AS value FROM pragma_page_size');
}

function runSqliteCheck(database: DatabaseSync, file: string): void {
  const found = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
  if (found !== 'ok') throw new Damage(`SQLite's check of ${file} says: ${String(found)}`);
}

function verifyReach(head: number, acknowledged: number, file: string): void {
  if (head >= acknowledged) return;
  throw new Damage(
    `${file} ends at position ${head}, but appends up to position ${acknowledged} were acknowledged; its ` +
      'write-ahead log (-wal) is broken or missing',
  );
}

function verifyTail(reader: StoreReader): void {
  const end = performance.now() + TAIL_MS;
  verifyFrom(reader, Math.max(1, reader.head() - TAIL_EVENTS + 1), end);
}

/** Reads, and thereby verifies, $all from a position on; ends early at `until`. @returns the events verified */
function verifyFrom(reader: StoreReader, position: number, until: number): number {
  let from = position;
  for (;;) {
    const page = reader.page({ stream: undefined, from, backwards: false }, Number.POSITIVE_INFINITY);
    from = (page.events.at(-1)?.position ?? from - 1) + 1;
    if (page.atEnd || performance.now() > until) return from - position;
  }
}

function verifyStreams(database: DatabaseSync): number {
  let streams = 0;
  for (const row of database.prepare('SELECT * FROM streams').iterate()) {
    toState(row as unknown as StreamRow);
    streams += 1;
  }
  return streams;
}
