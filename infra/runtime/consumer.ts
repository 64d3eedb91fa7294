import { randomUUID } from 'node:crypto';
import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type Checkpoints, LeaseLost, type Poison } from '@qingpu/read-models-kernel/checkpoints';
import {
  type EventSubscription,
  type SubscriptionBatch,
  SubscriptionLost,
} from '@qingpu/read-models-kernel/subscription';
import { pause } from './stop-signal.ts';

/** What a consumer is doing, for health, metrics and the log. */
export interface ConsumerStatus {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'stopped-on-poison' | 'ended';
  readonly position: bigint;
  readonly live: boolean;
  readonly events: number;
  /** When the newest event taken in happened. */
  readonly asOf: string | undefined;
  readonly poison: Poison | undefined;
}

export interface ConsumerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface ConsumerPorts {
  readonly subscription: EventSubscription;
  readonly checkpoints: Checkpoints;
  readonly log: ConsumerLog;
}

/** An event that can never be taken in; the consumer stops on it and says so, instead of passing over it. */
export class PoisonEvent extends Error {
  override readonly name = 'PoisonEvent';
  constructor(
    readonly event: StoredEvent,
    cause: unknown,
  ) {
    super(`event ${event.id} of type ${event.type} cannot be taken in`, { cause });
  }
}

export interface ConsumerDefinition {
  readonly name: string;
  readonly catalogue: EventCatalogue;
  /** Takes a batch in, durably and repeatably. @throws PoisonEvent for an event that can never be taken in. */
  readonly take: (batch: SubscriptionBatch) => Promise<void>;
  /** Called after the checkpoint of a batch is stored. */
  readonly taken?: (status: ConsumerStatus) => Promise<void>;
}

const LEASE_MS = 15_000;
const BATCH_SIZE = 500;
const LONGEST_PAUSE_MS = 5_000;
const POISON_CHECK_MS = 1_000;

/**
 * Runs a projection or process manager on the log: takes the lease, subscribes from the checkpoint, awaits each batch,
 * then stores the checkpoint. Any break starts over from the last checkpoint; a poisonous event stops it until repaired.
 */
export class Consumer {
  readonly #definition: ConsumerDefinition;
  readonly #ports: ConsumerPorts;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #status: ConsumerStatus;

  constructor(definition: ConsumerDefinition, ports: ConsumerPorts) {
    this.#definition = definition;
    this.#ports = ports;
    this.#status = {
      name: definition.name,
      state: 'waiting',
      position: 0n,
      live: false,
      events: 0,
      asOf: undefined,
      poison: undefined,
    };
  }

  get status(): ConsumerStatus {
    return this.#status;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets the batch under way finish, then gives the lease up. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#takeTurn();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#report(error);
        await pause(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** failures), signal);
      }
    }
    this.#update({ state: 'ended', live: false });
  }

  /** One turn: from taking the lease to losing it, the connection or the wish to go on. */
  async #takeTurn(): Promise<void> {
    const { checkpoints } = this.#ports;
    const { name } = this.#definition;
    const fence = await checkpoints.acquire(name, randomUUID(), LEASE_MS);
    if (fence === undefined) {
      this.#update({ state: 'waiting', live: false });
      return pause(LEASE_MS / 10, this.#stop.signal);
    }
    const turn = new AbortController();
    const signal = AbortSignal.any([turn.signal, this.#stop.signal]);
    const heartbeat = setInterval(() => {
      checkpoints.renew(name, fence, LEASE_MS).catch((error: unknown) => turn.abort(error));
    }, LEASE_MS / 3);
    try {
      await this.#consume(fence, signal);
    } finally {
      clearInterval(heartbeat);
      await checkpoints.release(name, fence);
    }
  }

  async #consume(fence: number, signal: AbortSignal): Promise<void> {
    const { checkpoints, subscription } = this.#ports;
    const { name, catalogue } = this.#definition;
    const checkpoint = await checkpoints.load(name);
    if (checkpoint.poison) return this.#waitForRepair(checkpoint.poison, signal);
    const { position = 0n, events, asOf } = checkpoint;
    this.#update({ state: 'running', position, events, asOf, poison: undefined });
    const from = checkpoint.position ?? 'start';
    for await (const batch of subscription.subscribe({
      from,
      types: Object.keys(catalogue),
      batchSize: BATCH_SIZE,
      signal,
    })) {
      try {
        await this.#takeIn(batch, fence);
      } catch (error) {
        if (!(error instanceof PoisonEvent)) throw error;
        return this.#stopOn(error, fence);
      }
    }
  }

  async #takeIn(batch: SubscriptionBatch, fence: number): Promise<void> {
    if (batch.events.length > 0) await this.#definition.take(batch);
    const progress = {
      position: batch.checkpoint,
      events: this.#status.events + batch.events.length,
      asOf: batch.events.at(-1)?.metadata.occurredAt ?? this.#status.asOf,
    };
    await this.#ports.checkpoints.save(this.#definition.name, fence, progress);
    this.#update({ ...progress, live: batch.live });
    await this.#definition.taken?.(this.#status);
  }

  async #stopOn(poisonous: PoisonEvent, fence: number): Promise<void> {
    const { event, cause } = poisonous;
    const poison: Poison = {
      eventId: event.id,
      eventType: event.type,
      position: event.position,
      error: cause instanceof Error ? cause.name : 'unknown',
      at: new Date().toISOString(),
    };
    await this.#ports.checkpoints.stop(this.#definition.name, fence, poison);
    this.#ports.log.error(
      { consumer: this.#definition.name, ...poison, position: String(poison.position) },
      'consumer stopped on an event it cannot take in',
    );
  }

  async #waitForRepair(poison: Poison, signal: AbortSignal): Promise<void> {
    this.#update({ state: 'stopped-on-poison', live: false, poison });
    await pause(POISON_CHECK_MS, signal);
  }

  #report(error: unknown): void {
    const expected = error instanceof SubscriptionLost || error instanceof LeaseLost;
    const facts = {
      consumer: this.#definition.name,
      error: error instanceof Error ? error.name : 'unknown',
      cause: causeOf(error),
    };
    if (expected) this.#ports.log.info(facts, 'consumer starts over from its checkpoint');
    else
      this.#ports.log.warn(
        { ...facts, stack: error instanceof Error ? error.stack : undefined },
        'consumer failed and starts over from its checkpoint',
      );
    this.#update({ live: false });
  }

  #update(change: Partial<ConsumerStatus>): void {
    this.#status = { ...this.#status, ...change };
  }
}

/** The name and message of what lay beneath; stores and clients put no record's content there. */
function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? `${cause.name}: ${cause.message}`.slice(0, 300) : undefined;
}
