import type { Redis } from 'ioredis';
import { checkBytes, checkNames, MAX_MESSAGE_BYTES, toJson } from './bounds.ts';
import {
  CoordinationUnavailable,
  type ReportFault,
  type Subscriber,
  type Subscription,
  type Topics,
} from './coordination.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { SubscriberBacklog } from './subscriber-backlog.ts';
import { TopicSubscribers } from './topic-subscribers.ts';

/** A silent connection may be dead without anybody noticing; asking every so often finds out. */
const PROBE_MS = 10_000;

export interface RedisTopicsOptions {
  readonly commands: RedisConnection;
  /** A connection of its own, because one with subscriptions takes no other commands. */
  readonly subscriptions: RedisConnection;
  readonly prefix: string;
  readonly report: ReportFault;
}

export class RedisTopics implements Topics {
  readonly #commands: RedisConnection;
  readonly #subscriptions: RedisConnection;
  readonly #prefix: string;
  readonly #subscribers: TopicSubscribers;
  readonly #probe: NodeJS.Timeout;

  constructor({ commands, subscriptions, prefix, report }: RedisTopicsOptions) {
    this.#commands = commands;
    this.#subscriptions = subscriptions;
    this.#prefix = `${prefix}:topic:`;
    this.#subscribers = new TopicSubscribers(report);
    this.#probe = setInterval(() => void this.#attempt((client) => client.ping()), PROBE_MS).unref();
    subscriptions.client.on('ready', () => void this.#resubscribe());
    subscriptions.client.on('message', (channel: string, text: string) => {
      this.#subscribers.deliver(channel.slice(this.#prefix.length), text);
    });
  }

  async publish(topic: string, message: unknown): Promise<void> {
    checkNames(topic);
    const text = toJson(message);
    checkBytes(text, MAX_MESSAGE_BYTES);
    await this.#commands.run((client) => client.publish(this.#prefix + topic, text));
  }

  async subscribe(topic: string, subscriber: Subscriber): Promise<Subscription> {
    checkNames(topic);
    const backlog = this.#subscribers.add(topic, subscriber);
    try {
      await this.#subscriptions.run((client) => client.subscribe(this.#prefix + topic));
    } catch (error) {
      await this.#unsubscribe(topic, backlog);
      throw error;
    }
    return { close: () => this.#unsubscribe(topic, backlog) };
  }

  close(): void {
    clearInterval(this.#probe);
    this.#subscribers.close();
  }

  async #unsubscribe(topic: string, backlog: SubscriberBacklog): Promise<void> {
    // Sent in the same turn as the last one goes, so a later subscription of the topic is sent after it.
    if (this.#subscribers.remove(topic, backlog)) {
      await this.#attempt((client) => client.unsubscribe(this.#prefix + topic));
    }
  }

  /** The connection is new: Redis knows of no subscription any more, and messages may have passed meanwhile. */
  async #resubscribe(): Promise<void> {
    const channels = this.#subscribers.topics.map((topic) => this.#prefix + topic);
    if (channels.length === 0) return;
    if (await this.#attempt((client) => client.subscribe(...channels))) this.#subscribers.missed();
    else this.#subscriptions.client.disconnect(true);
  }

  /** Answers whether it worked. What a lost connection leaves undone is made good by `#resubscribe` on the next. */
  async #attempt(command: (client: Redis) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#subscriptions.run(command);
      return true;
    } catch (error) {
      if (error instanceof CoordinationUnavailable) return false;
      throw error;
    }
  }
}
