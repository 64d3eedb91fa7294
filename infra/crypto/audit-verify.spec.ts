import { spawnSync } from 'node:child_process';
import { appendFile, cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditAnchorFile, AuditAnchorFileError } from './audit-anchor-file.ts';
import { auditKey, chainKey, lineOf, parseLine } from './audit-entry.ts';
import { type AuditAnchor, AuditLog } from './audit-log.ts';
import { type AuditFinding, verifyAuditLog } from './audit-verify.ts';
import { loadOrCreateMasterKeys } from './master-key-file.ts';
import { SoftwareProvider } from './software-provider.ts';
import { auditEntry, newAuditFolder, readLines, writeLines } from './testing/audit-fixture.ts';
import { ephemeralMasterKeys, ephemeralProvider } from './testing/ephemeral-provider.ts';

const ANCHORED_AT = '2026-11-03T09:00:00.000+08:00';
const ENTRIES = 6;

/** A folder of three runs, each of an opening entry, six requests and a closing entry, all anchored. */
interface Written {
  readonly folder: string;
  readonly files: readonly string[];
  readonly anchors: readonly AuditAnchor[];
}

async function writeRuns(provider: SoftwareProvider): Promise<Written> {
  const folder = newAuditFolder();
  const anchors: AuditAnchor[] = [];
  for (let run = 0; run < 3; run += 1) {
    const log = await AuditLog.open({ folder, provider });
    for (let i = 0; i < ENTRIES; i += 1) await log.append(auditEntry(`r${run}-${i}`));
    await log.close();
    anchors.push({ ...log.head(), at: ANCHORED_AT });
  }
  return { folder, files: anchors.map(({ file }) => file), anchors };
}

const masterKeys = ephemeralMasterKeys(2);
const provider = new SoftwareProvider(masterKeys);
let original: Written;
let folder: string;
beforeAll(async () => {
  original = await writeRuns(provider);
});
afterAll(async () => {
  await rm(original.folder, { recursive: true });
  await provider.close();
});

/** Restores the folder as it was written. */
async function restore(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await cp(original.folder, folder, { recursive: true });
}
beforeEach(() => {
  folder = newAuditFolder();
  return restore();
});
afterEach(() => rm(folder, { recursive: true }));

async function findings(anchors: readonly AuditAnchor[] = []): Promise<readonly AuditFinding[]> {
  return (await verifyAuditLog({ folder, provider, anchors })).findings;
}

function fileAt(index: number): string {
  const file = original.files[index];
  if (file === undefined) throw new RangeError('there are three files');
  return file;
}

async function changeLines(index: number, change: (lines: string[]) => string[]): Promise<void> {
  await writeLines(folder, fileAt(index), change(await readLines(folder, fileAt(index))));
}

function swapped(lines: readonly string[], left: number, right: number): string[] {
  const order = [...lines.keys()];
  order[left] = right;
  order[right] = left;
  return order.map((index) => lines[index] ?? '');
}

describe('a log as it was written', () => {
  it('has no findings, with and without anchors', async () => {
    const report = await verifyAuditLog({ folder, provider, anchors: original.anchors });
    expect(report).toEqual({
      files: original.files.map((file) => ({ file, entries: ENTRIES + 2, closed: true, torn: false })),
      anchors: 3,
      findings: [],
    });
    expect(await findings()).toEqual([]);
  });

  it('has none while it is being written', async () => {
    const log = await AuditLog.open({ folder, provider });
    await log.append(auditEntry('r'));
    expect(await findings([...original.anchors, { ...log.head(), at: ANCHORED_AT }])).toEqual([]);
    await log.close();
  });

  it('verifies across generations of the master key', async () => {
    const keys = new Map([...masterKeys.keys, ['mk-3', provider.randomBytes(32)]]);
    const rotated = new SoftwareProvider({ ...masterKeys, keys, current: 'mk-3' });
    await (await AuditLog.open({ folder, provider: rotated })).close();
    expect((await verifyAuditLog({ folder, provider: rotated })).findings).toEqual([]);
    expect((await findings())[0]).toMatchObject({ kind: 'unknown-key' });
  });
});

describe('names what happened, in which file and to which entry', () => {
  it('change', async () => {
    await changeLines(1, (lines) => lines.map((line) => line.replace('"r1-2"', '"r1-9"')));
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(1), seq: 3, entries: 1 }]);
  });

  it('change that means the same in JSON', async () => {
    await changeLines(1, (lines) => lines.map((line, i) => (i === 4 ? line.replace(':', ': ') : line)));
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(1), seq: 4, entries: 1 }]);
  });

  it('insertion', async () => {
    await changeLines(1, (lines) => lines.toSpliced(3, 0, '{"kind":"request"}'));
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(1), seq: 3, entries: 1 }]);
  });

  it('removal', async () => {
    await changeLines(1, (lines) => lines.toSpliced(2, 3));
    expect(await findings()).toEqual([{ kind: 'removed', file: fileAt(1), seq: 2, entries: 3 }]);
  });

  it('removal of the opening entry', async () => {
    await changeLines(2, (lines) => lines.slice(1));
    expect(await findings()).toEqual([{ kind: 'removed', file: fileAt(2), seq: 0, entries: 1 }]);
  });

  it('reordering', async () => {
    await changeLines(1, (lines) => swapped(lines, 2, 3));
    expect(await findings()).toEqual([{ kind: 'reordered', file: fileAt(1), seq: 2, entries: 1 }]);
  });

  it('repetition', async () => {
    await changeLines(1, (lines) => lines.toSpliced(4, 0, lines[2] ?? ''));
    expect(await findings()).toEqual([{ kind: 'repeated', file: fileAt(1), seq: 2, entries: 1 }]);
  });

  it('an entry from another file in the place of one', async () => {
    const other = await readLines(folder, fileAt(0));
    await changeLines(1, (lines) => lines.with(3, other[3] ?? ''));
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(1), seq: 3, entries: 1 }]);
  });

  it('truncation of a file that a later one continues', async () => {
    await changeLines(1, (lines) => lines.slice(0, 5));
    expect(await findings()).toEqual([{ kind: 'truncated', file: fileAt(1), seq: 5, entries: 1 }]);
  });

  it('truncation of the newest file, from the anchors only', async () => {
    await changeLines(2, (lines) => lines.slice(0, 5));
    expect(await findings()).toEqual([]);
    expect(await findings(original.anchors)).toEqual([
      { kind: 'truncated', file: fileAt(2), seq: 5, entries: 1 },
    ]);
  });

  it('an emptied file', async () => {
    await truncate(join(folder, fileAt(0)), 0);
    expect(await findings()).toEqual([{ kind: 'truncated', file: fileAt(0), seq: 0, entries: 1 }]);
  });

  it('a missing file, the newest from the anchors only', async () => {
    await rm(join(folder, fileAt(1)));
    expect(await findings()).toMatchObject([{ kind: 'missing-file', file: fileAt(1) }]);
    await restore();
    await rm(join(folder, fileAt(2)));
    expect(await findings()).toEqual([]);
    expect(await findings(original.anchors)).toMatchObject([{ kind: 'missing-file', file: fileAt(2) }]);
  });

  it('an empty folder', async () => {
    for (const file of original.files) await rm(join(folder, file));
    expect(await findings()).toMatchObject([{ kind: 'empty-folder' }]);
  });

  it('exchanged names', async () => {
    await rename(join(folder, fileAt(0)), join(folder, 'kept'));
    await rename(join(folder, fileAt(1)), join(folder, fileAt(0)));
    await rename(join(folder, 'kept'), join(folder, fileAt(1)));
    const kinds = (await findings()).map(({ kind, file }) => `${kind} ${file}`);
    expect(kinds).toEqual(expect.arrayContaining([`renamed ${fileAt(0)}`, `renamed ${fileAt(1)}`]));
  });

  it('entries behind the closing one', async () => {
    await changeLines(2, (lines) => [...lines, lines[2] ?? '']);
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(2), seq: 8, entries: 1 }]);
    await restore();
    await appendFile(join(folder, fileAt(2)), '{"torn');
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(2), seq: 8, entries: 1 }]);
  });

  it('a log that was written again under another key', async () => {
    const forger = ephemeralProvider();
    const forged = await AuditLog.open({ folder, provider: forger });
    await forged.close();
    await forger.close();
    expect((await findings())[0]).toMatchObject({ kind: 'changed', file: forged.head().file, seq: 0 });
  });

  it('an authentic entry that does not follow the one before', async () => {
    const key = chainKey(provider, await auditKey(provider, 'mk-2'), fileAt(1));
    await changeLines(1, (lines) => {
      const line = parseLine(lines[3] ?? '');
      if (line === undefined) throw new Error('the log wrote this line');
      return lines.with(3, lineOf(provider, key, { ...line.record, previous: '' }).text);
    });
    expect(await findings()).toEqual([{ kind: 'changed', file: fileAt(1), seq: 3, entries: 2 }]);
  });

  it('an anchor with another MAC', async () => {
    const [anchor] = original.anchors;
    if (anchor === undefined) throw new Error('the files are anchored');
    expect(await findings([{ ...anchor, mac: 'AAAA' }])).toEqual([
      { kind: 'changed', file: fileAt(0), seq: 7, entries: 1 },
    ]);
  });
});

describe('a torn last line', () => {
  beforeEach(() => changeLines(2, (lines) => lines.slice(0, 5)));

  it('is tolerated when nothing says that it was acknowledged', async () => {
    await appendFile(join(folder, fileAt(2)), '{"action":"GET /api');
    const { files, findings: found } = await verifyAuditLog({ folder, provider });
    expect(found).toEqual([]);
    expect(files[2]).toEqual({ file: fileAt(2), entries: 5, closed: false, torn: true });
  });

  it('is found when an anchor or a later file knows the entry', async () => {
    await appendFile(join(folder, fileAt(2)), '{"action":"GET /api');
    expect(await findings(original.anchors)).toMatchObject([{ kind: 'truncated', seq: 5 }]);
  });

  it('is found when it is not the last', async () => {
    await appendFile(join(folder, fileAt(2)), '{"action":"GET /api\n');
    expect(await findings()).toMatchObject([{ kind: 'changed', seq: 5 }]);
  });

  it('is found when it is longer than any line', async () => {
    await appendFile(join(folder, fileAt(2)), 'x'.repeat(5 * 1024 * 1024));
    expect(await findings()).toMatchObject([{ kind: 'changed', seq: 5 }]);
  });
});

type Mutation = (bytes: Buffer, lines: string[]) => Buffer;

function ofLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

const position = fc.nat({ max: 0x7fffffff });

/** Every way to change one thing in one file; `position` values are folded into the file's bounds. */
const mutations: Readonly<Record<string, fc.Arbitrary<Mutation>>> = {
  'a flipped bit': fc.tuple(position, fc.nat({ max: 7 })).map(([at, bit]) => (bytes) => {
    const changed = Buffer.from(bytes);
    const index = at % bytes.length;
    changed[index] = (changed[index] ?? 0) ^ (1 << bit);
    return changed;
  }),
  'inserted bytes': fc
    .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .map(([at, more]) => (bytes) => {
      const index = at % bytes.length;
      return Buffer.concat([bytes.subarray(0, index), more, bytes.subarray(index)]);
    }),
  'removed bytes': fc.tuple(position, fc.integer({ min: 1, max: 2_000 })).map(([at, count]) => (bytes) => {
    const index = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + count)]);
  }),
  'removed lines': fc.tuple(position, fc.integer({ min: 1, max: 9 })).map(
    ([at, count]) =>
      (_, lines) =>
        ofLines(lines.toSpliced(at % lines.length, count)),
  ),
  'swapped lines': fc
    .tuple(position, fc.integer({ min: 1, max: ENTRIES }))
    .map(([at, distance]) => (_, lines) => {
      const left = at % lines.length;
      return ofLines(swapped(lines, left, (left + distance) % lines.length));
    }),
  'a repeated line': fc.tuple(position, position).map(
    ([at, to]) =>
      (_, lines) =>
        ofLines(lines.toSpliced(to % (lines.length + 1), 0, lines[at % lines.length] ?? '')),
  ),
  'a truncated file': position.map((at) => (bytes) => bytes.subarray(0, at % bytes.length)),
};

describe('finds any single', () => {
  it.each(Object.entries(mutations))('%s', async (_, mutation) => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 }), mutation, async (index, mutate) => {
        const path = join(folder, fileAt(index));
        const bytes = await readFile(join(original.folder, fileAt(index)));
        const changed = mutate(bytes, await readLines(original.folder, fileAt(index)));
        fc.pre(!changed.equals(bytes));
        await writeFile(path, changed);
        const found = await findings(original.anchors);
        await writeFile(path, bytes);
        expect(found.map(({ file }) => file)).toContain(fileAt(index));
      }),
      { numRuns: 150 },
    );
  });
});

describe('anchor file', () => {
  it('keeps anchors and refuses what is none', async () => {
    const path = join(folder, 'anchors.jsonl');
    const store = new AuditAnchorFile(path);
    for (const anchor of original.anchors) await store.put(anchor);
    expect(await store.list()).toEqual(original.anchors);
    await appendFile(path, '{"file":"x"}\n');
    await expect(store.list()).rejects.toThrow(AuditAnchorFileError);
  });
});

describe('the command', () => {
  const command = fileURLToPath(new URL('./audit-verify.main.ts', import.meta.url));

  function run(...args: string[]) {
    return spawnSync(process.execPath, ['--conditions=source', command, ...args], { encoding: 'utf8' });
  }

  it('answers 0, 1 or 2, in text or JSON', async () => {
    const keyFile = join(folder, 'keys.json');
    const anchorFile = join(folder, 'anchors.jsonl');
    const owner = new SoftwareProvider(await loadOrCreateMasterKeys(keyFile));
    const written = await writeRuns(owner);
    for (const anchor of written.anchors) await new AuditAnchorFile(anchorFile).put(anchor);
    const args = ['--folder', written.folder, '--keys', keyFile, '--anchors', anchorFile];

    const sound = run(...args);
    expect([sound.status, sound.stdout]).toEqual([0, '文件 3 个，记录 24 条，锚点 3 个，发现 0 处问题\n']);

    const [, , last = ''] = written.files;
    await writeLines(written.folder, last, (await readLines(written.folder, last)).slice(0, 5));
    expect(run(...args)).toMatchObject({ status: 1, stdout: expect.stringContaining(`${last} 第 5 条`) });
    const { status, stdout } = run(...args, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).findings).toEqual([{ kind: 'truncated', file: last, seq: 5, entries: 1 }]);

    expect(run('--folder', written.folder)).toMatchObject({ status: 2, stdout: '' });
    expect(run('--folder', written.folder, '--keys', anchorFile)).toMatchObject({ status: 2, stdout: '' });
    await rm(written.folder, { recursive: true });
  });
});
