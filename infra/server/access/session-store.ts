import { randomBytes } from 'node:crypto';
import type { Role } from '@qingpu/contracts/http/session';

export interface SessionAccount {
  readonly accountId: string;
  readonly displayName: string;
  readonly role: Role;
  readonly institutionCode: string | null;
  /** Came by way of an app that embeds the portal. */
  readonly embedded?: boolean;
}

/** Sessions and nonces are kept in a store that forgets: the port that the document store implements. */
export interface ExpiringStore<Value> {
  insert(key: string, value: Value, expiresAt: number): Promise<boolean>;
  find(key: string, now: number): Promise<{ readonly value: Value; readonly expiresAt: number } | undefined>;
  remove(key: string): Promise<void>;
}

/** Keyed one-way fingerprint; the store never holds a token that could be used. */
export type Fingerprint = (purpose: string, content: unknown) => string;

export interface OpenSession {
  readonly account: SessionAccount;
  readonly csrfToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const SESSION_MS = 8 * 3_600_000;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Opaque sessions: the cookie is a random token, the store knows only its fingerprint. */
export class Sessions {
  readonly #store: ExpiringStore<SessionAccount>;
  readonly #fingerprint: Fingerprint;

  constructor(store: ExpiringStore<SessionAccount>, fingerprint: Fingerprint) {
    this.#store = store;
    this.#fingerprint = fingerprint;
  }

  async open(account: SessionAccount, now: number): Promise<OpenSession & { readonly token: string }> {
    const token = randomBytes(32).toString('base64url');
    const expiresAt = now + SESSION_MS;
    await this.#store.insert(this.#keyOf(token), account, expiresAt);
    return { token, account, csrfToken: this.#csrfOf(token), expiresAt };
  }

  async find(token: string, now: number): Promise<OpenSession | undefined> {
    if (!TOKEN_FORM.test(token)) return undefined;
    const found = await this.#store.find(this.#keyOf(token), now);
    return found && { account: found.value, csrfToken: this.#csrfOf(token), expiresAt: found.expiresAt };
  }

  close(token: string): Promise<void> {
    return this.#store.remove(this.#keyOf(token));
  }

  #keyOf(token: string): string {
    return this.#fingerprint('session', token);
  }

  #csrfOf(token: string): string {
    return this.#fingerprint('csrf', token);
  }
}
