import { problemSchema } from '@qingpu/contracts/http/problem';
import { sessionSchema } from '@qingpu/contracts/http/session';
import { PlatformRefusal, PlatformUnavailable } from '@qingpu/simulators/platform-errors';

export interface SignIn {
  /** Origin of the platform. */
  readonly baseUrl: string;
  readonly account: string;
  /** Code of the development accounts. */
  readonly code: string;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
/** Worth another try with the same key. */
const RETRIED = new Set([429, 502, 503, 504]);

/** A resident at the portal, with a session as a browser has it. */
export class ResidentSession {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  private constructor(
    baseUrl: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ) {
    this.#baseUrl = baseUrl;
    this.#headers = headers;
    this.#signal = signal;
  }

  /** @throws PlatformRefusal, PlatformUnavailable, or the signal's reason */
  static async open({ baseUrl, account, code, signal }: SignIn): Promise<ResidentSession> {
    const visitor = new ResidentSession(baseUrl, {}, signal);
    const response = await visitor.#answered('POST /api/session', { account, code }, {});
    const { csrfToken } = sessionSchema.parse(await response.json());
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return new ResidentSession(baseUrl, { cookie, 'x-csrf-token': csrfToken }, signal);
  }

  /** Sends under an idempotency key, again while the platform is busy. @throws PlatformRefusal, PlatformUnavailable */
  async post(path: string, body: unknown, key: string): Promise<unknown> {
    return (await this.#answered(`POST ${path}`, body, { 'idempotency-key': key })).json();
  }

  async #answered(request: string, body: unknown, headers: Record<string, string>): Promise<Response> {
    let fault = 'none';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const response = await this.#send(request.replace('POST ', ''), body, headers);
      if (response?.ok) return response;
      if (response && !RETRIED.has(response.status)) throw await refusalOf(request, response);
      fault = response ? `status ${response.status}` : 'unreachable';
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
    }
    throw new PlatformUnavailable(request, ATTEMPTS, fault);
  }

  /** Undefined when there was no answer. @throws the signal's reason */
  async #send(path: string, body: unknown, headers: Record<string, string>): Promise<Response | undefined> {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await fetch(`${this.#baseUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.#headers, ...headers },
        body: JSON.stringify(body),
        signal: this.#signal ? AbortSignal.any([this.#signal, limit]) : limit,
      });
    } catch {
      this.#signal?.throwIfAborted();
      return undefined;
    }
  }
}

async function refusalOf(request: string, response: Response): Promise<PlatformRefusal> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  const said = problem.success ? problem.data : { code: 'no-problem', detail: '没有说明原因' };
  return new PlatformRefusal(request, response.status, said);
}
