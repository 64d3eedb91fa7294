import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import { startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { type ServerProcess, startServer } from '../child-process.ts';
import { LoadProcess } from './load-process.ts';
import { startPlatform } from './platform-process.ts';
import { copyFor, type PreparedWorld, preparedWorld } from './prepared-world.ts';
import { profilable } from './profiled.ts';
import { programOf } from './programs.ts';
import type { World, WorldSize } from './world.ts';

/** How long and how hard the bench works. */
export interface BenchSettings {
  readonly size: WorldSize;
  /** On the disk to measure; the prepared world stays in it. */
  readonly folder: string;
  /** Of each measurement. */
  readonly seconds: number;
  /** Of the closed loops. */
  readonly connections: readonly number[];
  /** Most connections of a rush. */
  readonly rushConnections: number;
  /** Events of the rebuild. */
  readonly events: number;
  /** How often each page is opened. */
  readonly rounds: number;
}

/** A server under load, with the generator of the load in a process of its own. */
export interface Stage {
  readonly server: ServerProcess;
  readonly load: LoadProcess;
  readonly world: World;
  /** Where the server writes its profile. */
  readonly profileFile: string;
  /** Where the platform's own event store listens; the baseline has none there. */
  readonly eventStoreUrl: string;
}

/** What a program is started with for one stage. */
interface Setting {
  readonly prepared: PreparedWorld;
  readonly folder: string;
  readonly profileFile: string;
  readonly eventStorePort: number;
}

/** The platform on a fresh copy of the prepared world, its hospitals and service channels in this process. */
export function onPlatform<Result>(
  settings: BenchSettings,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  return onStage(settings, use, async ({ prepared, folder, profileFile, eventStorePort }) => {
    const hospitals = await startHospitalSimulator({ partners: prepared.partners });
    const secret = randomBytes(32).toString('base64url');
    const channels = await startChannelSimulator({ secret });
    const secretFile = join(folder, 'channels-secret');
    await writeFile(secretFile, secret, { mode: 0o600 });
    const copy = await copyFor(prepared, folder, hospitals.url);
    const environment = {
      ...profilable(profileFile),
      QINGPU_EVENT_STORE_PORT: String(eventStorePort),
      QINGPU_SERVICE_CHANNELS_URL: channels.url,
      QINGPU_SERVICE_CHANNELS_SECRET: secretFile,
    };
    const server = await startPlatform({ ...copy, environment });
    const stop = async () => {
      await server.stop();
      await Promise.all([hospitals.close(), channels.close()]);
    };
    return { ...server, stop };
  });
}

/** What a team would write instead, filled with the same world. */
export function onBaseline<Result>(
  settings: BenchSettings,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  return onStage(settings, use, ({ prepared, folder, profileFile }) =>
    startServer({
      script: programOf('baseline/baseline.main'),
      parameters: [prepared.worldFile, folder, join(prepared.data, 'keys', 'master-keys.json')],
      marker: 'baseline',
      environment: {
        ...profilable(profileFile),
        NODE_ENV: 'production',
        QINGPU_LOG_LEVEL: 'warn',
        QINGPU_REQUESTS_PER_MINUTE: '100000000',
      },
    }),
  );
}

async function onStage<Result>(
  { folder, size }: BenchSettings,
  use: (stage: Stage) => Promise<Result>,
  start: (setting: Setting) => Promise<ServerProcess>,
): Promise<Result> {
  const prepared = await preparedWorld(folder, size);
  const world = JSON.parse(await readFile(prepared.worldFile, 'utf8')) as World;
  const own = await mkdtemp(join(folder, 'slots-bench-'));
  // A server that refuses to be root passes through to its own folder; nothing else can be listed or read.
  await chmod(own, 0o711);
  try {
    const profileFile = join(own, 'profile.json');
    const eventStorePort = await freePort();
    const server = await start({ prepared, folder: own, profileFile, eventStorePort });
    try {
      const load = await LoadProcess.start(prepared.worldFile);
      try {
        const eventStoreUrl = `esdb://127.0.0.1:${eventStorePort}?tls=false`;
        return await use({ server, load, world, profileFile, eventStoreUrl });
      } finally {
        await load.stop();
      }
    } finally {
      await server.stop();
    }
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
