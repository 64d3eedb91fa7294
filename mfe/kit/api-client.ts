import './strict-csp.ts';
import { ApiProblem, LOCAL_PROBLEMS, problemOf } from './api-problem.ts';
import { type QueryValues, searchOf } from './query-state.ts';
import type { Schema } from './schema.ts';
import type { Submission } from './submission.ts';

const READ_LIMIT_MS = 15_000;
const WRITE_LIMIT_MS = 30_000;

export interface ReadOptions {
  readonly query?: QueryValues;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  readonly body?: unknown;
  /** Holds the Idempotency-Key of what the person submits. */
  readonly submission?: Submission;
  /** Revision that was read; refused with `stale-revision` when someone changed the entry since. */
  readonly ifRevision?: number;
  /** Refused when the entry exists already. */
  readonly ifNew?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiClient {
  /** GET; throws ApiProblem, or AbortError when the signal fired. */
  read<Output>(path: string, schema: Schema<Output>, options?: ReadOptions): Promise<Output>;
  /** POST, PUT or DELETE; throws like `read`. */
  write<Output>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    schema: Schema<Output>,
    options?: WriteOptions,
  ): Promise<Output>;
}

export interface ApiClientOptions {
  /** The CSRF token of the session, null for visitors. */
  readonly csrfToken: () => string | null;
  readonly fetch?: typeof fetch;
}

/** A client of our own API, on our own origin. Answers are checked against their schema before anyone sees them. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const send = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return {
    async read(path, schema, { query = {}, signal } = {}) {
      const init = { headers: { Accept: 'application/json' } };
      const response = await answered(send, path + searchOf(query), init, limit(READ_LIMIT_MS, signal));
      return checked(response, schema);
    },
    async write(method, path, schema, write = {}) {
      const init: RequestInit = { method, headers: writeHeaders(write, options.csrfToken()) };
      if (write.body !== undefined) init.body = JSON.stringify(write.body);
      const response = await answered(send, path, init, limit(WRITE_LIMIT_MS, write.signal));
      const answer = await checked(response, schema);
      write.submission?.settle();
      return answer;
    },
  };
}

function limit(milliseconds: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

function writeHeaders(write: WriteOptions, csrfToken: string | null): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(write.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(csrfToken ? { 'X-CSRF-Token': csrfToken } : {}),
    ...(write.submission ? { 'Idempotency-Key': write.submission.keyFor(write.body) } : {}),
    ...(write.ifRevision === undefined ? {} : { 'If-Match': `"${write.ifRevision}"` }),
    ...(write.ifNew ? { 'If-None-Match': '*' } : {}),
  };
}

async function answered(
  send: typeof fetch,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await send(url, { ...init, signal, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    throw lostAnswer(error);
  }
}

async function checked<Output>(response: Response, schema: Schema<Output>): Promise<Output> {
  if (!response.ok) throw await problemOf(response);
  const parsed = schema.safeParse(response.status === 204 ? undefined : await bodyOf(response));
  if (parsed.success) return parsed.data;
  throw new ApiProblem({
    code: LOCAL_PROBLEMS.unexpected,
    detail: '收到的数据与本页面版本不符，请刷新页面后重试',
    status: response.status,
  });
}

/** The body as JSON; a connection that breaks or times out halfway is a lost answer like any other. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw lostAnswer(error);
  }
}

function lostAnswer(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'AbortError') return error;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new ApiProblem({
      code: LOCAL_PROBLEMS.timedOut,
      detail: '等待时间过长，请重试；重试不会重复提交',
      status: 0,
    });
  }
  return new ApiProblem({
    code: LOCAL_PROBLEMS.unreachable,
    detail: '网络连接不上，请检查网络后重试',
    status: 0,
  });
}
