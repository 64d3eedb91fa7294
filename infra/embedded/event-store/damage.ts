/** What is stored is not what was written. Never served, always named. Apart from errors.ts, so that the writer loads no gRPC. */
export class Damage extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`The event store is damaged: ${what}. Restore a backup into another folder`, options);
    this.name = 'Damage';
  }
}

/** The disk, or the size allowed to the database, is full; nothing of what was asked has been written. */
export class StorageFull extends Error {
  constructor(cause: unknown) {
    super('The disk is full; nothing of this was written. Appends work again when there is space', { cause });
    this.name = 'StorageFull';
  }
}

/** A read of a stream that is gone for ever. */
export class TombstonedStream extends Error {
  readonly stream: string;

  constructor(stream: string) {
    super(`Event stream '${stream}' is deleted.`);
    this.stream = stream;
  }
}

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** SQLite's primary result code of an error; undefined when SQLite did not throw it. */
function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return Number(thrown.errcode) & 0xff;
}

export const isStorageFull = (thrown: unknown): boolean => sqliteCode(thrown) === SQLITE_FULL;

/** Calls `read`; what SQLite finds broken while reading comes out as Damage that names the file. */
export function namingDamage<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const code = sqliteCode(cause);
    if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
      throw new Damage(`SQLite cannot read ${file}`, { cause });
    }
    if (code === SQLITE_IOERR) throw new Error(`The disk failed to read ${file}`, { cause });
    throw cause;
  }
}
