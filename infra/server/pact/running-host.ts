import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The whole host in a process of its own, as it runs in production. */
export interface RunningHost {
  /** Origin under which it answers. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface RunningHostOptions {
  /** Where it keeps everything; nothing outside is written. */
  readonly dataFolder: string;
  /** Further settings of `infra/server/config.ts`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const STARTED = /居民门户\s+(\S+)\/portal/;
const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 15_000;
const SHOWN_CHARACTERS = 4_000;

/** Starts the built host on a free port and waits until it is ready. @throws Error with what the host said */
export async function runHost(options: RunningHostOptions): Promise<RunningHost> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build:ts\` first`);
  const child = spawn(process.execPath, [MAIN], {
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  try {
    return { url: await addressOf(child), stop: () => stop(child, endWithUs) };
  } catch (error) {
    await stop(child, endWithUs);
    throw error;
  }
}

/** Settings of the surrounding shell must not reach the host under test. */
function environmentOf({ dataFolder, settings }: RunningHostOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(QINGPU_|EVENTSTORE_|MONGODB_|REDIS_|VITEST|NODE_OPTIONS)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    QINGPU_PORT: '0',
    QINGPU_DATA: dataFolder,
    QINGPU_LOG_LEVEL: 'warn',
    ...settings,
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (what: string) =>
      reject(new Error(`the host ${what}; it said:\n${said.slice(-SHOWN_CHARACTERS)}`));
    const timer = setTimeout(() => fail(`did not start within ${START_LIMIT_MS} ms`), START_LIMIT_MS);
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const address = STARTED.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
  });
}

async function stop(child: ChildProcess, endWithUs: () => void): Promise<void> {
  process.removeListener('exit', endWithUs);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}
