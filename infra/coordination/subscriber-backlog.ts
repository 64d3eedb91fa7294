import { MAX_WAITING_MESSAGES } from './bounds.ts';
import type { ReportFault, Subscriber } from './coordination.ts';

/** Hands messages to one subscriber, one at a time; bounded, so that a slow one costs the others nothing. */
export class SubscriberBacklog {
  readonly #topic: string;
  readonly #subscriber: Subscriber;
  readonly #report: ReportFault;
  #waiting: string[] = [];
  #dropped = 0;
  #missed = false;
  #busy = false;
  #closed = false;

  constructor(topic: string, subscriber: Subscriber, report: ReportFault) {
    this.#topic = topic;
    this.#subscriber = subscriber;
    this.#report = report;
  }

  offer(text: string): void {
    if (this.#closed) return;
    this.#waiting.push(text);
    if (this.#waiting.length > MAX_WAITING_MESSAGES) this.#dropOldest();
    this.#wake();
  }

  /** Tells the subscriber, before any later message, that it may have missed some. */
  missed(): void {
    if (this.#closed) return;
    this.#missed = true;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #dropOldest(): void {
    this.#waiting.shift();
    this.#dropped++;
    this.#missed = true;
  }

  #wake(): void {
    if (this.#busy) return;
    this.#busy = true;
    // Not in the publisher's own turn: a subscriber must not hold it up or throw into it.
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (!this.#closed && (this.#missed || this.#waiting.length > 0)) await this.#handOver();
    this.#busy = false;
  }

  async #handOver(): Promise<void> {
    try {
      if (this.#missed) return await this.#tellMissed();
      const text = this.#waiting.shift();
      if (text !== undefined) await this.#subscriber.message(JSON.parse(text));
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#report({ kind: 'subscriber-failed', topic: this.#topic, error: name });
    }
  }

  async #tellMissed(): Promise<void> {
    this.#missed = false;
    if (this.#dropped > 0) {
      this.#report({ kind: 'messages-dropped', topic: this.#topic, count: this.#dropped });
      this.#dropped = 0;
    }
    await this.#subscriber.missed?.();
  }
}
