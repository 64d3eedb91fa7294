import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrateFrom1 } from './migration.ts';

/** Marks a database as ours: "QPes" in ASCII. */
const APPLICATION_ID = 0x51_50_65_73;
export const FORMAT_VERSION = 2;
/** Databases of this version are brought up to date when they are opened for writing. */
export const OLDEST_FORMAT_VERSION = 1;

const SCHEMA = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_revision INTEGER NOT NULL,
    tombstoned INTEGER NOT NULL DEFAULT 0,
    truncate_before INTEGER NOT NULL DEFAULT 0,
    max_count INTEGER,
    max_age INTEGER,
    checksum INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    is_json INTEGER NOT NULL,
    created INTEGER NOT NULL,
    metadata BLOB NOT NULL,
    data BLOB NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream_id, revision);
  CREATE INDEX events_by_id ON events (stream_id, id);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/**
 * Creates the data folder, readable by its owner only, and makes its directory entry durable.
 * @throws when it cannot be created or written
 */
export function createFolder(folder: string): void {
  try {
    const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (created !== undefined) syncFolder(dirname(created));
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`The data folder ${folder} cannot be written`, { cause });
  }
}

export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const databaseFile = (folder: string): string => join(folder, 'events.db');

export const hasDatabase = (folder: string): boolean => existsSync(databaseFile(folder));

/**
 * Opens the only writing connection, creating the database when the folder has none.
 * @throws when the file is not ours or has another format version
 */
export function openForWriting(folder: string): DatabaseSync {
  const database = new DatabaseSync(databaseFile(folder), { timeout: 10_000 });
  try {
    // FULL makes every commit wait until the WAL is on disk: an acknowledged append survives a power cut.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;');
    database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;');
    if (pragma(database, 'SELECT count(*) AS value FROM sqlite_schema') === 0) {
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    }
    if (checkFormat(database, databaseFile(folder)) === OLDEST_FORMAT_VERSION) migrateFrom1(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a connection that only reads; it never waits for the writer. */
export function openForReading(folder: string): DatabaseSync {
  return openFileForReading(databaseFile(folder));
}

export function openFileForReading(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
}

/** The format version of a database. @throws when it is not ours or its version is unknown */
export function checkFormat(database: DatabaseSync, file: string): number {
  const application = pragma(database, 'SELECT application_id AS value FROM pragma_application_id');
  if (application !== APPLICATION_ID) {
    throw new Error(`${file} was not written by the embedded event store`);
  }
  const version = pragma(database, 'SELECT user_version AS value FROM pragma_user_version');
  if (version < OLDEST_FORMAT_VERSION || version > FORMAT_VERSION) {
    throw new Error(
      `${file} has format version ${version}; this program reads versions ${OLDEST_FORMAT_VERSION} to ` +
        `${FORMAT_VERSION} only`,
    );
  }
  return version;
}

/** The number that a query answers as `value`. */
export function pragma(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.value);
}
