import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedDocumentStore } from './server.ts';
import { backUp, checkDatabase } from './storage/check.ts';

const USAGE = 'usage: main.js --data DIR [--port N] | backup --data DIR --to FILE | check --data DIR';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    port: { type: 'string', default: '27017' },
    to: { type: 'string' },
  },
});
const [command = 'serve', ...others] = positionals;
if (values.data === undefined || others.length > 0) throw new Error(USAGE);
if (command === 'serve') await serve(values.data, Number(values.port));
else if (command === 'backup' && values.to !== undefined) tell(backUp(values.data, values.to));
else if (command === 'check') check(values.data);
else throw new Error(USAGE);

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function check(folder: string): void {
  const report = checkDatabase(join(folder, 'documents.db'));
  tell(report);
  if (report.faults.length > 0) process.exitCode = 1;
}

async function serve(folder: string, port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port ${values.port} is no port`);
  const store = await startEmbeddedDocumentStore({ folder, port });
  tell({ ready: true, port: store.port, url: store.connectionString });
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
}
