import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, so that the load generator does not share its event loop. */
export interface ServerProcess {
  readonly url: string;
  /** Milliseconds from spawning the process to the line that gives its address. */
  readonly startedInMs: number;
  readonly pid: number;
  /** Resident memory now, in MiB, all threads together. */
  memoryMiB(): Promise<number>;
  stop(): Promise<void>;
}

export interface ServerProgram {
  readonly script: string;
  readonly parameters?: readonly string[];
  /** Added to this process' own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What the line with its address contains besides. */
  readonly marker: string;
}

/** `infra`, seen from this file's source or from its build. */
export const INFRA = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../..' : '..', import.meta.url),
);

/** The whole of what is in quotes, of an engine; of a host only where it listens. */
const ADDRESS = /https?:\/\/127\.0\.0\.1:\d+|(?:esdb|mongodb):\/\/[^\s"]+/;

/** A program of an embedded engine, the main one unless named: its source when this runs from source, else its build. */
export function engineProgram(engine: 'event-store' | 'document-store', name = 'main'): string {
  const extension = extname(import.meta.url);
  return join(INFRA, 'embedded', engine, extension === '.ts' ? `${name}.ts` : `dist/${name}.js`);
}

/** Starts a script and waits until it prints its address on a line that contains `marker`. @throws Error with its output */
export async function startServer(program: ServerProgram): Promise<ServerProcess> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program.script, ...(program.parameters ?? [])], {
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killAlong = () => child.kill('SIGKILL');
  process.once('exit', killAlong);
  child.once('exit', () => process.off('exit', killAlong));
  const url = await addressOf(child, program.marker);
  return {
    url,
    startedInMs: performance.now() - begun,
    pid: child.pid ?? 0,
    memoryMiB: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
    },
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function addressOf(child: ChildProcess, marker: string): Promise<string> {
  const said: string[] = [];
  if (!child.stdout) throw new Error('the server has no output to read');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const address = ADDRESS.exec(line)?.[0];
    if (address && line.includes(marker)) {
      child.stdout.resume();
      return address;
    }
  }
  throw new Error(`the server ended before it was ready:\n${said.join('\n')}`);
}
