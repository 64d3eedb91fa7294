import { SIGNATURE_HEADERS, SIGNATURE_WINDOW_SECONDS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, verifyRequest } from '@qingpu/crypto/request-signing';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/http-problem.ts';
import type { ExpiringStore } from './session-store.ts';

const NONCE_FORM = /^[A-Za-z0-9-]{16,64}$/;

/** What a signature needs to be checked against. */
export interface Signer {
  readonly partnerId: string;
  readonly secret: string;
}

export interface PartnerCheck<Partner extends Signer> {
  readonly partners: { byId(partnerId: string): Partner | undefined };
  readonly nonces: ExpiringStore<true>;
  readonly now: () => number;
}

export function isSigned(request: FastifyRequest): boolean {
  return request.headers[SIGNATURE_HEADERS.partner] !== undefined;
}

/**
 * Who signed the request. Checked in this order: form, time, signature, replay; so only a true signature uses a nonce up.
 * @throws HttpProblem 401 with a stable code
 */
export async function checkPartnerSignature<Partner extends Signer>(
  request: FastifyRequest,
  rawBody: Buffer,
  check: PartnerCheck<Partner>,
): Promise<Partner> {
  const timestamp = header(request, SIGNATURE_HEADERS.timestamp);
  const nonce = header(request, SIGNATURE_HEADERS.nonce);
  const partner = check.partners.byId(header(request, SIGNATURE_HEADERS.partner));
  if (!NONCE_FORM.test(nonce) || !/^\d{13}$/.test(timestamp))
    throw refused('signature-malformed', '签名请求头不完整或格式不正确，请按接口文档填写');
  if (Math.abs(check.now() - Number(timestamp)) > SIGNATURE_WINDOW_SECONDS * 1000) {
    throw refused('signature-expired', '请求时间与平台相差超过5分钟，请校准系统时钟后重新签名');
  }
  const parts = {
    method: request.method,
    target: request.raw.url ?? request.url,
    timestamp,
    nonce,
    idempotencyKey: header(request, SIGNATURE_HEADERS.idempotencyKey),
    bodyDigest: bodyDigest(rawBody),
  };
  // An unknown partner is answered like a wrong signature: nobody learns which partners exist.
  if (!partner || !verifyRequest(partner.secret, parts, header(request, SIGNATURE_HEADERS.signature))) {
    throw refused('signature-invalid', '签名不正确，请核对合作方编号、密钥和签名内容');
  }
  const fresh = await check.nonces.insert(
    `${partner.partnerId}:${nonce}`,
    true,
    Number(timestamp) + 2 * SIGNATURE_WINDOW_SECONDS * 1000,
  );
  if (!fresh)
    throw refused(
      'signature-replayed',
      '该请求已经处理过，请更换随机数后重新签名；重试同一业务请保留原幂等键',
    );
  return partner;
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function refused(code: string, advice: string): HttpProblem {
  return new HttpProblem(401, code, advice);
}
