import { crc32 } from 'node:zlib';
import { keyOf } from '../bson/keys.ts';
import { int32Value, type RawValue, rawFrom } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { changedFields, idOf } from '../update/updater.ts';
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

/** One entry of an index. */
export interface EntryRow {
  readonly key: Buffer;
  readonly row: number;
}

/** What a count of entries found, and where it has to go on. */
export interface Counted {
  readonly counted: number;
  readonly last: EntryRow | undefined;
}

export interface RangeRow extends StoredDocument, EntryRow {}

/** A chunk of a range, and whether there may be more behind it. */
export interface RangeChunk<T> {
  readonly rows: T[];
  readonly more: boolean;
}

/** Made once, as composing them for every document would cost more than looking up the prepared statement. */
interface DocumentSql {
  readonly read: string;
  readonly readById: string;
  readonly readAfter: string;
  readonly insert: string;
  readonly replace: string;
  readonly remove: string;
}

function documentSql(table: string): DocumentSql {
  return {
    read: `SELECT document, sum FROM ${table} WHERE row = ?`,
    readById: `SELECT row, document, sum FROM ${table} WHERE id = ?`,
    readAfter: `SELECT row, document, sum FROM ${table} WHERE row > ? ORDER BY row LIMIT ?`,
    insert: `INSERT INTO ${table} (id, document, sum) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
    replace: `UPDATE ${table} SET document = ?, sum = ? WHERE row = ?`,
    remove: `DELETE FROM ${table} WHERE row = ?`,
  };
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
  private readonly sql: DocumentSql;

  constructor(db: Database, id: number, database: string, name: string, uuid: Buffer) {
    this.db = db;
    this.id = id;
    this.database = database;
    this.name = name;
    this.uuid = uuid;
    this.table = `documents_${id}`;
    this.sql = documentSql(this.table);
    this.idIndex = indexDefinition(0, ID_SPECIFICATION, { multikey: false, ready: true });
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  createTables(): void {
    this.db.sqlite.exec(
      `CREATE TABLE ${this.table} (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, document BLOB NOT NULL, sum INTEGER)`,
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
    const found = this.db.prepareRows(this.sql.read).get(row) as unknown as
      | [Uint8Array, number | null]
      | undefined;
    return found === undefined ? undefined : this.checked(row, found[0], found[1]);
  }

  /** The document whose `_id` has a key. */
  readById(key: Buffer): StoredDocument | undefined {
    this.refuseWhenDropped();
    const found = this.db.prepareRows(this.sql.readById).get(key) as unknown as
      | [number, Uint8Array, number | null]
      | undefined;
    if (found === undefined) return undefined;
    const [row, document, sum] = found;
    return { row, document: this.checked(row, document, sum) };
  }

  /** A document as it was written. Throws, naming it, when its bytes are not the ones that were stored. */
  private checked(row: unknown, column: unknown, sum: unknown): Buffer {
    const document = bufferOf(column);
    if (sum === null || sum === crc32(document)) return document;
    throw new CommandError(
      1,
      `a page of ${this.namespace} is damaged: the document in row ${row} is not what was stored`,
    );
  }

  /** The documents in storage order after a row. */
  readAfter(row: number, limit: number): StoredDocument[] {
    this.refuseWhenDropped();
    return take(this.db.prepareRows(this.sql.readAfter).iterate(row, limit), (columns) => ({
      row: columns[0] as number,
      document: this.checked(columns[0], columns[1], columns[2]),
    }));
  }

  /** The documents whose key in an index is in `[low, high)`, in key order. */
  readRange(index: IndexDefinition, request: RangeRequest): RangeChunk<RangeRow> {
    const [table, key] = this.entryTable(index);
    const from =
      index === this.idIndex
        ? `SELECT e.id, e.row, e.document, e.sum FROM ${table} e`
        : `SELECT e.key, e.row, d.document, d.sum FROM ${table} e CROSS JOIN ${this.table} d ON d.row = e.row`;
    const rows = take(
      this.range(index, `${from} ${conditions(key, request.reverse)}`, request),
      (columns) => ({
        key: bufferOf(columns[0]),
        row: columns[1] as number,
        document: this.checked(columns[1], columns[2], columns[3]),
      }),
    );
    const bytes = rows.reduce((sum, { document }) => sum + document.length, 0);
    return { rows, more: rows.length === request.limit || bytes >= CHUNK_BYTES };
  }

  /** The entries of an index in `[low, high)`, in key order, without their documents. */
  readEntries(index: IndexDefinition, request: RangeRequest): RangeChunk<EntryRow> {
    const [table, key] = this.entryTable(index);
    const sql = `SELECT e.${key}, e.row FROM ${table} e ${conditions(key, request.reverse)}`;
    const rows: EntryRow[] = [];
    for (const columns of this.range(index, sql, request) as Iterable<readonly unknown[]>)
      rows.push({ key: bufferOf(columns[0]), row: columns[1] as number });
    return { rows, more: rows.length === request.limit };
  }

  private range(index: IndexDefinition, sql: string, request: RangeRequest): Iterable<unknown> {
    this.refuseWhenDropped();
    if (index.dropped) throw new CommandError(175, `index ${index.name} was dropped during the query`);
    const { low, high, reverse, after, limit } = request;
    const from = after ?? { key: reverse ? high : low, row: BEFORE_ALL_ROWS };
    return this.db.prepareRows(sql).iterate(from.key, from.row, reverse ? low : high, limit);
  }

  private entryTable(index: IndexDefinition): [table: string, key: string] {
    return index === this.idIndex ? [this.table, 'id'] : [index.table, 'key'];
  }

  /** At least the number of documents; far above it only when many were deleted. */
  roughCount(): number {
    const [row] = this.db.prepareRows(`SELECT max(row) FROM ${this.table} `).all() as unknown as [
      number | null,
    ][];
    return row?.[0] ?? 0;
  }

  /** How many entries a key range holds, counted up to `cap`. */
  estimate(index: IndexDefinition, low: Buffer, high: Buffer, cap: number): number {
    const [table, key] = this.entryTable(index);
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${key} >= ? AND ${key} < ? LIMIT ?)`;
    const [row] = this.db.prepareRows(sql).all(low, high, cap) as unknown as [number][];
    return row?.[0] ?? 0;
  }

  /** Counts up to `limit` entries behind a place in an index, and tells the last place when there may be more. */
  countFrom(index: IndexDefinition, from: EntryRow, high: Buffer, limit: number): Counted {
    const range = this.behind(index);
    const sql = `SELECT count(*) FROM (SELECT 1 ${range} LIMIT ?)`;
    const [row] = this.db.prepareRows(sql).all(from.key, from.row, high, limit) as unknown as [number][];
    const counted = row?.[0] ?? 0;
    return { counted, last: this.placeOf(index, from, high, counted, limit) };
  }

  /** The rows of up to `limit` entries behind a place in an index. */
  rowsFrom(
    index: IndexDefinition,
    from: EntryRow,
    high: Buffer,
    limit: number,
  ): Counted & { rows: number[] } {
    const [, key] = this.entryTable(index);
    const sql = `SELECT e.row ${this.behind(index)} ORDER BY e.${key}, e.row LIMIT ?`;
    const found = this.db.prepareRows(sql).all(from.key, from.row, high, limit) as unknown as [number][];
    const counted = found.length;
    return {
      rows: found.map(([row]) => row),
      counted,
      last: this.placeOf(index, from, high, counted, limit),
    };
  }

  private behind(index: IndexDefinition): string {
    this.refuseWhenDropped();
    if (index.dropped) throw new CommandError(175, `index ${index.name} was dropped during the query`);
    const [table, key] = this.entryTable(index);
    return `FROM ${table} e WHERE (e.${key}, e.row) > (?, ?) AND e.${key} < ?`;
  }

  private placeOf(
    index: IndexDefinition,
    from: EntryRow,
    high: Buffer,
    counted: number,
    limit: number,
  ): EntryRow | undefined {
    if (counted < limit) return undefined;
    const [, key] = this.entryTable(index);
    const sql = `SELECT e.${key}, e.row ${this.behind(index)} ORDER BY e.${key}, e.row LIMIT 1 OFFSET ?`;
    const [place] = this.db.prepareRows(sql).all(from.key, from.row, high, limit - 1) as unknown as [
      [Uint8Array, number] | undefined,
    ];
    return place && { key: bufferOf(place[0]), row: place[1] };
  }

  private refuseWhenDropped(): void {
    if (this.dropped)
      throw new CommandError(175, `collection ${this.namespace} was dropped during the query`);
  }

  /** Stores a new document. Throws DuplicateKeyError; the caller's savepoint takes back what was written. */
  insert(document: Buffer): void {
    const id = idOf(document);
    const insertion = this.db.prepare(this.sql.insert);
    const { changes, lastInsertRowid } = insertion.run(keyOf(id), document, crc32(document));
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
    this.db.prepare(this.sql.replace).run(document, crc32(document), stored.row);
    const changed = changedFields(stored.document, document);
    for (const index of this.indexes)
      if (isAffected(index, changed)) this.replaceEntries(index, stored, document);
    this.changes += 1;
  }

  private replaceEntries(index: IndexDefinition, stored: StoredDocument, document: Buffer): void {
    const before = entriesFor(index, stored.document).entries;
    const { entries, throughArray } = entriesFor(index, document);
    if (throughArray) this.markMultikey(index);
    const [old, now] = [keysOf(before), keysOf(entries)];
    for (const [key, entry] of old) if (!now.has(key)) this.removeEntry(index, entry, stored.row);
    for (const [key, entry] of now) if (!old.has(key)) this.addEntry(index, entry, stored.row);
  }

  remove(stored: StoredDocument): void {
    for (const index of this.indexes) {
      for (const entry of entriesFor(index, stored.document).entries)
        this.removeEntry(index, entry, stored.row);
    }
    this.db.prepare(this.sql.remove).run(stored.row);
    this.changes += 1;
  }

  /** Adds the entries of a document; does nothing for those that are there already. */
  addEntries(index: IndexDefinition, row: number, document: Buffer): void {
    const { entries, throughArray } = entriesFor(index, document);
    if (throughArray) this.markMultikey(index);
    for (const entry of entries) this.addEntry(index, entry, row);
  }

  /** Whether an index holds an entry. */
  hasEntry(index: IndexDefinition, key: Buffer, row: number): boolean {
    return this.db.prepareRows(index.sql.has).get(key, row) !== undefined;
  }

  /** How many entries an index holds. */
  entryCount(index: IndexDefinition): number {
    const [row] = this.db.prepareRows(`SELECT count(*) FROM ${index.table} `).all() as unknown as [number][];
    return row?.[0] ?? 0;
  }

  private addEntry(index: IndexDefinition, entry: IndexEntry, row: number): void {
    if (index.unique) this.refuseTaken(index, entry, row);
    this.db.prepare(index.sql.add).run(entry.key, row);
  }

  private refuseTaken(index: IndexDefinition, entry: IndexEntry, row: number): void {
    if (this.db.prepareRows(index.sql.taken).get(entry.key, row) === undefined) return;
    throw new DuplicateKeyError(this.namespace, index.name, index.keyPattern, keyValueOf(index, entry));
  }

  private removeEntry(index: IndexDefinition, entry: IndexEntry, row: number): void {
    this.db.prepare(index.sql.remove).run(entry.key, row);
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

function keysOf(entries: readonly IndexEntry[]): Map<string, IndexEntry> {
  return new Map(entries.map((entry) => [entry.key.toString('latin1'), entry]));
}

/** Whether a change of these fields may change what the index holds. */
function isAffected({ readsFields }: IndexDefinition, changed: ReadonlySet<string>): boolean {
  return readsFields.some((name) => changed.has(name));
}

function conditions(key: string, reverse: boolean): string {
  return reverse
    ? `WHERE (e.${key}, e.row) < (?, ?) AND e.${key} >= ? ORDER BY e.${key} DESC, e.row DESC LIMIT ?`
    : `WHERE (e.${key}, e.row) > (?, ?) AND e.${key} < ? ORDER BY e.${key}, e.row LIMIT ?`;
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
