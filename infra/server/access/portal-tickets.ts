import { randomBytes } from 'node:crypto';
import type { ExpiringStore, Fingerprint, SessionAccount } from './session-store.ts';

/** For whom a ticket is, and where it leads. */
export interface Entrance {
  readonly account: SessionAccount;
  readonly path: string;
}

const TICKET_MS = 60_000;
const TICKET_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Tickets that open the portal once, within a minute; the store knows only their fingerprints. */
export class PortalTickets {
  readonly #store: ExpiringStore<Entrance | null>;
  readonly #fingerprint: Fingerprint;

  constructor(store: ExpiringStore<Entrance | null>, fingerprint: Fingerprint) {
    this.#store = store;
    this.#fingerprint = fingerprint;
  }

  /** @param now milliseconds since 1970, as everywhere here */
  async issue(
    entrance: Entrance,
    now: number,
  ): Promise<{ readonly ticket: string; readonly expiresAt: number }> {
    const ticket = randomBytes(32).toString('base64url');
    const expiresAt = now + TICKET_MS;
    await this.#store.insert(this.#keyOf(ticket), entrance, expiresAt);
    return { ticket, expiresAt };
  }

  /** Undefined for what never was a ticket, has been used, or is over. Of several at once exactly one gets it. */
  async redeem(ticket: string, now: number): Promise<Entrance | undefined> {
    if (!TICKET_FORM.test(ticket)) return undefined;
    const key = this.#keyOf(ticket);
    const found = await this.#store.find(key, now);
    if (!found?.value) return undefined;
    // Remembered for longer than the ticket could be used.
    const first = await this.#store.insert(`${key} used`, null, found.expiresAt + TICKET_MS);
    return first ? found.value : undefined;
  }

  #keyOf(ticket: string): string {
    return this.#fingerprint('portal-ticket', ticket);
  }
}
