import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_BATCH_SCHEDULES, type ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { loadDistrict } from '@qingpu/data/load';
import { generatePartners } from '@qingpu/data/partners';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import { type PartnerCredential, parsePartners } from '@qingpu/simulators/partner-credential';
import { startPlatform, untilCaughtUp } from './platform-process.ts';
import { programOf, runProgram } from './programs.ts';
import { type BenchResident, benchSchedules, type World, type WorldSize } from './world.ts';

/** A platform's data with everything in it that the bench books, and what the load generator must know of it. */
export interface PreparedWorld {
  /** What every run copies. */
  readonly data: string;
  readonly worldFile: string;
  readonly partners: readonly PartnerCredential[];
}

/** The prepared world of a folder, made when there is none of that size; it serves for the day, while its sessions last. */
export async function preparedWorld(folder: string, size: WorldSize): Promise<PreparedWorld> {
  const today = shanghaiDate(new Date());
  const name = createHash('sha256')
    .update(JSON.stringify([today, size]))
    .digest('hex')
    .slice(0, 12);
  const home = join(folder, `world-${name}`);
  const worldFile = join(home, 'world.json');
  if (!existsSync(worldFile)) await prepare(home, worldFile, size, today);
  const partners = parsePartners(JSON.parse(await readFile(join(home, 'partners.json'), 'utf8')));
  return { data: join(home, 'data'), worldFile, partners };
}

/** The last thing written is the world's file: without it, the folder is made anew. */
async function prepare(home: string, worldFile: string, size: WorldSize, today: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const [data, partnersFile, residentsFile] = ['data', 'partners.json', 'residents.json'].map((name) =>
    join(home, name),
  ) as [string, string, string];
  const partners = generatePartners(randomBytes);
  await writeFile(partnersFile, JSON.stringify(partners), { mode: 0o600 });
  await runProgram(process.execPath, [programOf('seed.main'), data, String(size.residents), residentsFile]);
  const schedules = benchSchedules(size, today);
  const platform = await startPlatform({ data, partnersFile });
  try {
    await loadDistrict({ baseUrl: platform.url, partners });
    await registerSchedules(platform.url, partners, [...schedules.rush, ...schedules.steady]);
    await untilCaughtUp(platform);
  } finally {
    await platform.stop();
  }
  const residents = JSON.parse(await readFile(residentsFile, 'utf8')) as BenchResident[];
  const world: World = { size, residents, ...schedules };
  await writeFile(worldFile, JSON.stringify(world), { mode: 0o600 });
}

async function registerSchedules(
  baseUrl: string,
  partners: readonly PartnerCredential[],
  schedules: readonly ScheduleRegistration[],
): Promise<void> {
  const byInstitution = Map.groupBy(schedules, ({ institutionCode }) => institutionCode);
  for (const [institutionCode, items] of byInstitution) {
    const partner = partners.find((each) => each.institutionCode === institutionCode);
    if (!partner) throw new Error(`no partner for ${institutionCode}`);
    const client = new HospitalClient({ baseUrl, partner, timeoutMs: 60_000 });
    for (let start = 0; start < items.length; start += MAX_BATCH_SCHEDULES) {
      const batch = items.slice(start, start + MAX_BATCH_SCHEDULES);
      const { refused, items: results } = await client.registerSchedules(
        batch,
        `bench-${institutionCode}-${start}`,
      );
      if (refused > 0) throw new Error(`schedules were refused: ${JSON.stringify(results.find(isRefused))}`);
    }
  }
}

function isRefused({ outcome }: { readonly outcome: string }): boolean {
  return outcome === 'refused';
}

/** A copy of the platform's data for one run, and the hospitals as they are reached in it. */
export async function copyFor(
  world: PreparedWorld,
  folder: string,
  callbackUrl: string,
): Promise<{ readonly data: string; readonly partnersFile: string }> {
  const [data, partnersFile] = [join(folder, 'data'), join(folder, 'partners.json')];
  await cp(world.data, data, { recursive: true });
  const reachable = world.partners.map((partner) => ({ ...partner, callbackUrl }));
  await writeFile(partnersFile, JSON.stringify(reachable), { mode: 0o600 });
  return { data, partnersFile };
}
