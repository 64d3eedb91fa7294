import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ChannelSimulator, startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import type { Configuration } from '../config.ts';
import type { ChannelsAddress } from './channel-gateway.ts';

const SHORTEST_SECRET = 32;

export interface ServiceChannels {
  readonly channels: ChannelsAddress | undefined;
  /** Where simulators are on and no gateway is named. */
  readonly simulator: ChannelSimulator | undefined;
}

/** The service channels' gateway that the configuration names, or a simulated one. */
export async function serviceChannelsOf({
  serviceChannels,
  simulators,
}: Pick<Configuration, 'serviceChannels' | 'simulators'>): Promise<ServiceChannels> {
  if (serviceChannels) {
    const { url, secretFile } = serviceChannels;
    return { channels: { url, secret: await readSecret(secretFile) }, simulator: undefined };
  }
  if (!simulators) return { channels: undefined, simulator: undefined };
  const secret = randomBytes(32).toString('base64url');
  const simulator = await startChannelSimulator({ secret });
  return { channels: { url: simulator.url, secret }, simulator };
}

/** @throws Error that names the file and never what is in it */
export async function readSecret(file: string): Promise<string> {
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < SHORTEST_SECRET)
    throw new Error(`the secret file ${file} must hold at least ${SHORTEST_SECRET} characters`);
  return secret;
}
