import { randomUUID } from 'node:crypto';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import autocannon from 'autocannon';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly answered: number;
  /** Answers outside 2xx and connections that failed; figures with any are worth nothing. */
  readonly failed: number;
}

export interface LoadShape {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Makes each request as it is sent. */
  readonly request: () => autocannon.Request;
}

/** Closed-loop load: each connection sends its next request when the last is answered. */
export async function load({ url, connections, seconds, request }: LoadShape): Promise<LoadResult> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [{ method: 'POST', path: '/', setupRequest: (template) => ({ ...template, ...request() }) }],
  });
  return {
    perSecond: Math.round(result.requests.average),
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    answered: result.requests.total,
    failed: result.non2xx + result.errors + result.timeouts,
  };
}

/** A POST signed by the partner, with a fresh idempotency key. */
export function signedPost(partner: PartnerCredential, path: string, content: unknown): autocannon.Request {
  const body = JSON.stringify(content);
  const parts = {
    method: 'POST',
    target: path,
    timestamp: String(Date.now()),
    nonce: randomUUID(),
    idempotencyKey: randomUUID(),
    bodyDigest: bodyDigest(Buffer.from(body)),
  };
  const headers = {
    'content-type': 'application/json',
    [SIGNATURE_HEADERS.partner]: partner.partnerId,
    [SIGNATURE_HEADERS.timestamp]: parts.timestamp,
    [SIGNATURE_HEADERS.nonce]: parts.nonce,
    [SIGNATURE_HEADERS.idempotencyKey]: parts.idempotencyKey,
    [SIGNATURE_HEADERS.signature]: signRequest(partner.secret, parts),
  };
  return { method: 'POST', path, headers, body };
}
