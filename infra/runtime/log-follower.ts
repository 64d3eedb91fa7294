import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type EventSubscription, SubscriptionLost } from '@qingpu/read-models-kernel/subscription';
import type { ConsumerLog } from './consumer.ts';
import { pause } from './stop-signal.ts';

export interface LogFollowerParts {
  readonly subscription: EventSubscription;
  readonly types: readonly string[];
  /** Told of every event of these types while the log is followed. */
  readonly heard: (event: StoredEvent) => void;
  /** From here on events may have been missed. */
  readonly lost: () => void;
}

const AGAIN_AFTER_MS = 1_000;

/**
 * Hears what happens from now on, for memories that are to be told when they are out of date. It keeps no checkpoint: a
 * memory starts empty, too.
 */
export class LogFollower {
  readonly #parts: LogFollowerParts;
  readonly #stop = new AbortController();
  #following = false;
  #running: Promise<void> | undefined;

  constructor(parts: LogFollowerParts) {
    this.#parts = parts;
  }

  /** Whether whatever was read since this became true would be heard to have changed. */
  get following(): boolean {
    return this.#following;
  }

  start(log: Pick<ConsumerLog, 'info' | 'warn'>): void {
    this.#running ??= this.#run(log);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(log: Pick<ConsumerLog, 'info' | 'warn'>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        const facts = { error: error instanceof Error ? error.name : 'unknown' };
        if (error instanceof SubscriptionLost) log.info(facts, 'the log is followed anew');
        else log.warn(facts, 'the log could not be followed and is tried again');
      }
      this.#following = false;
      this.#parts.lost();
      await pause(AGAIN_AFTER_MS, signal);
    }
  }

  async #follow(): Promise<void> {
    const { subscription, types, heard } = this.#parts;
    const from = await subscription.headPosition();
    const request = { from, types, batchSize: 100, signal: this.#stop.signal };
    for await (const { events, live } of subscription.subscribe(request)) {
      for (const event of events) heard(event);
      this.#following ||= live;
    }
  }
}
