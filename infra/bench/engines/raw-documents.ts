import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BSON } from 'mongodb';
import type { Visit } from './visit.ts';

/**
 * What the document store is compared with: the same documents as BSON under the same index, written and found by
 * SQLite alone in this thread, with every commit on the disk. What is found stays bytes, and a group is summed over
 * columns.
 */
export class RawDocuments {
  readonly #database: DatabaseSync;
  readonly #sql: Statements;

  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, 'raw-documents.db'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 6144;
      CREATE TABLE documents (row INTEGER PRIMARY KEY, id INTEGER UNIQUE, ward INTEGER, n INTEGER, revision INTEGER,
        document BLOB);
      CREATE TABLE entries (ward INTEGER, n INTEGER, row INTEGER, PRIMARY KEY (ward, n, row)) WITHOUT ROWID`);
    this.#sql = prepare(this.#database);
  }

  /** In one commit. */
  insert(visits: readonly Visit[]): void {
    this.#inOneCommit(() => {
      for (const visit of visits) {
        const { _id, ward, n, revision } = visit;
        const { lastInsertRowid } = this.#sql.insert.run(_id, ward, n, revision, BSON.serialize(visit));
        this.#sql.insertEntry.run(ward, n, lastInsertRowid);
      }
    });
  }

  /** In one commit; those that are there must be of an older revision. The index is left as it is. */
  upsert(visits: readonly Visit[]): void {
    this.#inOneCommit(() => {
      for (const visit of visits) {
        const { _id, ward, n, revision } = visit;
        this.#sql.upsert.run(_id, ward, n, revision, BSON.serialize(visit));
      }
    });
  }

  update(visit: Visit): void {
    this.#sql.update.run(BSON.serialize(visit), visit._id);
  }

  findOne(id: number): unknown {
    return this.#sql.findOne.get(id);
  }

  inWard(ward: number): unknown[] {
    return this.#sql.inWard.all(ward);
  }

  firstFromWard(ward: number, limit: number): unknown[] {
    return this.#sql.firstFromWard.all(ward, limit);
  }

  sumsByWard(): unknown[] {
    return this.#sql.sumsByWard.all();
  }

  close(): void {
    this.#database.close();
  }

  #inOneCommit(work: () => void): void {
    this.#database.exec('BEGIN');
    work();
    this.#database.exec('COMMIT');
  }
}

type Statements = Record<
  'insert' | 'insertEntry' | 'upsert' | 'update' | 'findOne' | 'inWard' | 'firstFromWard' | 'sumsByWard',
  StatementSync
>;

function prepare(database: DatabaseSync): Statements {
  return {
    insert: database.prepare(
      'INSERT INTO documents (id, ward, n, revision, document) VALUES (?, ?, ?, ?, ?)',
    ),
    insertEntry: database.prepare('INSERT INTO entries VALUES (?, ?, ?)'),
    upsert: database.prepare(
      `INSERT INTO documents (id, ward, n, revision, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
        SET revision = excluded.revision, document = excluded.document WHERE revision < excluded.revision`,
    ),
    update: database.prepare('UPDATE documents SET document = ? WHERE id = ?'),
    findOne: database.prepare('SELECT document FROM documents WHERE id = ?'),
    inWard: database.prepare(
      'SELECT document FROM entries JOIN documents USING (row) WHERE entries.ward = ?',
    ),
    firstFromWard: database.prepare(
      `SELECT document FROM entries JOIN documents USING (row) WHERE entries.ward >= ?
        ORDER BY entries.ward, entries.n LIMIT ?`,
    ),
    sumsByWard: database.prepare('SELECT ward, sum(n) FROM documents GROUP BY ward'),
  };
}
