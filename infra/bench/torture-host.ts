import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INFRA } from './child-process.ts';

/** A program of this repository that can be killed at any moment. */
export interface KillableProcess {
  readonly url: string;
  kill(): Promise<void>;
}

const HOST = join(INFRA, 'server', 'dist', 'main.js');
const SIMULATOR = join(INFRA, 'simulators', 'dist', 'main.js');

/** Whether the programs that are to be tortured were built. */
export const isBuilt = existsSync(HOST) && existsSync(SIMULATOR);

const STARTED = /(?:接口说明\s+|listen at )(http:\/\/[\d.:]+)/;

/** @param environment settings of the host; nothing of the caller's own environment reaches it */
export function startHost(environment: Readonly<Record<string, string>>): Promise<KillableProcess> {
  return untilListening(spawn(process.execPath, [HOST], { env: environment, stdio: STDIO }));
}

/** Kills the host while it is still starting. */
export async function killWhileStarting(
  environment: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<void> {
  const child = spawn(process.execPath, [HOST], { env: environment, stdio: 'ignore' });
  await sleep(afterMs);
  await kill(child);
}

export function startSimulator(partnersFile: string, port = 0): Promise<KillableProcess> {
  const parts = [SIMULATOR, '--partners', partnersFile, '--port', String(port)];
  return untilListening(spawn(process.execPath, parts, { stdio: STDIO }));
}

const STDIO: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];

async function untilListening(child: ChildProcess): Promise<KillableProcess> {
  let said = '';
  const url = await new Promise<string | undefined>((resolve) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const address = STARTED.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => resolve(undefined));
  });
  if (url === undefined) throw new Error(`a process ended while starting:\n${said}`);
  return { url, kill: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
