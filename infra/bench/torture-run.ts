import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import { sampleDepartment, sampleInstitution } from '@qingpu/contracts/testing/sample-directory';
import { generatePartners } from '@qingpu/data/partners';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { checkEntries, checkTotals, Reader, Receipts } from './torture-check.ts';
import { type KillableProcess, killWhileStarting, startHost, startSimulator } from './torture-host.ts';
import { TortureRecord } from './torture-record.ts';
import { TortureWriter } from './torture-writer.ts';

export interface TortureOptions {
  /** How often the host is killed. */
  readonly rounds: number;
  /** Rounds after which everything acknowledged since is compared; the end is always compared. */
  readonly checkEvery: number;
  readonly onRound?: ((round: number, report: TortureReport) => void) | undefined;
}

export interface TortureReport {
  readonly rounds: number;
  /** Writes that were answered, batches counted by item. */
  readonly acknowledged: number;
  /** Requests repeated under their key, because a kill left them without an answer. */
  readonly repeated: number;
  readonly receipts: number;
  /** Receipts that reached the hospital more than once and were known by their id. */
  readonly repeatedReceipts: number;
  /** Empty when nothing acknowledged was lost and the views are exact. */
  readonly faults: readonly string[];
}

const HOSPITALS = 2;
const WRITERS_EACH = 4;
const MOST_WRITING_MS = 1_500;
/** Every so many rounds the views may catch up first, so that the kill also comes while they are at work. */
const LET_VIEWS_RUN = 5;
const KILL_WHILE_STARTING = 7;

/**
 * Kills a host again and again while hospitals write to it, and compares what was acknowledged with what is there.
 * Every write without an answer is repeated under its key at the next host and must be answered there.
 */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const folder = await mkdtemp(join(tmpdir(), 'qingpu-torture-'));
  const run = new TortureRun(folder);
  try {
    return await run.run(options);
  } finally {
    await run.end();
    await rm(folder, { recursive: true });
  }
}

class TortureRun {
  readonly #folder: string;
  readonly #code = randomUUID();
  readonly #record = new TortureRecord();
  readonly #receipts = new Receipts();
  readonly #totals = new Map<string, number>();
  #environment: Readonly<Record<string, string>> = {};
  #partners: readonly PartnerCredential[] = [];
  #writers: readonly TortureWriter[] = [];
  #simulator: KillableProcess | undefined;
  #host: KillableProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async run({ rounds, checkEvery, onRound }: TortureOptions): Promise<TortureReport> {
    await this.#prepare();
    for (let round = 1; round <= rounds; round += 1) {
      await this.#round(round);
      if (round % checkEvery === 0 && round < rounds) await this.#check();
      onRound?.(round, this.#report(round));
    }
    await this.#check();
    return this.#report(rounds);
  }

  async end(): Promise<void> {
    await this.#host?.kill();
    await this.#simulator?.kill();
  }

  async #prepare(): Promise<void> {
    const partnersFile = join(this.#folder, 'partners.json');
    const partners = generatePartners(randomBytes);
    await writeFile(partnersFile, JSON.stringify(partners), { mode: 0o600 });
    this.#simulator = await startSimulator(partnersFile);
    const { url } = this.#simulator;
    this.#partners = partners.slice(0, HOSPITALS);
    const reachable = partners.map((partner) => ({ ...partner, callbackUrl: url }));
    await writeFile(partnersFile, JSON.stringify(reachable), { mode: 0o600 });
    this.#environment = environmentOf(this.#folder, partnersFile, this.#code);
    this.#writers = this.#partners.flatMap((partner, hospital) =>
      Array.from(
        { length: WRITERS_EACH },
        (_, index) => new TortureWriter(`w${hospital}${index}`, partner, this.#record),
      ),
    );
    this.#host = await startHost(this.#environment);
    for (const partner of this.#partners) await registerHospital(this.#host.url, partner);
  }

  /** Writers write, the host is killed at some moment, and another starts on what it left. */
  async #round(round: number): Promise<void> {
    const host = await this.#running();
    if (round % LET_VIEWS_RUN === 0) await (await this.#reader()).untilCaughtUp(this.#record.furthest);
    const writing = this.#writers.map((writer) => writer.writeUntilCut(host.url, round, () => false));
    await sleep(randomInt(50, MOST_WRITING_MS));
    await host.kill();
    this.#host = undefined;
    await Promise.all(writing);
    if (round % KILL_WHILE_STARTING === 0) await killWhileStarting(this.#environment, randomInt(200, 2_500));
  }

  async #running(): Promise<KillableProcess> {
    this.#host ??= await startHost(this.#environment);
    return this.#host;
  }

  async #reader(): Promise<Reader> {
    return Reader.signIn((await this.#running()).url, this.#code);
  }

  async #check(): Promise<void> {
    const { url } = await this.#running();
    // What had no answer is repeated and nothing new begun: from here on the acknowledged is all there is.
    await Promise.all(this.#writers.map((writer) => writer.writeUntilCut(url, 0, () => true)));
    const reader = await this.#reader();
    await checkEntries(reader, this.#record);
    this.#count();
    await checkTotals(reader, this.#record, this.#totals);
    if (this.#simulator) await this.#receipts.check(this.#simulator.url, this.#record);
    this.#record.forget();
  }

  #count(): void {
    for (const { kind, institutionCode } of this.#record.entries.values()) {
      const target = `/api/directory/${DIRECTORY_PATHS[kind]}?status=all&institution=${institutionCode}`;
      this.#totals.set(target, (this.#totals.get(target) ?? 0) + 1);
    }
  }

  #report(rounds: number): TortureReport {
    const { acknowledged, repeated, faults } = this.#record;
    const { received: receipts, repeats: repeatedReceipts } = this.#receipts;
    return { rounds, acknowledged, repeated, receipts, repeatedReceipts, faults };
  }
}

function environmentOf(folder: string, partnersFile: string, code: string): Record<string, string> {
  return {
    QINGPU_DATA: join(folder, 'data'),
    QINGPU_PORT: '0',
    QINGPU_LOG_LEVEL: 'silent',
    QINGPU_PARTNERS: partnersFile,
    QINGPU_SYNTHETIC_DISTRICT: 'false',
    QINGPU_SIMULATORS: 'false',
    QINGPU_SIGN_IN_CODE: code,
    QINGPU_REQUESTS_PER_MINUTE: '10000000',
    QINGPU_SIGN_INS_PER_MINUTE: '1000000',
  };
}

async function registerHospital(baseUrl: string, partner: PartnerCredential): Promise<void> {
  const client = new HospitalClient({ baseUrl, partner });
  const { institutionCode } = partner;
  const institution = { institutionCode, details: sampleInstitution(institutionCode) };
  await client.register('institution', institution, `torture-${institutionCode}`);
  const department = { institutionCode, code: 'K03', details: sampleDepartment() };
  await client.register('department', department, `torture-${institutionCode}-K03`);
}
