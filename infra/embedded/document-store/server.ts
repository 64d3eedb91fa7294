import { mkdirSync } from 'node:fs';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerInput, WorkerMessage } from './worker.ts';

export interface EmbeddedDocumentStoreOptions {
  /** Where the data is kept; made when it does not exist. One server at a time uses a folder. */
  readonly folder: string;
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Only loopback addresses; default 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1';
}

export interface EmbeddedDocumentStore {
  /** For the official driver, e.g. `mongodb://127.0.0.1:PORT/?directConnection=true`. */
  readonly connectionString: string;
  readonly port: number;
  /** Closes connections and files. Resolves when the folder may be used again. */
  stop(): Promise<void>;
}

/**
 * Without a limit the young generation grows to more than 130 MB under bulk writes, and looking through it then takes
 * longer than a point read may wait.
 */
const YOUNG_GENERATION_MB = 24;

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

function connectionString(host: string, port: number): string {
  return `mongodb://${host.includes(':') ? `[${host}]` : host}:${port}/?directConnection=true`;
}

/** Resolves with the worker's first message; rejects when it fails or ends before. Later failures are not caught. */
function firstMessage(worker: Worker): Promise<WorkerMessage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void =>
      failed(new Error(`the document store ended early with code ${code}`));
    const failed = (error: unknown): void => {
      worker.off('message', arrived).off('error', failed).off('exit', ended);
      reject(error);
    };
    const arrived = (message: WorkerMessage): void => {
      worker.off('error', failed).off('exit', ended);
      resolve(message);
    };
    worker.once('message', arrived).once('error', failed).once('exit', ended);
  });
}

/**
 * Starts the embedded document store in a worker thread. Throws when the folder is in use by another process, holds
 * an unknown format version, or the port is taken.
 */
export async function startEmbeddedDocumentStore(
  options: EmbeddedDocumentStoreOptions,
): Promise<EmbeddedDocumentStore> {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.includes(host))
    throw new Error(`the embedded document store only listens on loopback, not ${host}`);
  mkdirSync(options.folder, { recursive: true });
  const workerData: WorkerInput = { folder: options.folder, host, port: options.port ?? 0 };
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const message = await firstMessage(worker);
  if (!('port' in message)) {
    await exited;
    throw new Error('failed' in message ? message.failed : 'the document store stopped while starting');
  }
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    worker.postMessage('stop');
    await exited;
  };
  return {
    connectionString: connectionString(host, message.port),
    port: message.port,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
