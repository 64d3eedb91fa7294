import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from './audit-log.ts';
import { AuditReader } from './audit-reader.ts';
import { auditEntry, newAuditFolder, readLines, writeLines } from './testing/audit-fixture.ts';
import { ephemeralProvider } from './testing/ephemeral-provider.ts';

const provider = ephemeralProvider(2);
afterAll(() => provider.close());

let folder: string;
let reader: AuditReader;
beforeEach(() => {
  folder = newAuditFolder();
  reader = new AuditReader({ folder, provider });
});
afterEach(() => rm(folder, { recursive: true }));

/** One run of the log. */
async function written(...requestIds: readonly string[]): Promise<string> {
  const log = await AuditLog.open({ folder, provider });
  for (const requestId of requestIds) await log.append(auditEntry(requestId));
  const { file } = log.head();
  await log.close();
  return file;
}

const idsFrom = async (file: string, from = 0) =>
  (await reader.read(file, from)).entries.map(({ requestId }) => requestId);

describe('the audit log, read back', () => {
  it('has every request of every run, in order, and nothing else', async () => {
    const first = await written('a', 'b');
    const second = await written('c');
    expect(new Set(await reader.files())).toEqual(new Set([first, second]));
    expect([await idsFrom(first), await idsFrom(second)]).toEqual([['a', 'b'], ['c']]);
  });

  it('goes on where it was left, and waits for what is not whole yet', async () => {
    const file = await written('a', 'b');
    const path = join(folder, file);
    const whole = await readFile(path, 'utf8');
    const { next } = await reader.read(file, 0);
    expect(next).toBe(Buffer.byteLength(whole));
    expect(await reader.read(file, next)).toEqual({ entries: [], next });
    await appendFile(path, '{"half":');
    expect(await reader.read(file, next)).toEqual({ entries: [], next });
    const [opening = '', one = ''] = await readLines(folder, file);
    expect(await idsFrom(file, Buffer.byteLength(`${opening}\n${one}\n`))).toEqual(['b']);
  });

  it('answers nothing that the log did not write', async () => {
    const file = await written('a', 'b');
    const lines = await readLines(folder, file);
    await writeLines(folder, file, [...lines.map((line) => line.replace('"a"', '"x"')), 'no line']);
    expect(await idsFrom(file)).toEqual(['b']);
  });

  it('names where staff belong to', async () => {
    const log = await AuditLog.open({ folder, provider });
    const actor = { kind: 'staff', id: 'staff-7', role: 'coordinator', institutionCode: 'H1' };
    await log.append(auditEntry('a', { actor }));
    await log.close();
    expect((await reader.read(log.head().file, 0)).entries).toMatchObject([{ actor }]);
  });
});
