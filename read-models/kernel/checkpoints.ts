/** Why a consumer stopped: an event that it cannot take in. Carries no value of the event. */
export interface Poison {
  readonly eventId: string;
  readonly eventType: string;
  readonly position: bigint;
  readonly error: string;
  readonly at: string;
}

export interface Checkpoint {
  /** Everything up to here has been taken in; undefined before the first batch. */
  readonly position: bigint | undefined;
  /** When the newest event taken in happened. */
  readonly asOf: string | undefined;
  /** How many events have been taken in so far; repeated ones after a crash count again. */
  readonly events: number;
  readonly poison: Poison | undefined;
}

export type Progress = Pick<Checkpoint, 'asOf' | 'events'> & { readonly position: bigint };

/** Another process took the consumer over: whatever this one still does must not be stored. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(consumer: string) {
    super(`another process runs ${consumer} now`);
  }
}

/**
 * Durable progress of projections and process managers, one fenced runner each.
 * A fence is a number that grows with every take-over; writes under an old fence are refused.
 */
export interface Checkpoints {
  /** Takes the consumer when nobody holds it or the holder's time is over; answers the fence, or undefined. */
  acquire(consumer: string, holder: string, milliseconds: number): Promise<number | undefined>;
  /** @throws LeaseLost */
  renew(consumer: string, fence: number, milliseconds: number): Promise<void>;
  /** Gives the consumer up so that another may take it at once. */
  release(consumer: string, fence: number): Promise<void>;
  load(consumer: string): Promise<Checkpoint>;
  /** @throws LeaseLost */
  save(consumer: string, fence: number, progress: Progress): Promise<void>;
  /** Notes the event on which the consumer stopped. @throws LeaseLost */
  stop(consumer: string, fence: number, poison: Poison): Promise<void>;
  /** Lets a stopped consumer go on; with `skip`, beyond the event on which it stopped. Answers whether it was stopped. */
  resume(consumer: string, skip: boolean): Promise<boolean>;
  /** Version of a view that queries read; undefined before its first activation. */
  activeVersion(view: string): Promise<number | undefined>;
  /** Lets queries read this version, unless a newer one is active already: it never goes back. */
  activate(view: string, version: number): Promise<void>;
}
