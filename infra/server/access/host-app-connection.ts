import { randomBytes } from 'node:crypto';
import { residentFamilies } from '@qingpu/data/residents';
import { type HostAppSimulator, startHostAppSimulator } from '@qingpu/simulators/host-app-simulator';
import type { Configuration } from '../config.ts';
import { type HostApp, readHostApps } from './host-apps.ts';

export interface HostAppConnection {
  readonly apps: readonly HostApp[];
  /** Where simulators are on and no app is named. */
  readonly simulator: HostAppSimulator | undefined;
}

const PARTNER_ID = 'health-qingpu';

/** The apps that the configuration names, or a simulated one in which synthetic residents are signed in already. */
export async function hostAppsOf(
  { hostAppsFile, simulators }: Pick<Configuration, 'hostAppsFile' | 'simulators'>,
  platformUrl: () => string,
): Promise<HostAppConnection> {
  const apps = await readHostApps(hostAppsFile);
  if (apps.length > 0 || !simulators) return { apps, simulator: undefined };
  const { registered, newcomers } = residentFamilies();
  const users = [...registered, ...newcomers].map(({ holder }) => {
    const { name, identityKind, identityNumber, mobile } = holder;
    return { name, identityKind, identityNumber, mobile };
  });
  const secret = randomBytes(32).toString('base64url');
  const simulator = await startHostAppSimulator({ partnerId: PARTNER_ID, secret, platformUrl, users });
  const app = { partnerId: PARTNER_ID, secret, name: '健康青浦（模拟）', origin: simulator.url };
  return { apps: [app], simulator };
}
