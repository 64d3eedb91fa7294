import type { ConsumerStatus } from '@qingpu/runtime/consumer';
import type { Platform } from '../platform.ts';
import type { Metrics } from './metrics.ts';
import type { Workers } from './workers.ts';

export interface ReadinessReport {
  readonly ready: boolean;
  readonly eventLog: 'up' | 'down';
  readonly documentStore: 'up' | 'down';
  readonly consumers: readonly {
    readonly name: string;
    readonly state: ConsumerStatus['state'];
    readonly live: boolean;
    readonly position: string;
  }[];
}

/** Whether this process can do its work: its stores answer and its views have caught up once. */
export class Readiness {
  readonly #platform: Platform;
  readonly #workers: Workers;
  readonly #metrics: Metrics;
  readonly #caughtUpOnce = new Set<string>();

  constructor(platform: Platform, workers: Workers, metrics: Metrics) {
    this.#platform = platform;
    this.#workers = workers;
    this.#metrics = metrics;
  }

  async report(): Promise<ReadinessReport> {
    const [eventLog, documentStore] = await Promise.all([
      isUp(this.#platform.subscription.headPosition()),
      isUp(this.#platform.checkpoints.activeVersion('readiness')),
    ]);
    const { statuses } = this.#workers;
    for (const { name, live } of statuses) if (live) this.#caughtUpOnce.add(name);
    const served = statuses.every(({ name, state }) => state === 'waiting' || this.#caughtUpOnce.has(name));
    return {
      ready: eventLog === 'up' && documentStore === 'up' && served,
      eventLog,
      documentStore,
      consumers: statuses.map(({ name, state, live, position }) => ({
        name,
        state,
        live,
        position: String(position),
      })),
    };
  }

  /** Brings the consumers' gauges up to date before they are read. */
  async observe(): Promise<void> {
    this.#metrics.observeConsumers(this.#workers.statuses, await this.#platform.subscription.headPosition());
  }
}

async function isUp(probe: Promise<unknown>): Promise<'up' | 'down'> {
  try {
    await probe;
    return 'up';
  } catch {
    return 'down';
  }
}
