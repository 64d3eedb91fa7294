import type { Database } from './database.ts';

/** Work that changes documents, in units that are each all or nothing. */
export interface WriteJob {
  /** Does the next unit inside the open transaction; true when nothing is left. Throwing fails the whole job. */
  step(): boolean;
}

interface Waiting {
  readonly job: WriteJob;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction is closed after about this time, so that reads get their turn. Milliseconds. */
const TRANSACTION_MS = 10;
/** Units of one job before the next job gets its turn. */
const UNITS_PER_TURN = 32;

/**
 * Group commit: jobs that arrive together share one transaction and one flush to disk. A job's promise resolves only
 * after the commit that holds its last unit is durable. Long jobs are spread over several transactions.
 */
export class GroupCommit {
  private readonly db: Database;
  private waiting: Waiting[] = [];
  private scheduled = false;

  constructor(db: Database) {
    this.db = db;
  }

  run(job: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      this.schedule();
    });
  }

  /** Runs one unit and answers its result after it is durable. */
  async once<T>(work: () => T): Promise<T> {
    let result: { value: T } | undefined;
    await this.run({
      step: () => {
        result = { value: this.db.isolated(work) };
        return true;
      },
    });
    if (result === undefined) throw new Error('the unit did not run');
    return result.value;
  }

  /** Resolves when everything that was waiting is done. */
  async drained(): Promise<void> {
    while (this.waiting.length > 0 || this.scheduled) await this.run({ step: () => true });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.transaction());
  }

  private transaction(): void {
    const finished: Waiting[] = [];
    const touched = new Set<Waiting>();
    try {
      this.db.begin();
      this.takeTurns(finished, touched);
      this.db.commit();
      for (const { resolve } of finished) resolve();
    } catch (error) {
      this.db.abandon();
      this.waiting = this.waiting.filter((waiting) => !touched.has(waiting));
      for (const { reject } of touched) reject(error);
    }
    this.scheduled = false;
    if (this.waiting.length > 0) this.schedule();
  }

  private takeTurns(finished: Waiting[], touched: Set<Waiting>): void {
    const end = performance.now() + TRANSACTION_MS;
    while (this.waiting.length > 0 && performance.now() < end) {
      const [next] = this.waiting.splice(0, 1);
      if (next === undefined) return;
      touched.add(next);
      try {
        if (turn(next.job, end)) finished.push(next);
        else this.waiting.push(next);
      } catch (error) {
        if (!this.db.inTransaction) throw error;
        touched.delete(next);
        next.reject(error);
      }
      if (!this.db.inTransaction) throw new Error('the disk took the transaction back');
    }
  }
}

function turn(job: WriteJob, end: number): boolean {
  for (let unit = 0; unit < UNITS_PER_TURN; unit += 1) {
    if (job.step()) return true;
    if (performance.now() >= end) return false;
  }
  return false;
}
