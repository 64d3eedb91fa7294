import { parseArgs } from 'node:util';
import { startEmbeddedDocumentStore } from './server.ts';

const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string', default: '27017' } },
});
if (values.data === undefined) throw new Error('usage: main.js --data DIR [--port N]');
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${values.port} is no port`);

const store = await startEmbeddedDocumentStore({ folder: values.data, port });
process.stdout.write(`${JSON.stringify({ ready: true, port: store.port, url: store.connectionString })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    store.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
