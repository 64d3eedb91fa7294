import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startEmbeddedDocumentStore } from './server.ts';

/** Measures the store through the official driver: `node infra/embedded/document-store/bench.ts`. */
const MANY = 200_000;

const folder = mkdtempSync(join(tmpdir(), 'document-store-bench-'));
const store = await startEmbeddedDocumentStore({ folder });
const client = await MongoClient.connect(store.connectionString, { maxPoolSize: 64 });
const db = client.db('bench');

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(52)} ${value}\n`);
}

async function rate(what: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  line(what, `${Math.round((count * 1000) / (performance.now() - start))} /s`);
}

async function duration(what: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const start = performance.now();
  await work();
  line(what, `${(performance.now() - start).toFixed(1)} ms`);
}

async function times(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 1) await work(i);
}

async function parallel(clients: number, each: number, work: (i: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: clients }, (_, c) => times(each, (i) => work(c * each + i))));
}

interface Visit {
  _id: number;
  ward?: number;
  n?: number;
  revision?: number;
  note?: string;
}

const small = db.collection<Visit>('small');
const many = db.collection<Visit>('many');
const note = '随访记录，血压平稳，继续服药。'.repeat(5);

line('machine', `${cpus().length} x ${cpus()[0]?.model}`);
await times(500, (i) => small.insertOne({ _id: -1 - i, note }));
await rate('insertOne, one client', 3000, () => times(3000, (i) => small.insertOne({ _id: i, note })));
await rate('insertOne, 32 clients', 19_200, () =>
  parallel(32, 600, (i) => small.insertOne({ _id: 10_000 + i, note })),
);
await rate('findOne by _id, one client', 5000, () => times(5000, (i) => small.findOne({ _id: i % 3000 })));
await rate('findOne by _id, 32 clients', 19_200, () =>
  parallel(32, 600, (i) => small.findOne({ _id: i % 3000 })),
);
const guarded = (i: number, revision: number) => ({
  filter: { _id: i, revision: { $lt: revision } },
  update: { $set: { revision, note } },
  upsert: true,
});
await rate('guarded upsert, one client', 3000, () =>
  times(3000, (i) => {
    const { filter, update } = guarded(100_000 + (i % 500), i);
    return small.updateOne(filter, update, { upsert: true });
  }),
);
await rate('bulkWrite of 1000 guarded upserts', 30_000, () =>
  times(30, (n) =>
    small.bulkWrite(
      Array.from({ length: 1000 }, (_, i) => ({ updateOne: guarded(200_000 + i, n + 1) })),
      { ordered: false },
    ),
  ),
);
await many.createIndex({ ward: 1, n: -1 });
await rate('insertMany of 1000 with one index', MANY, () =>
  times(MANY / 1000, (n) =>
    many.insertMany(Array.from({ length: 1000 }, (_, i) => ({ _id: n * 1000 + i, ward: i % 2000, n, note }))),
  ),
);
await duration('equality in an index, 200 of 200 000', () => many.find({ ward: 7 }).toArray());
await duration('sort by index with limit 20', () =>
  many
    .find({ ward: { $gte: 500 } })
    .sort({ ward: 1, n: -1 })
    .limit(20)
    .toArray(),
);
await duration('scan of 200 000', () => many.countDocuments({ note: 'none' }));
await duration('$group over 200 000', () =>
  many.aggregate([{ $group: { _id: '$ward', n: { $sum: '$n' } } }]).toArray(),
);

let scanning = true;
const scan = Promise.all([1, 2].map(() => many.find({ note: 'none' }).toArray())).then(() => {
  scanning = false;
});
const waits: number[] = [];
while (scanning) {
  const start = performance.now();
  await many.findOne({ _id: waits.length });
  waits.push(performance.now() - start);
}
await scan;
waits.sort((left, right) => left - right);
line(
  'findOne beside two scans, median / longest',
  `${waits[waits.length >> 1]?.toFixed(1)} / ${waits.at(-1)?.toFixed(1)} ms`,
);
line(
  'memory (RSS) of store and this client together',
  `${Math.round(process.memoryUsage.rss() / 1024 / 1024)} MiB`,
);

await client.close();
await store.stop();
rmSync(folder, { recursive: true, force: true });
