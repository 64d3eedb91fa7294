import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Sm2, Sm2InputError, type Sm2KeyPair, Sm2UnavailableError } from './provider.ts';
import type { Sm2Answer, Sm2Operation } from './sm2-worker.ts';

export interface Sm2PoolOptions {
  /** Threads, started when first needed; 2 unless told. */
  readonly workers?: number;
  /** Operations that may wait for a thread; 256 unless told, which is some seconds of work. */
  readonly maximumWaiting?: number;
}

interface Job {
  readonly operation: Sm2Operation;
  readonly resolve: (answer: Sm2Answer) => void;
  readonly reject: (error: Error) => void;
}

/** SM2 on a few worker threads, one operation per thread at a time, first come first served. */
export class Sm2Pool implements Sm2 {
  readonly #maximumWorkers: number;
  readonly #maximumWaiting: number;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  #closed = false;

  constructor(options: Sm2PoolOptions = {}) {
    this.#maximumWorkers = options.workers ?? 2;
    this.#maximumWaiting = options.maximumWaiting ?? 256;
  }

  async generateKeyPair(): Promise<Sm2KeyPair> {
    const answer = await this.#perform({ kind: 'generate' });
    if (answer.kind !== 'generated') throw unexpectedAnswer();
    return { privateKey: answer.privateKey, publicKey: answer.publicKey };
  }

  async sign(privateKey: string, message: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#perform({ kind: 'sign', privateKey, message });
    if (answer.kind === 'refused') throw new Sm2InputError('this is not an SM2 private key');
    if (answer.kind !== 'signed') throw unexpectedAnswer();
    return answer.signature;
  }

  async verify(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const answer = await this.#perform({ kind: 'verify', publicKey, message, signature });
    if (answer.kind !== 'verified') throw unexpectedAnswer();
    return answer.valid;
  }

  /** Stops the threads; what waits or runs is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    const jobs = [...this.#busy.values(), ...this.#waiting.splice(0)];
    const workers = [...this.#busy.keys(), ...this.#idle.splice(0)];
    this.#busy.clear();
    for (const job of jobs) job.reject(new Sm2UnavailableError('the SM2 workers were stopped'));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #perform(operation: Sm2Operation): Promise<Sm2Answer> {
    if (this.#closed) return Promise.reject(new Sm2UnavailableError('the SM2 workers were stopped'));
    if (this.#waiting.length >= this.#maximumWaiting)
      return Promise.reject(new Sm2UnavailableError('too many SM2 operations wait'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ operation, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? this.#startWorker();
      const job = worker && this.#waiting.shift();
      if (!worker || !job) return;
      this.#busy.set(worker, job);
      // Only a working thread keeps the process alive.
      worker.ref();
      worker.postMessage(job.operation);
    }
  }

  #startWorker(): Worker | undefined {
    if (this.#busy.size + this.#idle.length >= this.#maximumWorkers) return undefined;
    const worker = new Worker(new URL(`./sm2-worker${extname(import.meta.url)}`, import.meta.url));
    worker.on('message', (answer: Sm2Answer) => this.#finish(worker, answer));
    worker.on('error', () => this.#lose(worker));
    worker.on('exit', () => this.#lose(worker));
    return worker;
  }

  #finish(worker: Worker, answer: Sm2Answer): void {
    const job = this.#busy.get(worker);
    if (job === undefined) return;
    this.#busy.delete(worker);
    worker.unref();
    this.#idle.push(worker);
    job.resolve(answer);
    this.#dispatch();
  }

  /** A broken thread fails the job it had; the next job starts another thread. */
  #lose(worker: Worker): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    const index = this.#idle.indexOf(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    job?.reject(new Sm2UnavailableError('an SM2 worker broke down'));
    if (!this.#closed) this.#dispatch();
  }
}

function unexpectedAnswer(): Error {
  return new Error('the SM2 worker gave an answer of another kind');
}
