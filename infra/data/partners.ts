import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { INSTITUTIONS } from './institutions.ts';

export type { PartnerCredential } from '@qingpu/simulators/partner-credential';

const SECRET_BYTES = 32;

/**
 * One partner for each institution, with secrets made for this installation: they never stand in the repository.
 * @param randomBytes a source fit for secrets, such as node:crypto `randomBytes`
 * @param callbackUrl where all of the synthetic hospitals listen, such as the hospital simulator's address
 */
export function generatePartners(
  randomBytes: (count: number) => Uint8Array,
  callbackUrl?: string,
): readonly PartnerCredential[] {
  return INSTITUTIONS.map(({ code, name }) => ({
    partnerId: `his-${code.slice(0, 9).toLowerCase()}`,
    secret: Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url'),
    institutionCode: code,
    name: `${name}信息系统`,
    ...(callbackUrl !== undefined && { callbackUrl }),
  }));
}
