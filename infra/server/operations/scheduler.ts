import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { Cron } from 'croner';
import type { Platform } from '../platform.ts';

const DAY_MS = 86_400_000;
/** How long a repeated command is answered from memory. */
const COMMANDS_KEPT_DAYS = 14;

/** What happens by the clock once for all processes: forgetting what has expired. */
export class Scheduler {
  readonly #platform: Platform;
  readonly #log: ConsumerLog;
  #jobs: readonly Cron[] = [];

  constructor(platform: Platform, log: ConsumerLog) {
    this.#platform = platform;
    this.#log = log;
  }

  start(): void {
    const job = (pattern: string, name: string, work: () => Promise<void>) =>
      new Cron(
        pattern,
        { timezone: 'Asia/Shanghai', protect: true, catch: (error) => this.#failed(name, error) },
        work,
      );
    this.#jobs = [job('0 30 3 * * *', 'purge', () => this.purge())];
  }

  async stop(): Promise<void> {
    for (const job of this.#jobs) job.stop();
  }

  async purge(): Promise<void> {
    const { clock, ledger, sessionStore, nonces } = this.#platform;
    const now = clock.now().getTime();
    const [commands, sessions, usedNonces] = await Promise.all([
      ledger.purgeBefore(new Date(now - COMMANDS_KEPT_DAYS * DAY_MS)),
      sessionStore.purge(now),
      nonces.purge(now),
    ]);
    this.#log.info({ commands, sessions, usedNonces }, 'purged what had expired');
  }

  #failed(name: string, error: unknown): void {
    this.#log.error(
      { job: name, error: error instanceof Error ? error.name : 'unknown' },
      'a scheduled job failed',
    );
  }
}
