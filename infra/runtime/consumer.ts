import { randomUUID } from 'node:crypto';
import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  type Checkpoints,
  LeaseLost,
  type Poison,
  type Progress,
} from '@qingpu/read-models-kernel/checkpoints';
import type { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import {
  type EventSubscription,
  type SubscriptionBatch,
  SubscriptionLost,
} from '@qingpu/read-models-kernel/subscription';
import { pause } from './stop-signal.ts';

/** What a consumer is doing, for health, metrics and the log. */
export interface ConsumerStatus {
  readonly name: string;
  /** `waiting`: another process holds the lease; `starting`: nobody knows yet who does. */
  readonly state: 'starting' | 'waiting' | 'running' | 'stopped-on-poison' | 'ended';
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
  readonly board: ProgressBoard;
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
  /** How often the checkpoint is stored, in milliseconds; every 200 unless told. */
  readonly saveEveryMs?: number;
}

const LEASE_MS = 15_000;
const BATCH_SIZE = 500;
/** Stored checkpoints follow at this pace; after a kill what came since is taken in again, which changes nothing. */
const SAVE_EVERY_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const POISON_CHECK_MS = 1_000;

/**
 * Runs a projection or process manager on the log: takes the lease, subscribes from the checkpoint, awaits each batch;
 * the stored checkpoint follows what was taken in, never ahead of it. Any break starts over from the last checkpoint; a poisonous event stops it until repaired.
 */
export class Consumer {
  readonly #definition: ConsumerDefinition;
  readonly #ports: ConsumerPorts;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #status: ConsumerStatus;
  #unsaved: Progress | undefined;

  constructor(definition: ConsumerDefinition, ports: ConsumerPorts) {
    this.#definition = definition;
    this.#ports = ports;
    this.#status = {
      name: definition.name,
      state: 'starting',
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
      const before = this.#status.position;
      try {
        await this.#takeTurn();
        failures = 0;
      } catch (error) {
        failures = this.#status.position > before ? 1 : failures + 1;
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
    const saving = setInterval(() => {
      this.#save(fence).catch((error: unknown) => turn.abort(error));
    }, this.#definition.saveEveryMs ?? SAVE_EVERY_MS);
    try {
      await this.#consume(fence, signal);
      await this.#save(fence);
      // A lease lost beside the batches ends the subscription quietly; the turn still has to say why.
      turn.signal.throwIfAborted();
    } finally {
      clearInterval(heartbeat);
      clearInterval(saving);
      // What was taken in before a break is kept, or a log that breaks often would never get anywhere.
      await this.#save(fence).catch(() => undefined);
      this.#unsaved = undefined;
      this.#ports.board.remove(name);
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
      if (!(await this.#takeOrStop(batch, fence))) return;
    }
  }

  /**
   * Answers whether the whole batch was taken in. What stands before a poisonous event is taken in first, so that
   * passing over it passes over nothing else.
   */
  async #takeOrStop(batch: SubscriptionBatch, fence: number): Promise<boolean> {
    try {
      await this.#takeIn(batch);
      return true;
    } catch (error) {
      if (!(error instanceof PoisonEvent)) throw error;
      if (await this.#takeBefore(error.event, batch, fence)) await this.#stopOn(error, fence);
      return false;
    }
  }

  async #takeBefore(poisonous: StoredEvent, batch: SubscriptionBatch, fence: number): Promise<boolean> {
    const events = batch.events.filter(({ position }) => position < poisonous.position);
    const last = events.at(-1);
    return !last || this.#takeOrStop({ events, checkpoint: last.position, live: false }, fence);
  }

  async #takeIn(batch: SubscriptionBatch): Promise<void> {
    if (batch.events.length > 0) await this.#definition.take(batch);
    const progress = {
      position: batch.checkpoint,
      events: this.#status.events + batch.events.length,
      asOf: batch.events.at(-1)?.metadata.occurredAt ?? this.#status.asOf,
    };
    this.#unsaved = progress;
    this.#ports.board.set(this.#definition.name, progress);
    this.#update({ ...progress, live: batch.live });
    await this.#definition.taken?.(this.#status);
  }

  async #save(fence: number): Promise<void> {
    const progress = this.#unsaved;
    if (!progress) return;
    this.#unsaved = undefined;
    await this.#ports.checkpoints.save(this.#definition.name, fence, progress);
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
    await this.#save(fence);
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
