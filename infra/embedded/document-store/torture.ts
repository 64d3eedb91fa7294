import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Collection, MongoClient } from 'mongodb';
import { startEmbeddedDocumentStore } from './server.ts';
import { checkDatabase } from './storage/check.ts';

/**
 * Kills a store in a process of its own (`kill -9`) while several clients write to it, opens it again and compares
 * it with what was acknowledged: `node infra/embedded/document-store/torture.ts --rounds 20 [--json]`.
 */
export interface TortureReport {
  readonly rounds: number;
  readonly acknowledged: number;
  /** What was acknowledged and is not there, or is there although its deletion was acknowledged. */
  readonly lost: readonly string[];
  /** What the check of the whole database found. */
  readonly faults: readonly string[];
  readonly slowestRestartMs: number;
}

interface Visit {
  readonly _id: string;
  readonly n: number;
  readonly tags: readonly string[];
}

/** The newest revision that was acknowledged, by id; a negative one is a deletion. */
type Acknowledged = Map<string, number>;

const WRITERS = 4;

async function startProcess(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [main, '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => []),
  ]);
  if (typeof line !== 'string') throw new Error('the program did not start');
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

function visit(_id: string, n: number): Visit {
  return { _id, n, tags: [`a${n % 7}`, `b${n % 11}`, `c${n}`] };
}

/** One write of a writer; answers what is acknowledged with it. */
async function write(collection: Collection<Visit>, name: string, n: number): Promise<[string, number][]> {
  const own = `${name}-${n}`;
  const before = `${name}-${n - 1}`;
  const shared = `shared-${name.split('-')[1]}`;
  switch (n % 4) {
    case 0:
      await collection.deleteOne({ _id: before });
      return [[before, -n]];
    case 1:
      await collection.insertOne(visit(own, n));
      return [[own, n]];
    case 2: {
      const { _id, ...set } = visit(own, n);
      await collection.updateOne({ _id, n: { $lt: n } }, { $set: set }, { upsert: true });
      return [[own, n]];
    }
    default:
      await collection.bulkWrite(
        [own, shared].map((_id) => ({
          replaceOne: { filter: { _id }, replacement: visit(_id, n), upsert: true },
        })),
        { ordered: false },
      );
      return [own, shared].map((id) => [id, n]);
  }
}

async function writeAndKill(folder: string, round: number, acknowledged: Acknowledged): Promise<void> {
  const { child, url } = await startProcess(folder);
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 2000 });
  const collection = client.db('d').collection<Visit>('c');
  await collection.createIndexes([{ key: { n: 1 } }, { key: { tags: 1, n: -1 } }]);
  let answers = 0;
  const killAt = 150 + ((round * 97) % 211);
  const writer = async (which: number): Promise<void> => {
    for (let n = round * 100_000 + 1; ; n += 1) {
      const news = await write(collection, `${round}-${which}`, n);
      for (const [id, revision] of news) acknowledged.set(id, revision);
      answers += 1;
      if (answers === killAt) child.kill('SIGKILL');
    }
  };
  await Promise.allSettled(Array.from({ length: WRITERS }, (_, which) => writer(which)));
  child.kill('SIGKILL');
  await client.close();
}

/** A write that was under way at the kill may have been kept too, so newer revisions are fine. */
async function lostIn(collection: Collection<Visit>, acknowledged: Acknowledged): Promise<string[]> {
  const found = new Map((await collection.find().toArray()).map(({ _id, n }) => [_id, n]));
  return [...acknowledged].flatMap(([id, revision]) => {
    const n = found.get(id);
    const kept = revision < 0 ? n === undefined : n !== undefined && n >= revision;
    return kept || (revision > 0 && mayBeDeleted(id, acknowledged, n)) ? [] : [`${id} at ${revision}: ${n}`];
  });
}

/** The deletion of a writer's last document may have been kept without an answer. */
function mayBeDeleted(id: string, acknowledged: Acknowledged, n: number | undefined): boolean {
  const [round, which, own] = id.split('-').map(Number);
  const next = `${round}-${which}-${Number(own) + 2}`;
  return n === undefined && Number(own) % 4 === 3 && !acknowledged.has(next);
}

/** Runs rounds of writing, killing and comparing in one folder. */
export async function torture(folder: string, rounds: number): Promise<TortureReport> {
  const acknowledged: Acknowledged = new Map();
  const lost: string[] = [];
  const faults: string[] = [];
  let slowestRestartMs = 0;
  for (let round = 1; round <= rounds; round += 1) {
    await writeAndKill(folder, round, acknowledged);
    const start = performance.now();
    const store = await startEmbeddedDocumentStore({ folder });
    slowestRestartMs = Math.max(slowestRestartMs, Math.round(performance.now() - start));
    const client = await MongoClient.connect(store.connectionString);
    lost.push(...(await lostIn(client.db('d').collection<Visit>('c'), acknowledged)));
    await client.close();
    await store.stop();
    faults.push(...checkDatabase(join(folder, 'documents.db')).faults);
  }
  return { rounds, acknowledged: acknowledged.size, lost, faults, slowestRestartMs };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'document-store-torture-'));
  try {
    const report = await torture(folder, Number(values.rounds));
    const { rounds, acknowledged, lost, faults, slowestRestartMs } = report;
    const text = `${rounds} rounds, ${acknowledged} ids acknowledged, ${lost.length} lost, ${faults.length} faults, slowest restart ${slowestRestartMs} ms`;
    process.stdout.write(`${values.json ? JSON.stringify(report) : text}\n`);
    if (lost.length + faults.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
