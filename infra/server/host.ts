import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { Logger, PinoLogger } from 'nestjs-pino';
import { Partners } from './access/partners.ts';
import { appModuleOf } from './app.module.ts';
import type { Configuration } from './config.ts';
import { startEngines } from './embedded-engines.ts';
import { identitiesOf, partnersOf } from './first-start.ts';
import type { ApplicationHolder } from './http/application-holder.ts';
import { FASTIFY_OPTIONS, installHooks } from './http/fastify-hooks.ts';
import { repositoryFolder, serveFrontEnd } from './http/static-files.ts';
import { ViewUpdates } from './http/view-updates.ts';
import { consumerLogOf } from './operations/consumer-log.ts';
import { Metrics } from './operations/metrics.ts';
import { Readiness } from './operations/readiness.ts';
import { PROJECTIONS, Workers } from './operations/workers.ts';
import { openPlatform } from './platform.ts';

/** A running host. */
export interface Host {
  readonly url: string;
  /** Code of the development accounts, where they are on. */
  readonly signInCode: string | undefined;
  /** Front-end parts that were not built. */
  readonly missingFrontEnd: readonly string[];
  readonly partners: Partners;
  readonly ready: () => Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts engines, adapters, workers and HTTP as the configuration says; `stop` ends them in the opposite order. */
export async function startHost(configuration: Configuration): Promise<Host> {
  const engines = await startEngines(configuration);
  const known = await partnersOf(configuration);
  const simulator = configuration.simulators ? await startHospitalSimulator({ partners: known }) : undefined;
  // The simulator listens where a port was free, so hospitals without an address of their own get it now.
  const partners = new Partners(
    simulator ? known.map((partner) => ({ callbackUrl: simulator.url, ...partner })) : known,
  );
  const { identities, code } = await identitiesOf(configuration);
  const platform = await openPlatform({ configuration, engines, partners, identities });
  const metrics = new Metrics();
  const updates = new ViewUpdates(
    PROJECTIONS.map(({ view }) => view),
    platform.checkpoints,
  );
  const readiness: { current?: Readiness } = {};
  const holder: ApplicationHolder = {};
  const app = await NestFactory.create<NestFastifyApplication>(
    appModuleOf({ platform, configuration, metrics, updates, readiness, holder }),
    new FastifyAdapter({ ...FASTIFY_OPTIONS }),
    // The hooks say which bodies are taken.
    { bufferLogs: true, bodyParser: false, rawBody: true, forceCloseConnections: true },
  );
  app.useLogger(app.get(Logger));
  holder.application = app;
  await installHooks(app, platform, configuration, metrics);
  const missingFrontEnd = configuration.roles.includes('api')
    ? await serveFrontEnd(app, repositoryFolder())
    : [];
  const workers = new Workers(
    platform,
    app.get(CommandBus),
    configuration.roles,
    consumerLogOf(await app.resolve(PinoLogger)),
  );
  readiness.current = new Readiness(platform, workers, metrics);
  await app.listen(configuration.port, configuration.host);
  await workers.start();
  updates.start();
  return {
    url: urlOf(app, configuration),
    signInCode: code,
    missingFrontEnd,
    partners,
    ready: async () => (await readiness.current?.report())?.ready ?? false,
    stop: async () => {
      await updates.stop();
      await app.close();
      await workers.stop();
      await platform.close();
      await simulator?.close();
      await engines.stop();
    },
  };
}

function urlOf(app: NestFastifyApplication, { host, publicUrl }: Configuration): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
