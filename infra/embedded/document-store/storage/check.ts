import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Catalog } from './catalog.ts';
import type { Collection, StoredDocument } from './collection.ts';
import { Database, FORMAT_VERSION } from './database.ts';
import { entriesFor, type IndexDefinition } from './index-definition.ts';

const ROWS = 500;

/** What a check looked at, and every fault it found, in words. */
export interface CheckReport {
  readonly documents: number;
  readonly entries: number;
  readonly faults: readonly string[];
}

/**
 * Reads a whole database: SQLite's own integrity check, the checksum of every document, and that every index holds
 * exactly the entries of its documents. The file may be in use.
 */
export function checkDatabase(file: string): CheckReport {
  const sqlite = new DatabaseSync(file, { readOnly: true });
  try {
    const format = sqlite.prepare("SELECT value FROM meta WHERE key = 'format'").get()?.value;
    if (format !== FORMAT_VERSION) return { documents: 0, entries: 0, faults: [`format ${format}`] };
    sqlite.exec('BEGIN');
    const faults = pageFaults(sqlite);
    return faults.length > 0 ? { documents: 0, entries: 0, faults } : checkContents(new Database(sqlite));
  } catch (error) {
    return { documents: 0, entries: 0, faults: [error instanceof Error ? error.message : String(error)] };
  } finally {
    sqlite.close();
  }
}

function pageFaults(sqlite: DatabaseSync): string[] {
  const found = sqlite.prepare('PRAGMA integrity_check').all();
  return found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok');
}

function checkContents(db: Database): CheckReport {
  const faults: string[] = [];
  let documents = 0;
  let entries = 0;
  for (const collection of new Catalog(db).all()) {
    const indexes = collection.indexes.filter(({ ready }) => ready);
    const expected = new Map(indexes.map((index) => [index, 0]));
    for (let row: number | undefined = 0; row !== undefined; ) {
      const chunk: StoredDocument[] = collection.readAfter(row, ROWS);
      for (const stored of chunk) faults.push(...checkEntries(collection, stored, expected));
      documents += chunk.length;
      row = chunk.at(-1)?.row;
    }
    for (const [index, count] of expected) {
      const held = collection.entryCount(index);
      entries += held;
      if (held === count) continue;
      faults.push(`${collection.namespace}: index ${index.name} holds ${held} entries, not ${count}`);
    }
  }
  return { documents, entries, faults };
}

/** Looks for a document's entries in each index and adds their number to what the index should hold. */
function checkEntries(
  collection: Collection,
  { row, document }: StoredDocument,
  expected: Map<IndexDefinition, number>,
): string[] {
  const faults: string[] = [];
  for (const [index, count] of expected) {
    const { entries } = entriesFor(index, document);
    expected.set(index, count + entries.length);
    if (entries.every(({ key }) => collection.hasEntry(index, key, row))) continue;
    faults.push(`${collection.namespace}: index ${index.name} lacks an entry of row ${row}`);
  }
  return faults;
}

/**
 * Copies a folder's database, which may be in use, into a new file: the state of one moment, checked as a whole. To
 * restore, put the file as `documents.db` into an empty folder. Throws, leaving the file, when the copy has faults.
 */
export function backUp(folder: string, file: string): CheckReport {
  const source = join(folder, 'documents.db');
  if (!existsSync(source)) throw new Error(`${folder} holds no documents.db`);
  if (existsSync(file)) throw new Error(`${file} exists already`);
  const sqlite = new DatabaseSync(source, { readOnly: true });
  try {
    sqlite.prepare('VACUUM INTO ?').run(file);
  } finally {
    sqlite.close();
  }
  const handle = openSync(file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  const report = checkDatabase(file);
  if (report.faults.length > 0) throw new Error(`the copy ${file} has faults: ${report.faults[0]}`);
  return report;
}
