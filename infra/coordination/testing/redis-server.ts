import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's Redis on a free port of this machine, with every write on the disk before it is answered. */
export class RedisServer {
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await mkdtemp(join(tmpdir(), 'coordination-redis-')), await freePort());
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts it on the data that is there, and resolves when it takes commands. */
  async restart(): Promise<void> {
    const server = spawn('redis-server', this.#settings(), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = server;
    const killAlong = () => server.kill('SIGKILL');
    process.once('exit', killAlong);
    server.once('exit', () => process.off('exit', killAlong));
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stdout.on('data', (data: Buffer) => {
        said = (said + data.toString()).slice(-10_000);
        if (said.includes('Ready to accept connections')) resolve();
      });
      server.once('error', (cause) => {
        reject(new Error('install the Debian package redis-server, or set REDIS_URL', { cause }));
      });
      server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${said}`)));
    });
  }

  /** As a power cut would: it writes nothing any more. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  }

  /** It answers nothing and yet keeps its connections, as behind a network that swallows everything. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Keeps a copy of its files as they are now, as a backup would. */
  async backUp(): Promise<void> {
    await cp(this.#files, this.#backup, { recursive: true });
  }

  /** Of a killed one: puts the copy in the place of its files. */
  async restore(): Promise<void> {
    await this.loseFiles();
    await cp(this.#backup, this.#files, { recursive: true });
  }

  /** Of a killed one. */
  async loseFiles(): Promise<void> {
    await rm(this.#files, { recursive: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #files(): string {
    return join(this.#folder, 'appendonlydir');
  }

  get #backup(): string {
    return join(this.#folder, 'backup');
  }

  #settings(): string[] {
    const settings = {
      bind: '127.0.0.1',
      port: String(this.#port),
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'maxmemory-policy': 'noeviction',
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}
