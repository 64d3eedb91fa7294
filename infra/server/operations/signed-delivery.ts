import { randomUUID } from 'node:crypto';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';

/** Whom a delivery goes to, and under what it is signed. */
export interface Receiver {
  /** Whole address of the interface. */
  readonly url: URL;
  readonly partnerId: string;
  readonly secret: string;
}

/** What every receiver answers: that it has this very delivery, now or since before. */
const answerSchema = z.object({ deliveryId: z.string(), received: z.literal(true) });
/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Every booking is told to others twice: this way of asking takes half as long as `fetch`. */
const connections = new Agent({ connections: 64 });

/**
 * Hands content to a receiver over signed HTTP, once.
 * @throws DeliveryFault with a stable code, never what the receiver said
 */
export async function deliverSigned(
  receiver: Receiver,
  deliveryId: string,
  content: unknown,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const answer = answerSchema.safeParse(await askSigned(receiver, deliveryId, content, { now, signal }));
  if (!answer.success || answer.data.deliveryId !== deliveryId) throw new DeliveryFault('wrong-answer');
}

/**
 * Posts content to a partner over signed HTTP, once, and answers the JSON that came with 200.
 * @param idempotencyKey empty for reading requests
 * @param most largest answer that is read, in bytes
 * @throws DeliveryFault with a stable code, never what the partner said
 */
export async function askSigned(
  receiver: Receiver,
  idempotencyKey: string,
  content: unknown,
  {
    now,
    signal,
    most = MAX_ANSWER_BYTES,
  }: { readonly now: Date; readonly signal: AbortSignal; readonly most?: number },
): Promise<unknown> {
  const body = JSON.stringify(content);
  const { url, ...signer } = receiver;
  const headers = signedHeaders(signer, {
    method: 'POST',
    target: url.pathname,
    idempotencyKey,
    body,
    now,
  });
  const { statusCode, body: answer } = await post(receiver, body, headers, signal);
  if (statusCode !== 200) {
    await answer.dump();
    throw new DeliveryFault(`status-${statusCode}`);
  }
  return readJson(answer, most);
}

/** The headers of a request that we sign; `target` is path and query exactly as sent. */
export function signedHeaders(
  { partnerId, secret }: Omit<Receiver, 'url'>,
  request: {
    readonly method: 'GET' | 'POST';
    readonly target: string;
    /** Empty for reading requests. */
    readonly idempotencyKey: string;
    readonly body: string;
    readonly now: Date;
  },
): Record<string, string> {
  const { method, target, idempotencyKey, body, now } = request;
  const parts = {
    method,
    target,
    timestamp: String(now.getTime()),
    nonce: randomUUID(),
    idempotencyKey,
    bodyDigest: bodyDigest(Buffer.from(body)),
  };
  return {
    ...(method === 'POST' && { 'content-type': 'application/json' }),
    [SIGNATURE_HEADERS.partner]: partnerId,
    [SIGNATURE_HEADERS.timestamp]: parts.timestamp,
    [SIGNATURE_HEADERS.nonce]: parts.nonce,
    ...(idempotencyKey !== '' && { [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey }),
    [SIGNATURE_HEADERS.signature]: signRequest(secret, parts),
  };
}

async function post(
  { url }: Receiver,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, { method: 'POST', body, headers, signal, dispatcher: connections });
  } catch (error) {
    throw new DeliveryFault(signal.aborted ? 'timeout' : 'unreachable', { cause: error });
  }
}

/** What a partner answered, read up to a bound. @throws DeliveryFault */
export async function readJson(
  answer: AsyncIterable<Uint8Array> | null,
  most = MAX_ANSWER_BYTES,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // A receiver need not announce how long its answer is.
    for await (const chunk of answer ?? []) {
      size += chunk.byteLength;
      if (size > most) throw new DeliveryFault('answer-too-large');
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw error instanceof DeliveryFault ? error : new DeliveryFault('wrong-answer', { cause: error });
  }
}
