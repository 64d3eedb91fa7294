import { randomBytes } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { Collection } from './collection.ts';
import { bufferOf, type Database } from './database.ts';
import { type IndexDefinition, indexDefinition } from './index-definition.ts';

/** Collections and their indexes. Changing methods must run inside the transaction of the group commit. */
export class Catalog {
  private readonly db: Database;
  private readonly collections = new Map<string, Collection>();

  constructor(db: Database) {
    this.db = db;
    this.load();
  }

  private load(): void {
    for (const row of this.db.prepare('SELECT id, database, name, uuid FROM collections').all()) {
      const { id, database, name, uuid } = row as {
        id: number;
        database: string;
        name: string;
        uuid: Uint8Array;
      };
      const collection = new Collection(this.db, id, database, name, bufferOf(uuid));
      this.collections.set(collection.namespace, collection);
      collection.indexes = this.loadIndexes(id);
    }
  }

  private loadIndexes(collection: number): IndexDefinition[] {
    const sql = 'SELECT id, specification, multikey, ready FROM indexes WHERE collection = ? ORDER BY id';
    return this.db
      .prepare(sql)
      .all(collection)
      .map((row) => {
        const state = { multikey: row.multikey === 1, ready: row.ready === 1 };
        return indexDefinition(Number(row.id), Buffer.from(bufferOf(row.specification)), state);
      });
  }

  find(database: string, name: string): Collection | undefined {
    return this.collections.get(`${database}.${name}`);
  }

  inDatabase(database: string): Collection[] {
    return [...this.collections.values()].filter((collection) => collection.database === database);
  }

  databases(): string[] {
    return [...new Set([...this.collections.values()].map(({ database }) => database))].sort();
  }

  all(): Collection[] {
    return [...this.collections.values()];
  }

  /** The collection, made when it does not exist. */
  ensure(database: string, name: string): Collection {
    return this.find(database, name) ?? this.create(database, name);
  }

  private create(database: string, name: string): Collection {
    checkNamespace(database, name);
    const uuid = randomBytes(16);
    const sql = 'INSERT INTO collections (database, name, uuid) VALUES (?, ?, ?)';
    const { lastInsertRowid } = this.db.prepare(sql).run(database, name, uuid);
    const collection = new Collection(this.db, Number(lastInsertRowid), database, name, uuid);
    collection.createTables();
    this.collections.set(collection.namespace, collection);
    this.db.onRollback(() => this.collections.delete(collection.namespace));
    return collection;
  }

  /** Forgets a collection; its tables are emptied later, piece by piece. */
  drop(collection: Collection): void {
    for (const index of [...collection.indexes]) this.dropIndex(collection, index);
    this.db.prepare('DELETE FROM collections WHERE id = ?').run(collection.id);
    this.discard(`documents_${collection.id}`);
    this.collections.delete(collection.namespace);
    collection.dropped = true;
    this.db.onRollback(() => {
      collection.dropped = false;
      this.collections.set(collection.namespace, collection);
    });
  }

  /** Gives a collection another name; open cursors on the old name end. */
  rename(collection: Collection, database: string, name: string): void {
    checkNamespace(database, name);
    this.db
      .prepare('UPDATE collections SET database = ?, name = ? WHERE id = ?')
      .run(database, name, collection.id);
    const renamed = new Collection(this.db, collection.id, database, name, collection.uuid);
    renamed.indexes = collection.indexes;
    this.collections.delete(collection.namespace);
    this.collections.set(renamed.namespace, renamed);
    collection.dropped = true;
    this.db.onRollback(() => {
      collection.dropped = false;
      this.collections.delete(renamed.namespace);
      this.collections.set(collection.namespace, collection);
    });
  }

  /** Registers an index that is not ready: it is kept up to date by writes but answers no queries yet. */
  addIndex(collection: Collection, specification: Buffer): IndexDefinition {
    const sql = 'INSERT INTO indexes (collection, specification, multikey, ready) VALUES (?, ?, 0, 0)';
    const { lastInsertRowid } = this.db.prepare(sql).run(collection.id, specification);
    const index = indexDefinition(Number(lastInsertRowid), specification, { multikey: false, ready: false });
    this.db.sqlite.exec(
      `CREATE TABLE ${index.table} (key BLOB NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (key, row)) WITHOUT ROWID`,
    );
    collection.indexes.push(index);
    this.db.onRollback(() => {
      collection.indexes = collection.indexes.filter((other) => other !== index);
    });
    return index;
  }

  markReady(index: IndexDefinition): void {
    this.db.prepare('UPDATE indexes SET ready = 1 WHERE id = ?').run(index.id);
    index.ready = true;
    this.db.onRollback(() => {
      index.ready = false;
    });
  }

  dropIndex(collection: Collection, index: IndexDefinition): void {
    const before = collection.indexes;
    this.db.prepare('DELETE FROM indexes WHERE id = ?').run(index.id);
    this.discard(index.table);
    collection.indexes = before.filter((other) => other !== index);
    index.dropped = true;
    this.db.onRollback(() => {
      index.dropped = false;
      collection.indexes = before;
    });
  }

  private discard(table: string): void {
    this.db.prepare('INSERT INTO trash (name) VALUES (?)').run(table);
  }

  /** The next table to empty, or undefined. */
  discarded(): string | undefined {
    const row = this.db.prepare('SELECT name FROM trash LIMIT 1').get();
    return row === undefined ? undefined : String(row.name);
  }
}

/** Database and collection names as MongoDB allows them (InvalidNamespace, 73). */
export function checkNamespace(database: string, name: string): void {
  if (!/^[^/\\. "$*<>:|?\0]{1,63}$/.test(database))
    throw new CommandError(73, `Invalid database name: '${database}'`);
  const full = `${database}.${name}`;
  const valid = name !== '' && !/[$\0]/.test(name) && !name.startsWith('.') && !name.endsWith('.');
  if (!valid || name.startsWith('system.') || Buffer.byteLength(full) > 255) {
    throw new CommandError(73, `Invalid collection name: '${full}'`);
  }
}
