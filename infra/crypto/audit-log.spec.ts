import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditFileNames } from './audit-folder.ts';
import { type AppendOnlyFile, AuditLog, type AuditLogOptions, AuditUnavailable } from './audit-log.ts';
import { verifyAuditLog } from './audit-verify.ts';
import { loadMasterKeys } from './master-key-file.ts';
import { SoftwareProvider } from './software-provider.ts';
import { auditEntry, newAuditFolder, readLines } from './testing/audit-fixture.ts';
import { ephemeralProvider } from './testing/ephemeral-provider.ts';

const provider = ephemeralProvider(2);
afterAll(() => provider.close());

let folder: string;
beforeEach(() => {
  folder = newAuditFolder();
});
afterEach(() => rm(folder, { recursive: true }));

function openLog(options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  return AuditLog.open({ folder, provider, ...options });
}

async function entriesOf(file: string): Promise<Record<string, unknown>[]> {
  return (await readLines(folder, file)).map((line) => JSON.parse(line));
}

function expectSound(): Promise<void> {
  return verifyAuditLog({ folder, provider }).then(({ findings }) => expect(findings).toEqual([]));
}

/** A disk whose synchronisation waits for the test or fails. */
class ControlledDisk {
  readonly written: string[] = [];
  synchronising = 0;
  failing: 'append' | 'makeDurable' | 'create' | undefined;
  #held: Promise<void> | undefined;
  release: () => void = () => undefined;

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  readonly createFile = async (path: string): Promise<AppendOnlyFile> => {
    this.#failIf('create');
    await writeFile(path, '', { flag: 'wx' });
    return {
      append: async (bytes) => {
        this.#failIf('append');
        this.written.push(Buffer.from(bytes).toString());
        await writeFile(path, bytes, { flag: 'a' });
      },
      makeDurable: async () => {
        this.synchronising += 1;
        await this.#held;
        this.synchronising -= 1;
        this.#failIf('makeDurable');
      },
      close: async () => undefined,
    };
  };

  #failIf(step: 'append' | 'makeDurable' | 'create'): void {
    if (this.failing === step) throw Object.assign(new Error('no space in /secret/path'), { code: 'ENOSPC' });
  }
}

describe('appending', () => {
  it('chains entries in one file that only its owner can read', async () => {
    const log = await openLog();
    await log.append(auditEntry('r1', { purpose: '本人诊疗' }));
    await log.append(auditEntry('r2', { outcome: 403 }));
    await log.close();
    const { file, seq, mac } = log.head();
    const entries = await entriesOf(file);
    expect(entries.map(({ kind }) => kind)).toEqual(['opened', 'request', 'request', 'closed']);
    expect(entries[1]).toMatchObject({ seq: 1, requestId: 'r1', purpose: '本人诊疗', outcome: 200 });
    for (const [i, entry] of entries.entries()) expect(entry.previous).toBe((i && entries[i - 1]?.mac) || '');
    expect(entries.at(-1)).toMatchObject({ seq, mac });
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    await expectSound();
  });

  it('writes entries that arrive during a synchronisation together', async () => {
    const disk = new ControlledDisk();
    const log = await openLog({ createFile: disk.createFile });
    disk.hold();
    const appended = Array.from({ length: 30 }, (_, i) => log.append(auditEntry(`r${i}`)));
    const first = log.append(auditEntry('late'));
    disk.release();
    await Promise.all([...appended, first]);
    expect(disk.written).toHaveLength(2);
    await log.close();
    await expectSound();
  });

  it('acknowledges nothing before it is durable', async () => {
    const disk = new ControlledDisk();
    const log = await openLog({ createFile: disk.createFile });
    disk.hold();
    let acknowledged = false;
    const appended = log.append(auditEntry('r1')).then(() => {
      acknowledged = true;
    });
    await expect.poll(() => disk.synchronising).toBe(1);
    expect(acknowledged).toBe(false);
    expect(log.head().seq).toBe(0);
    disk.release();
    await appended;
    expect(log.head().seq).toBe(1);
  });

  it('keeps the order of arrival over many turns and writers', async () => {
    const log = await openLog();
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      for (let i = 0; i < 50; i += 1) await log.append(auditEntry(`${writer}-${i}`));
    });
    await Promise.all(writers);
    await log.close();
    const ids = (await entriesOf(log.head().file)).map(({ requestId }) => requestId);
    expect(ids).toHaveLength(502);
    for (let writer = 0; writer < 10; writer += 1)
      expect(ids.filter((id) => String(id).startsWith(`${writer}-`))).toEqual(
        Array.from({ length: 50 }, (_, i) => `${writer}-${i}`),
      );
    await expectSound();
  });

  it.each([
    ['a name', { target: '王小明' }],
    ['an empty id', { requestId: '' }],
    ['a line break', { action: 'GET /\n' }],
    ['an overlong target', { target: 'x'.repeat(201) }],
    ['a control character in the purpose', { purpose: 'a\u0000' }],
    ['an outcome that is no status', { outcome: 42 }],
  ])('refuses %s and shows nothing of it', async (_, change) => {
    const log = await openLog();
    await expect(log.append(auditEntry('r1', change))).rejects.toThrow(/^audit field \w+ is out of bounds$/);
    await log.close();
    await expectSound();
  });
});

describe('when the disk cannot', () => {
  it('refuses entries beyond the queue, and keeps those in it', async () => {
    const disk = new ControlledDisk();
    const log = await openLog({ createFile: disk.createFile, maximumWaiting: 3 });
    disk.hold();
    const outcomes = Promise.allSettled(Array.from({ length: 5 }, (_, i) => log.append(auditEntry(`r${i}`))));
    disk.release();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled'],
      ...['rejected', 'rejected'],
    ]);
    await log.close();
    await expectSound();
  });

  it.each(['append', 'makeDurable'] as const)(
    'refuses when %s fails, and goes on in a new file',
    async (step) => {
      const disk = new ControlledDisk();
      const log = await openLog({ createFile: disk.createFile });
      await log.append(auditEntry('before'));
      const before = log.head();
      disk.failing = step;
      const refused = await Promise.allSettled([log.append(auditEntry('r1')), log.append(auditEntry('r2'))]);
      for (const outcome of refused)
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AuditUnavailable) });
      await expect(log.append(auditEntry('r3'))).rejects.toThrow(/^[^/]*\(ENOSPC\)$/);
      expect(log.head()).toEqual(before);
      disk.failing = undefined;
      await log.append(auditEntry('after'));
      await log.close();
      expect(await readdir(folder)).toHaveLength(2);
      const [opening] = await entriesOf(log.head().file);
      expect(opening?.predecessors).toEqual([before]);
      await expectSound();
    },
  );

  it('does not start', async () => {
    const disk = new ControlledDisk();
    disk.failing = 'create';
    await expect(openLog({ createFile: disk.createFile })).rejects.toThrow(AuditUnavailable);
    disk.failing = 'append';
    await expect(openLog({ createFile: disk.createFile })).rejects.toThrow(AuditUnavailable);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses after it was closed, and closes once', async () => {
    const log = await openLog();
    const last = log.append(auditEntry('r1'));
    await Promise.all([log.close(), log.close()]);
    await last;
    await expect(log.append(auditEntry('r2'))).rejects.toThrow(AuditUnavailable);
    expect(await entriesOf(log.head().file)).toHaveLength(3);
  });
});

describe('one file after the other', () => {
  it('starts with the head of the file before', async () => {
    const heads = [];
    for (let run = 0; run < 3; run += 1) {
      const log = await openLog();
      await log.append(auditEntry(`r${run}`));
      await log.close();
      const [opening] = await entriesOf(log.head().file);
      expect(opening?.predecessors).toEqual(heads.slice(-1));
      heads.push(log.head());
    }
    await expectSound();
  });

  it('continues all processes that share the folder', async () => {
    const together = await Promise.all([openLog(), openLog(), openLog()]);
    await Promise.all(together.map((log, i) => log.append(auditEntry(`r${i}`))));
    await Promise.all(together.map((log) => log.close()));
    const next = await openLog();
    const [opening] = await entriesOf(next.head().file);
    expect(opening?.predecessors).toEqual(expect.arrayContaining(together.map((log) => log.head())));
    await next.close();
    await expectSound();
  });

  it('continues a file that grew after another one had named it', async () => {
    const older = await openLog();
    const newer = await openLog();
    await older.append(auditEntry('r1'));
    await Promise.all([older.close(), newer.close()]);
    const next = await openLog();
    const [opening] = await entriesOf(next.head().file);
    expect(opening?.predecessors).toEqual(expect.arrayContaining([older.head(), newer.head()]));
    await next.close();
    await expectSound();
  });

  it('passes over a file in which nothing was acknowledged, but remembers it', async () => {
    const empty = 'audit-20261103T080000000Z-0011223344556677.jsonl';
    await writeFile(join(folder, empty), '{"torn');
    const log = await openLog();
    const [opening] = await entriesOf(log.head().file);
    expect(opening?.predecessors).toEqual([{ file: empty, seq: -1, mac: '' }]);
    await log.close();
    await expectSound();
    await rm(join(folder, empty));
    const { findings } = await verifyAuditLog({ folder, provider });
    expect(findings).toMatchObject([{ kind: 'missing-file', file: empty }]);
  });
});

describe('a killed process', () => {
  const writer = fileURLToPath(new URL('./testing/audit-writer.main.ts', import.meta.url));

  function start(keyFile: string, round: number): ChildProcess {
    const args = ['--conditions=source', writer, join(folder, 'log'), keyFile, `round${round}`];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Kills the writer after that many acknowledgements; answers all that were written before it died. */
  async function acknowledgedBeforeKill(child: ChildProcess, count: number): Promise<string[]> {
    const acknowledged: string[] = [];
    if (child.stdout === null) throw new Error('the writer has no output');
    const ended = once(child, 'exit');
    for await (const requestId of createInterface({ input: child.stdout })) {
      acknowledged.push(requestId);
      if (acknowledged.length === count) child.kill('SIGKILL');
    }
    expect(await ended).toEqual([null, 'SIGKILL']);
    return acknowledged;
  }

  it('leaves every acknowledged entry, verifiable, three times over', async () => {
    const keyFile = join(folder, 'keys.json');
    const logFolder = join(folder, 'log');
    const acknowledged: string[] = [];
    for (const [round, count] of [200, 533, 1_001].entries()) {
      acknowledged.push(...(await acknowledgedBeforeKill(start(keyFile, round), count)));
      const files = await auditFileNames(logFolder);
      expect(files).toHaveLength(round + 1);
      const lines = (await Promise.all(files.map((file) => readLines(logFolder, file)))).flat();
      const kept = new Set(lines.map((line) => JSON.parse(line).requestId));
      expect(acknowledged.filter((requestId) => !kept.has(requestId))).toEqual([]);
      const owner = new SoftwareProvider(await loadMasterKeys(keyFile));
      expect((await verifyAuditLog({ folder: logFolder, provider: owner })).findings).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(1_734);
  });
});
