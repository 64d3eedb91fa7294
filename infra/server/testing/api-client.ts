import { randomUUID } from 'node:crypto';
import { type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import { SIGNATURE_HEADERS, type SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { SIGN_IN_CODE } from './data-folder.ts';

/** An answer, read whole. `body` is the parsed JSON, or undefined for everything else. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export type RequestHeaders = Readonly<Record<string, string>>;

export interface ApiRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: RequestHeaders | undefined;
  /** Text and bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
}

export async function send(url: string, request: ApiRequest): Promise<Answer> {
  const { method, target, headers = {}, body } = request;
  const content = body instanceof Uint8Array ? new Uint8Array(body) : textOf(body);
  const response = await fetch(`${url}${target}`, {
    method,
    headers: { ...(content !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(content !== undefined && { body: content }),
    redirect: 'error',
  });
  return answerOf(response);
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = headers.get('content-type')?.includes('json') ?? false;
  return { status, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
}

function textOf(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

/** A field of a JSON answer; undefined when there is none. */
export function field(answer: Pick<Answer, 'body'>, name: string): unknown {
  const { body } = answer;
  return typeof body === 'object' && body !== null && name in body
    ? (body as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** What a partner signs with; a spec bends single parts of it. */
export type Signing = Partial<SignedRequest> & {
  readonly partnerId?: string;
  readonly secret?: string;
};

/** The headers of a signed request. */
export function signedHeaders(
  partner: Pick<PartnerCredential, 'partnerId' | 'secret'>,
  { method, target, body }: ApiRequest,
  bent: Signing = {},
): RequestHeaders {
  const { partnerId = partner.partnerId, secret = partner.secret, ...parts } = bent;
  const request: SignedRequest = {
    method,
    target,
    timestamp: String(Date.now()),
    nonce: randomUUID(),
    idempotencyKey: randomUUID(),
    bodyDigest: bodyDigest(Buffer.from(textOf(body) ?? '')),
    ...parts,
  };
  return {
    [SIGNATURE_HEADERS.partner]: partnerId,
    [SIGNATURE_HEADERS.timestamp]: request.timestamp,
    [SIGNATURE_HEADERS.nonce]: request.nonce,
    [SIGNATURE_HEADERS.idempotencyKey]: request.idempotencyKey,
    [SIGNATURE_HEADERS.signature]: signRequest(secret, request),
  };
}

/** A hospital's system. */
export class PartnerClient {
  constructor(
    readonly url: string,
    readonly partner: PartnerCredential,
  ) {}

  post(target: string, body: unknown, bent: Signing = {}, headers: RequestHeaders = {}): Promise<Answer> {
    const request = { method: 'POST', target, body };
    return send(this.url, {
      ...request,
      headers: { ...signedHeaders(this.partner, request, bent), ...headers },
    });
  }

  register(kind: DirectoryKind, entry: unknown, idempotencyKey: string = randomUUID()): Promise<Answer> {
    return this.post(partnerPath(kind), entry, { idempotencyKey });
  }

  registerBatch(
    kind: DirectoryKind,
    items: readonly unknown[],
    idempotencyKey: string = randomUUID(),
  ): Promise<Answer> {
    return this.post(`${partnerPath(kind)}/batch`, { items }, { idempotencyKey });
  }
}

export function partnerPath(kind: DirectoryKind): string {
  return `/api/partner/v1/${DIRECTORY_PATHS[kind]}`;
}

export function directoryPath(kind: DirectoryKind, ...parts: readonly string[]): string {
  return ['/api/directory', DIRECTORY_PATHS[kind], ...parts.map(encodeURIComponent)].join('/');
}

/** Somebody at a browser: with a session, or as a visitor. */
export class DeskClient {
  private constructor(
    readonly url: string,
    readonly cookie: string | undefined,
    readonly csrfToken: string | undefined,
  ) {}

  static visitor(url: string): DeskClient {
    return new DeskClient(url, undefined, undefined);
  }

  static async signIn(url: string, account: string): Promise<DeskClient> {
    const answer = await send(url, {
      method: 'POST',
      target: '/api/session',
      body: { account, code: SIGN_IN_CODE },
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    const csrfToken = field(answer, 'csrfToken');
    if (!cookie || typeof csrfToken !== 'string')
      throw new Error(`signing in as ${account} failed: ${answer.text}`);
    return new DeskClient(url, cookie, csrfToken);
  }

  /** The headers that this person's pages send. */
  headers(): RequestHeaders {
    return {
      ...(this.cookie !== undefined && { cookie: this.cookie }),
      ...(this.csrfToken !== undefined && { 'x-csrf-token': this.csrfToken }),
    };
  }

  send(method: string, target: string, body?: unknown, headers: RequestHeaders = {}): Promise<Answer> {
    return send(this.url, { method, target, body, headers: { ...this.headers(), ...headers } });
  }

  get(target: string): Promise<Answer> {
    return this.send('GET', target);
  }

  /** A change under a new idempotency key, made on what was seen at `revision`. */
  change(
    method: string,
    target: string,
    body: unknown,
    revision: number,
    idempotencyKey: string = randomUUID(),
  ): Promise<Answer> {
    return this.send(method, target, body, {
      'if-match': `"${revision}"`,
      'idempotency-key': idempotencyKey,
    });
  }
}
