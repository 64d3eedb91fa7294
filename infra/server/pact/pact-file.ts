import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MatchersV3 } from '@pact-foundation/pact';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';

/** Where pacts stand, below the partner's contract: they are part of it and committed. */
export type PactFolder =
  | 'hospital/pacts'
  | 'hospital/pacts/slots'
  | 'hospital/pacts/shared'
  | 'hospital/pacts/checks'
  | 'booking-platform/pacts'
  | 'channel/pacts'
  | 'credit-platform/pacts'
  | 'payment-gateway/pacts';

export const HOSPITAL = 'hospital-information-system';
export const BOOKING_PLATFORM = 'booking-platform';
export const CHANNELS = 'service-channels';
export const PAYMENTS = 'payment-gateway';
export const CREDIT = 'credit-platform';
export const PLATFORM = 'qingpu-platform';

/** The file of a pact, without what stood in it: Pact merges into a file that is there. */
export function emptyPactFile(
  consumer: string,
  provider: string,
  folder: PactFolder = 'hospital/pacts',
): string {
  const partners = fileURLToPath(new URL('../../../contracts/partners', import.meta.url));
  const file = join(partners, folder, `${consumer}-${provider}.json`);
  rmSync(file, { force: true });
  return file;
}

const { regex } = MatchersV3;

/** The headers of a signed request. What differs from request to request is matched by form; the example is fixed. */
export function signedHeaders(partnerId: string, idempotencyKey: string) {
  return {
    'Content-Type': 'application/json',
    [SIGNATURE_HEADERS.partner]: partnerId,
    [SIGNATURE_HEADERS.timestamp]: regex('^\\d{13}$', '1795314600000'),
    [SIGNATURE_HEADERS.nonce]: regex('^[A-Za-z0-9-]{16,64}$', '7f1c6f0e-2a64-4a7e-9d3c-0d5a4be1c9aa'),
    [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey,
    [SIGNATURE_HEADERS.signature]: regex(
      '^[A-Za-z0-9+/]{43}=$',
      'c2lnbmVkIGFmcmVzaCBmb3IgZXZlcnkgdmVyaWZpY2E=',
    ),
  };
}

/**
 * What a call was refused with. Pact writes an interaction down only when its test function settles well, so refusals
 * are caught inside it.
 */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (refusal) {
    return refusal;
  }
  throw new Error('a refusal was expected');
}

/** Descriptions of the interactions that stand in a pact file. */
export function interactionsIn(file: string): string[] {
  const pact = JSON.parse(readFileSync(file, 'utf8')) as { interactions: { description: string }[] };
  return pact.interactions.map(({ description }) => description);
}
