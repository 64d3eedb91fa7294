import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './causes.ts';
import { openForWriting } from './database.ts';
import { StoreWriter } from './store-writer.ts';
import type { WriterReply, WriterRequest } from './writer-thread.ts';

/** Entry of the writer thread: the only place that writes. A commit blocks this thread and nobody else. */
function run(): void {
  if (!parentPort) throw new Error('The writer runs as a worker thread only');
  const port = parentPort;
  const reply = (message: WriterReply): void => port.postMessage(message);
  const { folder } = workerData as { folder: string };
  const writer = new StoreWriter(openForWriting(folder));
  port.on('message', (request: WriterRequest) => {
    if (request.kind === 'stop') {
      writer.close();
      port.close();
      return;
    }
    try {
      reply({ kind: 'committed', outcomes: writer.appendBatch(request.commands) });
    } catch (error) {
      reply({ kind: 'failed', reason: messageOf(error) });
    }
  });
  reply({ kind: 'ready' });
}

run();
