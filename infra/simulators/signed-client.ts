import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemSchema } from '@qingpu/contracts/http/problem';
import { SIGNATURE_HEADERS, type SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import { PlatformRefusal, PlatformUnavailable } from './platform-errors.ts';
import type { GatePartner } from './signature-gate.ts';

export interface SignedClientOptions {
  /** Origin of the platform, such as `https://platform.example`. */
  readonly baseUrl: string;
  readonly partner: GatePartner;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How often one request is sent at most. */
  readonly attempts?: number | undefined;
  /** Pause after the first failure in milliseconds; it doubles from there, with jitter. */
  readonly firstPauseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; a partner may have a wrong clock. */
  readonly now?: (() => number) | undefined;
}

const LONGEST_PAUSE_MS = 30_000;
const WORTH_ANOTHER_TRY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads an answer, such as a schema. */
export interface Parser<Result> {
  safeParse(value: unknown): { success: true; data: Result } | { success: false };
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly body: Buffer;
  /** Empty for reading requests. */
  readonly idempotencyKey: string;
}

/** What one attempt came to: an answer, or a reason to try again. */
type Attempt =
  | { readonly answer: unknown }
  | { readonly fault: string; readonly waitMs?: number; readonly cause?: unknown };

/** A partner of the platform: signs, sends, tries again under the same idempotency key. */
export class SignedClient {
  readonly #options: SignedClientOptions;

  constructor(options: SignedClientOptions) {
    this.#options = options;
  }

  /** @throws PlatformRefusal, PlatformUnavailable, or the signal's reason */
  post<Result>(
    target: string,
    content: unknown,
    idempotencyKey: string,
    parser: Parser<Result>,
  ): Promise<Result> {
    return this.#send(
      { method: 'POST', target, body: Buffer.from(JSON.stringify(content)), idempotencyKey },
      parser,
    );
  }

  /** @param target path and query. @throws as `post` */
  get<Result>(target: string, parser: Parser<Result>): Promise<Result> {
    return this.#send({ method: 'GET', target, body: Buffer.alloc(0), idempotencyKey: '' }, parser);
  }

  async #send<Result>(sent: Sent, parser: Parser<Result>): Promise<Result> {
    const parsed = parser.safeParse(await this.#untilAnswered(sent));
    if (!parsed.success)
      throw new PlatformUnavailable(nameOf(sent), 1, 'the answer does not follow the contract');
    return parsed.data;
  }

  async #untilAnswered(sent: Sent): Promise<unknown> {
    const { attempts = 5, firstPauseMs = 200, signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const result = await this.#attempt(sent);
      if ('answer' in result) return result.answer;
      if (attempt >= attempts)
        throw new PlatformUnavailable(nameOf(sent), attempt, result.fault, result.cause);
      await sleep(result.waitMs ?? jittered(firstPauseMs * 2 ** (attempt - 1)), undefined, { signal });
    }
  }

  async #attempt(sent: Sent): Promise<Attempt> {
    const { baseUrl, timeoutMs = 15_000, signal } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(new URL(sent.target, baseUrl), {
        method: sent.method,
        headers: this.#headers(sent),
        ...(sent.method === 'POST' && { body: sent.body }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return judge(nameOf(sent), response, await response.text());
    } catch (error) {
      if (error instanceof PlatformRefusal) throw error;
      signal?.throwIfAborted();
      return { fault: timeout.aborted ? 'timeout' : connectionFault(error), cause: error };
    }
  }

  /** Every attempt is signed anew: the platform accepts a nonce once only. */
  #headers({ method, target, body, idempotencyKey }: Sent): Record<string, string> {
    const { partner, now = Date.now } = this.#options;
    const request: SignedRequest = {
      method,
      target,
      timestamp: String(now()),
      nonce: randomUUID(),
      idempotencyKey,
      bodyDigest: bodyDigest(body),
    };
    return {
      ...(method === 'POST' && {
        'content-type': 'application/json',
        [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey,
      }),
      [SIGNATURE_HEADERS.partner]: partner.partnerId,
      [SIGNATURE_HEADERS.timestamp]: request.timestamp,
      [SIGNATURE_HEADERS.nonce]: request.nonce,
      [SIGNATURE_HEADERS.signature]: signRequest(partner.secret, request),
    };
  }
}

function nameOf({ method, target }: Sent): string {
  return `${method} ${target}`;
}

function judge(request: string, response: Response, text: string): Attempt {
  const content = parseJson(text);
  if (response.ok) return content === undefined ? { fault: 'the answer is not JSON' } : { answer: content };
  if (WORTH_ANOTHER_TRY.has(response.status)) {
    const waitMs = retryAfterMs(response);
    return { fault: `status ${response.status}`, ...(waitMs !== undefined && { waitMs }) };
  }
  const problem = problemSchema.safeParse(content);
  throw new PlatformRefusal(
    request,
    response.status,
    problem.success ? problem.data : { code: 'unexplained', detail: 'the platform gave no reason' },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The platform's wish, bounded so that a wrong header cannot stop a load for hours. */
function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : undefined;
}

function jittered(pauseMs: number): number {
  return Math.min(pauseMs, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
}

/** Node hides the system's reason, such as ECONNREFUSED, in the cause. */
function connectionFault(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error ? error.message : 'unknown connection fault';
}
