import type { Clock } from '@qingpu/domains-kernel/clock';
import { checkBytes, checkNames, MAX_MESSAGE_BYTES, toJson } from './bounds.ts';
import { CacheSpaces } from './cache-spaces.ts';
import type {
  Coordination,
  QueueBounds,
  ReportFault,
  Subscriber,
  Subscription,
  Topics,
} from './coordination.ts';
import { InProcessCacheStore } from './in-process-cache-store.ts';
import { InProcessLimits } from './in-process-limits.ts';
import { InProcessLocks } from './in-process-locks.ts';
import { InProcessState } from './in-process-state.ts';
import { InProcessTickets } from './in-process-tickets.ts';
import { TopicSubscribers } from './topic-subscribers.ts';

const SWEEP_MS = 30_000;

export interface InProcessOptions {
  readonly queues: QueueBounds;
  readonly report: ReportFault;
  /** Where ticket numbers and fences start from; the system's unless told. */
  readonly clock?: Clock;
}

/** Coordination of one process with itself: two of these know nothing of each other, and all ends with the process. */
export function openInProcessCoordination(options: InProcessOptions): Coordination {
  const state = new InProcessState(options.clock);
  const tickets = new InProcessTickets(state, options.queues);
  const locks = new InProcessLocks(state);
  const limits = new InProcessLimits(state);
  const store = new InProcessCacheStore(state);
  const subscribers = new TopicSubscribers(options.report);
  const sweep = setInterval(() => {
    for (const part of [tickets, locks, limits, store]) part.sweep();
  }, SWEEP_MS).unref();
  const close = async () => {
    clearInterval(sweep);
    state.close();
    store.clear();
    subscribers.close();
  };
  const cache = new CacheSpaces(store, options.report);
  return { tickets, locks, limits, cache, topics: new InProcessTopics(state, subscribers), close };
}

class InProcessTopics implements Topics {
  readonly #state: InProcessState;
  readonly #subscribers: TopicSubscribers;

  constructor(state: InProcessState, subscribers: TopicSubscribers) {
    this.#state = state;
    this.#subscribers = subscribers;
  }

  async publish(topic: string, message: unknown): Promise<void> {
    this.#state.checkOpen();
    checkNames(topic);
    const text = toJson(message);
    checkBytes(text, MAX_MESSAGE_BYTES);
    this.#subscribers.deliver(topic, text);
  }

  async subscribe(topic: string, subscriber: Subscriber): Promise<Subscription> {
    this.#state.checkOpen();
    checkNames(topic);
    const backlog = this.#subscribers.add(topic, subscriber);
    return {
      close: async () => {
        this.#subscribers.remove(topic, backlog);
      },
    };
  }
}
