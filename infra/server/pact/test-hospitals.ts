import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';

/** Made-up hospital `number` (from 1) as a partner of the platform, with a secret of this run. */
export function testHospital(number: number, callbackUrl?: string): PartnerCredential {
  const institutionCode = sampleInstitutionCode(number);
  return {
    partnerId: `his-${institutionCode.slice(0, 9).toLowerCase()}`,
    secret: randomBytes(32).toString('base64url'),
    institutionCode,
    name: `试验医院${number}信息系统`,
    ...(callbackUrl !== undefined && { callbackUrl }),
  };
}

/** Writes the partners where a host with this data folder reads them at its start. */
export async function writePartners(
  dataFolder: string,
  partners: readonly PartnerCredential[],
): Promise<void> {
  const folder = join(dataFolder, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'partners.json'), JSON.stringify(partners), { mode: 0o600 });
}
