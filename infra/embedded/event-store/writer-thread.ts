import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Refusal } from './errors.ts';
import { THREAD_MEMORY } from './limits.ts';
import type { WriteCommand, WriteOutcome } from './model.ts';
import { Status } from './status.ts';

export type WriterRequest =
  | { readonly kind: 'append'; readonly commands: readonly WriteCommand[] }
  | { readonly kind: 'stop' };

export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'committed'; readonly outcomes: readonly WriteOutcome[] }
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

interface Settle {
  readonly resolve: (outcomes: readonly WriteOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** The writer thread as seen from the gRPC thread. Takes one batch at a time. */
export class WriterThread {
  readonly #worker: Worker;
  #pending: Settle | undefined;
  #failure: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: WriterReply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(error.message));
    worker.on('exit', () => this.#fail('the writer thread has ended'));
  }

  /**
   * Writes a batch durably.
   * @throws Refusal (RESOURCE_EXHAUSTED) when the disk is full: nothing was written
   * @throws Refusal (UNAVAILABLE) when the storage failed: the outcome is unknown
   */
  append(commands: readonly WriteCommand[]): Promise<readonly WriteOutcome[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage({ kind: 'append', commands } satisfies WriterRequest);
    });
  }

  /** Closes the database and ends the thread. */
  async stop(): Promise<void> {
    if (this.#failure) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage({ kind: 'stop' } satisfies WriterRequest);
    await ended;
  }

  #settle(reply: WriterReply): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (reply.kind === 'committed') pending?.resolve(reply.outcomes);
    if (reply.kind === 'full') pending?.reject(new Refusal(Status.RESOURCE_EXHAUSTED, reply.reason));
    if (reply.kind === 'failed') pending?.reject(new Refusal(Status.UNAVAILABLE, reply.reason));
  }

  #fail(reason: string): void {
    this.#failure = new Refusal(Status.UNAVAILABLE, `The event store cannot write: ${reason}`);
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
  }
}

/** Starts the writer of a folder. @throws when the database cannot be opened or has an unknown format */
export async function startWriter(folder: string): Promise<WriterThread> {
  const entry = new URL(`./writer${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, { workerData: { folder }, resourceLimits: THREAD_MEMORY });
  // `once` rejects when the thread reports an error before it is ready.
  await once(worker, 'message');
  return new WriterThread(worker);
}
