import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';

/** A request on its way from the verifier to the provider; the proxy has read its body. */
type VerifiedRequest = IncomingMessage & { readonly body?: unknown };

/** The secret under which a partner signs just now; undefined for nobody's. */
export type SecretOf = (partnerId: string) => string | undefined;

/**
 * A request filter of the verifier: a pact holds the form of a signature, while the provider wants one of this very
 * moment. Requests of the verifier's own, without a partner, pass unchanged.
 */
export function signAfresh(secretOf: SecretOf) {
  return (request: VerifiedRequest, _response: unknown, next: () => void): void => {
    const secret = secretOf(textOf(request, SIGNATURE_HEADERS.partner));
    if (secret !== undefined) sign(request, secret);
    next();
  };
}

function sign(request: VerifiedRequest, secret: string): void {
  const reads = request.method === 'GET';
  const body = reads ? Buffer.alloc(0) : bytesOf(request.body);
  const parts = {
    method: request.method ?? '',
    target: request.url ?? '',
    timestamp: String(Date.now()),
    nonce: randomUUID(),
    idempotencyKey: textOf(request, SIGNATURE_HEADERS.idempotencyKey),
    bodyDigest: bodyDigest(body),
  };
  request.headers[SIGNATURE_HEADERS.timestamp] = parts.timestamp;
  request.headers[SIGNATURE_HEADERS.nonce] = parts.nonce;
  request.headers[SIGNATURE_HEADERS.signature] = signRequest(secret, parts);
  if (!reads) request.headers['content-length'] = String(body.length);
}

/** The bytes that the verifier's proxy will send on. */
function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body ?? {}));
}

function textOf(request: VerifiedRequest, header: string): string {
  const value = request.headers[header];
  return typeof value === 'string' ? value : '';
}
