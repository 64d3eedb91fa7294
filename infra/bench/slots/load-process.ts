import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult } from './load-job.ts';

type Reply = { readonly ready: true } | { readonly result: LoadResult } | { readonly error: string };

const PROGRAM = fileURLToPath(new URL(`./load.main${extname(import.meta.url)}`, import.meta.url));

/** Makes load in a process of its own, one job after the other. */
export class LoadProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(worldFile: string): Promise<LoadProcess> {
    const process = new LoadProcess(fork(PROGRAM, [worldFile], { serialization: 'advanced' }));
    await process.#reply();
    return process;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws Error with what went wrong over there */
  async run(job: LoadJob): Promise<LoadResult> {
    this.#child.send(job);
    const reply = await this.#reply();
    if ('error' in reply) throw new Error(reply.error);
    if (!('result' in reply)) throw new Error('the load process said something else than its result');
    return reply.result;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #reply(): Promise<Reply> {
    const gone = new AbortController();
    try {
      const [reply] = (await Promise.race([
        once(this.#child, 'message', { signal: gone.signal }),
        once(this.#child, 'exit', { signal: gone.signal }).then(([status, signal]) => {
          throw new Error(`the load process ended before its result: ${signal ?? status}`);
        }),
      ])) as [Reply];
      return reply;
    } finally {
      gone.abort();
    }
  }
}
