import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelPartnerCredential, generateChannelPartners } from '@qingpu/data/channel-partners';
import { generatePartners } from '@qingpu/data/partners';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';

export const SIGN_IN_CODE = 'code-of-the-specs';

/** A temporary folder for one host, with partners whose secrets the spec knows. */
export interface DataFolder {
  readonly folder: string;
  readonly partners: readonly PartnerCredential[];
  readonly bookingPlatforms: readonly ChannelPartnerCredential[];
  /** What the host's configuration reads. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Two installed hospitals are enough for «own» and «foreign»; their administrators are development accounts. */
export const OWN_ADMIN = 'zhongshan-admin';
export const FOREIGN_ADMIN = 'zhujiajiao-admin';

export async function createDataFolder(
  changes: Readonly<Record<string, string>> = {},
  callbackUrl?: string,
): Promise<DataFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'qingpu-host-'));
  const partners = generatePartners(randomBytes, callbackUrl);
  const partnersFile = join(folder, 'partners.json');
  await writeFile(partnersFile, JSON.stringify(partners), { mode: 0o600 });
  const bookingPlatforms = generateChannelPartners(randomBytes);
  const platformsFile = join(folder, 'booking-platforms.json');
  await writeFile(platformsFile, JSON.stringify(bookingPlatforms), { mode: 0o600 });
  const environment = {
    QINGPU_PORT: '0',
    QINGPU_DATA: join(folder, 'data'),
    QINGPU_PARTNERS: partnersFile,
    QINGPU_BOOKING_PLATFORMS: platformsFile,
    QINGPU_SYNTHETIC_DISTRICT: 'false',
    QINGPU_SIGN_IN_CODE: SIGN_IN_CODE,
    QINGPU_LOG_LEVEL: 'silent',
    // Specs ask faster than people do.
    QINGPU_REQUESTS_PER_MINUTE: '10000000',
    QINGPU_SIGN_INS_PER_MINUTE: '1000000',
    ...changes,
  };
  return { folder, partners, bookingPlatforms, environment };
}

/** The partner of the institution whose name contains `part`. */
export function partnerOf({ partners }: Pick<DataFolder, 'partners'>, part: string): PartnerCredential {
  const found = partners.find(({ name }) => name.includes(part));
  if (!found) throw new Error(`no partner is called ${part}`);
  return found;
}
