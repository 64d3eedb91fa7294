import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePartners } from '@qingpu/data/partners';
import { syntheticResidents } from '@qingpu/data/residents';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import {
  type IdentityRegisterSimulator,
  startIdentityRegisterSimulator,
} from '@qingpu/simulators/identity-register-simulator';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { type Browser, chromium } from 'playwright-core';
import { type RunningHost, runHost } from '../../infra/server/pact/running-host.ts';
import { testHospital, writePartners } from '../../infra/server/pact/test-hospitals.ts';
import { ApiUser } from './api-user.ts';
import { Windows } from './screen.ts';

/** Hospitals beside the synthetic district, one for each scenario that registers something. */
const SPARE_HOSPITALS = 90;
const SIGN_IN_CODE = 'code-of-the-features';
const IDENTITY_REGISTER_KEY = 'key-of-the-features';
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

/** The platform under test with what stands around it: the real host, the hospitals' systems, a browser. */
export class Installation {
  readonly simulator: HospitalSimulator;
  /** Knows the synthetic residents, and can be told to misbehave. */
  readonly identityRegister: IdentityRegisterSimulator;
  readonly #folder: string;
  readonly #host: RunningHost;
  readonly #district: readonly PartnerCredential[];
  readonly #spare: PartnerCredential[];
  readonly #listening = new AbortController();
  readonly #users = new Map<string, Promise<ApiUser>>();
  #browser: Promise<Browser> | undefined;
  #windows: Promise<Windows> | undefined;

  private constructor(
    folder: string,
    host: RunningHost,
    simulator: HospitalSimulator,
    identityRegister: IdentityRegisterSimulator,
    district: readonly PartnerCredential[],
    spare: PartnerCredential[],
  ) {
    this.#folder = folder;
    this.#host = host;
    this.simulator = simulator;
    this.identityRegister = identityRegister;
    this.#district = district;
    this.#spare = spare;
  }

  /** Starts everything but the browser, which waits until a scenario wants it. */
  static async start(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'qingpu-features-'));
    const district = generatePartners(randomBytes);
    const spare = Array.from({ length: SPARE_HOSPITALS }, (_none, index) => testHospital(index + 1));
    const partners = [...district, ...spare];
    const simulator = await startHospitalSimulator({ partners });
    const identityRegister = await startIdentityRegisterSimulator({
      apiKey: IDENTITY_REGISTER_KEY,
      people: syntheticResidents(),
    });
    try {
      await writePartners(
        folder,
        partners.map((partner) => ({ ...partner, callbackUrl: simulator.url })),
      );
      const register = {
        QINGPU_IDENTITY_REGISTER_URL: identityRegister.url,
        QINGPU_IDENTITY_REGISTER_KEY: IDENTITY_REGISTER_KEY,
      };
      const host = await runHost({ dataFolder: folder, settings: { ...SETTINGS, ...register } });
      const installation = new Installation(folder, host, simulator, identityRegister, district, spare);
      await installation.#listen();
      return installation;
    } catch (error) {
      await Promise.all([simulator.close(), identityRegister.close()]);
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
    await Promise.all([this.simulator.close(), this.identityRegister.close()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const SETTINGS = {
  QINGPU_SYNTHETIC_DISTRICT: 'true',
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
