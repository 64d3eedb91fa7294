import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { EventSubscription, SubscriptionBatch, SubscriptionRequest } from '../subscription.ts';

/** Hands over a list of events that a test can add to. */
export class FakeSubscription implements EventSubscription {
  readonly #events: StoredEvent[] = [];
  #wake: () => void = () => undefined;

  add(...events: readonly StoredEvent[]): void {
    this.#events.push(...events);
    this.#wake();
  }

  async headPosition(): Promise<bigint> {
    return this.#events.at(-1)?.position ?? 0n;
  }

  async *subscribe(request: SubscriptionRequest): AsyncIterable<SubscriptionBatch> {
    let after = request.from === 'start' ? -1n : request.from;
    request.signal.addEventListener('abort', () => this.#wake());
    while (!request.signal.aborted) {
      const next = this.#events.filter((event) => event.position > after).slice(0, request.batchSize);
      const last = next.at(-1);
      if (last) after = last.position;
      const events = next.filter((event) => request.types.includes(event.type));
      yield { events, checkpoint: after, live: last === undefined || last === this.#events.at(-1) };
      if (!request.signal.aborted && !this.#events.some((event) => event.position > after)) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
