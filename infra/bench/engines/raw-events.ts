import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What the event store is compared with: rows of the same content, under the same two indexes, committed and read by
 * SQLite alone in this thread, with every commit on the disk.
 */
export class RawEvents {
  readonly #database: DatabaseSync;
  readonly #metadata: Uint8Array;
  readonly #data: Uint8Array;
  #rows = 0;

  constructor(folder: string, metadata: object, data: object) {
    this.#metadata = Buffer.from(JSON.stringify(metadata));
    this.#data = Buffer.from(JSON.stringify(data));
    this.#database = new DatabaseSync(join(folder, 'raw-events.db'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
      CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id INTEGER, revision INTEGER, id BLOB, type TEXT,
        created INTEGER, metadata BLOB, data BLOB);
      CREATE UNIQUE INDEX by_revision ON events (stream_id, revision);
      CREATE INDEX by_id ON events (stream_id, id)`);
  }

  /** Rows a second when so many are committed at a time. */
  appendsPerSecond(batch: number, seconds: number): number {
    const [begun, before] = [performance.now(), this.#rows];
    const elapsed = () => (performance.now() - begun) / 1000;
    while (elapsed() < seconds) this.#commit(batch);
    return (this.#rows - before) / elapsed();
  }

  /** Reads the first rows, all columns; adds what is missing first. */
  readsPerSecond(rows: number): number {
    while (this.#rows < rows) this.#commit(1000);
    const statement = this.#database.prepare('SELECT * FROM events ORDER BY position LIMIT ?');
    const begun = performance.now();
    let read = 0;
    for (const _ of statement.iterate(rows)) read += 1;
    return (read * 1000) / (performance.now() - begun);
  }

  close(): void {
    this.#database.close();
  }

  #commit(batch: number): void {
    const insert = this.#database.prepare("INSERT INTO events VALUES (?, ?, 0, ?, 'Measured', ?, ?, ?)");
    this.#database.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < batch; n++) {
      this.#rows += 1;
      insert.run(this.#rows, this.#rows, randomBytes(16), Date.now(), this.#metadata, this.#data);
    }
    this.#database.exec('COMMIT');
  }
}
