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
  await Promise.all(requestIds.map((requestId) => log.append(auditEntry(requestId))));
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

  it('checks only what is wanted', async () => {
    const log = await AuditLog.open({ folder, provider });
    const of = (kind: string) => ({ actor: { kind, id: `${kind}-1`, role: '-' } });
    await log.append(auditEntry('a', of('resident')));
    await log.append(auditEntry('b', of('staff')));
    await log.append(auditEntry('c', { ...of('staff'), outcome: 404 }));
    await log.close();
    const { entries } = await reader.read(
      log.head().file,
      0,
      ({ actorKind, outcome }) => actorKind === 'staff' && outcome === 200,
    );
    expect(entries.map(({ requestId }) => requestId)).toEqual(['b']);
  });

  it('reads a long file part by part, and a line that is longer than a part', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `request-${index}`);
    const file = await written(...ids);
    const first = await reader.read(file, 0);
    expect(first.entries.length).toBeGreaterThan(10);
    const read = first.entries.map(({ requestId }) => requestId);
    for (let { next } = first; ; ) {
      const more = await reader.read(file, next);
      if (more.next === next) break;
      read.push(...more.entries.map(({ requestId }) => requestId));
      next = more.next;
    }
    expect(read).toEqual(ids);
    await appendFile(join(folder, file), `${'x'.repeat(200_000)}\n`);
    const size = (await readFile(join(folder, file))).length;
    expect(await reader.read(file, size - 200_001)).toEqual({ entries: [], next: size });
  });

  it('names where staff belong to', async () => {
    const log = await AuditLog.open({ folder, provider });
    const actor = { kind: 'staff', id: 'staff-7', role: 'coordinator', institutionCode: 'H1' };
    await log.append(auditEntry('a', { actor }));
    await log.close();
    expect((await reader.read(log.head().file, 0)).entries).toMatchObject([{ actor }]);
  });
});
