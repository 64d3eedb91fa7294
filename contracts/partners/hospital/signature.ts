/** Headers of every request that a partner signs. */
export const SIGNATURE_HEADERS = {
  partner: 'x-partner-id',
  timestamp: 'x-timestamp',
  nonce: 'x-nonce',
  signature: 'x-signature',
  idempotencyKey: 'idempotency-key',
} as const;

/** How far a request's time may be from ours, in seconds, either way. */
export const SIGNATURE_WINDOW_SECONDS = 300;

export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as sent, such as `/api/partner/v1/doctors/batch`. */
  readonly target: string;
  /** Milliseconds since 1970, decimal. */
  readonly timestamp: string;
  /** 16 to 64 characters of [A-Za-z0-9-]; never used twice by one partner. */
  readonly nonce: string;
  /** The Idempotency-Key header; empty for reading requests. */
  readonly idempotencyKey: string;
  /** Lower-case hex SM3 of the body's bytes as sent. */
  readonly bodyDigest: string;
}

/** The text a partner signs with HMAC-SM3 under its secret; the signature is sent in base64. */
export function canonicalRequest(request: SignedRequest): string {
  return [
    request.method.toUpperCase(),
    request.target,
    request.timestamp,
    request.nonce,
    request.idempotencyKey,
    request.bodyDigest,
  ].join('\n');
}
