import { parseArgs } from 'node:util';
import { type EmbeddedEventStoreOptions, startEmbeddedEventStore } from './server.ts';

const USAGE = 'Usage: main --data DIR [--port N] [--host 127.0.0.1|::1]\n';

/** Options from the command line; undefined when they make no sense. */
function readOptions(): EmbeddedEventStoreOptions | undefined {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string', default: '2113' },
      host: { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!values.data || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  const host = values.host as EmbeddedEventStoreOptions['host'];
  return { folder: values.data, port, ...(host && { host }) };
}

/** Starts the engine as a program: prints one JSON line when it is ready, stops gracefully on SIGTERM. */
async function run(): Promise<void> {
  const options = readOptions();
  if (!options) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const store = await startEmbeddedEventStore(options);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void store.stop());
  const { connectionString, port } = store;
  process.stdout.write(`${JSON.stringify({ ready: true, connectionString, port, pid: process.pid })}\n`);
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
