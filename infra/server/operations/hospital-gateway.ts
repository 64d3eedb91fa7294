import { randomUUID } from 'node:crypto';
import { filingReceiptAnswerSchema } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { Partner } from '../access/partners.ts';
import type { Platform } from '../platform.ts';

/** Where each kind of delivery goes at the hospital, and what its answer looks like. */
const ROUTES = {
  'filing-receipt': { path: '/qingpu/v1/filing-receipts', answer: filingReceiptAnswerSchema },
} as const;

/** Largest answer of a hospital that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Hands a delivery to the hospital's system over signed HTTP. @throws DeliveryFault with a stable code */
export async function deliverToHospital(
  { partners, clock }: Platform,
  delivery: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  const partner = partners.byInstitution(delivery.recipient);
  if (!partner?.callbackUrl) throw new DeliveryFault('no-callback');
  const route = ROUTES[delivery.kind as keyof typeof ROUTES];
  const url = new URL(route.path, partner.callbackUrl);
  const response = await post(url, partner, delivery, clock.now(), signal);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new DeliveryFault(`status-${response.status}`);
  }
  const answer = route.answer.safeParse(await readJson(response));
  if (!answer.success || answer.data.deliveryId !== delivery.deliveryId)
    throw new DeliveryFault('wrong-answer');
}

async function post(
  url: URL,
  partner: Partner,
  delivery: DueDelivery,
  now: Date,
  signal: AbortSignal,
): Promise<Response> {
  const body = JSON.stringify(delivery.payload);
  const parts = {
    method: 'POST',
    target: url.pathname,
    timestamp: String(now.getTime()),
    nonce: randomUUID(),
    idempotencyKey: delivery.deliveryId,
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
  try {
    return await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' });
  } catch (error) {
    throw new DeliveryFault(signal.aborted ? 'timeout' : 'unreachable', { cause: error });
  }
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // A hospital need not announce how long its answer is.
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) throw new DeliveryFault('answer-too-large');
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw error instanceof DeliveryFault ? error : new DeliveryFault('wrong-answer', { cause: error });
  }
}
