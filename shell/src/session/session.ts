import {
  currentSessionSchema,
  developmentAccountsSchema,
  type Session,
  sessionSchema,
} from '@qingpu/contracts/http/session';
import { type ApiClient, createApiClient } from '@qingpu/mfe-kit/api-client';
import { ApiProblem } from '@qingpu/mfe-kit/api-problem';
import { nothing } from '@qingpu/mfe-kit/schema';

export type DevelopmentAccount = (typeof developmentAccountsSchema)['_output']['items'][number];

/** Who uses this page. Signing in and out loads the page anew, so that nothing of one person stays for the next. */
export class CurrentSession {
  session: Session | null = null;
  readonly #api: ApiClient = createApiClient({ csrfToken: () => this.session?.csrfToken ?? null });

  async load(): Promise<void> {
    const current = await this.#api.read('/api/session', currentSessionSchema);
    this.session = current.session;
  }

  /** Who can sign in during development; undefined where development sign-in is off. */
  async accounts(): Promise<readonly DevelopmentAccount[] | undefined> {
    try {
      return (await this.#api.read('/api/session/accounts', developmentAccountsSchema)).items;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) return undefined;
      throw error;
    }
  }

  async signIn(account: string, code: string): Promise<Session> {
    return this.#api.write('POST', '/api/session', sessionSchema, { body: { account, code } });
  }

  async signOut(): Promise<void> {
    await this.#api.write('DELETE', '/api/session', nothing);
  }
}
