import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { runProgram } from '../programs.ts';

/** Where Debian puts each major version. */
const VERSIONS = '/usr/lib/postgresql';
const READY_WITHIN_MS = 30_000;
/**
 * Beside Debian's own settings: memory as anybody would give it, and the longer pauses between checkpoints that they
 * would set. Every commit is on the disk when it is answered (fsync and synchronous_commit are on as ever).
 */
const SETTINGS = {
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  max_connections: '60',
  listen_addresses: '',
};

/** The folder of the newest version's programs; undefined without a server. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number) : [];
  const folders = versions.toSorted((a, b) => b - a).map((version) => join(VERSIONS, String(version), 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/** As root on Debian it is installed where it is missing. @throws Error that names what to install */
async function installedPrograms(): Promise<string> {
  const found = postgresPrograms();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runProgram('apt-get', ['update', '-qq'], { env });
    await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { env });
  }
  const installed = postgresPrograms();
  if (installed === undefined) throw new Error('the baseline needs the Debian package postgresql');
  return installed;
}

/** A PostgreSQL server of its own in a folder, reached over its socket there. */
export class PostgresCluster {
  readonly #server: ChildProcess;
  readonly #connection: pg.ClientConfig;

  private constructor(server: ChildProcess, connection: pg.ClientConfig) {
    this.#server = server;
    this.#connection = connection;
  }

  get pid(): number {
    return this.#server.pid ?? 0;
  }

  /** What `pg` connects with. */
  get connection(): pg.ClientConfig {
    return this.#connection;
  }

  /** @param folder made here; others must be able to pass the folders above it, because the server refuses to be root */
  static async start(folder: string): Promise<PostgresCluster> {
    const programs = await installedPrograms();
    const owner = ownerOfServer();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (owner) await chown(folder, owner.uid, owner.gid);
    const data = join(folder, 'data');
    await runProgram(
      join(programs, 'initdb'),
      ['-D', data, '-U', 'bench', '-E', 'UTF8', '--locale=C.UTF-8'],
      owner,
    );
    const settings = Object.entries({ ...SETTINGS, unix_socket_directories: folder });
    const parameters = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(join(programs, 'postgres'), ['-D', data, ...parameters], {
      ...owner,
      stdio: 'ignore',
    });
    const killAlong = () => server.kill('SIGQUIT');
    process.once('exit', killAlong);
    server.once('exit', () => process.off('exit', killAlong));
    const cluster = new PostgresCluster(server, { host: folder, user: 'bench', database: 'postgres' });
    await cluster.#untilReady();
    return cluster;
  }

  /** Waits for the last client to leave. */
  async stop(): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGTERM');
    await ended;
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const client = new pg.Client(this.#connection);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (this.#server.exitCode !== null || Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }
}

/** The account that Debian makes for it, for whoever is root. */
function ownerOfServer(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
