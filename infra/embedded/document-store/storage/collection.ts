import { keyOf } from '../bson/keys.ts';
import { int32Value, type RawValue, rawFrom } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { idOf } from '../update/updater.ts';
import { bufferOf, type Database } from './database.ts';
import { DuplicateKeyError } from './duplicate-key.ts';
import {
  entriesFor,
  type IndexDefinition,
  type IndexEntry,
  indexDefinition,
  keyValueOf,
} from './index-definition.ts';

/** A stored document and the row it is kept in. */
export interface StoredDocument {
  readonly row: number;
  readonly document: Buffer;
}

export const ID_INDEX_NAME = '_id_';

const ID_SPECIFICATION = documentOf([
  ['v', int32Value(2)],
  ['key', rawFrom({ _id: 1 })],
  ['name', rawFrom(ID_INDEX_NAME)],
]);

/** Rows are numbered from 1, so this sorts before all of them. */
const BEFORE_ALL_ROWS = -1;

/** One chunk of a scan over a key range. */
export interface RangeRequest {
  readonly low: Buffer;
  readonly high: Buffer;
  readonly reverse: boolean;
  /** Where the chunk before ended. */
  readonly after: { readonly key: Buffer; readonly row: number } | undefined;
  readonly limit: number;
}

export interface RangeRow extends StoredDocument {
  readonly key: Buffer;
}

/** Stop reading a chunk when it holds this many bytes. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The documents of one collection and their index entries. All writing methods must run inside the transaction of
 * the group commit.
 */
export class Collection {
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly uuid: Buffer;
  readonly idIndex: IndexDefinition;
  indexes: IndexDefinition[] = [];
  dropped = false;
  /** Counts changes, so that a decision made after a slow scan can tell whether it still holds. */
  changes = 0;
  private readonly db: Database;
  private readonly table: string;

  constructor(db: Database, id: number, database: string, name: string, uuid: Buffer) {
    this.db = db;
    this.id = id;
    this.database = database;
    this.name = name;
    this.uuid = uuid;
    this.table = `documents_${id}`;
    this.idIndex = indexDefinition(0, ID_SPECIFICATION, { multikey: false, ready: true });
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  createTables(): void {
    this.db.sqlite.exec(
      `CREATE TABLE ${this.table} (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, document BLOB NOT NULL)`,
    );
  }

  /** Every index that answers queries, the one on `_id` first. */
  usableIndexes(): IndexDefinition[] {
    return [this.idIndex, ...this.indexes.filter(({ ready }) => ready)];
  }

  /** The number of documents. */
  count(): number {
    const [row] = this.db.prepareRows(`SELECT count(*) FROM ${this.table} `).all() as unknown as [number][];
    return row?.[0] ?? 0;
  }

  read(row: number): Buffer | undefined {
    const sql = `SELECT document FROM ${this.table} WHERE row = ?`;
    const found = this.db.prepareRows(sql).get(row) as unknown as [Uint8Array] | undefined;
    return found === undefined ? undefined : bufferOf(found[0]);
  }

  /** The document whose `_id` has a key. */
  readById(key: Buffer): StoredDocument | undefined {
    this.refuseWhenDropped();
    const sql = `SELECT row, document FROM ${this.table} WHERE id = ?`;
    const found = this.db.prepareRows(sql).get(key) as unknown as [number, Uint8Array] | undefined;
    return found === undefined ? undefined : { row: found[0], document: bufferOf(found[1]) };
  }

  /** The documents in storage order after a row. */
  readAfter(row: number, limit: number): StoredDocument[] {
    this.refuseWhenDropped();
    const sql = `SELECT row, document FROM ${this.table} WHERE row > ? ORDER BY row LIMIT ?`;
    return take(this.db.prepareRows(sql).iterate(row, limit), (columns) => ({
      row: columns[0] as number,
      document: bufferOf(columns[1]),
    }));
  }

  /** The documents whose key in an index is in `[low, high)`, in key order. */
  readRange(index: IndexDefinition, request: RangeRequest): RangeRow[] {
    this.refuseWhenDropped();
    if (index.dropped) throw new CommandError(175, `index ${index.name} was dropped during the query`);
    const { low, high, reverse, after } = request;
    const sql = index === this.idIndex ? this.idRangeSql(reverse) : this.entryRangeSql(index, reverse);
    const from = after ?? { key: reverse ? high : low, row: BEFORE_ALL_ROWS };
    const rows = this.db.prepareRows(sql).iterate(from.key, from.row, reverse ? low : high, request.limit);
    return take(rows, (columns) => ({
      key: bufferOf(columns[0]),
      row: columns[1] as number,
      document: bufferOf(columns[2]),
    }));
  }

  private idRangeSql(reverse: boolean): string {
    return reverse
      ? `SELECT id, row, document FROM ${this.table} WHERE (id, row) < (?, ?) AND id >= ? ORDER BY id DESC LIMIT ?`
      : `SELECT id, row, document FROM ${this.table} WHERE (id, row) > (?, ?) AND id < ? ORDER BY id LIMIT ?`;
  }

  private entryRangeSql(index: IndexDefinition, reverse: boolean): string {
    const from = `SELECT e.key, e.row, d.document FROM ${index.table} e CROSS JOIN ${this.table} d ON d.row = e.row`;
    return reverse
      ? `${from} WHERE (e.key, e.row) < (?, ?) AND e.key >= ? ORDER BY e.key DESC, e.row DESC LIMIT ?`
      : `${from} WHERE (e.key, e.row) > (?, ?) AND e.key < ? ORDER BY e.key, e.row LIMIT ?`;
  }

  /** How many entries a key range holds, counted up to `cap`. */
  estimate(index: IndexDefinition, low: Buffer, high: Buffer, cap: number): number {
    const [table, key] = index === this.idIndex ? [this.table, 'id'] : [index.table, 'key'];
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${key} >= ? AND ${key} < ? LIMIT ?)`;
    const [row] = this.db.prepareRows(sql).all(low, high, cap) as unknown as [number][];
    return row?.[0] ?? 0;
  }

  private refuseWhenDropped(): void {
    if (this.dropped)
      throw new CommandError(175, `collection ${this.namespace} was dropped during the query`);
  }

  /** Stores a new document. Throws DuplicateKeyError; the caller's savepoint takes back what was written. */
  insert(document: Buffer): void {
    const id = idOf(document);
    const sql = `INSERT INTO ${this.table} (id, document) VALUES (?, ?) ON CONFLICT DO NOTHING`;
    const { changes, lastInsertRowid } = this.db.prepare(sql).run(keyOf(id), document);
    if (changes === 0) throw this.duplicateId(id);
    for (const index of this.indexes) this.addEntries(index, Number(lastInsertRowid), document);
    this.changes += 1;
  }

  private duplicateId(id: RawValue): DuplicateKeyError {
    const keyValue = documentOf([['_id', id]]);
    return new DuplicateKeyError(this.namespace, ID_INDEX_NAME, this.idIndex.keyPattern, keyValue);
  }

  /** Replaces a document that keeps its `_id`. */
  replace(stored: StoredDocument, document: Buffer): void {
    this.db.prepare(`UPDATE ${this.table} SET document = ? WHERE row = ?`).run(document, stored.row);
    for (const index of this.indexes) this.replaceEntries(index, stored, document);
    this.changes += 1;
  }

  private replaceEntries(index: IndexDefinition, stored: StoredDocument, document: Buffer): void {
    const before = entriesFor(index, stored.document).entries;
    const { entries, throughArray } = entriesFor(index, document);
    if (throughArray) this.markMultikey(index);
    const removed = without(before, entries);
    const added = without(entries, before);
    for (const entry of removed) this.removeEntry(index, entry, stored.row);
    for (const entry of added) this.addEntry(index, entry, stored.row);
  }

  remove(stored: StoredDocument): void {
    for (const index of this.indexes) {
      for (const entry of entriesFor(index, stored.document).entries)
        this.removeEntry(index, entry, stored.row);
    }
    this.db.prepare(`DELETE FROM ${this.table} WHERE row = ?`).run(stored.row);
    this.changes += 1;
  }

  /** Adds the entries of a document; does nothing for those that are there already. */
  addEntries(index: IndexDefinition, row: number, document: Buffer): void {
    const { entries, throughArray } = entriesFor(index, document);
    if (throughArray) this.markMultikey(index);
    for (const entry of entries) this.addEntry(index, entry, row);
  }

  private addEntry(index: IndexDefinition, entry: IndexEntry, row: number): void {
    if (index.unique) this.refuseTaken(index, entry, row);
    this.db
      .prepare(`INSERT INTO ${index.table} (key, row) VALUES (?, ?) ON CONFLICT DO NOTHING`)
      .run(entry.key, row);
  }

  private refuseTaken(index: IndexDefinition, entry: IndexEntry, row: number): void {
    const sql = `SELECT row FROM ${index.table} WHERE key = ? AND row <> ? LIMIT 1`;
    if (this.db.prepareRows(sql).get(entry.key, row) === undefined) return;
    throw new DuplicateKeyError(this.namespace, index.name, index.keyPattern, keyValueOf(index, entry));
  }

  private removeEntry(index: IndexDefinition, entry: IndexEntry, row: number): void {
    this.db.prepare(`DELETE FROM ${index.table} WHERE key = ? AND row = ?`).run(entry.key, row);
  }

  private markMultikey(index: IndexDefinition): void {
    if (index.multikey) return;
    this.db.prepare('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
    this.db.onRollback(() => {
      index.multikey = false;
    });
  }
}

function without(entries: readonly IndexEntry[], others: readonly IndexEntry[]): IndexEntry[] {
  return entries.filter((entry) => !others.some((other) => other.key.equals(entry.key)));
}

function take<T extends StoredDocument>(
  rows: Iterable<unknown>,
  read: (columns: readonly unknown[]) => T,
): T[] {
  const taken: T[] = [];
  let bytes = 0;
  for (const columns of rows as Iterable<readonly unknown[]>) {
    const row = read(columns);
    taken.push(row);
    bytes += row.document.length;
    if (bytes >= CHUNK_BYTES) break;
  }
  return taken;
}
