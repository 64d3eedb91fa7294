import {
  equalInConstantTime,
  lengthPrefixed,
  SM3_BYTES,
  SM4_BLOCK_BYTES,
  SM4_KEY_BYTES,
  utf8,
} from './primitives.ts';
import type { SymmetricCrypto } from './provider.ts';

/** What a box is bound to; both texts are authenticated, neither is stored inside. */
export interface BoxOwner {
  readonly subject: string;
  readonly keyId: string;
}

/** The two keys of an envelope. They are never the same bytes, so that one algorithm cannot weaken the other. */
export interface EnvelopeKeys {
  readonly encryptionKey: Uint8Array;
  readonly authenticationKey: Uint8Array;
}

/** The box was changed, belongs to another subject or key, or is no box at all. Which of these is not told. */
export class BoxRefusedError extends Error {
  override readonly name = 'BoxRefusedError';
  constructor() {
    super('the box is damaged or does not belong here');
  }
}

/** The content is larger than a sealed field of an event may be. */
export class ContentTooLargeError extends Error {
  override readonly name = 'ContentTooLargeError';
  constructor() {
    super(`sealed content is limited to ${MAXIMUM_CONTENT_BYTES} bytes`);
  }
}

/** Length of every data key and master key. */
export const DATA_KEY_BYTES = 32;

/** The largest box whose base64 fits `sealedSchema.box` (65,536 characters). */
export const MAXIMUM_BOX_BYTES = 49_152;
const OVERHEAD_BYTES = SM4_BLOCK_BYTES + SM3_BYTES;
const MINIMUM_BOX_BYTES = OVERHEAD_BYTES + SM4_BLOCK_BYTES;
/** PKCS#7 padding adds at least one byte. */
export const MAXIMUM_CONTENT_BYTES = MAXIMUM_BOX_BYTES - OVERHEAD_BYTES - 1;

const ENCRYPTION_LABEL = utf8('qingpu/envelope/v1/encryption');
const AUTHENTICATION_LABEL = utf8('qingpu/envelope/v1/authentication');

/** @throws RangeError when the data key does not have 32 bytes */
export function deriveEnvelopeKeys(crypto: SymmetricCrypto, dataKey: Uint8Array): EnvelopeKeys {
  if (dataKey.length !== DATA_KEY_BYTES) throw new RangeError('a data key has 32 bytes');
  return {
    encryptionKey: crypto.hmacSm3(dataKey, ENCRYPTION_LABEL).subarray(0, SM4_KEY_BYTES),
    authenticationKey: crypto.hmacSm3(dataKey, AUTHENTICATION_LABEL),
  };
}

/**
 * Encrypts, then authenticates: IV (16) ‖ SM4-CBC ciphertext ‖ HMAC-SM3 (32) over subject, key id, IV, ciphertext.
 * @throws ContentTooLargeError
 */
export function sealBox(
  crypto: SymmetricCrypto,
  keys: EnvelopeKeys,
  owner: BoxOwner,
  content: Uint8Array,
): Uint8Array {
  if (content.length > MAXIMUM_CONTENT_BYTES) throw new ContentTooLargeError();
  const iv = crypto.randomBytes(SM4_BLOCK_BYTES);
  const ciphertext = crypto.sm4CbcEncrypt(keys.encryptionKey, iv, content);
  return Buffer.concat([iv, ciphertext, authenticate(crypto, keys, owner, iv, ciphertext)]);
}

/**
 * Authenticates before it decrypts, so that nobody learns anything from how decryption fails.
 * @throws BoxRefusedError
 */
export function openBox(
  crypto: SymmetricCrypto,
  keys: EnvelopeKeys,
  owner: BoxOwner,
  box: Uint8Array,
): Uint8Array {
  if (box.length < MINIMUM_BOX_BYTES || box.length > MAXIMUM_BOX_BYTES) throw new BoxRefusedError();
  const iv = box.subarray(0, SM4_BLOCK_BYTES);
  const ciphertext = box.subarray(SM4_BLOCK_BYTES, box.length - SM3_BYTES);
  const mac = box.subarray(box.length - SM3_BYTES);
  const expected = authenticate(crypto, keys, owner, iv, ciphertext);
  if (!equalInConstantTime(mac, expected)) throw new BoxRefusedError();
  return crypto.sm4CbcDecrypt(keys.encryptionKey, iv, ciphertext);
}

function authenticate(
  crypto: SymmetricCrypto,
  keys: EnvelopeKeys,
  owner: BoxOwner,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const text = lengthPrefixed([utf8(owner.subject), utf8(owner.keyId), iv, ciphertext]);
  return crypto.hmacSm3(keys.authenticationKey, text);
}
