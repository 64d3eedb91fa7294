import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import { problemSchema } from '@qingpu/contracts/http/problem';
import {
  type BatchResult,
  batchResultSchema,
  type Registration,
  type RegistrationResult,
  registrationResultSchema,
} from '@qingpu/contracts/partners/hospital/registration';
import { SIGNATURE_HEADERS, type SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import {
  type ScheduleBatchResult,
  type ScheduleRegistration,
  scheduleBatchResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from './partner-credential.ts';
import { PlatformRefusal, PlatformUnavailable } from './platform-errors.ts';

export interface HospitalClientOptions {
  /** Origin of the platform, such as `https://platform.example`. */
  readonly baseUrl: string;
  readonly partner: Pick<PartnerCredential, 'partnerId' | 'secret'>;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How often one request is sent at most. */
  readonly attempts?: number | undefined;
  /** Pause after the first failure in milliseconds; it doubles from there, with jitter. */
  readonly firstPauseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970; a simulated hospital may have a wrong clock. */
  readonly now?: (() => number) | undefined;
}

const LONGEST_PAUSE_MS = 30_000;
const WORTH_ANOTHER_TRY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Where a hospital's messages about slots go, beneath the partner API. */
export type HospitalMessagePath =
  | 'schedules'
  | 'schedule-additions'
  | 'slot-withdrawals'
  | 'schedule-suspensions'
  | 'suspension-revocations'
  | 'schedule-substitutions'
  | 'booking-states'
  | 'booking-states/batch'
  | 'booking-landings'
  | 'blacklist-entries'
  | 'blacklist-appeals'
  | 'blacklist-landings';

interface Parser<Result> {
  safeParse(value: unknown): { success: true; data: Result } | { success: false };
}

/** What one attempt came to: an answer, or a reason to try again. */
type Attempt =
  | { readonly answer: unknown }
  | { readonly fault: string; readonly waitMs?: number; readonly cause?: unknown };

/** The registering side of a hospital information system: signs, sends, tries again under the same idempotency key. */
export class HospitalClient {
  readonly #options: HospitalClientOptions;

  constructor(options: HospitalClientOptions) {
    this.#options = options;
  }

  /** Registers one entry. @throws PlatformRefusal, PlatformUnavailable, or the signal's reason. */
  register<Kind extends DirectoryKind>(
    kind: Kind,
    entry: Registration<Kind>,
    idempotencyKey: string,
  ): Promise<RegistrationResult> {
    const path = `/api/partner/v1/${DIRECTORY_PATHS[kind]}`;
    return this.#post(path, entry, idempotencyKey, registrationResultSchema);
  }

  /** Registers up to 500 entries; refused ones are lines of the answer, not an error. @throws as `register`. */
  registerBatch<Kind extends DirectoryKind>(
    kind: Kind,
    items: readonly Registration<Kind>[],
    idempotencyKey: string,
  ): Promise<BatchResult> {
    const path = `/api/partner/v1/${DIRECTORY_PATHS[kind]}/batch`;
    return this.#post(path, { items }, idempotencyKey, batchResultSchema);
  }

  /** Registers up to 200 schedules; refused ones are lines of the answer, not an error. @throws as `register`. */
  registerSchedules(
    items: readonly ScheduleRegistration[],
    idempotencyKey: string,
  ): Promise<ScheduleBatchResult> {
    return this.#post(
      '/api/partner/v1/schedules/batch',
      { items },
      idempotencyKey,
      scheduleBatchResultSchema,
    );
  }

  /** Sends what else a hospital has to say about slots. @throws as `register`. */
  tell<Result>(
    path: HospitalMessagePath,
    content: unknown,
    idempotencyKey: string,
    answer: Parser<Result>,
  ): Promise<Result> {
    return this.#post(`/api/partner/v1/${path}`, content, idempotencyKey, answer);
  }

  async #post<Result>(
    target: string,
    content: unknown,
    idempotencyKey: string,
    parser: Parser<Result>,
  ): Promise<Result> {
    const body = Buffer.from(JSON.stringify(content));
    const answer = await this.#untilAnswered(target, body, idempotencyKey);
    const parsed = parser.safeParse(answer);
    if (!parsed.success) {
      throw new PlatformUnavailable(`POST ${target}`, 1, 'the answer does not follow the contract');
    }
    return parsed.data;
  }

  async #untilAnswered(target: string, body: Buffer, idempotencyKey: string): Promise<unknown> {
    const { attempts = 5, firstPauseMs = 200, signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const result = await this.#attempt(target, body, idempotencyKey);
      if ('answer' in result) return result.answer;
      if (attempt >= attempts) {
        throw new PlatformUnavailable(`POST ${target}`, attempt, result.fault, result.cause);
      }
      await sleep(result.waitMs ?? jittered(firstPauseMs * 2 ** (attempt - 1)), undefined, { signal });
    }
  }

  async #attempt(target: string, body: Buffer, idempotencyKey: string): Promise<Attempt> {
    const { baseUrl, timeoutMs = 15_000, signal } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(new URL(target, baseUrl), {
        method: 'POST',
        headers: this.#headers(target, body, idempotencyKey),
        body,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return judge(`POST ${target}`, response, await response.text());
    } catch (error) {
      if (error instanceof PlatformRefusal) throw error;
      signal?.throwIfAborted();
      return { fault: timeout.aborted ? 'timeout' : connectionFault(error), cause: error };
    }
  }

  /** Every attempt is signed anew: the platform accepts a nonce once only. */
  #headers(target: string, body: Buffer, idempotencyKey: string): Record<string, string> {
    const { partner, now = Date.now } = this.#options;
    const request: SignedRequest = {
      method: 'POST',
      target,
      timestamp: String(now()),
      nonce: randomUUID(),
      idempotencyKey,
      bodyDigest: bodyDigest(body),
    };
    return {
      'content-type': 'application/json',
      [SIGNATURE_HEADERS.partner]: partner.partnerId,
      [SIGNATURE_HEADERS.timestamp]: request.timestamp,
      [SIGNATURE_HEADERS.nonce]: request.nonce,
      [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey,
      [SIGNATURE_HEADERS.signature]: signRequest(partner.secret, request),
    };
  }
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
