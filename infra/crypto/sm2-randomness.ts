/** Loaded by the SM2 worker, also from its source, so this file holds erasable TypeScript only. */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

interface RandomSource {
  readonly SecureRandom: { readonly prototype: { nextBytes: (bytes: number[]) => void } };
}

/**
 * sm-crypto seeds an RC4 generator once and draws keys and nonces from it for ever. RC4's output is biased, and
 * biased nonces give SM2 private keys away, so every byte comes from the system's generator instead. This replaces
 * an inner function of sm-crypto 0.5.8, in this thread only; loading fails if another version moves it elsewhere.
 * @param random gives that many bytes; only a known-answer test brings its own
 */
export function useSystemRandomness(random: (length: number) => Uint8Array = randomBytes): void {
  const source: RandomSource = createRequire(import.meta.url)('sm-crypto/src/sm2/rng.js');
  source.SecureRandom.prototype.nextBytes = (bytes) => {
    for (const [index, byte] of random(bytes.length).entries()) bytes[index] = byte;
  };
}
