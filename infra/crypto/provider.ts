/** The symmetric algorithms; each call runs at once on the caller's thread. Nothing here keeps state. */
export interface SymmetricCrypto {
  /** SM3 digest, 32 bytes (GB/T 32905-2016). */
  sm3(bytes: Uint8Array): Uint8Array;
  /** HMAC-SM3, 32 bytes (GB/T 15852.2 with SM3). A key's bytes are never changed: it may be remembered by its array. */
  hmacSm3(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /**
   * SM4 in CBC mode with PKCS#7 padding (GB/T 32907-2016, GB/T 17964). It hides but does not authenticate: see
   * `envelope.ts` for what to use on data.
   * @param key 16 bytes
   * @param iv 16 bytes, unpredictable and never used twice under one key
   * @throws RangeError when key or IV have another length
   */
  sm4CbcEncrypt(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array;
  /**
   * The inverse. Call it only after the ciphertext was authenticated: a caller that tells bad padding from other
   * failures is a padding oracle.
   * @throws Error when length or padding are wrong
   */
  sm4CbcDecrypt(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Unpredictable bytes from the system's generator. */
  randomBytes(length: number): Uint8Array;
}

/** Lower-case hex: 64 digits of the private key, `04`, x and y (130 digits) of the public key. */
export interface Sm2KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** SM2 signatures with SM3 and the default signer id 1234567812345678 (GB/T 32918.2-2016, GB/T 35276-2017). */
export interface Sm2 {
  generateKeyPair(): Promise<Sm2KeyPair>;
  /**
   * Signs the message; the answer is DER.
   * @throws Sm2InputError when the private key is not one; Sm2UnavailableError under overload or after close
   */
  sign(privateKey: string, message: Uint8Array): Promise<Uint8Array>;
  /**
   * False for every wrong, malformed or foreign signature and for a public key that is not a point of the curve.
   * @throws Sm2UnavailableError under overload or after close
   */
  verify(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** The key is not a valid SM2 private key. */
export class Sm2InputError extends Error {
  override readonly name = 'Sm2InputError';
}

/** Too many SM2 operations wait, a worker broke down, or the provider was closed. The caller may try again later. */
export class Sm2UnavailableError extends Error {
  override readonly name = 'Sm2UnavailableError';
}

/** A master key is asked for by an id that the provider does not hold. */
export class MasterKeyUnknownError extends Error {
  override readonly name = 'MasterKeyUnknownError';
  constructor() {
    super('the provider holds no master key of this id');
  }
}

/** The generations of the key-encryption key, by id. */
export interface MasterKeyIds {
  /** Wraps new data keys. */
  readonly current: string;
  /** Long-lived keys (blind indexes) are derived from it; it stays when `current` moves on. */
  readonly root: string;
  /** Everything that can still be unwrapped, oldest first. */
  readonly all: readonly string[];
}

/**
 * Everything cryptographic that the platform asks for: in development answered by software keys, in production by
 * a certified module (GB/T 37092 level 2 or higher). Master keys never leave it.
 */
export interface CryptoProvider extends SymmetricCrypto {
  readonly sm2: Sm2;
  readonly masterKeys: MasterKeyIds;
  /**
   * Encrypts and authenticates a data key under a master key.
   * @param context what the key is for; the same text must be given to unwrap
   * @throws MasterKeyUnknownError
   */
  wrapKey(keyEncryptionKeyId: string, dataKey: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * @throws MasterKeyUnknownError
   * @throws BoxRefusedError when the wrapped key was changed, or wrapped under another key or context
   */
  unwrapKey(keyEncryptionKeyId: string, wrappedKey: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * A 32-byte key for one purpose, always the same for the same master key and purpose.
   * @throws MasterKeyUnknownError
   */
  deriveKey(keyEncryptionKeyId: string, purpose: string): Promise<Uint8Array>;
  /** Stops the workers; later SM2 calls fail. */
  close(): Promise<void>;
}
