import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { repositoryFolder } from '../http/static-files.ts';
import { until } from './until.ts';

/** A host as a process of its own, from the build. */
export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything that the process wrote so far. */
  output(): string;
  /** Ends the process and waits for its end. With a tracer in front, the host itself gets the signal. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const MAIN = fileURLToPath(new URL(`file://${repositoryFolder()}/infra/server/dist/main.js`));

/** Whether the host was built; specs on processes say so and skip where it was not. */
export const hostIsBuilt = existsSync(MAIN);

/** @param tracer a program with its arguments that runs the host, such as strace */
export async function startHostProcess(
  environment: Readonly<Record<string, string>>,
  tracer: readonly string[] = [],
): Promise<HostProcess> {
  const [program = process.execPath, ...parts] = [...tracer, process.execPath, MAIN];
  const child = spawn(program, parts, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const announced = () => /接口说明\s+(http:\/\/\S+?)\/api\//.exec(output())?.[1];
  const url = await until('the host is announced', async () => {
    if (child.exitCode !== null) throw new Error(`the host ended while starting:\n${output()}`);
    return announced();
  });
  return {
    url,
    pid: child.pid ?? 0,
    output,
    end: (signal) => end(child, signal, tracer),
  };
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

async function end(
  child: ChildProcess,
  signal: 'SIGTERM' | 'SIGKILL',
  tracer: readonly string[],
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(await hostBehind(child.pid ?? 0, tracer), signal);
  await ended;
}

/** A tracer keeps signals to itself, so that its child is the one to end. */
async function hostBehind(pid: number, tracer: readonly string[]): Promise<number> {
  if (tracer.length === 0) return pid;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}
