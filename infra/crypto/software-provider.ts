import { deriveEnvelopeKeys, openBox, sealBox } from './envelope.ts';
import type { MasterKeys } from './master-key-file.ts';
import { softwareSymmetricCrypto, utf8 } from './primitives.ts';
import { type CryptoProvider, type MasterKeyIds, MasterKeyUnknownError } from './provider.ts';
import { Sm2Pool, type Sm2PoolOptions } from './sm2-pool.ts';

const DERIVATION_LABEL = 'qingpu/derived-key/v1/';

/**
 * The provider with keys in this process's memory. It is for development and tests: master keys in software do not
 * pass the security assessment of cryptographic applications (密评); production plugs a certified module in here.
 */
export class SoftwareProvider implements CryptoProvider {
  readonly sm3 = softwareSymmetricCrypto.sm3;
  readonly hmacSm3 = softwareSymmetricCrypto.hmacSm3;
  readonly sm4CbcEncrypt = softwareSymmetricCrypto.sm4CbcEncrypt;
  readonly sm4CbcDecrypt = softwareSymmetricCrypto.sm4CbcDecrypt;
  readonly randomBytes = softwareSymmetricCrypto.randomBytes;
  readonly sm2: Sm2Pool;
  readonly masterKeys: MasterKeyIds;
  /** Private, so that no log or inspection prints key material. */
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  constructor(masterKeys: MasterKeys, sm2Options: Sm2PoolOptions = {}) {
    this.#keys = masterKeys.keys;
    this.masterKeys = {
      current: masterKeys.current,
      root: masterKeys.root,
      all: [...masterKeys.keys.keys()],
    };
    this.sm2 = new Sm2Pool(sm2Options);
  }

  async wrapKey(keyEncryptionKeyId: string, dataKey: Uint8Array, context: string): Promise<Uint8Array> {
    const keys = deriveEnvelopeKeys(this, this.#key(keyEncryptionKeyId));
    return sealBox(this, keys, { subject: context, keyId: keyEncryptionKeyId }, dataKey);
  }

  async unwrapKey(keyEncryptionKeyId: string, wrappedKey: Uint8Array, context: string): Promise<Uint8Array> {
    const keys = deriveEnvelopeKeys(this, this.#key(keyEncryptionKeyId));
    return openBox(this, keys, { subject: context, keyId: keyEncryptionKeyId }, wrappedKey);
  }

  async deriveKey(keyEncryptionKeyId: string, purpose: string): Promise<Uint8Array> {
    return this.hmacSm3(this.#key(keyEncryptionKeyId), utf8(`${DERIVATION_LABEL}${purpose}`));
  }

  close(): Promise<void> {
    return this.sm2.close();
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id);
    if (key === undefined) throw new MasterKeyUnknownError();
    return key;
  }
}
