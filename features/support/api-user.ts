import { randomUUID } from 'node:crypto';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import {
  DIRECTORY_PATHS,
  type DirectoryEntry,
  entryPageSchemas,
  entrySchemas,
  type HistoryItem,
  historyPageSchema,
  searchResultSchema,
} from '@qingpu/contracts/http/institutions';
import { type Problem, problemSchema } from '@qingpu/contracts/http/problem';
import { type Session, sessionSchema } from '@qingpu/contracts/http/session';
import type { z } from 'zod';

export interface EntryAddress {
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
  readonly code: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

type Query = Readonly<Record<string, string | undefined>>;
type SearchHit = z.infer<typeof searchResultSchema>['items'][number];

/** Someone who uses the platform's API as the screens do: a visitor or a signed-in account. */
export class ApiUser {
  readonly #url: string;
  readonly #cookie: string | undefined;
  readonly #session: Session | undefined;

  private constructor(url: string, cookie?: string, session?: Session) {
    this.#url = url;
    this.#cookie = cookie;
    this.#session = session;
  }

  /** @param account an account of the development installation, or `visitor` for nobody's */
  static async arrive(url: string, account: string, code: string): Promise<ApiUser> {
    if (account === 'visitor') return new ApiUser(url);
    const response = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account, code }),
    });
    if (!response.ok) throw new Error(`${account} could not sign in: ${response.status}`);
    const [cookie] = response.headers.getSetCookie().map((header) => header.split(';')[0]);
    return new ApiUser(url, cookie, sessionSchema.parse(await response.json()));
  }

  get(path: string, query: Query = {}): Promise<Answer> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = new URLSearchParams(given).toString();
    return this.#send(search === '' ? path : `${path}?${search}`, {});
  }

  write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) {
    return this.#send(path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
    });
  }

  /** A file, such as an export. */
  async download(
    path: string,
  ): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
    const response = await this.#ask(path, {});
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await response.text() };
  }

  /** As another site would make this person's browser write: with the cookie, without the page's token. */
  writeWithoutToken(path: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return new ApiUser(this.#url, this.#cookie).write('POST', path, body, headers);
  }

  /** Entries of one kind that a list answers, page by page. */
  async list<Kind extends DirectoryKind>(kind: Kind, query: Query = {}): Promise<DirectoryEntry<Kind>[]> {
    const found: DirectoryEntry<Kind>[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.get(listPath(kind), { size: '100', ...query, page: String(page) });
      const { items, total } = entryPageSchemas[kind].parse(bodyOf(answer));
      found.push(...(items as DirectoryEntry<Kind>[]));
      if (items.length === 0 || found.length >= total) return found;
    }
  }

  /** The entry, or undefined when this person is told that there is none. */
  async entry<Kind extends DirectoryKind>(
    { institutionCode, code }: Omit<EntryAddress, 'kind'>,
    kind: Kind,
    after?: string,
  ): Promise<DirectoryEntry<Kind> | undefined> {
    const answer = await this.get(entryPath({ kind, institutionCode, code }), { after });
    if (answer.status === 404) return undefined;
    return entrySchemas[kind].parse(bodyOf(answer)) as DirectoryEntry<Kind>;
  }

  /** The one entry of exactly this name. */
  async findByName<Kind extends DirectoryKind>(
    kind: Kind,
    name: string,
    institutionCode?: string,
  ): Promise<DirectoryEntry<Kind>> {
    const listed = await this.list(kind, { q: name, institution: institutionCode });
    const found = listed.filter((entry) => entry.name === name);
    const [only] = found;
    if (!only || found.length > 1) throw new Error(`${found.length} entries of ${kind} are called ${name}`);
    return only;
  }

  async search(q: string): Promise<readonly SearchHit[]> {
    return searchResultSchema.parse(bodyOf(await this.get('/api/directory/search', { q, limit: '50' })))
      .items;
  }

  async history(address: EntryAddress, after?: string): Promise<readonly HistoryItem[]> {
    const answer = await this.get(`${entryPath(address)}/history`, { size: '100', after });
    return historyPageSchema.parse(bodyOf(answer)).items;
  }

  /** Deactivates an active entry as the desk does. */
  async deactivate(address: EntryAddress, reason: string, after?: string): Promise<void> {
    const entry = await this.entry(address, address.kind, after);
    if (entry?.status !== 'active') return;
    const headers = { 'if-match': `"${entry.revision}"` };
    bodyOf(await this.write('POST', `${entryPath(address)}/deactivation`, { reason }, headers));
  }

  async #send(path: string, init: Sent): Promise<Answer> {
    const response = await this.#ask(path, init);
    return { status: response.status, body: await response.json() };
  }

  #ask(path: string, init: Sent): Promise<Response> {
    return fetch(this.#url + path, {
      ...init,
      headers: {
        ...init.headers,
        ...(this.#cookie !== undefined && { cookie: this.#cookie }),
        ...(this.#session && { 'x-csrf-token': this.#session.csrfToken }),
      },
    });
  }
}

export function listPath(kind: DirectoryKind): string {
  return `/api/directory/${DIRECTORY_PATHS[kind]}`;
}

export function entryPath({ kind, institutionCode, code }: EntryAddress): string {
  return `${listPath(kind)}/${institutionCode}/${code}`;
}

/** The problem of an answer that is one. */
export function problemOf({ body }: Answer): Problem {
  return problemSchema.parse(body);
}

/** The body of an answer that must be good. */
export function bodyOf({ status, body }: Answer): unknown {
  if (status >= 300) throw new Error(`the platform answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
