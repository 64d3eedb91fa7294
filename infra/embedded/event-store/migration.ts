import type { DatabaseSync } from 'node:sqlite';
import { eventChecksum, streamChecksum } from './checksum.ts';
import { absentStream } from './stream-table.ts';

const FROM_1 = `
  ALTER TABLE streams ADD COLUMN tombstoned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE streams ADD COLUMN truncate_before INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE streams ADD COLUMN max_count INTEGER;
  ALTER TABLE streams ADD COLUMN max_age INTEGER;
  ALTER TABLE streams ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE events ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
  UPDATE streams SET checksum = stream_checksum(name, last_revision);
  UPDATE events SET checksum = event_checksum(
    position, (SELECT name FROM streams WHERE streams.id = stream_id), revision, events.id, type, is_json, created,
    metadata, data
  );
  PRAGMA user_version = 2;
`;

type EventValues = readonly [
  number,
  string,
  number,
  Uint8Array,
  string,
  number,
  number,
  Uint8Array,
  Uint8Array,
];

/** Brings a database of format 1, which had no checksums and no stream metadata, to format 2 in one transaction. */
export function migrateFrom1(database: DatabaseSync): void {
  database.function('stream_checksum', (name, revision) =>
    streamChecksum({ ...absentStream(String(name)), revision: Number(revision) }),
  );
  database.function('event_checksum', { varargs: true }, (...values) => {
    const [position, stream, revision, id, type, isJson, created, metadata, data] =
      values as unknown as EventValues;
    const event = { position, stream, revision, id, type, isJson: isJson === 1, created, metadata, data };
    return eventChecksum(event);
  });
  database.exec(`BEGIN IMMEDIATE; ${FROM_1} COMMIT;`);
}
