import { CoordinationUnavailable, type ReportFault, type Subscriber } from './coordination.ts';
import { SubscriberBacklog } from './subscriber-backlog.ts';

const MAX_SUBSCRIBERS = 10_000;

/** Who in this process listens to what. */
export class TopicSubscribers {
  readonly #report: ReportFault;
  readonly #topics = new Map<string, Set<SubscriberBacklog>>();
  #count = 0;

  constructor(report: ReportFault) {
    this.#report = report;
  }

  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** @throws CoordinationUnavailable */
  add(topic: string, subscriber: Subscriber): SubscriberBacklog {
    if (this.#count >= MAX_SUBSCRIBERS) throw new CoordinationUnavailable('too many subscribers');
    const backlog = new SubscriberBacklog(topic, subscriber, this.#report);
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers.add(backlog));
    this.#count++;
    return backlog;
  }

  /** Answers whether nobody listens to the topic any more. */
  remove(topic: string, backlog: SubscriberBacklog): boolean {
    backlog.close();
    const subscribers = this.#topics.get(topic);
    if (!subscribers?.delete(backlog)) return false;
    this.#count--;
    return subscribers.size === 0 && this.#topics.delete(topic);
  }

  deliver(topic: string, text: string): void {
    for (const backlog of this.#topics.get(topic) ?? []) backlog.offer(text);
  }

  missed(): void {
    for (const subscribers of this.#topics.values()) {
      for (const backlog of subscribers) backlog.missed();
    }
  }

  close(): void {
    for (const [topic, subscribers] of this.#topics) {
      for (const backlog of subscribers) this.remove(topic, backlog);
    }
  }
}
