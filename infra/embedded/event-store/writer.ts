import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './causes.ts';
import { StorageFull } from './damage.ts';
import { openForWriting } from './database.ts';
import { StoreWriter } from './store-writer.ts';
import { Watermark } from './watermark.ts';
import type { WriterReply, WriterRequest } from './writer-thread.ts';

/** Entry of the writer thread: the only place that writes. A commit blocks this thread and nobody else. */
function run(): void {
  if (!parentPort) throw new Error('The writer runs as a worker thread only');
  const port = parentPort;
  const reply = (message: WriterReply): void => port.postMessage(message);
  const { folder } = workerData as { folder: string };
  const writer = new StoreWriter(openForWriting(folder));
  const watermark = new Watermark(folder, writer.head);
  port.on('message', (request: WriterRequest) => {
    if (request.kind === 'stop') {
      writer.close();
      watermark.close();
      port.close();
      return;
    }
    try {
      const outcomes = writer.appendBatch(request.commands);
      watermark.advance(writer.head);
      reply({ kind: 'committed', outcomes });
    } catch (error) {
      reply({ kind: error instanceof StorageFull ? 'full' : 'failed', reason: messageOf(error) });
    }
  });
  reply({ kind: 'ready' });
}

run();
