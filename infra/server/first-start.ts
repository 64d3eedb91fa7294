import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DEVELOPMENT_ACCOUNTS } from '@qingpu/data/accounts';
import { generateChannelPartners } from '@qingpu/data/channel-partners';
import { generatePartners } from '@qingpu/data/partners';
import { type ChannelPartner, readChannelPartners } from './access/channel-partners.ts';
import { DevelopmentIdentities, type IdentityProvider, NoIdentities } from './access/identity-provider.ts';
import { type Partner, readPartners } from './access/partners.ts';
import type { SessionAccount } from './access/session-store.ts';
import type { Configuration } from './config.ts';

/** The partners of this installation; a synthetic district gets its own with fresh secrets at the first start. */
export async function partnersOf({
  partnersFile,
  syntheticDistrict,
}: Configuration): Promise<readonly Partner[]> {
  if (!existsSync(partnersFile)) {
    if (!syntheticDistrict) return [];
    await writePrivately(partnersFile, JSON.stringify(generatePartners(randomBytes), null, 2));
  }
  return readPartners(partnersFile);
}

/** The booking platforms of this installation; a synthetic district gets its own, too. */
export async function channelPartnersOf({
  channelPartnersFile,
  syntheticDistrict,
}: Configuration): Promise<readonly ChannelPartner[]> {
  if (!existsSync(channelPartnersFile) && syntheticDistrict)
    await writePrivately(channelPartnersFile, JSON.stringify(generateChannelPartners(randomBytes), null, 2));
  return readChannelPartners(channelPartnersFile);
}

/** Who can sign in; in development under one code, which is made at the first start and printed. */
export async function identitiesOf(
  configuration: Configuration,
): Promise<{ readonly identities: IdentityProvider; readonly code: string | undefined }> {
  if (!configuration.developmentSignIn) return { identities: new NoIdentities(), code: undefined };
  const code =
    configuration.signInCode ?? (await keptCode(join(configuration.dataFolder, 'keys', 'sign-in-code')));
  return { identities: new DevelopmentIdentities(DEVELOPMENT_ACCOUNTS.map(sessionAccount), code), code };
}

function sessionAccount({
  account,
  displayName,
  role,
  institutionCode,
}: (typeof DEVELOPMENT_ACCOUNTS)[number]): SessionAccount {
  return { accountId: account, displayName, role, institutionCode };
}

async function keptCode(file: string): Promise<string> {
  if (!existsSync(file)) await writePrivately(file, String(randomInt(100_000, 1_000_000)));
  return (await readFile(file, 'utf8')).trim();
}

/** Written whole or not at all, readable only by its owner. */
async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
