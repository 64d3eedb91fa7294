import type { Place, Ticket } from '../coordination.ts';

/** The model of a queue: as short as possible, and told by the real one which numbers it gave. */
export class FakeQueue {
  readonly #known = new Map<string, Ticket>();
  waiting: Ticket[] = [];
  #highest = 0;

  /** Takes note of a ticket, which must be the one the holder had or higher than all before. */
  taken(ticket: Ticket): void {
    const known = this.#known.get(ticket.holder);
    if (known) {
      if (known.number !== ticket.number) throw new Error('the holder has got another ticket');
      return;
    }
    if (ticket.number <= this.#highest) throw new Error('the number went back');
    this.#highest = ticket.number;
    this.#known.set(ticket.holder, ticket);
    this.waiting.push(ticket);
  }

  serve(count: number): Ticket[] {
    return this.waiting.splice(0, count);
  }

  leave(ticket: Ticket): boolean {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((other) => other.number !== ticket.number);
    return this.waiting.length < before && this.#known.delete(ticket.holder);
  }

  position(ticket: Ticket): Place {
    if (this.#known.get(ticket.holder)?.number !== ticket.number) return { kind: 'unknown' };
    const ahead = this.waiting.findIndex((other) => other.number === ticket.number);
    return ahead < 0 ? { kind: 'called' } : { kind: 'waiting', ahead };
  }

  /** The holder's ticket, or one that was never issued. */
  ticketOf(holder: string): Ticket {
    return this.#known.get(holder) ?? { holder, number: 1 };
  }
}
