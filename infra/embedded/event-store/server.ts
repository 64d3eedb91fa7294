import { once } from 'node:events';
import { extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { defaultLimits, type Limits, THREAD_MEMORY } from './limits.ts';
import type { EngineOptions, EngineReply } from './worker.ts';

export interface EmbeddedEventStoreOptions {
  /** Data folder; created when absent. One running engine per folder. */
  readonly folder: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Loopback only: the engine has neither TLS nor accounts. */
  readonly host?: '127.0.0.1' | '::1';
  /** Lower or raise single limits, mainly for tests. */
  readonly limits?: Partial<Limits>;
}

export interface EmbeddedEventStore {
  /** For `EventStoreDBClient.connectionString`. */
  readonly connectionString: string;
  readonly port: number;
  /** Answers what was accepted, ends open calls with UNAVAILABLE, closes the files. */
  stop(): Promise<void>;
}

/** Names for the connection string; the client's parser cannot read an IPv6 address. */
const hostNames = new Map([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', 'localhost'],
]);

/**
 * Starts an EventStoreDB-compatible server in a thread of its own. If that thread ever fails, the process ends with
 * its error.
 * @throws when the host is not loopback, the port is taken, the folder is in use by another engine, or its
 *   database has an unknown format version
 */
export async function startEmbeddedEventStore(
  options: EmbeddedEventStoreOptions,
): Promise<EmbeddedEventStore> {
  const { folder, port = 0, host = '127.0.0.1', limits = {} } = options;
  const hostName = hostNames.get(host);
  if (hostName === undefined) {
    throw new Error(`The embedded event store listens on loopback only (127.0.0.1 or ::1), not on ${host}`);
  }
  const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const workerData: EngineOptions = {
    folder: resolve(folder),
    host,
    port,
    limits: { ...defaultLimits, ...limits },
  };
  const worker = new Worker(entry, { workerData, resourceLimits: THREAD_MEMORY });
  const [reply] = (await once(worker, 'message')) as [EngineReply];
  if (reply.kind === 'failed') throw new Error(reply.message);
  return {
    connectionString: `esdb://${hostName}:${reply.port}?tls=false`,
    port: reply.port,
    stop: stopOnce(worker),
  };
}

function stopOnce(worker: Worker): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= endOf(worker);
    return stopping;
  };
}

async function endOf(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit');
  worker.postMessage('stop');
  await ended;
}
