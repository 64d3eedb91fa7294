import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const BATCH = 500;
const IDLE_MS = 200;
const TAKE = `UPDATE outbox SET delivered_at = now() WHERE id IN (
  SELECT id FROM outbox WHERE delivered_at IS NULL ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
) RETURNING id, kind, recipient, payload`;

/** Takes messages out of the outbox as a relay would that hands them to a broker; the handing over itself is left out. */
export class OutboxRelay {
  readonly #pool: pg.Pool;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { rowCount } = await this.#pool.query(TAKE);
      if ((rowCount ?? 0) < BATCH) await sleep(IDLE_MS);
    }
  }
}
