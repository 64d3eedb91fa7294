import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { Cron } from 'croner';
import type { ContractSweep } from '../partners/contract-sweep.ts';
import type { PaymentSweep } from '../payments/payment-sweep.ts';
import type { StatementSweep } from '../payments/statement-sweep.ts';
import type { Platform } from '../platform.ts';
import type { SlotSweeps } from '../slots/slot-sweeps.ts';

const DAY_MS = 86_400_000;
/** How long a repeated command is answered from memory. */
const COMMANDS_KEPT_DAYS = 14;

export interface SchedulerParts {
  readonly platform: Platform;
  readonly sweeps: SlotSweeps;
  readonly contracts: ContractSweep;
  readonly payments: PaymentSweep;
  readonly statements: StatementSweep;
  readonly log: ConsumerLog;
}

/** What happens by the clock once for all processes: forgetting what has expired, and what time does to slots. */
export class Scheduler {
  readonly #platform: Platform;
  readonly #sweeps: SlotSweeps;
  readonly #contracts: ContractSweep;
  readonly #payments: PaymentSweep;
  readonly #statements: StatementSweep;
  readonly #log: ConsumerLog;
  #jobs: readonly Cron[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor({ platform, sweeps, contracts, payments, statements, log }: SchedulerParts) {
    this.#platform = platform;
    this.#sweeps = sweeps;
    this.#contracts = contracts;
    this.#payments = payments;
    this.#statements = statements;
    this.#log = log;
  }

  start(): void {
    const job = (pattern: string, name: string, work: () => Promise<void>) =>
      new Cron(
        pattern,
        { timezone: 'Asia/Shanghai', protect: true, catch: (error) => this.#failed(name, error) },
        () => this.#run(work),
      );
    const sweeps = this.#sweeps;
    this.#jobs = [
      job('0 30 3 * * *', 'purge', () => this.purge()),
      job('*/10 * * * * *', 'open-claims', () => sweeps.openClaims()),
      job('5-55/10 * * * * *', 'expired-holds', () => sweeps.expiredHolds()),
      job('*/5 * * * * *', 'pending-orders', () => sweeps.pendingOrders()),
      job('0 30 22 * * *', 'compare-shared', () => sweeps.compareShared()),
      job('*/5 * * * * *', 'payments', () => this.#payments.run()),
      job('7-52/15 * * * * *', 'statements', () => this.#statements.run()),
      job('2 * * * * *', 'release-steps', () => sweeps.releaseSteps()),
      job('0 10 * * * *', 'unreported', () => sweeps.unreported()),
      job('0 0 18 * * *', 'reminders', () => sweeps.reminders()),
      job('30 3-53/10 * * * *', 'contract-checks', () => this.#contracts.run()),
    ];
  }

  async stop(): Promise<void> {
    for (const job of this.#jobs) job.stop();
    await Promise.allSettled(this.#running);
  }

  /** Remembers what is under way, so that nothing is left without its stores when the process stops. */
  async #run(work: () => Promise<void>): Promise<void> {
    const running = work();
    this.#running.add(running);
    try {
      await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async purge(): Promise<void> {
    const { clock, ledger, sessionStore, nonces, ticketStore } = this.#platform;
    const now = clock.now().getTime();
    const [commands, sessions, usedNonces] = await Promise.all([
      ledger.purgeBefore(new Date(now - COMMANDS_KEPT_DAYS * DAY_MS)),
      sessionStore.purge(now),
      ticketStore.purge(now),
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
