import { canonicalRequest, type SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import {
  base64Of,
  bytesOfBase64,
  equalInConstantTime,
  hexOf,
  softwareSymmetricCrypto,
  utf8,
} from './primitives.ts';

/** Shorter secrets can be guessed from one recorded request. */
export const MINIMUM_SECRET_BYTES = 16;

/** Lines of the canonical request. */
const PARTS = 6;

/** Lower-case hex SM3 of a body's bytes exactly as sent; of no bytes when there is no body. */
export function bodyDigest(bytes: Uint8Array): string {
  return hexOf(softwareSymmetricCrypto.sm3(bytes));
}

/**
 * The signature header's value: base64 of HMAC-SM3 over the canonical request.
 * @param secret shared with the partner; text counts as its UTF-8 bytes
 * @throws RangeError when the secret has fewer than 16 bytes or a part contains a line break
 */
export function signRequest(secret: Uint8Array | string, request: SignedRequest): string {
  if (hasLineBreak(request)) throw new RangeError('no part of a signed request may contain a line break');
  return base64Of(requestMac(secret, request));
}

/**
 * Whether the signature is that of the request under the secret; the comparison takes constant time. The caller
 * also checks that the body has this digest, that the time is within the window and that the nonce is new.
 * @throws RangeError when the secret has fewer than 16 bytes
 */
export function verifyRequest(
  secret: Uint8Array | string,
  request: SignedRequest,
  signature: string,
): boolean {
  const expected = requestMac(secret, request);
  const given = bytesOfBase64(signature);
  return given !== undefined && !hasLineBreak(request) && equalInConstantTime(given, expected);
}

function requestMac(secret: Uint8Array | string, request: SignedRequest): Uint8Array {
  const key = typeof secret === 'string' ? utf8(secret) : secret;
  if (key.length < MINIMUM_SECRET_BYTES) throw new RangeError('a signing secret has at least 16 bytes');
  return softwareSymmetricCrypto.hmacSm3(key, utf8(canonicalRequest(request)));
}

/** Parts are joined by line breaks: one inside a part could pass for the border between two. */
function hasLineBreak(request: SignedRequest): boolean {
  return canonicalRequest(request).split('\n').length !== PARTS;
}
