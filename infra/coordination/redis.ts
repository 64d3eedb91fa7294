import { checkDuration, checkNames, checkRate, checkWhole } from './bounds.ts';
import { CacheSpaces, type CacheStore } from './cache-spaces.ts';
import {
  type Coordination,
  CoordinationUnavailable,
  type Lease,
  type Locks,
  type Place,
  type QueueBounds,
  QueueFull,
  type Rate,
  type RateLimits,
  type RateVerdict,
  type ReportFault,
  type Ticket,
  type TicketQueue,
} from './coordination.ts';
import { RedisArrivals } from './redis-arrivals.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisTopics } from './redis-topics.ts';

export interface RedisCoordinationOptions {
  /** `redis://` or `rediss://`, with user, password and database number where needed. */
  readonly url: string;
  /** What all keys and topics of one platform begin with. */
  readonly prefix: string;
  readonly queues: QueueBounds;
  readonly report: ReportFault;
}

/** Resolves when the first attempt to connect is over, also when it failed: it goes on trying, and calls fail typed. */
export async function openRedisCoordination(options: RedisCoordinationOptions): Promise<Coordination> {
  const { url, prefix, queues, report } = options;
  checkNames(prefix);
  const commands = new RedisConnection({ url, purpose: 'commands', report });
  const subscriptions = new RedisConnection({ url, purpose: 'subscriptions', report });
  const topics = new RedisTopics({ commands, subscriptions, prefix, report });
  await Promise.all([commands.settled(), subscriptions.settled()]);
  return {
    tickets: new RedisTickets(commands, prefix, queues),
    locks: new RedisLocks(commands, prefix),
    limits: new RedisLimits(commands, prefix),
    cache: new CacheSpaces(new RedisCacheStore(commands, prefix), report),
    topics,
    close: async () => {
      topics.close();
      commands.close();
      subscriptions.close();
    },
  };
}

/** What is in braces decides the slot, so that the keys of one queue stay together in a cluster. */
class RedisTickets implements TicketQueue {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #arrivals: RedisArrivals;

  constructor(redis: RedisConnection, prefix: string, bounds: QueueBounds) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#arrivals = new RedisArrivals((queue, holders) => {
      const [tickets, waiting] = this.#keys(queue);
      const { waiting: mostWaiting, tickets: mostTickets, lifeMs } = bounds;
      return redis.run((client) =>
        client.takeTickets(tickets, waiting, holders.join(' '), mostWaiting, mostTickets, lifeMs),
      );
    });
  }

  async take(queue: string, holder: string): Promise<Ticket> {
    checkNames(queue, holder);
    const number = await this.#arrivals.take(queue, holder);
    if (number === '') throw new QueueFull(queue);
    return { holder, number: Number(number) };
  }

  async position(queue: string, { holder, number }: Ticket): Promise<Place> {
    const [tickets, waiting] = this.#keys(queue);
    checkNames(holder);
    const ahead = await this.#redis.run((client) => client.placeOfTicket(tickets, waiting, holder, number));
    if (ahead === -2) return { kind: 'unknown' };
    return ahead === -1 ? { kind: 'called' } : { kind: 'waiting', ahead };
  }

  async serve(queue: string, count: number): Promise<readonly Ticket[]> {
    const [, waiting] = this.#keys(queue);
    checkWhole('count', count, 1_000);
    const answer = await this.#redis.run((client) => client.zpopmin(waiting, count));
    const called: Ticket[] = [];
    for (let index = 0; index < answer.length; index += 2) {
      called.push({ holder: answer[index] ?? '', number: Number(answer[index + 1]) });
    }
    return called;
  }

  async leave(queue: string, { holder, number }: Ticket): Promise<boolean> {
    const [tickets, waiting] = this.#keys(queue);
    checkNames(holder);
    return (await this.#redis.run((client) => client.leaveQueue(tickets, waiting, holder, number))) === 1;
  }

  async waiting(queue: string): Promise<number> {
    const [, waiting] = this.#keys(queue);
    return this.#redis.run((client) => client.zcard(waiting));
  }

  #keys(queue: string): [tickets: string, waiting: string] {
    checkNames(queue);
    const base = `${this.#prefix}:queue:{${queue}}`;
    return [`${base}:tickets`, `${base}:waiting`];
  }
}

class RedisLocks implements Locks {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async acquire(name: string, holder: string, leaseMs: number): Promise<Lease | undefined> {
    checkNames(name, holder);
    checkDuration('leaseMs', leaseMs);
    const fence = await this.#redis.run((client) => client.acquireLock(this.#key(name), holder, leaseMs));
    return fence === null ? undefined : { fence: Number(fence) };
  }

  async renew(name: string, fence: number, leaseMs: number): Promise<boolean> {
    checkNames(name);
    checkDuration('leaseMs', leaseMs);
    return (await this.#redis.run((client) => client.renewLock(this.#key(name), fence, leaseMs))) === 1;
  }

  async release(name: string, fence: number): Promise<boolean> {
    checkNames(name);
    return (await this.#redis.run((client) => client.renewLock(this.#key(name), fence, 0))) === 1;
  }

  #key(name: string): string {
    return `${this.#prefix}:lock:{${name}}`;
  }
}

class RedisLimits implements RateLimits {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async take(key: string, rate: Rate, cost = 1): Promise<RateVerdict> {
    checkNames(key);
    checkRate(rate, cost);
    const { limit, windowMs } = rate;
    const bucket = `${this.#prefix}:limit:{${key}}:${limit}/${windowMs}`;
    const [allowed, remaining, retryAfterMs] = await this.#redis.run((client) =>
      client.takeTokens(bucket, limit, windowMs, cost),
    );
    return { allowed: allowed === 1, remaining, retryAfterMs };
  }
}

class RedisCacheStore implements CacheStore {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async read(key: string): Promise<string | undefined> {
    const text = await this.#redis.run((client) => client.get(this.#key(key))).catch(doWithout);
    return text ?? undefined;
  }

  async write(key: string, text: string, timeToLiveMs: number): Promise<void> {
    await this.#redis.run((client) => client.set(this.#key(key), text, 'PX', timeToLiveMs)).catch(doWithout);
  }

  async remove(key: string): Promise<void> {
    await this.#redis.run((client) => client.del(this.#key(key)));
  }

  #key(key: string): string {
    return `${this.#prefix}:cache:{${key}}`;
  }
}

/** A cache that is away is an empty one; that it is away is reported by the connection. */
function doWithout(error: unknown): undefined {
  if (!(error instanceof CoordinationUnavailable)) throw error;
}
