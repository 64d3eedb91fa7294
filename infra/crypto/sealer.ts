import type { Sealed } from '@qingpu/contracts/events/sealed';
import { type Clock, shanghaiTimestamp, systemClock } from '@qingpu/domains-kernel/clock';
import { PersonErasedError, type Sealer } from '@qingpu/domains-kernel/sealing';
import { canonicalJson } from './canonical-json.ts';
import type { DataKeyRecord, DataKeyStore } from './data-keys.ts';
import {
  BoxRefusedError,
  DATA_KEY_BYTES,
  deriveEnvelopeKeys,
  type EnvelopeKeys,
  openBox,
  sealBox,
} from './envelope.ts';
import { ExpiringCache } from './expiring-cache.ts';
import { base64Of, bytesOfBase64, hexOf, lengthPrefixed, utf8 } from './primitives.ts';
import type { CryptoProvider } from './provider.ts';

/** How long a process may go on using a data key that another process destroyed. */
export const DEFAULT_KEY_TIME_TO_LIVE_MS = 30_000;

export interface EnvelopeSealerOptions {
  readonly provider: CryptoProvider;
  readonly store: DataKeyStore;
  readonly clock?: Clock;
  /** Unwrapped keys kept in memory; 10,000 unless told. */
  readonly cachedKeys?: number;
  /** 30 seconds unless told: erasure reaches every process after at most this long. */
  readonly keyTimeToLiveMs?: number;
  /** Milliseconds that never go back, for the time to live; the process's own counter unless told. */
  readonly monotonicNow?: () => number;
}

/** The sealed content names a data key that the store does not have, though its subject was not erased. */
export class DataKeyUnknownError extends Error {
  override readonly name = 'DataKeyUnknownError';
  constructor() {
    super('the store has no such data key');
  }
}

interface IndexKeys {
  readonly fingerprint: Uint8Array;
  readonly blindIndex: Uint8Array;
}

interface SubjectKeys extends EnvelopeKeys {
  readonly keyId: string;
}

/**
 * Seals personal data under one data key per subject, made when something of the subject is first sealed.
 *
 * Unwrapped keys stay in memory for a short time. `erase` drops the key here at once; another process that holds it
 * can still open and seal until its entry expires (`keyTimeToLiveMs` after it read the store). What such a process
 * seals in that time nobody can read later.
 */
export class EnvelopeSealer implements Sealer {
  readonly #provider: CryptoProvider;
  readonly #store: DataKeyStore;
  readonly #clock: Clock;
  readonly #indexKeys: IndexKeys;
  /** Promises, so that many callers who need the same key at once cause one read and one unwrapping. */
  readonly #cache: ExpiringCache<Promise<SubjectKeys | undefined>>;

  private constructor(options: EnvelopeSealerOptions, indexKeys: IndexKeys) {
    this.#provider = options.provider;
    this.#store = options.store;
    this.#clock = options.clock ?? systemClock;
    this.#indexKeys = indexKeys;
    this.#cache = new ExpiringCache({
      maximum: options.cachedKeys ?? 10_000,
      timeToLiveMs: options.keyTimeToLiveMs ?? DEFAULT_KEY_TIME_TO_LIVE_MS,
      ...(options.monotonicNow && { monotonicNow: options.monotonicNow }),
    });
  }

  /** @throws MasterKeyUnknownError when the provider has no root key */
  static async create(options: EnvelopeSealerOptions): Promise<EnvelopeSealer> {
    const { root } = options.provider.masterKeys;
    return new EnvelopeSealer(options, {
      fingerprint: await options.provider.deriveKey(root, 'fingerprint'),
      blindIndex: await options.provider.deriveKey(root, 'blind-index'),
    });
  }

  /**
   * @param content anything that JSON can hold
   * @throws PersonErasedError
   * @throws ContentTooLargeError above 49,103 bytes of JSON
   * @throws TypeError when the content has no JSON form
   */
  async seal(subject: string, content: unknown): Promise<Sealed> {
    const text = JSON.stringify(content);
    if (text === undefined) throw new TypeError('the content has no JSON form');
    const keys = await this.#keysForSealing(subject);
    const box = sealBox(this.#provider, keys, { subject, keyId: keys.keyId }, utf8(text));
    return { subject, keyId: keys.keyId, box: base64Of(box) };
  }

  /**
   * @throws PersonErasedError
   * @throws BoxRefusedError when the box was changed or moved here from another subject
   * @throws DataKeyUnknownError
   */
  async open(sealed: Sealed): Promise<unknown> {
    const { subject, keyId } = sealed;
    const keys = await this.#knownKeys(subject);
    if (keys?.keyId !== keyId) throw new DataKeyUnknownError();
    const box = bytesOfBase64(sealed.box);
    if (box === undefined) throw new BoxRefusedError();
    const content = openBox(this.#provider, keys, { subject, keyId }, box);
    return JSON.parse(Buffer.from(content).toString('utf8'));
  }

  /**
   * HMAC-SM3 in hex over the content's canonical JSON. The same content has different fingerprints for different
   * purposes.
   * @throws TypeError when the content has no JSON form
   */
  fingerprint(purpose: string, content: unknown): string {
    return this.#indexed(this.#indexKeys.fingerprint, purpose, canonicalJson(content));
  }

  /**
   * HMAC-SM3 in hex by which an exact value can be searched for without storing it, such as an ID number. The caller
   * brings the value to its normal form first (trimmed, upper-case X, digits only). It outlives erasure: whoever
   * erases a person deletes the index entries too.
   */
  blindIndex(purpose: string, normalisedValue: string): string {
    return this.#indexed(this.#indexKeys.blindIndex, purpose, normalisedValue);
  }

  async erase(subject: string): Promise<void> {
    await this.#store.destroy(subject, shanghaiTimestamp(this.#clock.now()));
    // After destruction: a read that began before it put its entry here before it, and goes with it.
    this.#cache.delete(subject);
  }

  #indexed(key: Uint8Array, purpose: string, text: string): string {
    return hexOf(this.#provider.hmacSm3(key, lengthPrefixed([utf8(purpose), utf8(text)])));
  }

  async #keysForSealing(subject: string): Promise<SubjectKeys> {
    const known = await this.#knownKeys(subject);
    if (known !== undefined) return known;
    // Of several callers that wait for the first key of a subject, one creates it and the others take it from here.
    const loading = this.#cache.get(subject);
    const created = loading && (await loading);
    return created ?? this.#cached(subject, () => this.#createKeys(subject));
  }

  #knownKeys(subject: string): Promise<SubjectKeys | undefined> {
    return this.#cache.get(subject) ?? this.#cached(subject, () => this.#readKeys(subject));
  }

  /** Keeps what is being loaded; forgets it again when it fails or when there is nothing to keep. */
  #cached<Found extends SubjectKeys | undefined>(
    subject: string,
    load: () => Promise<Found>,
  ): Promise<Found> {
    const loading = load();
    this.#cache.set(subject, loading);
    loading.then(
      (keys) => {
        if (keys === undefined) this.#cache.deleteIf(subject, loading);
      },
      () => this.#cache.deleteIf(subject, loading),
    );
    return loading;
  }

  async #readKeys(subject: string): Promise<SubjectKeys | undefined> {
    const record = await this.#store.find(subject);
    return record && this.#unwrap(record);
  }

  async #createKeys(subject: string): Promise<SubjectKeys> {
    const dataKey = this.#provider.randomBytes(DATA_KEY_BYTES);
    const keyId = `dk-${hexOf(this.#provider.randomBytes(12))}`;
    const masterKeyId = this.#provider.masterKeys.current;
    const wrappedKey = await this.#provider.wrapKey(masterKeyId, dataKey, wrapContext(subject, keyId));
    const stored = await this.#store.insert({
      subject,
      keyId,
      wrappedKey: base64Of(wrappedKey),
      masterKeyId,
      createdAt: shanghaiTimestamp(this.#clock.now()),
      destroyedAt: null,
    });
    // Always from the stored record: another process may have won, and what cannot be unwrapped must not be used.
    return this.#unwrap(stored);
  }

  async #unwrap({ subject, keyId, masterKeyId, wrappedKey }: DataKeyRecord): Promise<SubjectKeys> {
    if (wrappedKey === null) throw new PersonErasedError();
    const wrapped = bytesOfBase64(wrappedKey);
    if (wrapped === undefined) throw new BoxRefusedError();
    const dataKey = await this.#provider.unwrapKey(masterKeyId, wrapped, wrapContext(subject, keyId));
    return { keyId, ...deriveEnvelopeKeys(this.#provider, dataKey) };
  }
}

/** A wrapped key opens only in the record that it was made for. */
function wrapContext(subject: string, keyId: string): string {
  return JSON.stringify(['data-key', subject, keyId]);
}
