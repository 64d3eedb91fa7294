import { readFile, rm } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { ServerProcess } from '../child-process.ts';
import { type Share, summarise } from './cpu-profile.ts';
import { programOf } from './programs.ts';

const WRITTEN_WITHIN_MS = 60_000;

/** The environment of a process that can be profiled. @param file where its profile is written */
export function profilable(file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=${pathToFileURL(programOf('profiler'))}`, QINGPU_BENCH_PROFILE: file };
}

/** Where the main thread of a profilable process spends its time while something is done to it. */
export async function profiled(
  { pid }: Pick<ServerProcess, 'pid'>,
  file: string,
  work: () => Promise<unknown>,
): Promise<Share[]> {
  process.kill(pid, 'SIGUSR2');
  await work();
  process.kill(pid, 'SIGUSR2');
  const profile = await written(file);
  await rm(file);
  return summarise(profile);
}

async function written(file: string): Promise<Profiler.Profile> {
  const deadline = Date.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text) as Profiler.Profile;
    if (Date.now() > deadline) throw new Error('the profile was not written');
    await sleep(200);
  }
}
