import { parseArgs } from 'node:util';
import { backUp, restore } from './backup.ts';
import { messageOf } from './causes.ts';
import { databaseFile } from './database.ts';
import { checkFile } from './inspection.ts';
import { type EmbeddedEventStoreOptions, startEmbeddedEventStore } from './server.ts';
import { readWatermark } from './watermark.ts';

const USAGE = `Usage: main --data DIR [--port N] [--host 127.0.0.1|::1]
       main backup --data DIR --to FILE
       main restore --data DIR --from FILE
       main check --data DIR
`;

class UsageError extends Error {}

/** The command and options of the command line. @throws UsageError for unknown ones */
function readCommandLine() {
  const string = { type: 'string' } as const;
  const port = { type: 'string', default: '2113' } as const;
  try {
    const options = { data: string, port, host: string, to: string, from: string };
    return parseArgs({ allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError(USAGE, { cause });
  }
}

function required(value: string | undefined): string {
  if (!value) throw new UsageError(USAGE);
  return value;
}

function print(answer: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Starts the engine as a program: prints one JSON line when it is ready, stops gracefully on SIGTERM. */
async function serve(options: EmbeddedEventStoreOptions): Promise<void> {
  const store = await startEmbeddedEventStore(options);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void store.stop());
  const { connectionString, port } = store;
  print({ ready: true, connectionString, port, pid: process.pid });
}

async function run(): Promise<void> {
  const { values, positionals } = readCommandLine();
  const folder = required(values.data);
  switch (positionals.join(' ')) {
    case 'backup':
      return print({ backup: values.to, ...backUp(folder, required(values.to)) });
    case 'restore':
      return print({ restored: folder, ...restore(required(values.from), folder) });
    case 'check':
      return print({ checked: folder, ...checkFile(databaseFile(folder), readWatermark(folder)) });
    case '': {
      const port = Number(values.port);
      if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(USAGE);
      const host = values.host as EmbeddedEventStoreOptions['host'];
      return serve({ folder, port, ...(host && { host }) });
    }
    default:
      throw new UsageError(USAGE);
  }
}

try {
  await run();
} catch (error) {
  process.stderr.write(error instanceof UsageError ? USAGE : `${messageOf(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
