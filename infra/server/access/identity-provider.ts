import { timingSafeEqual } from 'node:crypto';
import type { SessionAccount } from './session-store.ts';

/** Finds out who signs in: the port for certificates, real-name checks and, in development, synthetic accounts. */
export interface IdentityProvider {
  /** The account, or undefined when account or code are wrong; which of them is not told. */
  authenticate(account: string, code: string): Promise<SessionAccount | undefined>;
  /** Accounts to choose from; undefined where people must know their own. */
  accounts(): readonly SessionAccount[] | undefined;
  /** What an account is called; undefined when it is not known, or not any more. */
  nameOf(accountId: string): string | undefined;
}

/** The synthetic district's accounts, all under one code that is made at the first start. */
export class DevelopmentIdentities implements IdentityProvider {
  readonly #accounts: ReadonlyMap<string, SessionAccount>;
  readonly #code: Buffer;

  constructor(accounts: readonly SessionAccount[], code: string) {
    this.#accounts = new Map(accounts.map((account) => [account.accountId, account]));
    this.#code = Buffer.from(code);
  }

  async authenticate(account: string, code: string): Promise<SessionAccount | undefined> {
    const given = Buffer.from(code);
    const right = given.length === this.#code.length && timingSafeEqual(given, this.#code);
    return right ? this.#accounts.get(account) : undefined;
  }

  accounts(): readonly SessionAccount[] {
    return [...this.#accounts.values()];
  }

  nameOf(accountId: string): string | undefined {
    return this.#accounts.get(accountId)?.displayName;
  }
}

/** No way in: for installations whose identity provider is not connected yet. */
export class NoIdentities implements IdentityProvider {
  async authenticate(): Promise<undefined> {
    return undefined;
  }

  accounts(): undefined {
    return undefined;
  }

  nameOf(): undefined {
    return undefined;
  }
}
