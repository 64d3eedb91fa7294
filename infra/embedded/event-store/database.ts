import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Marks a database as ours: "QPes" in ASCII. */
const APPLICATION_ID = 0x51_50_65_73;
const FORMAT_VERSION = 1;

const SCHEMA = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_revision INTEGER NOT NULL
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
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream_id, revision);
  CREATE INDEX events_by_id ON events (stream_id, id);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};
`;

/** Creates the data folder, readable by its owner only, and makes its directory entry durable. */
export function createFolder(folder: string): void {
  const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (created !== undefined) syncFolder(dirname(created));
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const databaseFile = (folder: string): string => join(folder, 'events.db');

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
    createOrCheckFormat(database, folder);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a connection that only reads; it never waits for the writer. */
export function openForReading(folder: string): DatabaseSync {
  return new DatabaseSync(databaseFile(folder), { readOnly: true, timeout: 10_000 });
}

function createOrCheckFormat(database: DatabaseSync, folder: string): void {
  const tables = pragma(database, 'SELECT count(*) AS value FROM sqlite_schema');
  if (tables === 0) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    return;
  }
  const application = pragma(database, 'SELECT application_id AS value FROM pragma_application_id');
  if (application !== APPLICATION_ID) {
    throw new Error(`${databaseFile(folder)} was not written by the embedded event store`);
  }
  const version = pragma(database, 'SELECT user_version AS value FROM pragma_user_version');
  if (version !== FORMAT_VERSION) {
    throw new Error(
      `${databaseFile(folder)} has format version ${version}; this program reads version ${FORMAT_VERSION} only`,
    );
  }
}

function pragma(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.value);
}
