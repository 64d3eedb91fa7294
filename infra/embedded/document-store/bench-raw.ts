import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { serialize } from 'bson';

/** Documents written in one transaction. */
const BATCH = 1000;

/**
 * The same work done straight on SQLite in this thread, with the same tables, durability and documents as BSON:
 * what the store is compared with.
 */
export class RawStore {
  private readonly db: DatabaseSync;

  constructor(folder: string) {
    this.db = new DatabaseSync(join(folder, 'raw.db'));
    this.db.exec(`PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 6144;
      CREATE TABLE documents (row INTEGER PRIMARY KEY, id INTEGER UNIQUE, ward INTEGER, n INTEGER, document BLOB);
      CREATE TABLE entries (ward INTEGER, n INTEGER, row INTEGER, PRIMARY KEY (ward, n, row)) WITHOUT ROWID`);
  }

  insert(count: number, make: (i: number) => { _id: number; ward: number; n: number }): void {
    const document = this.db.prepare('INSERT INTO documents (id, ward, n, document) VALUES (?, ?, ?, ?)');
    const entry = this.db.prepare('INSERT INTO entries VALUES (?, ?, ?)');
    for (let from = 0; from < count; from += BATCH) {
      this.db.exec('BEGIN');
      for (let i = from; i < Math.min(count, from + BATCH); i += 1) {
        const made = make(i);
        const { lastInsertRowid } = document.run(made._id, made.ward, made.n, serialize(made));
        entry.run(made.ward, made.n, lastInsertRowid);
      }
      this.db.exec('COMMIT');
    }
  }

  findOne(id: number): unknown {
    return this.db.prepare('SELECT document FROM documents WHERE id = ?').get(id);
  }

  find(ward: number): unknown[] {
    const sql = 'SELECT document FROM entries JOIN documents USING (row) WHERE entries.ward = ?';
    return this.db.prepare(sql).all(ward);
  }

  sorted(ward: number): unknown[] {
    const sql =
      'SELECT document FROM entries e JOIN documents USING (row) WHERE e.ward >= ? ORDER BY e.ward, e.n LIMIT 20';
    return this.db.prepare(sql).all(ward);
  }

  update(id: number, document: object): void {
    this.db.prepare('UPDATE documents SET document = ? WHERE id = ?').run(serialize(document), id);
  }

  group(): unknown[] {
    return this.db.prepare('SELECT ward, sum(n) FROM documents GROUP BY ward').all();
  }

  close(): void {
    this.db.close();
  }
}
