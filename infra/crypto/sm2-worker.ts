/**
 * A worker thread that does SM2 for `sm2-pool.ts`: one operation of sm-crypto takes 10 to 20 ms, too long for the
 * thread that answers requests. This file is also run from its source, so it holds erasable TypeScript only.
 */
import { parentPort } from 'node:worker_threads';
import smCrypto from 'sm-crypto';
import { useSystemRandomness } from './sm2-randomness.ts';

export type Sm2Operation =
  | { readonly kind: 'generate' }
  | { readonly kind: 'sign'; readonly privateKey: string; readonly message: Uint8Array }
  | {
      readonly kind: 'verify';
      readonly publicKey: string;
      readonly message: Uint8Array;
      readonly signature: Uint8Array;
    };

export type Sm2Answer =
  | { readonly kind: 'generated'; readonly privateKey: string; readonly publicKey: string }
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  | { readonly kind: 'verified'; readonly valid: boolean }
  | { readonly kind: 'refused' };

const { sm2 } = smCrypto;
const SIGNATURE_OPTIONS = { der: true, hash: true, userId: '1234567812345678' } as const;

/** Parameters of the curve sm2p256v1 (GB/T 32918.5-2017). */
const FIELD_PRIME = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff');
const GROUP_ORDER = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');

function isPrivateKey(hex: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(hex)) return false;
  const scalar = BigInt(`0x${hex}`);
  return scalar >= 1n && scalar <= GROUP_ORDER - 2n;
}

/** Uncompressed, with both coordinates reduced; sm-crypto checks that the point is on the curve. */
function isPublicKeyText(hex: string): boolean {
  if (!/^04[0-9a-f]{128}$/.test(hex)) return false;
  return BigInt(`0x${hex.slice(2, 66)}`) < FIELD_PRIME && BigInt(`0x${hex.slice(66)}`) < FIELD_PRIME;
}

function sign(privateKey: string, message: Uint8Array): Sm2Answer {
  if (!isPrivateKey(privateKey)) return { kind: 'refused' };
  const hex = sm2.doSignature([...message], privateKey, SIGNATURE_OPTIONS);
  return { kind: 'signed', signature: Uint8Array.from(Buffer.from(hex, 'hex')) };
}

function verify(publicKey: string, message: Uint8Array, signature: Uint8Array): Sm2Answer {
  if (!isPublicKeyText(publicKey)) return { kind: 'verified', valid: false };
  const hex = Buffer.from(signature).toString('hex');
  return { kind: 'verified', valid: sm2.doVerifySignature([...message], hex, publicKey, SIGNATURE_OPTIONS) };
}

function perform(operation: Sm2Operation): Sm2Answer {
  switch (operation.kind) {
    case 'generate':
      return { kind: 'generated', ...sm2.generateKeyPairHex() };
    case 'sign':
      return sign(operation.privateKey, operation.message);
    case 'verify':
      return verify(operation.publicKey, operation.message, operation.signature);
  }
}

/**
 * sm-crypto throws on some crafted signatures, such as one whose point is at infinity. Nobody should be able to stop
 * the thread with one, and the message is dropped because it could quote what was given.
 */
function answerTo(operation: Sm2Operation): Sm2Answer {
  try {
    return perform(operation);
  } catch {
    return operation.kind === 'verify' ? { kind: 'verified', valid: false } : { kind: 'refused' };
  }
}

useSystemRandomness();
const port = parentPort;
if (port === null) throw new Error('the SM2 worker runs in a worker thread only');
port.on('message', (operation: Sm2Operation) => port.postMessage(answerTo(operation)));
