import { parentPort, workerData } from 'node:worker_threads';
import { Store } from './storage/store.ts';
import { Listener } from './wire/listener.ts';

/** What the thread is started with. */
export interface WorkerInput {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
}

/** What the thread tells its owner. */
export type WorkerMessage =
  | { readonly port: number }
  | { readonly failed: string }
  | { readonly stopped: true };

async function start(input: WorkerInput): Promise<void> {
  const store = await Store.open(input.folder);
  const listener = new Listener(store);
  let port: number;
  try {
    port = await listener.listen(input.host, input.port);
  } catch (error) {
    await store.close();
    throw error;
  }
  parentPort?.once('message', () => {
    stop(store, listener).catch((error: unknown) => {
      throw error;
    });
  });
  tell({ port });
}

async function stop(store: Store, listener: Listener): Promise<void> {
  await listener.stop();
  await store.close();
  tell({ stopped: true });
  parentPort?.close();
}

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

start(workerData as WorkerInput).catch((error: unknown) => {
  tell({ failed: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
});
