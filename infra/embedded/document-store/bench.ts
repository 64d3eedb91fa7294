import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { RawStore } from './bench-raw.ts';

/**
 * Measures a store in a process of its own through the official driver, and beside it raw SQLite doing the same in
 * this thread: `node infra/embedded/document-store/bench.ts --documents 200000 [--json]`.
 */
const { values } = parseArgs({
  options: { documents: { type: 'string', default: '200000' }, json: { type: 'boolean', default: false } },
});
const many = Math.max(10_000, Number(values.documents));

interface Line {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** How many times longer the store takes than raw SQLite. */
  readonly timesRaw?: number;
}

const lines: Line[] = [];

function report(what: string, value: number, unit: string, timesRaw?: number): void {
  const rounded = Number(value.toPrecision(3));
  const line = {
    what,
    value: rounded,
    unit,
    ...(timesRaw !== undefined && { timesRaw: Number(timesRaw.toPrecision(2)) }),
  };
  lines.push(line);
  const ratio = timesRaw === undefined ? '' : `   ${line.timesRaw} x raw SQLite`;
  if (!values.json) process.stdout.write(`${what.padEnd(52)} ${rounded} ${unit}${ratio}\n`);
}

async function elapsed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The median time of several runs. */
async function typical(work: () => unknown): Promise<number> {
  const runs: number[] = [];
  for (let i = 0; i < 5; i += 1) runs.push(await elapsed(work));
  return runs.sort((left, right) => left - right)[2] ?? 0;
}

async function rate(what: string, count: number, work: () => unknown, raw?: () => unknown): Promise<void> {
  const own = await elapsed(work);
  report(what, (count * 1000) / own, '/s', raw && own / (await elapsed(raw)));
}

async function duration(what: string, work: () => unknown, raw?: () => unknown): Promise<void> {
  const own = await typical(work);
  report(what, own, 'ms', raw && own / (await typical(raw)));
}

async function times(count: number, work: (i: number) => unknown): Promise<void> {
  for (let i = 0; i < count; i += 1) await work(i);
}

async function start(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [main, '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, url: (JSON.parse(String(line)) as { url: string }).url };
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function memoryOf(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

const folder = mkdtempSync(join(tmpdir(), 'document-store-bench-'));
const raw = new RawStore(folder);
let store = await start(folder);
let client = await MongoClient.connect(store.url, { maxPoolSize: 64 });

interface Visit {
  _id: number;
  ward: number;
  n: number;
  name: string;
  tags: string[];
  note: string;
  revision: number;
}

const collection = () => client.db('bench').collection<Visit>('visits');
const note = '随访记录，血压平稳，继续服药。'.repeat(4);
const visit = (i: number): Visit => ({
  _id: i,
  ward: i % Math.ceil(many / 200),
  n: i,
  name: `name-${(i * 7919) % many}`,
  tags: [`t${i % 100}`],
  note,
  revision: 1,
});

report('processors', cpus().length, `x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`);
await collection().createIndex({ ward: 1, n: 1 });
await rate(
  `insertMany of 1000, one index, ${many} documents`,
  many,
  () =>
    times(many / 1000, (k) =>
      collection().insertMany(Array.from({ length: 1000 }, (_, i) => visit(k * 1000 + i))),
    ),
  () => raw.insert(many, visit),
);
await rate('insertOne, one client', 1000, () => times(1000, (i) => collection().insertOne(visit(many + i))));
await rate(
  'findOne by _id, one client',
  4000,
  () => times(4000, (i) => collection().findOne({ _id: (i * 997) % many })),
  () => times(4000, (i) => raw.findOne((i * 997) % many)),
);
const guarded = (i: number, revision: number) => ({
  updateOne: {
    filter: { _id: i, revision: { $lt: revision } },
    update: { $set: { revision, note } },
    upsert: true,
  },
});
await rate('bulkWrite of 1000 guarded upserts', 20_000, () =>
  times(20, (k) =>
    collection().bulkWrite(
      Array.from({ length: 1000 }, (_, i) => guarded((k * 1000 + i) % many, 2 + k)),
      { ordered: false },
    ),
  ),
);
for (const j of [true, false]) {
  await rate(
    `updateOne by _id, one client, j: ${j}`,
    1000,
    () =>
      times(1000, (i) =>
        collection().updateOne(
          { _id: (i * 991) % many },
          { $inc: { revision: 1 } },
          { writeConcern: { w: 1, journal: j } },
        ),
      ),
    j ? () => times(1000, (i) => raw.update((i * 991) % many, visit(i))) : undefined,
  );
}
await duration(
  'equality in an index, 200 found',
  () => collection().find({ ward: 7 }).toArray(),
  () => raw.find(7),
);
await duration(
  'sort by index with limit 20',
  () =>
    collection()
      .find({ ward: { $gte: 30 } })
      .sort({ ward: 1, n: 1 })
      .limit(20)
      .toArray(),
  () => raw.sorted(30),
);
await duration('sort behind an $in of 20, limit 20', () =>
  collection()
    .find({ ward: { $in: Array.from({ length: 20 }, (_, i) => i) } })
    .sort({ n: 1 })
    .limit(20)
    .toArray(),
);
await duration(
  '$group over everything',
  () =>
    collection()
      .aggregate([{ $group: { _id: '$ward', n: { $sum: '$n' } } }])
      .toArray(),
  () => raw.group(),
);
await duration('countDocuments through an index, a tenth', () =>
  collection().countDocuments({ ward: { $lt: Math.ceil(many / 2000) } }),
);
await duration('distinct through an index', () => collection().distinct('ward'));
await rate(`createIndex on names, ${many} documents`, many, () => collection().createIndex({ name: 1 }));
await duration('a prefix through an index, 100 of them', () =>
  collection()
    .find({ name: /^name-12/ })
    .limit(100)
    .toArray(),
);

let busy = true;
const load = Promise.all([
  collection().find({ note: 'none' }).toArray(),
  collection()
    .aggregate([{ $group: { _id: '$n' } }, { $count: 'n' }])
    .toArray()
    .catch(() => []),
]).then(() => {
  busy = false;
});
const waits: number[] = [];
while (busy) waits.push(await elapsed(() => collection().findOne({ _id: waits.length })));
await load;
waits.sort((left, right) => left - right);
report('findOne beside a scan and a $group, median', waits[waits.length >> 1] ?? 0, 'ms');
report('findOne beside a scan and a $group, longest', waits.at(-1) ?? 0, 'ms');
report('memory (RSS) of the process', memoryOf(store.child), 'MiB');
await client.close();
await stop(store.child);
report(
  'restart until the first answer',
  await elapsed(async () => {
    store = await start(folder);
    client = await MongoClient.connect(store.url);
    await collection().findOne({ _id: 1 });
  }),
  'ms',
);
if (values.json) process.stdout.write(`${JSON.stringify({ documents: many, lines })}\n`);
await client.close();
await stop(store.child);
raw.close();
rmSync(folder, { recursive: true, force: true });
