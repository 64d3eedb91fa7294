import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INFRA, type ServerProcess, startServer } from '../child-process.ts';

const HOST = join(INFRA, 'server', 'dist', 'main.js');
const CATCH_UP_WITHIN_MS = 300_000;

export interface PlatformFolders {
  readonly data: string;
  readonly partnersFile: string;
  /** More of the environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The platform as it is deployed, all roles in one process; no limit a minute, which the load would meet at once. */
export function startPlatform({ data, partnersFile, environment }: PlatformFolders): Promise<ServerProcess> {
  return startServer({
    script: HOST,
    marker: '/portal',
    environment: {
      NODE_ENV: 'production',
      QINGPU_DATA: data,
      QINGPU_PARTNERS: partnersFile,
      QINGPU_PORT: '0',
      QINGPU_LOG_LEVEL: 'warn',
      QINGPU_REQUESTS_PER_MINUTE: '100000000',
      QINGPU_SYNTHETIC_DISTRICT: 'false',
      QINGPU_SIMULATORS: 'false',
      ...environment,
    },
  });
}

/** Waits until every view and process of the platform has taken in the whole log. @throws Error when it takes too long */
export async function untilCaughtUp({ url }: Pick<ServerProcess, 'url'>): Promise<void> {
  const deadline = Date.now() + CATCH_UP_WITHIN_MS;
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const lags = [...metrics.matchAll(/^qingpu_consumer_lag_positions\{.*\} (\d+)/gm)].map(([, lag]) =>
      Number(lag),
    );
    if (lags.length > 0 && lags.every((lag) => lag === 0)) return;
    if (Date.now() > deadline)
      throw new Error(`the views do not catch up: ${lags.join(' ')} positions behind`);
    await sleep(100);
  }
}
