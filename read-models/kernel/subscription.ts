import type { StoredEvent } from '@qingpu/contracts/events/stored-event';

/** Where a subscription goes on: after this position, or from the first event. */
export type SubscribeFrom = bigint | 'start';

export interface SubscriptionBatch {
  /** Events of the asked types in the order of the log; may be empty when only the checkpoint moved. */
  readonly events: readonly StoredEvent[];
  /** Everything up to this position has been handed over or did not match. */
  readonly checkpoint: bigint;
  /** True once the subscription has reached the events that are being written now. */
  readonly live: boolean;
}

export interface SubscriptionRequest {
  readonly from: SubscribeFrom;
  readonly types: readonly string[];
  /** Most events in one batch. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/** The connection to the log broke; subscribe again from the last checkpoint. */
export class SubscriptionLost extends Error {
  override readonly name = 'SubscriptionLost';
}

/** A durable view on the whole log, in order, without gap or repeat: the port that `infra/event-store` implements. */
export interface EventSubscription {
  /**
   * Batches as they come; the next is only fetched when the last has been taken in.
   * Ends quietly when the signal aborts. @throws SubscriptionLost
   */
  subscribe(request: SubscriptionRequest): AsyncIterable<SubscriptionBatch>;
  /** Position of the newest event in the log, 0 for an empty log. */
  headPosition(): Promise<bigint>;
}
