import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { Cron } from 'croner';
import type { Platform } from '../platform.ts';

/** Copies this process's audit entries to where residents find who looked at their record, every few seconds. */
export class AccessLogCopying {
  readonly #platform: Pick<Platform, 'accessLog'>;
  readonly #log: ConsumerLog;
  #job: Cron | undefined;

  constructor(platform: Pick<Platform, 'accessLog'>, log: ConsumerLog) {
    this.#platform = platform;
    this.#log = log;
  }

  start(): void {
    const failed = (error: unknown) => {
      this.#log.error(
        { error: error instanceof Error ? error.name : 'unknown' },
        'the audit log could not be copied for residents',
      );
    };
    this.#job = new Cron('*/10 * * * * *', { protect: true, catch: failed }, () =>
      this.#platform.accessLog.catchUp(),
    );
  }

  async stop(): Promise<void> {
    this.#job?.stop();
    await this.#platform.accessLog.settled();
  }
}
