/**
 * What processes of the platform share beside their stores: order of arrival, leases, rate limits, a cache and
 * messages. Nothing here is a source of truth; streams decide. Two implementations keep one contract:
 * Redis for several processes, and one inside the process.
 *
 * Names, holders, keys and topics are 1 to 200 printable ASCII characters without spaces and braces, and never
 * hold personal data: whoever has some passes a keyed hash. Anything else is a RangeError, as is every number out
 * of its range. All durations are whole milliseconds.
 */
export interface Coordination {
  readonly tickets: TicketQueue;
  readonly locks: Locks;
  readonly limits: RateLimits;
  readonly cache: Cache;
  readonly topics: Topics;
  /** Lets go of connections, timers and subscribers; leases stay until they run out. Later calls fail as unavailable. */
  close(): Promise<void>;
}

/**
 * Redis cannot be reached, does not answer in time or refuses to write. A call that changes something may
 * have happened or not; what a repetition does is said at each call. `reason` holds no key and no value.
 */
export class CoordinationUnavailable extends Error {
  override readonly name = 'CoordinationUnavailable';
  constructor(readonly reason: string) {
    super(`coordination is unavailable: ${reason}`);
  }
}

/** The queue takes nobody else for now. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
  constructor(readonly queue: string) {
    super(`queue ${queue} is full`);
  }
}

/** A message or value is longer than is carried, counted in bytes of its JSON in UTF-8. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  constructor(
    readonly bytes: number,
    readonly maximum: number,
  ) {
    super(`${bytes} bytes are more than ${maximum}`);
  }
}

/** A place in the order of arrival. Later arrivals have higher numbers; the numbers have gaps. */
export interface Ticket {
  readonly holder: string;
  /** Not below the microseconds since 1970 at its issue; so a queue that began anew never repeats a number. */
  readonly number: number;
}

/**
 * - `waiting`: `ahead` tickets are called before this one;
 * - `called`: `serve` has reached it;
 * - `unknown`: no such ticket; it was left, or its queue ran out or was lost. The holder takes a new one.
 */
export type Place =
  | { readonly kind: 'waiting'; readonly ahead: number }
  | { readonly kind: 'called' }
  | { readonly kind: 'unknown' };

/**
 * First come, first called. A queue begins with its first ticket and ends as a whole, called tickets included,
 * `QueueBounds.lifeMs` later. Arrivals through one client are numbered in the order of the calls, arrivals through
 * several in the order in which Redis hears of them.
 *
 * Survives a restart of Redis as far as its append-only file does: entirely with `appendfsync always`; with
 * `everysec`, tickets of the last second may be unknown and called ones may be called again.
 */
export interface TicketQueue {
  /**
   * The holder's ticket, new at the end of the queue or the one it already has, called or not: safe to repeat.
   * @throws QueueFull, CoordinationUnavailable
   */
  take(queue: string, holder: string): Promise<Ticket>;
  /** @throws CoordinationUnavailable */
  position(queue: string, ticket: Ticket): Promise<Place>;
  /**
   * Calls the next tickets, at most `count` (1 to 1,000), in order; each is called once. When the answer is lost they
   * count as called all the same and their holders see it by `position`: repeating calls further ones.
   * @throws CoordinationUnavailable
   */
  serve(queue: string, count: number): Promise<readonly Ticket[]>;
  /**
   * Gives a waiting ticket up; answers whether it was waiting. The holder's next ticket is at the end. Safe to repeat.
   * @throws CoordinationUnavailable
   */
  leave(queue: string, ticket: Ticket): Promise<boolean>;
  /** How many tickets wait. @throws CoordinationUnavailable */
  waiting(queue: string): Promise<number>;
}

export interface QueueBounds {
  /** How many may wait in a queue at a time. */
  readonly waiting: number;
  /** How many tickets a queue remembers in its life, called ones included. */
  readonly tickets: number;
  /** A queue ends so many milliseconds after its first ticket. */
  readonly lifeMs: number;
}

export const DEFAULT_QUEUE_BOUNDS: QueueBounds = {
  waiting: 50_000,
  tickets: 500_000,
  lifeMs: 24 * 3_600_000,
};

export interface Lease {
  /**
   * Grows with every acquisition of the lock. Microseconds since 1970 or one more than the last fence, whichever
   * is higher; so it also grows when Redis has lost its data, unless its clock was set back further than the time
   * since the last acquisition.
   */
  readonly fence: number;
}

/**
 * Leases that run out. A lease alone excludes nobody for sure: a holder may be paused beyond its end. Whatever is
 * written under a lease carries the fence, and the store refuses a fence lower than the highest it has seen.
 *
 * Survives a restart of Redis as tickets do. A lost lease can be taken by somebody else at once, with a higher fence.
 */
export interface Locks {
  /**
   * Takes the lock for `leaseMs` (1 to 86,400,000) when it is free, its lease has run out or this holder has it;
   * undefined when somebody else has it. The holder itself gets a new fence and its former one is over, so that a
   * holder whose answer was lost need not wait: a holder names one task of one process.
   * @throws CoordinationUnavailable
   */
  acquire(name: string, holder: string, leaseMs: number): Promise<Lease | undefined>;
  /** From now on `leaseMs` more; false when the lease is over or another's. Safe to repeat. @throws CoordinationUnavailable */
  renew(name: string, fence: number, leaseMs: number): Promise<boolean>;
  /** Frees the lock; false when the lease is over or another's. Safe to repeat. @throws CoordinationUnavailable */
  release(name: string, fence: number): Promise<boolean>;
}

export interface Rate {
  /** How many at once, and per window in the long run (1 to 1,000,000). */
  readonly limit: number;
  /** 1 to 86,400,000. */
  readonly windowMs: number;
}

export interface RateVerdict {
  readonly allowed: boolean;
  /** How many more would be allowed now. */
  readonly remaining: number;
  /** 0 when allowed; otherwise after how many milliseconds the same cost would be. */
  readonly retryAfterMs: number;
}

/**
 * A token bucket per key and rate: full at first, refilled evenly. At most `limit` at once, and less than
 * twice `limit` in any one window. A refusal costs nothing. A bucket that is full again takes no memory.
 * A bucket that is lost with Redis' data is full again.
 */
export interface RateLimits {
  /**
   * Takes `cost` tokens (1, or up to `limit`) or none. Not safe to repeat: it takes again.
   * @throws CoordinationUnavailable; the caller decides whether the door is then open or shut
   */
  take(key: string, rate: Rate, cost?: number): Promise<RateVerdict>;
}

export interface CacheSpaceOptions<Value> {
  readonly name: string;
  /** Raised when the meaning of the values changes: values of other versions are never seen. */
  readonly version: number;
  /** Checks what comes out of the cache, such as a schema's `parse`; what it throws on is a miss. */
  readonly parse: (stored: unknown) => Value;
}

/** Values that can be had again elsewhere, at most 65,536 bytes of JSON each. May forget anything at any time. */
export interface Cache {
  space<Value>(options: CacheSpaceOptions<Value>): CacheSpace<Value>;
}

/** Every read is a copy of its own. Without Redis everything is a miss, and only `delete` fails. */
export interface CacheSpace<Value> {
  get(key: string): Promise<Value | undefined>;
  /**
   * Keeps the value for `timeToLiveMs` (1 to 86,400,000), or not at all without Redis; an older value may then
   * come back with Redis for what is left of its life.
   * @throws TooLarge
   */
  set(key: string, value: Value, timeToLiveMs: number): Promise<void>;
  /** @throws CoordinationUnavailable: the value may come back. */
  delete(key: string): Promise<void>;
  /**
   * The value, loaded when it is not there. Of many callers in this process one loads and all get its value or its
   * error; errors are not kept. A value that is too large is answered, not kept, and reported. A load during which
   * this process sets or deletes the key is not kept either.
   */
  remember(key: string, timeToLiveMs: number, load: () => Promise<Value>): Promise<Value>;
}

export interface Subscriber {
  /** One message at a time, in the order of one publisher's messages. Whoever subscribes checks its form. */
  message(message: unknown): void | Promise<void>;
  /** Messages may have been missed: the connection was away, or this subscriber too slow. Read the state again. */
  missed?(): void | Promise<void>;
}

export interface Subscription {
  /** No message is handed over after this. */
  close(): Promise<void>;
}

/**
 * Small JSON messages (at most 16,384 bytes) to whoever listens now: at most once. A message is a hint to
 * look, never the only carrier of a fact. Of a subscriber's waiting messages (at most 1,000) the oldest are dropped.
 * What a subscriber throws is reported and ends nothing. Subscriptions come back with Redis by themselves.
 */
export interface Topics {
  /** Answers when Redis has it, not when anybody heard it. @throws TooLarge, CoordinationUnavailable */
  publish(topic: string, message: unknown): Promise<void>;
  /** Hears everything published after this has resolved. @throws CoordinationUnavailable and is not subscribed */
  subscribe(topic: string, subscriber: Subscriber): Promise<Subscription>;
}

/** Something an operator should know of. Holds no key, no value and no message. */
export type CoordinationFault =
  | { readonly kind: 'disconnected' | 'connected'; readonly connection: string }
  | { readonly kind: 'subscriber-failed'; readonly topic: string; readonly error: string }
  | { readonly kind: 'messages-dropped'; readonly topic: string; readonly count: number }
  | { readonly kind: 'value-too-large'; readonly space: string; readonly bytes: number };

export type ReportFault = (fault: CoordinationFault) => void;
