import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Figure } from './figures.ts';

const PROGRAM = fileURLToPath(new URL(`./engines.main${extname(import.meta.url)}`, import.meta.url));
const SMALL = ['--events', '300', '--documents', '400,800', '--seconds', '0.05'];

interface Report {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly eventStore?: readonly Figure[];
  readonly documentStore?: readonly Figure[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engines-bench-spec-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the bench of the embedded engines', () => {
  it('prints every figure of the event store as one JSON, and fills a store that stays with what it lacks', {
    timeout: 300_000,
  }, async () => {
    const parts = ['--part', 'event-store', '--json', '--store', join(folder, 'kept')];
    const report = JSON.parse(bench(...parts)) as Report;
    expectMachine(report);
    expect(report.documentStore).toBeUndefined();
    const figures = report.eventStore ?? [];
    const writers = ['1 writers', '8 writers', '64 writers', '512 writers', '64 writers, 300 events'];
    expect(namesOf(figures)).toEqual(
      [
        ...writers.flatMap((at) => [
          `durable appends, ${at}: events/s beside SQLite`,
          `durable append, p50, ${at}: ms`,
          `durable append, p99, ${at}: ms`,
        ]),
        ...writers.slice(0, 4).map((at) => `appends answered at once and not kept, ${at}: events/s`),
        'append to live subscriber, p50: ms',
        'append to live subscriber, p99: ms',
        'filled by appends of ten, 300 events: events/s',
        'start to ready, 300 events: ms',
        'memory when ready, 300 events: MiB',
        '$all read, 300 events: events/s beside SQLite',
        '$all catch-up, 300 events: events/s beside SQLite',
        'memory after reads, 300 events: MiB',
        'memory after appends, 300 events: MiB',
      ].toSorted(),
    );
    expectNumbers(figures);
    const again = (JSON.parse(bench(...parts)) as Report).eventStore ?? [];
    expect(namesOf(again)).toEqual(namesOf(figures).filter((name) => !name.startsWith('filled')));
    expect(await readdir(folder)).toEqual(['kept']);
  });

  it('prints every figure of the document store as one JSON and leaves nothing behind', {
    timeout: 300_000,
  }, async () => {
    const report = JSON.parse(bench('--part', 'document-store', '--json')) as Report;
    expectMachine(report);
    expect(report.eventStore).toBeUndefined();
    const figures = report.documentStore ?? [];
    const indexed = [
      'findOne by _id',
      'find by index, 200 found',
      'sort by index, limit 20',
      'updateOne by _id',
      'bulkWrite of 1000 guarded upserts',
    ];
    expect(namesOf(figures)).toEqual(
      [
        'size of a document: B',
        ...['400 documents', '800 documents'].flatMap((at) => [
          `insertMany of 1000, one index, ${at}: documents/s beside SQLite`,
          `findOne by _id, ${at}: operations/s beside SQLite`,
          `find by index, 200 found, ${at}: ms beside SQLite`,
          `sort by index, limit 20, ${at}: ms beside SQLite`,
          `$group over everything, ${at}: ms beside SQLite`,
          `updateOne by _id, ${at}: operations/s beside SQLite`,
          `bulkWrite of 1000 guarded upserts, ${at}: documents/s beside SQLite`,
          `findOne beside a scan and a $group, p50, ${at}: ms`,
          `findOne beside a scan and a $group, longest, ${at}: ms`,
          `memory at the end, ${at}: MiB`,
          `restart until first answer, ${at}: ms`,
          `memory after restart, ${at}: MiB`,
        ]),
        ...indexed.map((what) => `slow-down from 400 documents: ${what}, 800 documents: times beside SQLite`),
      ].toSorted(),
    );
    expectNumbers(figures);
    expect((await readdir(folder)).filter((name) => name !== 'kept')).toEqual([]);
  });

  it('explains itself when it is not understood', () => {
    for (const parts of [
      ['--part', 'both'],
      ['--events', 'many'],
      ['--documents', '1e3,x'],
      ['--seconds', '0'],
      ['--fast'],
    ]) {
      const { status, stdout, stderr } = run(parts);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/--part event-store\|document-store/);
    }
  });
});

function bench(...parts: string[]): string {
  const { status, stdout, stderr } = run([...SMALL, '--folder', folder, ...parts]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

function run(parts: readonly string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...parts], { encoding: 'utf8' });
}

function expectMachine({ machine }: Report): void {
  const loads = [expect.any(Number), expect.any(Number), expect.any(Number)];
  expect(machine).toEqual({
    cpu: expect.stringMatching(/./),
    cores: expect.any(Number),
    memoryGiB: expect.any(Number),
    node: process.version,
    loadBefore: loads,
    loadAfter: loads,
  });
}

function namesOf(figures: readonly Figure[]): string[] {
  const names = figures.map(({ what, at, unit, raw }) => {
    const sizes = Object.entries(at).map(([name, size]) => `${size} ${name}`);
    return `${[what, ...sizes].join(', ')}: ${unit}${raw === undefined ? '' : ' beside SQLite'}`;
  });
  return names.toSorted();
}

/** JSON has no number that is not finite: it would be null here. */
function expectNumbers(figures: readonly Figure[]): void {
  for (const { what, value, raw, timesRaw } of figures) {
    for (const number of [value, ...(raw === undefined ? [] : [raw, timesRaw])]) {
      expect(number, what).toBeTypeOf('number');
      expect(number, what).toBeGreaterThan(0);
    }
  }
}
