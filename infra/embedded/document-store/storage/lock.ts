import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Held for as long as a process uses the folder; the operating system lets go of it when the process dies. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. Uses SQLite's own file lock, which vanishes even after kill -9.
 * Throws an Error that names the folder when another process (or another server in this one) holds it.
 */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'lock.db'));
  try {
    database.exec('PRAGMA locking_mode = NORMAL; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Error(`the document store folder ${folder} is in use by another process`, { cause: error });
  }
  return { release: () => database.close() };
}
