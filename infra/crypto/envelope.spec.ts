import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BoxRefusedError,
  ContentTooLargeError,
  DATA_KEY_BYTES,
  deriveEnvelopeKeys,
  MAXIMUM_BOX_BYTES,
  MAXIMUM_CONTENT_BYTES,
  openBox,
  sealBox,
} from './envelope.ts';
import { base64Of, softwareSymmetricCrypto as crypto } from './primitives.ts';

const keys = deriveEnvelopeKeys(crypto, randomBytes(DATA_KEY_BYTES));
const owner = { subject: 'person-1', keyId: 'dk-1' };
const contents = fc.uint8Array({ maxLength: 500 });

describe('envelope', () => {
  it('opens what it sealed', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const box = sealBox(crypto, keys, owner, content);
        expect(Uint8Array.from(openBox(crypto, keys, owner, box))).toEqual(content);
      }),
    );
  });

  it('refuses any flipped bit', () => {
    fc.assert(
      fc.property(contents, fc.nat(), (content, position) => {
        const box = Uint8Array.from(sealBox(crypto, keys, owner, content));
        const bit = position % (box.length * 8);
        box[bit >> 3] = (box[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => openBox(crypto, keys, owner, box)).toThrow(BoxRefusedError);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every shortened or lengthened box', () => {
    const box = sealBox(crypto, keys, owner, randomBytes(40));
    for (let length = 0; length < box.length; length += 1)
      expect(() => openBox(crypto, keys, owner, box.subarray(0, length))).toThrow(BoxRefusedError);
    expect(() => openBox(crypto, keys, owner, Buffer.concat([box, new Uint8Array(16)]))).toThrow(
      BoxRefusedError,
    );
  });

  it('refuses a box under another subject, key id or data key', () => {
    const box = sealBox(crypto, keys, owner, randomBytes(40));
    const otherKeys = deriveEnvelopeKeys(crypto, randomBytes(DATA_KEY_BYTES));
    const moved = [
      () => openBox(crypto, keys, { ...owner, subject: 'person-2' }, box),
      () => openBox(crypto, keys, { ...owner, keyId: 'dk-2' }, box),
      () => openBox(crypto, otherKeys, owner, box),
    ];
    for (const attempt of moved) expect(attempt).toThrow(BoxRefusedError);
  });

  it('keeps the border between subject and key id', () => {
    const box = sealBox(crypto, keys, { subject: 'ab', keyId: 'c' }, randomBytes(40));
    expect(() => openBox(crypto, keys, { subject: 'a', keyId: 'bc' }, box)).toThrow(BoxRefusedError);
  });

  it('never gives the same box twice', () => {
    const content = randomBytes(40);
    const boxes = Array.from({ length: 100 }, () => base64Of(sealBox(crypto, keys, owner, content)));
    expect(new Set(boxes).size).toBe(100);
  });

  it('seals up to the bound, which fits the schema of sealed events, and nothing larger', () => {
    const box = sealBox(crypto, keys, owner, new Uint8Array(MAXIMUM_CONTENT_BYTES));
    expect(box).toHaveLength(MAXIMUM_BOX_BYTES);
    expect(base64Of(box)).toHaveLength(65_536);
    const tooLarge = new Uint8Array(MAXIMUM_CONTENT_BYTES + 1);
    expect(() => sealBox(crypto, keys, owner, tooLarge)).toThrow(ContentTooLargeError);
  });

  it('uses different keys to encrypt and to authenticate', () => {
    expect(base64Of(keys.authenticationKey.subarray(0, 16))).not.toBe(base64Of(keys.encryptionKey));
    expect(() => deriveEnvelopeKeys(crypto, randomBytes(16))).toThrow(RangeError);
  });
});
