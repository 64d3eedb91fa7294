import { mkdirSync } from 'node:fs';
import { Catalog } from './catalog.ts';
import { type Database, openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { Sweeper } from './sweeper.ts';

/** Everything the commands work on. */
export class Store {
  readonly db: Database;
  readonly catalog: Catalog;
  readonly commits: GroupCommit;
  readonly sweeper: Sweeper;
  private readonly lock: FolderLock;
  private lastDefinition: Promise<unknown> = Promise.resolve();

  private constructor(db: Database, lock: FolderLock) {
    this.db = db;
    this.lock = lock;
    this.catalog = new Catalog(db);
    this.commits = new GroupCommit(db);
    this.sweeper = new Sweeper(db, this.catalog, this.commits);
  }

  /** Opens a folder; throws when another process uses it or its format is unknown. */
  static async open(folder: string): Promise<Store> {
    mkdirSync(folder, { recursive: true });
    const lock = lockFolder(folder);
    try {
      const store = new Store(openDatabase(folder), lock);
      await store.dropUnfinishedIndexes();
      store.sweeper.wake();
      return store;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** An index whose building a crash cut short was never promised to anyone. */
  private async dropUnfinishedIndexes(): Promise<void> {
    for (const collection of this.catalog.all()) {
      for (const index of collection.indexes.filter(({ ready }) => !ready)) {
        await this.commits.once(() => this.catalog.dropIndex(collection, index));
      }
    }
  }

  /** Runs changes of collections and indexes one after the other. */
  definitions<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lastDefinition.then(work, work);
    this.lastDefinition = result;
    return result;
  }

  async close(): Promise<void> {
    this.sweeper.stop();
    await this.commits.drained();
    this.db.close();
    this.lock.release();
  }
}
