import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkFormat, createFolder, databaseFile, openForReading, syncFolder } from './database.ts';
import { type CheckReport, checkFile } from './inspection.ts';
import { lockFolder } from './lock.ts';
import { readWatermark } from './watermark.ts';

/** Whole backups have this name's end while they are written. */
const UNFINISHED = '.partial';

/** Runs `write` on a file beside `file`, checks what it wrote, and only then gives it the name. */
function produce(file: string, write: (partial: string) => void): CheckReport {
  const partial = `${file}${UNFINISHED}`;
  rmSync(partial, { force: true });
  try {
    write(partial);
    const report = checkFile(partial);
    syncFile(partial);
    renameSync(partial, file);
    syncFolder(dirname(file));
    return report;
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${partial}${end}`, { force: true });
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Copies a store, running or not, into one file: the state of one moment, compact, and verified event by event.
 * Appends go on meanwhile; the write-ahead log grows until the copy is made.
 * @throws when the file exists, the store is damaged, or there is no space
 */
export function backUp(folder: string, to: string): CheckReport {
  const file = resolve(to);
  if (existsSync(file)) throw new Error(`${file} is already there; a backup never overwrites`);
  if (!existsSync(databaseFile(folder))) throw new Error(`${databaseFile(folder)} is not there`);
  return produce(file, (partial) => {
    const database = openForReading(folder);
    try {
      checkFormat(database, databaseFile(folder));
      database.prepare('VACUUM INTO ?').run(partial);
    } finally {
      database.close();
    }
  });
}

/**
 * Makes a data folder from a backup.
 * @throws when the folder already has a store or is in use, or the backup is damaged
 */
export function restore(from: string, folder: string): CheckReport {
  createFolder(folder);
  const lock = lockFolder(folder);
  try {
    const file = databaseFile(resolve(folder));
    if (existsSync(file) || readWatermark(folder) > 0) {
      throw new Error(`${folder} already has an event store; restore into an empty folder`);
    }
    return produce(file, (partial) => copyFileSync(from, partial));
  } finally {
    lock.release();
  }
}
