import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PartnerClient } from './testing/api-client.ts';
import { createDataFolder, type DataFolder, partnerOf } from './testing/data-folder.ts';
import { hostIsBuilt, startHostProcess } from './testing/host-process.ts';
import { registerHospital, sampleRegistrations } from './testing/sample-hospital.ts';

const straceWorks = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0;
const REGISTRATIONS = 5;

interface SystemCall {
  readonly text: string;
  /** Lines of the trace at which the call began and returned. */
  readonly began: number;
  readonly returned: number;
}

/** The calls of a trace; strace splits one over two lines when another thread comes in between. */
function parseTrace(trace: string): SystemCall[] {
  const unfinished = new Map<string, { readonly text: string; readonly began: number }>();
  return trace.split('\n').flatMap((line, index) => {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text, began: index });
      return [];
    }
    const begun = /^<\.\.\. \w+ resumed>/.test(text) ? unfinished.get(thread) : undefined;
    return begun
      ? [{ text: begun.text + text, began: begun.began, returned: index }]
      : [{ text, began: index, returned: index }];
  });
}

const received = (code: string) => (text: string) =>
  /^read\(\d+<(?:TCP|socket)/.test(text) && text.includes('POST /api/partner/') && text.includes(code);
const answered = (code: string) => (text: string) =>
  /^(?:write|writev|sendmsg)\(\d+<(?:TCP|socket)/.test(text) &&
  text.includes('HTTP/1.1 201') &&
  text.includes(code);
const synced = (file: RegExp) => (text: string) =>
  /^(?:fdatasync|fsync)\(\d+</.test(text) && file.test(text) && / = 0$/.test(text);
const written = (file: RegExp) => (text: string) =>
  /^(?:pwrite64|write)\(\d+</.test(text) && file.test(text.split('>')[0] ?? '');

const EVENT_LOG = /events\.db-wal/;
const AUDIT = /\/audit\/audit-/;

let data: DataFolder | undefined;
afterAll(async () => {
  if (data) await rm(data.folder, { recursive: true });
});

describe('durability', () => {
  it.skipIf(!straceWorks || !hostIsBuilt)(
    'answers a registration only after its event and its audit entry are synced (skipped without strace or a build)',
    { timeout: 120_000 },
    async () => {
      data = await createDataFolder();
      const traceFile = join(data.folder, 'trace.txt');
      const watched = 'trace=fdatasync,fsync,pwrite64,read,sendmsg,writev,write';
      const strace = ['strace', '-f', '-y', '-s', '65536', '-e', watched, '-o', traceFile];
      const host = await startHostProcess(data.environment, strace);
      const partner = new PartnerClient(host.url, partnerOf(data, '中山医院'));
      await registerHospital(partner);
      const { channel } = sampleRegistrations(partner.partner.institutionCode);
      const codes = Array.from({ length: REGISTRATIONS }, (_, index) => `DURABLE_${index}`);
      for (const code of codes)
        expect((await partner.register('channel', { ...channel, code })).status).toBe(201);
      await host.end('SIGTERM');

      const calls = parseTrace(await readFile(traceFile, 'utf8'));
      for (const code of codes) expectSyncedBeforeAnswer(calls, code);
    },
  );
});

function expectSyncedBeforeAnswer(calls: readonly SystemCall[], code: string): void {
  const request = calls.find(({ text }) => received(code)(text));
  const answer = calls.find(({ text }) => answered(code)(text));
  if (!request || !answer) throw new Error(`the trace misses the request or the answer of ${code}`);
  const between = calls.filter(({ began, returned }) => began > request.returned && returned < answer.began);
  for (const file of [EVENT_LOG, AUDIT]) {
    // Others write to the same files meanwhile: of the event log's writes, this one's names the code.
    const write = between.find(({ text }) => written(file)(text) && (file === AUDIT || text.includes(code)));
    const sync = between.findLast(({ text }) => synced(file)(text));
    if (!write || !sync) throw new Error(`${code} was answered without a write and a sync of ${file}`);
    expect(sync.began).toBeGreaterThan(write.returned);
  }
}
