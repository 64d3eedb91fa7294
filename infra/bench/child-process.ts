import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** A server in a process of its own, so that the load generator does not share its event loop. */
export interface ServerProcess {
  readonly url: string;
  /** Milliseconds from spawning the process to the line that gives its address. */
  readonly startedInMs: number;
  /** Resident memory now, in MiB, all threads together. */
  memoryMiB(): Promise<number>;
  stop(): Promise<void>;
}

const ADDRESS = /https?:\/\/127\.0\.0\.1:\d+/;

/** Starts a script and waits until it prints its address on a line that contains `marker`. @throws Error with its output */
export async function startServer(
  script: string,
  marker: string,
  environment: NodeJS.ProcessEnv,
): Promise<ServerProcess> {
  const begun = performance.now();
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await addressOf(child, marker);
  return {
    url,
    startedInMs: performance.now() - begun,
    memoryMiB: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
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
