import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { SymmetricCrypto } from './provider.ts';

export const SM3_BYTES = 32;
export const SM4_KEY_BYTES = 16;
export const SM4_BLOCK_BYTES = 16;

/** SM3, HMAC-SM3 and SM4-CBC of OpenSSL, which is about ten times as fast as SM code in JavaScript. */
export const softwareSymmetricCrypto: SymmetricCrypto = {
  sm3: (bytes) => createHash('sm3').update(bytes).digest(),
  hmacSm3: (key, bytes) => createHmac('sm3', preparedKey(key)).update(bytes).digest(),
  sm4CbcEncrypt(key, iv, bytes) {
    requireSm4Lengths(key, iv);
    const cipher = createCipheriv('sm4-cbc', key, iv);
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
  },
  sm4CbcDecrypt(key, iv, bytes) {
    requireSm4Lengths(key, iv);
    const decipher = createDecipheriv('sm4-cbc', key, iv);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  },
  randomBytes: (length) => randomBytes(length),
};

const preparedKeys = new WeakMap<Uint8Array, KeyObject>();

/** OpenSSL takes longer to take over a key than for the HMAC itself, and the same few keys come again and again. */
function preparedKey(key: Uint8Array): KeyObject {
  const known = preparedKeys.get(key);
  if (known) return known;
  const prepared = createSecretKey(key);
  preparedKeys.set(key, prepared);
  return prepared;
}

function requireSm4Lengths(key: Uint8Array, iv: Uint8Array): void {
  if (key.length !== SM4_KEY_BYTES) throw new RangeError('an SM4 key has 16 bytes');
  if (iv.length !== SM4_BLOCK_BYTES) throw new RangeError('an SM4-CBC IV has 16 bytes');
}

/** Whether the bytes are the same, in a time that does not tell where they differ. */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Bytes of canonical base64 (RFC 4648, padded, no stray bits); undefined for everything else. Node's decoder alone
 * accepts several texts for the same bytes, so that a changed text could pass for the original.
 */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

export function base64Of(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

export function hexOf(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The parts one after the other, each behind its length in 4 bytes (big endian), so that no two lists of parts give
 * the same bytes.
 */
export function lengthPrefixed(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}
