import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Page, pageOf } from '@qingpu/contracts/http/paging';
import type { RegistrationResult } from '@qingpu/contracts/partners/hospital/registration';
import { loadDistrict } from '@qingpu/data/load';
import { type PartnerCredential, parsePartners } from '@qingpu/simulators/partner-credential';
import { z } from 'zod';
import { INFRA, type ServerProcess, startServer } from './child-process.ts';
import { describeMachine, type Machine } from './machine.ts';
import { percentile } from './percentiles.ts';
import { type LoadResult, load, signedPost } from './signed-load.ts';

const CONNECTIONS = 32;
const DOCTORS = 10_000;
const SEARCHES = ['内科', '张', 'xnk', 'wang', '李伟', 'lw', '主任', 'zjj', '朱家角', '口腔'];
const HOST = join(INFRA, 'server', 'dist', 'main.js');
const BARE = fileURLToPath(new URL('./bare-host.main.js', import.meta.url));
const pageSchema = pageOf(z.unknown());

interface Distribution {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

interface Figures {
  readonly machine: Machine;
  /** From spawning the process to its announcement: on an empty folder with the district registered, and again. */
  readonly startToReadyMs: { readonly first: number; readonly again: number };
  readonly memoryAfterStartMiB: number;
  readonly registration: LoadResult & { readonly bareHost: LoadResult; readonly ratioToBareHost: number };
  /** From the answer of a command to an answer of the view that includes it, one at a time. */
  readonly projectionLag: Distribution;
  readonly search: Distribution & { readonly doctors: number };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '10' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'qingpu-bench-'));
  try {
    const figures = await measure(folder, Number(values.seconds));
    process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : inWords(figures));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, seconds: number): Promise<Figures> {
  const first = await startHost(folder);
  await first.stop();
  const host = await startHost(folder);
  const memoryAfterStartMiB = await host.memoryMiB();
  try {
    const partners = parsePartners(JSON.parse(await readFile(join(folder, 'keys', 'partners.json'), 'utf8')));
    const registration = await registrationBesideBareHost(host, partners, seconds);
    const projectionLag = await lagOneAtATime(host, partnerOf(partners));
    await loadDistrict({ baseUrl: host.url, partners, scale: DOCTORS });
    const search = { ...(await searches(host)), doctors: await doctorCount(host) };
    const startToReadyMs = { first: Math.round(first.startedInMs), again: Math.round(host.startedInMs) };
    return {
      machine: describeMachine(),
      startToReadyMs,
      memoryAfterStartMiB,
      registration,
      projectionLag,
      search,
    };
  } finally {
    await host.stop();
  }
}

function startHost(folder: string): Promise<ServerProcess> {
  return startServer({
    script: HOST,
    marker: '/portal',
    environment: {
      QINGPU_DATA: folder,
      QINGPU_PORT: '0',
      QINGPU_LOG_LEVEL: 'warn',
      QINGPU_REQUESTS_PER_MINUTE: '100000000',
    },
  });
}

async function registrationBesideBareHost(
  host: ServerProcess,
  partners: readonly PartnerCredential[],
  seconds: number,
): Promise<Figures['registration']> {
  const partner = partnerOf(partners);
  const request = () => signedPost(partner, '/api/partner/v1/departments', department(partner));
  const bare = await startServer({ script: BARE, marker: 'bare host' });
  const bareRequest = () => ({ ...request(), path: '/bare' });
  try {
    await load({ url: host.url, connections: CONNECTIONS, seconds: 3, request });
    const registered = await load({ url: host.url, connections: CONNECTIONS, seconds, request });
    const bareHost = await load({ url: bare.url, connections: CONNECTIONS, seconds, request: bareRequest });
    return { ...registered, bareHost, ratioToBareHost: round(registered.perSecond / bareHost.perSecond) };
  } finally {
    await bare.stop();
  }
}

async function lagOneAtATime(host: ServerProcess, partner: PartnerCredential): Promise<Distribution> {
  const lags: number[] = [];
  for (let sample = 0; sample < 200; sample++) {
    const { method, path, headers, body } = signedPost(
      partner,
      '/api/partner/v1/departments',
      department(partner),
    );
    const answer = await fetch(`${host.url}${path}`, {
      method: method ?? 'POST',
      headers: headers as Record<string, string>,
      body: body as string,
    });
    const { position } = (await answer.json()) as RegistrationResult;
    const begun = performance.now();
    await page(`${host.url}/api/directory/departments?size=1&after=${position}`);
    lags.push(performance.now() - begun);
  }
  return distribution(lags);
}

async function searches(host: ServerProcess): Promise<Distribution> {
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    for (const words of SEARCHES) {
      const begun = performance.now();
      await page(`${host.url}/api/directory/doctors?q=${encodeURIComponent(words)}&size=20`);
      times.push(performance.now() - begun);
    }
  }
  return distribution(times);
}

async function doctorCount(host: ServerProcess): Promise<number> {
  return (await page(`${host.url}/api/directory/doctors?size=1`)).total;
}

async function page(url: string): Promise<Page<unknown>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the platform answered ${answer.status}`);
  const parsed = pageSchema.parse(await answer.json());
  if (parsed.stale) throw new Error('the view was too far behind to measure');
  return parsed;
}

function department(partner: PartnerCredential) {
  const code = `B${randomUUID().replaceAll('-', '').slice(0, 24)}`;
  return {
    institutionCode: partner.institutionCode,
    code,
    details: {
      name: `测试科${code.slice(1, 7)}`,
      level: 1,
      parentCode: null,
      subjectCode: '03',
      location: '',
      introduction: '',
    },
  };
}

function partnerOf([partner]: readonly PartnerCredential[]): PartnerCredential {
  if (!partner) throw new Error('the synthetic district has no partners');
  return partner;
}

function distribution(times: readonly number[]): Distribution {
  const at = (share: number) => round(percentile(times, share));
  return { samples: times.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function inWords({
  startToReadyMs,
  memoryAfterStartMiB,
  registration,
  projectionLag,
  search,
}: Figures): string {
  return [
    `start to ready      ${startToReadyMs.first} ms on an empty folder with the district registered, ${startToReadyMs.again} ms again`,
    `memory after start  ${memoryAfterStartMiB} MiB`,
    `registration        ${registration.perSecond}/s, p99 ${registration.p99Ms} ms, ${registration.failed} failed, ${CONNECTIONS} connections`,
    `  bare host         ${registration.bareHost.perSecond}/s, p99 ${registration.bareHost.p99Ms} ms; ratio ${registration.ratioToBareHost}`,
    `projection lag      p50 ${projectionLag.p50Ms} ms, p99 ${projectionLag.p99Ms} ms`,
    `search              p95 ${search.p95Ms} ms over ${search.doctors} doctors`,
    '',
  ].join('\n');
}

await main();
