import type { Rate, RateVerdict } from './coordination.ts';

/**
 * What was taken and is not refilled yet, in tokens × windowMs: a millisecond refills `limit` of it, so that
 * everything is a whole number and nothing is lost to rounding.
 */
export interface Bucket {
  readonly debt: number;
  readonly atMs: number;
}

export interface Draw {
  /** The bucket afterwards; undefined when nothing was taken. */
  readonly bucket: Bucket | undefined;
  readonly verdict: RateVerdict;
}

/** The same arithmetic as the script `takeTokens`. */
export function drawTokens(bucket: Bucket | undefined, rate: Rate, cost: number, nowMs: number): Draw {
  const { limit, windowMs } = rate;
  const capacity = limit * windowMs;
  const refilled = bucket ? Math.max(0, nowMs - bucket.atMs) * limit : 0;
  const debt = Math.max(0, (bucket?.debt ?? 0) - refilled);
  const wanted = debt + cost * windowMs;
  if (wanted <= capacity) {
    const remaining = Math.floor((capacity - wanted) / windowMs);
    return { bucket: { debt: wanted, atMs: nowMs }, verdict: { allowed: true, remaining, retryAfterMs: 0 } };
  }
  const remaining = Math.floor((capacity - debt) / windowMs);
  const retryAfterMs = Math.ceil((wanted - capacity) / limit);
  return { bucket: undefined, verdict: { allowed: false, remaining, retryAfterMs } };
}
