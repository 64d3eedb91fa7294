import { checkNames, checkWhole } from './bounds.ts';
import {
  CoordinationUnavailable,
  type Place,
  type QueueBounds,
  QueueFull,
  type Ticket,
  type TicketQueue,
} from './coordination.ts';
import type { InProcessState } from './in-process-state.ts';

const MAX_QUEUES = 1_000;
const UNKNOWN: Place = { kind: 'unknown' };

interface Queue {
  readonly endsAtMs: number;
  readonly tickets: Map<string, Ticket>;
  /** In order of their numbers. */
  readonly waiting: Ticket[];
}

export class InProcessTickets implements TicketQueue {
  readonly #state: InProcessState;
  readonly #bounds: QueueBounds;
  readonly #queues = new Map<string, Queue>();

  constructor(state: InProcessState, bounds: QueueBounds) {
    this.#state = state;
    this.#bounds = bounds;
  }

  async take(name: string, holder: string): Promise<Ticket> {
    checkNames(holder);
    const queue = this.#find(name) ?? this.#begin(name);
    const known = queue.tickets.get(holder);
    if (known) return known;
    const { waiting, tickets } = this.#bounds;
    if (queue.waiting.length >= waiting || queue.tickets.size >= tickets) throw new QueueFull(name);
    const ticket = { holder, number: this.#state.nextNumber() };
    queue.tickets.set(holder, ticket);
    queue.waiting.push(ticket);
    return ticket;
  }

  async position(name: string, { holder, number }: Ticket): Promise<Place> {
    checkNames(holder);
    const queue = this.#find(name);
    if (queue?.tickets.get(holder)?.number !== number) return UNKNOWN;
    const ahead = indexOf(queue.waiting, number);
    return ahead === undefined ? { kind: 'called' } : { kind: 'waiting', ahead };
  }

  async serve(name: string, count: number): Promise<readonly Ticket[]> {
    checkWhole('count', count, 1_000);
    return this.#find(name)?.waiting.splice(0, count) ?? [];
  }

  async leave(name: string, { holder, number }: Ticket): Promise<boolean> {
    checkNames(holder);
    const queue = this.#find(name);
    if (queue?.tickets.get(holder)?.number !== number) return false;
    const index = indexOf(queue.waiting, number);
    if (index === undefined) return false;
    queue.waiting.splice(index, 1);
    return queue.tickets.delete(holder);
  }

  async waiting(name: string): Promise<number> {
    return this.#find(name)?.waiting.length ?? 0;
  }

  sweep(): void {
    for (const [name, queue] of this.#queues) {
      if (queue.endsAtMs <= this.#state.nowMs()) this.#queues.delete(name);
    }
  }

  #find(name: string): Queue | undefined {
    this.#state.checkOpen();
    checkNames(name);
    const queue = this.#queues.get(name);
    return queue && queue.endsAtMs > this.#state.nowMs() ? queue : undefined;
  }

  #begin(name: string): Queue {
    if (this.#queues.size >= MAX_QUEUES) this.sweep();
    if (this.#queues.size >= MAX_QUEUES) throw new CoordinationUnavailable('too many queues');
    const endsAtMs = this.#state.nowMs() + this.#bounds.lifeMs;
    const queue: Queue = { endsAtMs, tickets: new Map(), waiting: [] };
    this.#queues.set(name, queue);
    return queue;
  }
}

/** Where the ticket with this number waits; by halving, because all who wait ask again and again. */
function indexOf(waiting: readonly Ticket[], number: number): number | undefined {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waiting[middle]?.number ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return waiting[low]?.number === number ? low : undefined;
}
