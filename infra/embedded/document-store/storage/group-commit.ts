import type { Database } from './database.ts';

/** Work that changes documents, in units that are each all or nothing. */
export interface WriteJob {
  /** True when the client asked not to wait for the disk (`j: false`). */
  readonly unsynced?: boolean;
  /** Does the next unit inside the open transaction; true when nothing is left. Throwing fails the whole job. */
  step(): boolean;
}

interface Waiting {
  readonly job: WriteJob;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction is closed after about this time, so that reads get their turn; later when none came lately. */
const TRANSACTION_MS = 10;
const ALONE_TRANSACTION_MS = 25;
const ALONE_AFTER_MS = 200;
/** How long what nobody waits for may stay in an open transaction. */
const UNSYNCED_MS = 40;
/** Units of one job before the next job gets its turn. */
const UNITS_PER_TURN = 32;

/**
 * Group commit: jobs that arrive together share one transaction and one flush to disk. A job's promise resolves only
 * after the commit that holds its last unit is durable. Long jobs are spread over several transactions. A job that
 * asked for it is answered as soon as it is applied; its transaction stays open for others for up to 40 ms.
 */
export class GroupCommit {
  private readonly db: Database;
  private waiting: Waiting[] = [];
  private scheduled = false;
  private checkpointDue = false;
  private lastRead = Number.NEGATIVE_INFINITY;
  private openedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(db: Database) {
    this.db = db;
  }

  /** Tells that clients are reading, who should not wait for long transactions. */
  noteRead(): void {
    this.lastRead = performance.now();
  }

  run(job: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, resolve, reject });
      this.schedule();
    });
  }

  /** Runs one unit and answers its result after it is durable. */
  async once<T>(work: () => T, unsynced = false): Promise<T> {
    let result: { value: T } | undefined;
    await this.run({
      unsynced,
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
    do await this.run({ step: () => true });
    while (this.waiting.length > 0 || this.scheduled);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      if (this.checkpointDue) this.checkpoint();
      else this.transaction();
      this.checkpointDue = !this.db.inTransaction && this.db.logIsLong;
      this.scheduled = false;
      if (this.waiting.length > 0 || this.checkpointDue) this.schedule();
    });
  }

  /** A turn of its own, so that nobody waits for both a transaction and this. */
  private checkpoint(): void {
    try {
      this.db.checkpoint();
    } catch {
      // What was committed stays in the log and is read from there; the next commit tries again.
    }
  }

  private transaction(): void {
    const finished: Waiting[] = [];
    const touched = new Set<Waiting>();
    try {
      if (!this.db.inTransaction) {
        this.db.begin();
        this.openedAt = performance.now();
      }
      this.takeTurns(finished, touched);
      if (this.mustCommit(touched)) this.commit();
      else this.commitLater();
      for (const { resolve } of finished) resolve();
    } catch (error) {
      this.db.abandon();
      this.waiting = this.waiting.filter((waiting) => !touched.has(waiting));
      for (const { reject } of touched) reject(error);
    }
  }

  /** What somebody waits for is never left in a transaction that reads could look into. */
  private mustCommit(touched: ReadonlySet<Waiting>): boolean {
    for (const { job } of touched) if (job.unsynced !== true) return true;
    return performance.now() - this.openedAt >= UNSYNCED_MS;
  }

  private commit(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.db.commit();
  }

  private commitLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.run({ step: () => true }).catch(() => {
        // The disk refused; what was lost had been asked for without waiting for the disk.
      });
    }, UNSYNCED_MS);
  }

  private takeTurns(finished: Waiting[], touched: Set<Waiting>): void {
    const now = performance.now();
    const end = now + (now - this.lastRead < ALONE_AFTER_MS ? TRANSACTION_MS : ALONE_TRANSACTION_MS);
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
