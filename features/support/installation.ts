import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelPartnerCredential, generateChannelPartners } from '@qingpu/data/channel-partners';
import { generatePartners } from '@qingpu/data/partners';
import { type SyntheticResident, syntheticResident, syntheticResidents } from '@qingpu/data/residents';
import { BookingPlatformSimulator } from '@qingpu/simulators/booking-platform-simulator';
import { type ChannelSimulator, startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import {
  type CreditPlatformSimulator,
  startCreditPlatformSimulator,
} from '@qingpu/simulators/credit-platform-simulator';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { type HostAppSimulator, startHostAppSimulator } from '@qingpu/simulators/host-app-simulator';
import {
  type IdentityRegisterSimulator,
  startIdentityRegisterSimulator,
} from '@qingpu/simulators/identity-register-simulator';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import {
  type PaymentGatewaySimulator,
  startPaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { type Browser, chromium } from 'playwright-core';
import { type RunningHost, runHost } from '../../infra/server/pact/running-host.ts';
import { testHospital, writePartners } from '../../infra/server/pact/test-hospitals.ts';
import { ApiUser } from './api-user.ts';
import { MovableClock } from './movable-clock.ts';
import { Windows } from './screen.ts';

/** Hospitals beside the synthetic district, one for each scenario that registers something. */
const SPARE_HOSPITALS = 180;
const SIGN_IN_CODE = 'code-of-the-features';
const IDENTITY_REGISTER_KEY = 'key-of-the-features';
/** The public may book for so many days from the day after tomorrow on, by the district's guidance. */
const VISIT_DAYS = 11;
/** Behind all whom the accounts act for. */
const FIRST_CALLER = 1_000;
const HOST_APP = 'jiankang-qingpu';
const CHROMIUM = '/usr/bin/chromium';
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface InstallationOptions {
  /** A clock that scenarios move. Without one it is the machine's, and the synthetic district is loaded. */
  readonly clock?: 'movable';
}

/** The platform under test with what stands around it: the real host, the hospitals' systems, a browser. */
export class Installation {
  readonly clock: MovableClock | undefined;
  readonly simulator: HospitalSimulator;
  /** Knows the synthetic residents, and can be told to misbehave. */
  readonly identityRegister: IdentityRegisterSimulator;
  /** The service channels, as what would send the text messages. */
  readonly channels: ChannelSimulator;
  /** Where people pay. */
  readonly payments: PaymentGatewaySimulator;
  /** 健康青浦, which embeds the portal. */
  readonly hostApp: HostAppSimulator;
  /** The city's credit platform. */
  readonly credit: CreditPlatformSimulator;
  readonly #folder: string;
  readonly #host: RunningHost;
  readonly #district: readonly PartnerCredential[];
  readonly #spare: PartnerCredential[];
  readonly #platforms: readonly ChannelPartnerCredential[];
  readonly #listening = new AbortController();
  readonly #users = new Map<string, Promise<ApiUser>>();
  #days = 0;
  #callers = 0;
  #browser: Promise<Browser> | undefined;
  #windows: Promise<Windows> | undefined;

  private constructor(
    folder: string,
    clock: MovableClock | undefined,
    host: RunningHost,
    { hospitals, identityRegister, channels, payments, hostApp, credit }: Simulators,
    district: readonly PartnerCredential[],
    spare: PartnerCredential[],
    platforms: readonly ChannelPartnerCredential[],
  ) {
    this.#folder = folder;
    this.clock = clock;
    this.#host = host;
    this.simulator = hospitals;
    this.identityRegister = identityRegister;
    this.channels = channels;
    this.payments = payments;
    this.hostApp = hostApp;
    this.credit = credit;
    this.#district = district;
    this.#spare = spare;
    this.#platforms = platforms;
  }

  /** Starts everything but the browser, which waits until a scenario wants it. */
  static async start(options: InstallationOptions = {}): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'qingpu-features-'));
    const clock = options.clock && (await MovableClock.create(folder));
    const district = generatePartners(randomBytes);
    const spare = Array.from({ length: SPARE_HOSPITALS }, (_none, index) => testHospital(index + 1));
    const partners = [...district, ...spare];
    const secret = randomBytes(32).toString('base64url');
    const address: PlatformAddress = { url: undefined };
    const simulators = await startSimulators(partners, { secret, clock, address });
    const { hospitals, identityRegister, channels, payments, hostApp, credit } = simulators;
    try {
      await writePartners(
        folder,
        partners.map((partner) => ({ ...partner, callbackUrl: hospitals.url })),
      );
      const platforms = generateChannelPartners(randomBytes);
      const platformsFile = join(folder, 'keys', 'booking-platforms.json');
      await writeFile(platformsFile, JSON.stringify(platforms), { mode: 0o600 });
      const apps = [{ partnerId: HOST_APP, secret, name: '健康青浦', origin: hostApp.url }];
      await writeFile(join(folder, 'keys', 'host-apps.json'), JSON.stringify(apps), { mode: 0o600 });
      const register = {
        QINGPU_IDENTITY_REGISTER_URL: identityRegister.url,
        QINGPU_IDENTITY_REGISTER_KEY: IDENTITY_REGISTER_KEY,
      };
      const secretFile = join(folder, 'gateways-secret');
      await writeFile(secretFile, secret, { mode: 0o600 });
      const messages = {
        QINGPU_SERVICE_CHANNELS_URL: channels.url,
        QINGPU_SERVICE_CHANNELS_SECRET: secretFile,
      };
      const money = { QINGPU_PAYMENT_GATEWAY_URL: payments.url, QINGPU_PAYMENT_GATEWAY_SECRET: secretFile };
      const appeals = {
        QINGPU_CREDIT_PLATFORM_URL: credit.url,
        QINGPU_CREDIT_PLATFORM_SECRET: secretFile,
      };
      const time = clock ? { ...clock.settings, QINGPU_SYNTHETIC_DISTRICT: 'false' } : {};
      const settings = { ...SETTINGS, ...register, ...messages, ...money, ...appeals, ...time };
      const host = await runHost({ dataFolder: folder, settings });
      address.url = host.url;
      const installation = new Installation(folder, clock, host, simulators, district, spare, platforms);
      await installation.#listen();
      return installation;
    } catch (error) {
      await Promise.all(Object.values(simulators).map((each) => each.close()));
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.#host.url;
  }

  get signInCode(): string {
    return SIGN_IN_CODE;
  }

  /** Milliseconds since 1970 by the platform's clock. */
  now(): number {
    return this.clock?.now() ?? Date.now();
  }

  /** Moves the platform's clock on. Whoever was signed in signs in again: sessions do not last for days. */
  async travelTo(instant: Date): Promise<void> {
    if (!this.clock) throw new Error('the clock of this installation is the machine’s');
    await this.clock.moveTo(instant);
    this.#users.clear();
  }

  /** Days from today to the next visits: another day each time, so that scenarios do not use up each other's limits. */
  nextVisitDay(): number {
    this.#days += 1;
    return 2 + (this.#days % VISIT_DAYS);
  }

  /** A resident whom no scenario has spoken of yet and the national register knows. */
  nextCaller(): SyntheticResident {
    this.#callers += 1;
    return syntheticResident(FIRST_CALLER + this.#callers);
  }

  /**
   * Somebody always follows the updates, as in a district at work: with nobody listening the host starts counting only
   * half a second after the first one comes.
   */
  async #listen(): Promise<void> {
    const { signal } = this.#listening;
    const stream = await fetch(`${this.url}/api/updates`, { signal });
    void stream.text().catch(() => undefined);
  }

  /** A hospital whose system nobody has used yet. */
  nextHospital(): PartnerCredential {
    const hospital = this.#spare.shift();
    if (!hospital) throw new Error('no spare hospital is left: raise SPARE_HOSPITALS');
    return hospital;
  }

  /** The system of an institution of the synthetic district. */
  async partnerOf(institutionName: string): Promise<PartnerCredential> {
    const visitor = await this.user('visitor');
    const { institutionCode } = await visitor.findByName('institution', institutionName);
    const partner = this.#district.find((candidate) => candidate.institutionCode === institutionCode);
    if (!partner) throw new Error(`${institutionName} has no partner credential`);
    return partner;
  }

  /** A booking platform that knows nothing of the pool yet. */
  bookingPlatform(channel: ChannelPartnerCredential['channel']): BookingPlatformSimulator {
    const partner = this.#platforms.find((platform) => platform.channel === channel);
    if (!partner) throw new Error(`no booking platform of ${channel}`);
    return new BookingPlatformSimulator({ baseUrl: this.url, partner, now: () => this.now() });
  }

  /** The system of an institution of the synthetic district, whether it has registered or not. */
  districtPartner(institutionCode: string): PartnerCredential {
    const partner = this.#district.find((candidate) => candidate.institutionCode === institutionCode);
    if (!partner) throw new Error(`${institutionCode} has no partner credential`);
    return partner;
  }

  /** `visitor`, or an account of the development installation; each signs in once. */
  user(account: string): Promise<ApiUser> {
    const known = this.#users.get(account) ?? ApiUser.arrive(this.url, account, SIGN_IN_CODE);
    this.#users.set(account, known);
    return known;
  }

  /** The windows of a browser that starts with the first of them. */
  windows(): Promise<Windows> {
    this.#browser ??= launch();
    this.#windows ??= this.#browser.then((browser) => new Windows(browser, this.url));
    return this.#windows;
  }

  async stop(): Promise<void> {
    this.#listening.abort();
    await (await this.#browser)?.close();
    await this.#host.stop();
    const { simulator, identityRegister, channels, payments, hostApp, credit } = this;
    const around = [simulator, identityRegister, channels, payments, hostApp, credit];
    await Promise.all(around.map((each) => each.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What stands around the platform. */
interface Simulators {
  readonly hospitals: HospitalSimulator;
  readonly identityRegister: IdentityRegisterSimulator;
  readonly channels: ChannelSimulator;
  readonly payments: PaymentGatewaySimulator;
  readonly hostApp: HostAppSimulator;
  readonly credit: CreditPlatformSimulator;
}

/** Known once the platform listens. */
interface PlatformAddress {
  url: string | undefined;
}

interface Surroundings {
  readonly secret: string;
  readonly clock: MovableClock | undefined;
  readonly address: PlatformAddress;
}

async function startSimulators(
  partners: readonly PartnerCredential[],
  { secret, clock, address }: Surroundings,
): Promise<Simulators> {
  const time = clock && { now: () => clock.now() };
  const hospitals = await startHospitalSimulator({ partners, ...time });
  const channels = await startChannelSimulator({ secret, ...time });
  const people = syntheticResidents();
  const identityRegister = await startIdentityRegisterSimulator({ apiKey: IDENTITY_REGISTER_KEY, people });
  const payments = await startPaymentGatewaySimulator({ secret, ...time, reportPauseMs: 200 });
  const hostApp = await startHostAppSimulator({
    partnerId: HOST_APP,
    secret,
    platformUrl: () => {
      if (address.url === undefined) throw new Error('the platform does not listen yet');
      return address.url;
    },
    ...time,
  });
  const credit = await startCreditPlatformSimulator({ secret, ...time });
  return { hospitals, identityRegister, channels, payments, hostApp, credit };
}

const SETTINGS = {
  QINGPU_SYNTHETIC_DISTRICT: 'true',
  // Ten thousand schedules that no scenario looks at would keep the views busy.
  QINGPU_SYNTHETIC_DAYS: '0',
  QINGPU_DEVELOPMENT_SIGN_IN: 'true',
  QINGPU_SIGN_IN_CODE: SIGN_IN_CODE,
  // The features' own simulator takes the receipts, so that they can be looked at.
  QINGPU_SIMULATORS: 'false',
  QINGPU_REQUESTS_PER_MINUTE: '100000',
  QINGPU_SIGN_INS_PER_MINUTE: '1000000',
};

async function launch(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `${CHROMIUM} is missing: install the packages chromium and fonts-noto-cjk to run the scenarios of screens`,
    );
  }
  return chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
}
