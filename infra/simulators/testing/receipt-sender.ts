import { randomBytes, randomUUID } from 'node:crypto';
import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from '../partner-credential.ts';
import type { GatePartner } from '../signature-gate.ts';

export const RECEIPTS_TARGET = '/qingpu/v1/filing-receipts';

export function partnerOf(institutionCode: string): PartnerCredential {
  return {
    partnerId: `his-${institutionCode.toLowerCase()}`,
    secret: randomBytes(32).toString('base64url'),
    institutionCode,
    name: institutionCode,
  };
}

export function receiptFor(institutionCode: string, changes: Partial<FilingReceipt> = {}): FilingReceipt {
  return {
    deliveryId: randomUUID(),
    institutionCode,
    ruleCode: 'RULE_ALL',
    ruleVersion: 1,
    filingNumber: 'QP-DUMMY0018-RULE_ALL-V1',
    filedAt: '2026-11-23T10:00:00.000+08:00',
    ...changes,
  };
}

/** The headers with which the platform sends a body to a partner; single ones may be spoilt on purpose. */
export function signedHeaders(
  partner: GatePartner,
  body: string,
  changes: {
    readonly nonce?: string;
    readonly timestamp?: number;
    readonly secret?: string;
    readonly target?: string;
  } = {},
): Record<string, string> {
  const request = {
    method: 'POST',
    target: changes.target ?? RECEIPTS_TARGET,
    timestamp: String(changes.timestamp ?? Date.now()),
    nonce: changes.nonce ?? randomUUID(),
    idempotencyKey: randomUUID(),
    bodyDigest: bodyDigest(Buffer.from(body)),
  };
  return {
    'content-type': 'application/json',
    [SIGNATURE_HEADERS.partner]: partner.partnerId,
    [SIGNATURE_HEADERS.timestamp]: request.timestamp,
    [SIGNATURE_HEADERS.nonce]: request.nonce,
    [SIGNATURE_HEADERS.idempotencyKey]: request.idempotencyKey,
    [SIGNATURE_HEADERS.signature]: signRequest(changes.secret ?? partner.secret, request),
  };
}

/** Sends a receipt as the platform does. */
export function sendReceipt(
  url: string,
  partner: PartnerCredential,
  receipt: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return sendDelivery(url, RECEIPTS_TARGET, partner, receipt, signal);
}

/** Sends any delivery as the platform does. */
export function sendDelivery(
  url: string,
  target: string,
  partner: GatePartner,
  content: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const body = JSON.stringify(content);
  return fetch(url + target, {
    method: 'POST',
    headers: signedHeaders(partner, body, { target }),
    body,
    ...(signal && { signal }),
  });
}
