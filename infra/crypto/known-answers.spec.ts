import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import smCrypto from 'sm-crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { softwareSymmetricCrypto as crypto, hexOf, utf8 } from './primitives.ts';
import { Sm2Pool } from './sm2-pool.ts';
import { useSystemRandomness } from './sm2-randomness.ts';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

describe('SM3, GB/T 32905-2016 appendix A', () => {
  it('digests "abc"', () => {
    expect(hexOf(crypto.sm3(utf8('abc')))).toBe(
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    );
  });

  it('digests 64 bytes', () => {
    expect(hexOf(crypto.sm3(utf8('abcd'.repeat(16))))).toBe(
      'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
    );
  });
});

describe('HMAC-SM3, GM/T 0042-2015 appendix D.3', () => {
  const consecutive = Uint8Array.from({ length: 37 }, (_, i) => i + 1);

  it('takes a key of 32 bytes', () => {
    const message = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'.repeat(2);
    expect(hexOf(crypto.hmacSm3(consecutive.subarray(0, 32), utf8(message)))).toBe(
      'ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a',
    );
  });

  it('tells keys apart that are views of the same bytes, and knows the same key in another array', () => {
    const message = utf8('message');
    const first = consecutive.subarray(0, 32);
    const [once, again] = [crypto.hmacSm3(first, message), crypto.hmacSm3(first, message)];
    expect(again).toEqual(once);
    expect(crypto.hmacSm3(Uint8Array.from(first), message)).toEqual(once);
    expect(crypto.hmacSm3(consecutive.subarray(0, 31), message)).not.toEqual(once);
    expect(crypto.hmacSm3(consecutive.subarray(1, 33), message)).not.toEqual(once);
  });

  it('takes a key of 37 bytes', () => {
    expect(hexOf(crypto.hmacSm3(consecutive, new Uint8Array(50).fill(0xcd)))).toBe(
      '220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae',
    );
  });
});

describe('SM4, GB/T 32907-2016 appendix A', () => {
  const key = bytes('0123456789abcdeffedcba9876543210');
  const zeroIv = new Uint8Array(16);

  it('encrypts one block', () => {
    const ciphertext = crypto.sm4CbcEncrypt(key, zeroIv, key);
    expect(hexOf(ciphertext.subarray(0, 16))).toBe('681edf34d206965e86b3e94f536e4246');
  });

  it('encrypts the block 1,000,000 times', () => {
    // CBC over zero blocks encrypts its own output again and again.
    const blocks = new Uint8Array(16_000_000);
    blocks.set(key);
    const ciphertext = crypto.sm4CbcEncrypt(key, zeroIv, blocks);
    expect(hexOf(ciphertext.subarray(15_999_984, 16_000_000))).toBe('595298c7c6fd271f0402f804c33d3f66');
  });

  it.each([
    ['key', new Uint8Array(15), zeroIv],
    ['IV', key, new Uint8Array(12)],
  ])('refuses a wrong length of the %s', (_, wrongKey, wrongIv) => {
    expect(() => crypto.sm4CbcEncrypt(wrongKey, wrongIv, key)).toThrow(RangeError);
    expect(() => crypto.sm4CbcDecrypt(wrongKey, wrongIv, key)).toThrow(RangeError);
  });
});

describe('OpenSSL and sm-crypto agree', () => {
  const anyBytes = fc.uint8Array({ maxLength: 300 });
  const block = fc.uint8Array({ minLength: 16, maxLength: 16 });

  it('on SM3 and HMAC-SM3', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), anyBytes, (key, message) => {
        expect(hexOf(crypto.sm3(message))).toBe(smCrypto.sm3([...message]));
        expect(hexOf(crypto.hmacSm3(key, message))).toBe(smCrypto.sm3([...message], { key: [...key] }));
      }),
    );
  });

  it('on SM4-CBC, either way', () => {
    fc.assert(
      fc.property(block, block, anyBytes, (key, iv, message) => {
        const ciphertext = crypto.sm4CbcEncrypt(key, iv, message);
        const expected = smCrypto.sm4.encrypt([...message], [...key], { mode: 'cbc', iv: [...iv] });
        expect(hexOf(ciphertext)).toBe(expected);
        expect(Uint8Array.from(crypto.sm4CbcDecrypt(key, iv, ciphertext))).toEqual(message);
      }),
    );
  });
});

/** The example of GB/T 32918.5-2017 appendix A. */
const EXAMPLE = {
  privateKey: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  publicKey:
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  message: utf8('message digest'),
  nonce: '59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21',
  signature: bytes(
    '3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      '022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  ),
};

describe('SM2, GB/T 32918.5-2017 appendix A', () => {
  const pool = new Sm2Pool({ workers: 1 });
  afterAll(() => pool.close());
  afterEach(() => useSystemRandomness());

  it('verifies the published signature', async () => {
    expect(await pool.verify(EXAMPLE.publicKey, EXAMPLE.message, EXAMPLE.signature)).toBe(true);
  });

  it('gives the published signature for the published nonce, so the nonce is what we bring', () => {
    // The library adds one to what it draws; its buffer has one byte more than the nonce.
    const drawn = (BigInt(`0x${EXAMPLE.nonce}`) - 1n).toString(16).padStart(66, '0');
    useSystemRandomness(() => bytes(drawn));
    const options = { der: true, hash: true, userId: '1234567812345678' };
    const signature = smCrypto.sm2.doSignature([...EXAMPLE.message], EXAMPLE.privateKey, options);
    expect(signature).toBe(hexOf(EXAMPLE.signature));
  });
});

const hasOpenSsl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenSsl)('the OpenSSL command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qingpu-openssl-'));
  const pool = new Sm2Pool({ workers: 1 });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await pool.close();
  });

  function write(name: string, content: Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** SubjectPublicKeyInfo of an SM2 key: id-ecPublicKey with the curve sm2p256v1. */
  function publicKeyFile(publicKey: string): string {
    const prefix = '3059301306072a8648ce3d020106082a811ccf5501822d034200';
    return write('public.der', bytes(`${prefix}${publicKey}`));
  }

  function verifyWithOpenSsl(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean {
    const files = ['-inkey', publicKeyFile(publicKey), '-in', write('message', message)];
    const form = ['-keyform', 'DER', '-pubin', '-rawin', '-digest', 'sm3'];
    const options = ['-pkeyopt', 'distid:1234567812345678', '-sigfile', write('signature', signature)];
    return spawnSync('openssl', ['pkeyutl', '-verify', ...form, ...files, ...options]).status === 0;
  }

  it('gives the same SM3', () => {
    const message = randomBytes(1_000);
    const output = execFileSync('openssl', ['dgst', '-sm3', '-r', write('message', message)]).toString();
    expect(output.slice(0, 64)).toBe(hexOf(crypto.sm3(message)));
  });

  it('verifies our SM2 signatures and no others', async () => {
    const { privateKey, publicKey } = await pool.generateKeyPair();
    const message = randomBytes(1_000);
    const signature = await pool.sign(privateKey, message);
    expect(verifyWithOpenSsl(publicKey, message, signature)).toBe(true);
    expect(verifyWithOpenSsl(publicKey, randomBytes(1_000), signature)).toBe(false);
  });
});
