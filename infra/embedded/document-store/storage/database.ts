import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** The layout this code reads and writes; a folder with any other is refused. */
export const FORMAT_VERSION = '2';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    database TEXT NOT NULL,
    name TEXT NOT NULL,
    uuid BLOB NOT NULL,
    UNIQUE (database, name)
  );
  CREATE TABLE IF NOT EXISTS indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL,
    specification BLOB NOT NULL,
    multikey INTEGER NOT NULL,
    ready INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS trash (name TEXT PRIMARY KEY);
`;

/** SQLite with its statements prepared once. */
export class Database {
  readonly sqlite: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly rowStatements = new Map<string, StatementSync>();
  /** Pages in the log. */
  private readonly longLog: number;
  private triedAt = 0;
  /** What to put back in memory when the current transaction or savepoint is taken back. */
  private undo: (() => void)[] = [];

  constructor(sqlite: DatabaseSync) {
    this.sqlite = sqlite;
    this.longLog = Math.ceil(CHECKPOINT_BYTES / pageSize(sqlite));
  }

  /** A prepared statement that answers rows as objects. */
  prepare(sql: string): StatementSync {
    return this.statements.get(sql) ?? this.remember(this.statements, sql);
  }

  private remember(known: Map<string, StatementSync>, sql: string): StatementSync {
    const statement = this.sqlite.prepare(sql);
    known.set(sql, statement);
    return statement;
  }

  /** A prepared statement that answers rows as arrays of columns, which is faster. */
  prepareRows(sql: string): StatementSync {
    const known = this.rowStatements.get(sql);
    if (known !== undefined) return known;
    const statement = this.remember(this.rowStatements, sql);
    statement.setReturnArrays(true);
    return statement;
  }

  /** Lets go of the statements of a table that is gone. */
  forgetStatements(table: string): void {
    for (const known of [this.statements, this.rowStatements])
      for (const sql of known.keys()) if (sql.includes(`${table} `)) known.delete(sql);
  }

  /** Remembers how to take back a change in memory that goes with an uncommitted change on disk. */
  onRollback(undo: () => void): void {
    this.undo.push(undo);
  }

  begin(): void {
    this.prepare('BEGIN IMMEDIATE').run();
  }

  /** Makes the transaction durable. Throws, with everything taken back, when the disk refuses. */
  commit(): void {
    try {
      this.prepare('COMMIT').run();
      this.undo = [];
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Whether so much was written to the log since it was last moved that it should be moved to the database. */
  get logIsLong(): boolean {
    const [, written = 0, moved = 0] = this.rowOf('PRAGMA wal_checkpoint(NOOP)');
    if (written < this.triedAt) this.triedAt = 0;
    return written - Math.max(moved, this.triedAt) >= this.longLog;
  }

  /**
   * Moves what is committed from the log to the database. Outside of transactions only. While another process reads
   * (a backup does) some of it may have to stay, until a later time.
   */
  checkpoint(): void {
    const [, written = 0] = this.rowOf('PRAGMA wal_checkpoint(PASSIVE)');
    this.triedAt = written;
  }

  private rowOf(sql: string): number[] {
    return this.prepareRows(sql).get() as unknown as number[];
  }

  /** Takes everything back that was not committed. */
  abandon(): void {
    if (this.inTransaction) this.prepare('ROLLBACK').run();
    this.takeBack(0);
  }

  /** False as well when SQLite took the transaction back itself, as it does when the disk is full. */
  get inTransaction(): boolean {
    return this.sqlite.isTransaction;
  }

  /** Runs one piece of the open transaction; when it throws, only that piece is taken back. */
  isolated<T>(work: () => T): T {
    const mark = this.undo.length;
    this.prepare('SAVEPOINT unit').run();
    try {
      const result = work();
      this.prepare('RELEASE unit').run();
      return result;
    } catch (error) {
      if (this.inTransaction) {
        this.prepare('ROLLBACK TO unit').run();
        this.prepare('RELEASE unit').run();
      }
      this.takeBack(mark);
      throw error;
    }
  }

  private takeBack(mark: number): void {
    for (const undo of this.undo.splice(mark).reverse()) undo();
  }

  close(): void {
    this.statements.clear();
    this.rowStatements.clear();
    this.sqlite.close();
  }
}

/**
 * So much is written to the log before it goes to the database. The whole of it is written and flushed in one go, for
 * which reads have to wait: 10 to 20 ms.
 */
const CHECKPOINT_BYTES = 2 * 1024 * 1024;

function pageSize(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare('PRAGMA page_size').get()?.page_size);
}

/**
 * Opens the database of a folder. Every commit reaches the disk before it returns (WAL, synchronous = FULL), and
 * what is deleted or replaced is overwritten: an erased person leaves nothing in free pages.
 * Throws when the folder holds another format version.
 */
export function openDatabase(folder: string): Database {
  mkdirSync(folder, { recursive: true });
  const sqlite = new DatabaseSync(join(folder, 'documents.db'));
  try {
    sqlite.exec(
      'PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON',
    );
    sqlite.exec('PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON');
    sqlite.exec('PRAGMA wal_autocheckpoint = 0');
    checkVersion(sqlite);
    return new Database(sqlite);
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function checkVersion(sqlite: DatabaseSync): void {
  sqlite.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
  const row = sqlite.prepare("SELECT value FROM meta WHERE key = 'format'").get();
  if (row === undefined) sqlite.prepare("INSERT INTO meta VALUES ('format', ?)").run(FORMAT_VERSION);
  else if (row.value === '1') addChecksums(sqlite);
  else if (row.value !== FORMAT_VERSION) {
    throw new Error(
      `the folder has document store format ${row.value}; this version reads ${FORMAT_VERSION}`,
    );
  }
  sqlite.exec('COMMIT');
}

/** Format 1 had no checksums; what it wrote is checked from its next change on. */
function addChecksums(sqlite: DatabaseSync): void {
  for (const { name } of sqlite.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'documents_*'").all())
    sqlite.exec(`ALTER TABLE ${name} ADD COLUMN sum INTEGER`);
  sqlite.prepare("UPDATE meta SET value = ? WHERE key = 'format'").run(FORMAT_VERSION);
}

/** A blob column as a Buffer over the same bytes. */
export function bufferOf(column: unknown): Buffer {
  if (!(column instanceof Uint8Array)) throw new Error('expected a blob column');
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}
