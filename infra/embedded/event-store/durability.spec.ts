import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NO_STREAM } from '@eventstore/db-client';
import { expect, it } from 'vitest';
import {
  connect,
  endEngine,
  newStream,
  someEvents,
  startEngineProcess,
  temporaryFolder,
} from './test-kit.ts';

const straceWorks = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0;

interface SystemCall {
  readonly text: string;
  /** Line numbers of the trace at which the call began and returned. */
  readonly began: number;
  readonly returned: number;
}

/** The calls of a trace; strace splits one over two lines when another thread comes between. */
function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { text: string; began: number }>();
  for (const [index, line] of trace.split('\n').entries()) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const begun = text.endsWith('<unfinished ...>');
    const resumed = /^<\.\.\. \w+ resumed>/.test(text) ? unfinished.get(thread) : undefined;
    if (begun) unfinished.set(thread, { text, began: index });
    else if (resumed) calls.push({ text: resumed.text + text, began: resumed.began, returned: index });
    else calls.push({ text, began: index, returned: index });
  }
  return calls;
}

const received = /^read\(\d+<(?:TCP|socket)/;
const sent = /^(?:write|writev|sendmsg)\(\d+<(?:TCP|socket)/;
const logWritten = /^pwrite64\(\d+<[^>]*events\.db-wal>/;
const logSynced = /^(?:fdatasync|fsync)\(\d+<[^>]*events\.db-wal>/;

it.skipIf(!straceWorks)(
  'answers an append only after its log is synced (skipped where strace is missing or not permitted)',
  { timeout: 120_000 },
  async () => {
    const folder = await temporaryFolder();
    const traceFile = join(folder, 'trace.txt');
    const watched = 'trace=fdatasync,fsync,pwrite64,read,sendmsg,writev,write';
    const strace = ['strace', '-f', '-y', '-s', '65536', '-e', watched, '-o', traceFile];
    const engine = await startEngineProcess(join(folder, 'data'), strace);
    const client = connect(engine.connectionString);
    const names = Array.from({ length: 5 }, () => newStream('durable'));
    for (const stream of names) {
      await client.appendToStream(stream, someEvents(1), { expectedRevision: NO_STREAM });
    }
    await client.dispose();
    await endEngine(engine, 'SIGTERM');

    const calls = parseTrace(await readFile(traceFile, 'utf8'));
    for (const name of names) {
      const ours = (kind: RegExp) => calls.filter(({ text }) => kind.test(text) && text.includes(name));
      const [request] = ours(received);
      const [answer] = ours(sent);
      if (!request || !answer) throw new Error(`The trace misses the request or the answer of ${name}`);
      const between = ({ began, returned }: SystemCall) =>
        began > request.returned && returned < answer.began;
      const write = ours(logWritten).filter(between).at(-1);
      const sync = calls.filter((call) => logSynced.test(call.text) && between(call)).at(-1);
      if (!write || !sync) throw new Error(`${name} was answered without a write and a sync of the log`);
      expect(sync.text).toMatch(/= 0$/);
      expect(sync.began).toBeGreaterThan(write.returned);
    }
    await rm(folder, { recursive: true });
  },
);
