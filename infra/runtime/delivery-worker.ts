import { randomUUID } from 'node:crypto';
import type { DeliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { type Checkpoints, LeaseLost } from '@qingpu/read-models-kernel/checkpoints';
import { AttemptsUnderWay } from './attempts-under-way.ts';
import type { ConsumerLog } from './consumer.ts';
import { pause } from './stop-signal.ts';

/** One delivery that is due. */
export interface DueDelivery {
  readonly deliveryId: string;
  readonly kind: string;
  readonly recipient: string;
  readonly payload: unknown;
  /** Number of the attempt that is due, from 1. */
  readonly attempt: number;
}

/** What was wrong with an attempt. */
export interface AttemptFailure {
  /** A stable code such as `timeout`, `status-503` or `wrong-answer`. */
  readonly fault: string;
  /** No further attempt can bring the delivery. */
  readonly final: boolean;
}

/** The receiver did not take a delivery, or it cannot be sent at all. */
export class DeliveryFault extends Error implements AttemptFailure {
  override readonly name = 'DeliveryFault';
  readonly final: boolean;

  constructor(
    readonly fault: string,
    { final = false, ...options }: ErrorOptions & { readonly final?: boolean } = {},
  ) {
    super(fault, options);
    this.final = final;
  }
}

export interface DeliveryWorkerPorts {
  readonly checkpoints: Checkpoints;
  readonly policy: DeliveryPolicy;
  /** Deliveries that are due, at most `limit`; never two of the same order, and none for receivers that are busy. */
  readonly due: (limit: number, busy: readonly string[]) => Promise<readonly DueDelivery[]>;
  /** Hands the delivery to its receiver. @throws DeliveryFault */
  readonly deliver: (delivery: DueDelivery, signal: AbortSignal) => Promise<void>;
  /** Writes the attempt into the log. */
  readonly record: (
    deliveryId: string,
    attempt: number,
    failure: AttemptFailure | undefined,
  ) => Promise<void>;
  readonly log: ConsumerLog;
}

const LEASE_MS = 30_000;
/** Between two looks at the worklist, while nothing is to be done and while there is. */
const IDLE_MS = 250;
const BUSY_MS = 100;
/** Attempts under way at the same time, in all and at one receiver, and those that wait for their turn at one. */
const LIMITS = { atOnce: 128, atOneReceiver: 16, waitingAtOneReceiver: 64 };
/** Deliveries that one look may bring besides those that are known already. */
const NEW_AT_ONCE = 128;
const CONSUMER = 'worker:deliveries';

/**
 * Delivers what the worklist says is due. An attempt is recorded after the receiver answered: a kill in between sends
 * it again, and the receiver knows the delivery by its id. A receiver that is slow keeps no other waiting. One worker at
 * a time holds the lease.
 */
export class DeliveryWorker {
  readonly #ports: DeliveryWorkerPorts;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(ports: DeliveryWorkerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#turn();
      } catch (error) {
        if (!(error instanceof LeaseLost)) {
          this.#ports.log.warn(
            { error: error instanceof Error ? error.name : 'unknown' },
            'delivery worker starts over',
          );
        }
        await pause(1_000, signal);
      }
    }
  }

  async #turn(): Promise<void> {
    const { signal } = this.#stop;
    const fence = await this.#ports.checkpoints.acquire(CONSUMER, randomUUID(), LEASE_MS);
    if (fence === undefined) return pause(LEASE_MS / 10, signal);
    const attempts = new AttemptsUnderWay(LIMITS);
    try {
      while (!signal.aborted) {
        attempts.throwIfFailed();
        await this.#ports.checkpoints.renew(CONSUMER, fence, LEASE_MS);
        await this.#lookFor(attempts);
        await pause(attempts.size === 0 ? IDLE_MS : BUSY_MS, signal);
      }
    } finally {
      // Nobody may take over while an attempt is under way.
      await attempts.toTheEnd();
      await this.#ports.checkpoints.release(CONSUMER, fence);
    }
    attempts.throwIfFailed();
  }

  async #lookFor(attempts: AttemptsUnderWay): Promise<void> {
    // Those under way, and those that wait for their turn, still look due.
    const due = await this.#ports.due(attempts.size + NEW_AT_ONCE, attempts.busyReceivers());
    for (const delivery of due) attempts.offer(delivery, () => this.#attempt(delivery));
  }

  async #attempt(delivery: DueDelivery): Promise<void> {
    const failure = await this.#failureOf(delivery);
    try {
      await this.#ports.record(delivery.deliveryId, delivery.attempt, failure);
    } catch (error) {
      // The attempt is already on record: the worklist was behind the log.
      if (!(error instanceof Rejection)) throw error;
    }
  }

  async #failureOf(delivery: DueDelivery): Promise<AttemptFailure | undefined> {
    try {
      await this.#ports.deliver(delivery, AbortSignal.timeout(this.#ports.policy.timeoutSeconds * 1000));
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryFault) return { fault: error.fault, final: error.final };
      // Whatever else is wrong with it counts as an attempt too, or it would hold the worker up for ever.
      this.#ports.log.error(
        { deliveryId: delivery.deliveryId, error: error instanceof Error ? error.name : 'unknown' },
        'a delivery failed in an unexpected way',
      );
      return { fault: 'undeliverable', final: false };
    }
  }
}
