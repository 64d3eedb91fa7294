import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface FolderLock {
  release(): void;
}

/**
 * Claims a data folder for this process. The claim is an exclusive SQLite lock held open on a database of its
 * own, so the operating system drops it with the process, also after kill -9. Works within one process too.
 * @throws when another server holds the folder
 */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(`The data folder ${folder} is in use by another embedded event store`, { cause });
  }
  return { release: () => database.close() };
}
