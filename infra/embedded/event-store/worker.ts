import { parentPort, workerData } from 'node:worker_threads';
import { AppendService } from './append-service.ts';
import { messageOf } from './causes.ts';
import { createFolder, databaseFile, openForReading } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { GrpcServer } from './grpc-server.ts';
import { inspectFolder } from './inspection.ts';
import type { Limits } from './limits.ts';
import { lockFolder } from './lock.ts';
import { nextTurn } from './outlet.ts';
import { ReadService } from './read-service.ts';
import { RemoveService } from './remove-service.ts';
import { createHandlers } from './services.ts';
import { StoreReader } from './store-reader.ts';
import { CommitSignal } from './subscriptions.ts';
import { startWriter } from './writer-thread.ts';

/** How long connections may take to close after their calls were ended. */
const SHUTDOWN_PATIENCE_MS = 1000;

export interface EngineOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly limits: Limits;
}

export type EngineReply =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Undoes what was set up, the last first. */
type Undo = () => void | Promise<void>;

/** Sets up the engine: lock, writer thread, reading connection, gRPC. Each step pushes how to undo it. */
async function start({ folder, host, port, limits }: EngineOptions, undo: Undo[]): Promise<number> {
  createFolder(folder);
  const lock = lockFolder(folder);
  undo.push(() => lock.release());
  inspectFolder(folder);
  const writer = await startWriter(folder);
  undo.push(() => writer.stop());
  const reader = new StoreReader(openForReading(folder), databaseFile(folder));
  undo.push(() => reader.close());
  const signal = new CommitSignal();
  const commits = new GroupCommit(
    (commands) => writer.append(commands),
    (touched) => signal.committed(touched),
    limits,
  );
  const appends = new AppendService(commits, limits);
  const reads = new ReadService(reader, signal, limits);
  const server = new GrpcServer(createHandlers(appends, reads, new RemoveService(commits, limits)));
  const taken = await server.listen(host, port);
  undo.push(async () => {
    await commits.close();
    // The last answers are written by promises that settle in this turn.
    await nextTurn();
    appends.endCalls();
    reads.endCalls();
    await server.shutDown(SHUTDOWN_PATIENCE_MS);
  });
  return taken;
}

async function unwind(undo: Undo[]): Promise<void> {
  for (const step of undo.reverse()) await step();
}

/** Entry of the engine's thread. */
async function run(): Promise<void> {
  if (!parentPort) throw new Error('The engine runs as a worker thread only');
  const main = parentPort;
  const reply = (message: EngineReply): void => main.postMessage(message);
  const undo: Undo[] = [];
  try {
    const port = await start(workerData as EngineOptions, undo);
    main.once('message', () => void unwind(undo));
    reply({ kind: 'ready', port });
  } catch (error) {
    await unwind(undo);
    reply({ kind: 'failed', message: messageOf(error) });
  }
}

await run();
