import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { utf8 } from './primitives.ts';
import { Sm2InputError, Sm2UnavailableError } from './provider.ts';
import { Sm2Pool } from './sm2-pool.ts';

const GROUP_ORDER = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123';

describe('SM2 on worker threads', () => {
  const pool = new Sm2Pool();
  afterAll(() => pool.close());
  const message = utf8('挑战 challenge');

  it('verifies what it signed and nothing else', async () => {
    const [own, other] = await Promise.all([pool.generateKeyPair(), pool.generateKeyPair()]);
    const signature = await pool.sign(own.privateKey, message);
    expect(await pool.verify(own.publicKey, message, signature)).toBe(true);
    expect(await pool.verify(other.publicKey, message, signature)).toBe(false);
    expect(await pool.verify(own.publicKey, utf8('another'), signature)).toBe(false);
  });

  it('signs with another nonce each time', async () => {
    const { privateKey } = await pool.generateKeyPair();
    const signatures = await Promise.all(Array.from({ length: 8 }, () => pool.sign(privateKey, message)));
    expect(new Set(signatures.map((signature) => signature.join())).size).toBe(8);
  });

  it('refuses any flipped bit of a signature, and texts that are no signature', async () => {
    const { privateKey, publicKey } = await pool.generateKeyPair();
    const signature = await pool.sign(privateKey, message);
    for (const index of [0, 1, 3, 5, 20, signature.length - 1]) {
      const changed = signature.map((byte, i) => (i === index ? byte ^ 1 : byte));
      expect(await pool.verify(publicKey, message, changed)).toBe(false);
    }
    for (const wrong of [new Uint8Array(0), utf8('not DER'), Uint8Array.from([...signature, 0])])
      expect(await pool.verify(publicKey, message, wrong)).toBe(false);
  });

  it.each(['', '00', `04${'0'.repeat(128)}`, `04${'f'.repeat(128)}`, `04${'zz'.repeat(64)}`])(
    'takes nothing for signed by the key %j',
    async (publicKey) => {
      const { privateKey } = await pool.generateKeyPair();
      expect(await pool.verify(publicKey, message, await pool.sign(privateKey, message))).toBe(false);
    },
  );

  it.each(['', '0'.repeat(64), GROUP_ORDER, 'F'.repeat(64), 'secret'])(
    'refuses to sign with %j',
    async (privateKey) => {
      const refusal = pool.sign(privateKey, message);
      await expect(refusal).rejects.toThrow(Sm2InputError);
      await expect(refusal).rejects.not.toThrow(/secret|fff|000/);
    },
  );
});

/** Of whole numbers modulo the prime group order, by Fermat's little theorem. */
function inverse(value: bigint): bigint {
  const order = BigInt(`0x${GROUP_ORDER}`);
  let [result, base] = [1n, value % order];
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % order;
    base = (base * base) % order;
  }
  return result;
}

function derInteger(value: bigint): string {
  const text = value.toString(16);
  const even = text.padStart(text.length + (text.length % 2), '0');
  // A first digit above 7 would make the number negative.
  const hex = /^[89a-f]/.test(even) ? `00${even}` : even;
  return `02${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
}

describe('a crafted signature', () => {
  it('whose point is at infinity is refused, and the thread goes on', async () => {
    const started: Worker[] = [];
    const count = (worker: Worker) => started.push(worker);
    process.on('worker', count);
    const pool = new Sm2Pool({ workers: 1 });
    const { privateKey, publicKey } = await pool.generateKeyPair();
    const order = BigInt(`0x${GROUP_ORDER}`);
    // s·G + t·P = 0 with s = 1 and t = r + s.
    const t = order - inverse(BigInt(`0x${privateKey}`));
    const integers = `${derInteger((t - 1n + order) % order)}${derInteger(1n)}`;
    const signature = Buffer.from(`30${(integers.length / 2).toString(16)}${integers}`, 'hex');
    expect(await pool.verify(publicKey, utf8('any'), signature)).toBe(false);
    await pool.generateKeyPair();
    expect(started).toHaveLength(1);
    process.off('worker', count);
    await pool.close();
  });
});

describe('a loaded, broken or closed pool', () => {
  it('fails the job of a thread that breaks down, and starts another thread', async () => {
    const pool = new Sm2Pool({ workers: 1 });
    const started = once(process, 'worker');
    const job = pool.generateKeyPair();
    const [worker]: Worker[] = await started;
    await Promise.all([expect(job).rejects.toThrow(Sm2UnavailableError), worker?.terminate()]);
    await pool.generateKeyPair();
    await pool.close();
  });

  it('refuses more than may wait, and does the rest', async () => {
    const pool = new Sm2Pool({ workers: 1, maximumWaiting: 2 });
    const jobs = Array.from({ length: 4 }, () => pool.generateKeyPair());
    const outcomes = await Promise.allSettled(jobs);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    await expect(jobs[3]).rejects.toThrow(Sm2UnavailableError);
    await pool.close();
  });

  it('rejects what runs and waits when it is closed, and everything later', async () => {
    const pool = new Sm2Pool({ workers: 1 });
    const jobs = Promise.allSettled([pool.generateKeyPair(), pool.generateKeyPair()]);
    await pool.close();
    for (const outcome of await jobs) expect(outcome.status).toBe('rejected');
    await expect(pool.generateKeyPair()).rejects.toThrow(Sm2UnavailableError);
  });
});
