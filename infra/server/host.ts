import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { syntheticResidents } from '@qingpu/data/residents';
import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ChannelSimulator } from '@qingpu/simulators/channel-simulator';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import type { HostAppSimulator } from '@qingpu/simulators/host-app-simulator';
import {
  type IdentityRegisterSimulator,
  startIdentityRegisterSimulator,
} from '@qingpu/simulators/identity-register-simulator';
import type { PaymentGatewaySimulator } from '@qingpu/simulators/payment-gateway-simulator';
import { Logger, PinoLogger } from 'nestjs-pino';
import { ChannelPartners } from './access/channel-partners.ts';
import { hostAppsOf } from './access/host-app-connection.ts';
import { HostApps } from './access/host-apps.ts';
import { Partners } from './access/partners.ts';
import { appModuleOf } from './app.module.ts';
import type { Configuration } from './config.ts';
import { startEngines } from './embedded-engines.ts';
import { channelPartnersOf, identitiesOf, partnersOf } from './first-start.ts';
import type { ApplicationHolder } from './http/application-holder.ts';
import { fastifyOptions, installHooks } from './http/fastify-hooks.ts';
import { frameworkErrorAnswer } from './http/framework-errors.ts';
import { repositoryFolder, serveFrontEnd } from './http/static-files.ts';
import { ViewUpdates } from './http/view-updates.ts';
import { consumerLogOf } from './operations/consumer-log.ts';
import { creditPlatformOf } from './operations/credit-connection.ts';
import { Metrics } from './operations/metrics.ts';
import { Readiness } from './operations/readiness.ts';
import { serviceChannelsOf } from './operations/service-channels.ts';
import { PROJECTIONS, Workers } from './operations/workers.ts';
import { paymentsOf } from './payments/payments-connection.ts';
import type { StatementSweep } from './payments/statement-sweep.ts';
import { openPlatform } from './platform.ts';
import { HttpIdentityRegister, NoIdentityRegister } from './residents/identity-register-gateway.ts';
import type { People } from './residents/people.ts';
import { slotServicesOf } from './slots/slot-services.ts';
import type { SlotSweeps } from './slots/slot-sweeps.ts';

/** A running host. */
export interface Host {
  /** Where people reach it. */
  readonly url: string;
  /** Where it listens. */
  readonly localUrl: string;
  /** Code of the development accounts, where they are on. */
  readonly signInCode: string | undefined;
  /** Front-end parts that were not built. */
  readonly missingFrontEnd: readonly string[];
  readonly partners: Partners;
  /** The simulated register of identities, where simulators are on. */
  readonly identityRegister: IdentityRegisterSimulator | undefined;
  /** The simulated hospitals and service channels, where simulators are on. */
  readonly hospitals: HospitalSimulator | undefined;
  readonly channels: ChannelSimulator | undefined;
  /** The simulated payment gateway, likewise. */
  readonly paymentGateway: PaymentGatewaySimulator | undefined;
  /** An app that embeds the portal, where one is simulated. */
  readonly hostApp: HostAppSimulator | undefined;
  readonly people: People;
  /** What is still to be delivered, and what was given up. */
  readonly worklist: ViewReader;
  readonly sweeps: SlotSweeps;
  readonly statements: StatementSweep;
  readonly ready: () => Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Connections that the kernel takes in while the process is busy. When slots are released thousands arrive in one
 * second, and whoever finds no room here tries again only after seconds, behind others who came later.
 */
const MOST_CONNECTING = 16_384;

/** Starts engines, adapters, workers and HTTP as the configuration says; `stop` ends them in the opposite order. */
export async function startHost(wanted: Configuration): Promise<Host> {
  const address = new PublicAddress();
  const { apps, simulator: hostApp } = await hostAppsOf(wanted, () => address.reached());
  const frameAncestors = [...wanted.frameAncestors, ...apps.map(({ origin }) => origin)];
  const configuration = { ...wanted, frameAncestors };
  const engines = await startEngines(configuration);
  const known = await partnersOf(configuration);
  const simulator = configuration.simulators ? await startHospitalSimulator({ partners: known }) : undefined;
  // The simulator listens where a port was free, so hospitals without an address of their own get it now.
  const partners = new Partners(
    simulator ? known.map((partner) => ({ callbackUrl: simulator.url, ...partner })) : known,
  );
  const { register, identityRegister } = await identityRegisterOf(configuration);
  const { simulator: channelSimulator, channels } = await serviceChannelsOf(configuration);
  const { simulator: creditSimulator, credit } = await creditPlatformOf(configuration);
  const payments = await paymentsOf(configuration);
  const { identities, code } = await identitiesOf(configuration);
  const platform = await openPlatform({
    configuration,
    engines,
    partners,
    channelPartners: new ChannelPartners(await channelPartnersOf(configuration)),
    hostApps: new HostApps(apps),
    publicUrl: () => address.reached(),
    identities,
    identityRegister,
    channels,
    credit,
    payments: payments.gateway,
    paymentSigner: payments.signer,
  });
  const slots = slotServicesOf(platform);
  const metrics = new Metrics();
  const updates = new ViewUpdates(
    PROJECTIONS.map(({ view }) => view),
    platform.checkpoints,
  );
  const readiness: { current?: Readiness } = {};
  const holder: ApplicationHolder = {};
  const app = await NestFactory.create<NestFastifyApplication>(
    appModuleOf({ platform, slots, configuration, metrics, updates, readiness, holder }),
    new FastifyAdapter({ ...fastifyOptions(configuration), frameworkErrors: frameworkErrorAnswer(platform) }),
    // The hooks say which bodies are taken.
    { bufferLogs: true, bodyParser: false, rawBody: true },
  );
  app.useLogger(app.get(Logger));
  holder.application = app;
  await installHooks(app, platform, configuration, metrics);
  const missingFrontEnd = configuration.roles.includes('api')
    ? await serveFrontEnd(app, repositoryFolder())
    : [];
  const workers = new Workers({
    platform,
    slots,
    bus: app.get(CommandBus),
    roles: configuration.roles,
    log: consumerLogOf(await app.resolve(PinoLogger)),
  });
  readiness.current = new Readiness(platform, workers, metrics);
  const { port, host } = configuration;
  await app.listen({ port, host, backlog: MOST_CONNECTING });
  payments.reachAt(configuration.publicUrl, localUrl(app, configuration));
  address.reachAt(configuration.publicUrl ?? localUrl(app, configuration));
  await workers.start();
  updates.start();
  return {
    url: configuration.publicUrl ?? localUrl(app, configuration),
    localUrl: localUrl(app, configuration),
    signInCode: code,
    missingFrontEnd,
    partners,
    identityRegister: register,
    hospitals: simulator,
    channels: channelSimulator,
    paymentGateway: payments.simulator,
    hostApp,
    people: platform.people,
    worklist: platform.worklist,
    sweeps: workers.sweeps,
    statements: workers.statements,
    ready: async () => (await readiness.current?.report())?.ready ?? false,
    stop: () =>
      inOrder([
        () => updates.stop(),
        () => app.close(),
        () => workers.stop(),
        () => platform.close(),
        async () => simulator?.close(),
        async () => register?.close(),
        async () => channelSimulator?.close(),
        async () => creditSimulator?.close(),
        async () => payments.simulator?.close(),
        async () => hostApp?.close(),
        () => engines.stop(),
      ]),
  };
}

/** The register that the configuration names, or a simulated one that knows the synthetic residents. */
async function identityRegisterOf({ identityRegister, simulators }: Configuration) {
  if (identityRegister)
    return { register: undefined, identityRegister: new HttpIdentityRegister(identityRegister) };
  if (!simulators) return { register: undefined, identityRegister: new NoIdentityRegister() };
  const apiKey = randomBytes(24).toString('base64url');
  const register = await startIdentityRegisterSimulator({ apiKey, people: syntheticResidents() });
  return { register, identityRegister: new HttpIdentityRegister({ url: register.url, apiKey }) };
}

/** Where people reach the platform: known once it listens. */
class PublicAddress {
  #url: string | undefined;

  reachAt(url: string): void {
    this.#url = url;
  }

  reached(): string {
    if (this.#url === undefined) throw new Error('the platform does not listen yet');
    return this.#url;
  }
}

/** Takes every step, also after one that failed: a log that is away must not keep the audit file open. */
async function inOrder(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the platform did not stop cleanly');
}

function localUrl(app: NestFastifyApplication, { host }: Configuration): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
