import type { Catalog } from './catalog.ts';
import type { Database } from './database.ts';
import type { GroupCommit } from './group-commit.ts';

const ROWS_PER_STEP = 500;

/**
 * Empties the tables of dropped collections and indexes a few rows at a time, so that dropping a large collection
 * holds nobody up. What a restart interrupts is continued by the next start.
 */
export class Sweeper {
  private readonly db: Database;
  private readonly catalog: Catalog;
  private readonly commits: GroupCommit;
  private sweeping = false;
  private stopped = false;

  constructor(db: Database, catalog: Catalog, commits: GroupCommit) {
    this.db = db;
    this.catalog = catalog;
    this.commits = commits;
  }

  /** Starts sweeping in the background unless it is under way. */
  wake(): void {
    if (this.sweeping || this.stopped) return;
    this.sweeping = true;
    this.sweep().then(
      () => {
        this.sweeping = false;
      },
      () => {
        // The disk refused; the tables stay listed and the next drop or start tries again.
        this.sweeping = false;
      },
    );
  }

  stop(): void {
    this.stopped = true;
  }

  private async sweep(): Promise<void> {
    for (;;) {
      const table = this.catalog.discarded();
      if (table === undefined || this.stopped) return;
      await this.commits.once(() => this.step(table));
    }
  }

  private step(table: string): void {
    const key = table.startsWith('documents_') ? 'row' : '(key, row)';
    const columns = key === 'row' ? 'row' : 'key, row';
    const sql = `DELETE FROM ${table} WHERE ${key} IN (SELECT ${columns} FROM ${table} LIMIT ${ROWS_PER_STEP})`;
    if (this.db.prepare(sql).run().changes > 0) return;
    this.db.forgetStatements(table);
    this.db.sqlite.exec(`DROP TABLE ${table}`);
    this.db.prepare('DELETE FROM trash WHERE name = ?').run(table);
  }
}
