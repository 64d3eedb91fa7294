import { randomBytes } from 'node:crypto';
import {
  type CreditPlatformSimulator,
  startCreditPlatformSimulator,
} from '@qingpu/simulators/credit-platform-simulator';
import type { Configuration } from '../config.ts';
import type { CreditAddress } from './credit-gateway.ts';
import { readSecret } from './service-channels.ts';

export interface CreditConnection {
  readonly credit: CreditAddress | undefined;
  /** Where simulators are on and no credit platform is named. */
  readonly simulator: CreditPlatformSimulator | undefined;
}

/** The city's credit platform that the configuration names, or a simulated one. */
export async function creditPlatformOf({
  creditPlatform,
  simulators,
}: Pick<Configuration, 'creditPlatform' | 'simulators'>): Promise<CreditConnection> {
  if (creditPlatform) {
    const { url, secretFile } = creditPlatform;
    return { credit: { url, secret: await readSecret(secretFile) }, simulator: undefined };
  }
  if (!simulators) return { credit: undefined, simulator: undefined };
  const secret = randomBytes(32).toString('base64url');
  const simulator = await startCreditPlatformSimulator({ secret });
  return { credit: { url: simulator.url, secret }, simulator };
}
