import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BSON } from 'mongodb';
import { engineProgram, type ServerProcess, startServer } from '../child-process.ts';
import { percentile } from '../percentiles.ts';
import { type Operation, operationsOn } from './document-store-operations.ts';
import { DocumentStoreWork } from './document-store-work.ts';
import { byTurns, type Figures, type Pair, timed } from './figures.ts';
import { RawDocuments } from './raw-documents.ts';
import { visitOf } from './visit.ts';

export interface DocumentStoreBench {
  /** On the disk to measure; emptied of all that the bench put there. */
  readonly folder: string;
  /** Sizes of the collection; the later ones are compared with the first. */
  readonly documents: readonly number[];
}

/** Times in ms of what finds its documents by an index, each per single one. */
type IndexedTimes = ReadonlyMap<string, Pair>;

/** Measures the embedded document store in a process of its own, through the official driver. */
export async function measureDocumentStore(bench: DocumentStoreBench, figures: Figures): Promise<void> {
  figures.add('size of a document', {}, BSON.calculateObjectSize(visitOf(1, 1_000_000)), 'B');
  let first: { readonly documents: number; readonly times: IndexedTimes } | undefined;
  for (const documents of bench.documents) {
    const times = await measureSize(bench.folder, documents, figures);
    if (first) addSlowDowns(first.documents, first.times, documents, times, figures);
    first ??= { documents, times };
  }
}

async function measureSize(parent: string, documents: number, figures: Figures): Promise<IndexedTimes> {
  const [folder, at] = [await mkdtemp(join(parent, 'document-store-bench-')), { documents }];
  const raw = new RawDocuments(folder);
  try {
    const first = await startEngine(folder);
    const times = await withDriver(first, async (work) => {
      await work.createIndex();
      return measureOperations(operationsOn(documents, work, raw), at, figures);
    });
    await withDriver(first, (work) => measureWaits(work, at, figures));
    figures.add('memory at the end', at, await first.memoryMiB(), 'MiB');
    await first.stop();
    await measureRestart(folder, at, figures);
    return times;
  } finally {
    raw.close();
    await rm(folder, { recursive: true });
  }
}

async function measureOperations(
  operations: readonly Operation[],
  at: { readonly documents: number },
  figures: Figures,
): Promise<IndexedTimes> {
  const times = new Map<string, Pair>();
  for (const { what, unit, count, turns, warmUps, indexed, own, raw } of operations) {
    const measure = (side: Operation['own'] | Operation['raw']) => async (turn: number) => {
      const milliseconds = await timed(() => side(warmUps + turn));
      return unit === 'ms' ? milliseconds / count : (count * 1000) / milliseconds;
    };
    for (let turn = 0; turn < warmUps; turn++) {
      await own(turn);
      raw(turn);
    }
    const pair = await byTurns(turns, measure(own), measure(raw));
    figures.addPair(what, at, pair, unit);
    if (indexed) times.set(what, unit === 'ms' ? pair : { own: 1000 / pair.own, raw: 1000 / pair.raw });
  }
  return times;
}

async function measureWaits(
  work: DocumentStoreWork,
  at: { readonly documents: number },
  figures: Figures,
): Promise<void> {
  const waits = await work.waitsBesideScanAndGroup(at.documents);
  figures.add('findOne beside a scan and a $group, p50', at, percentile(waits, 0.5), 'ms');
  figures.add('findOne beside a scan and a $group, longest', at, Math.max(...waits), 'ms');
}

async function measureRestart(
  folder: string,
  at: { readonly documents: number },
  figures: Figures,
): Promise<void> {
  const begun = performance.now();
  const again = await startEngine(folder);
  await withDriver(again, async (work) => {
    await work.findOne(1);
    figures.add('restart until first answer', at, performance.now() - begun, 'ms');
  });
  figures.add('memory after restart', at, await again.memoryMiB(), 'MiB');
  await again.stop();
}

function addSlowDowns(
  few: number,
  ofFew: IndexedTimes,
  many: number,
  ofMany: IndexedTimes,
  figures: Figures,
): void {
  for (const [what, { own, raw }] of ofMany) {
    const before = ofFew.get(what);
    if (!before) continue;
    const slowDown = { own: own / before.own, raw: raw / before.raw };
    figures.addPair(`slow-down from ${few} documents: ${what}`, { documents: many }, slowDown, 'times');
  }
}

function startEngine(folder: string): Promise<ServerProcess> {
  return startServer({
    script: engineProgram('document-store'),
    parameters: ['--data', folder, '--port', '0'],
    marker: 'ready',
  });
}

async function withDriver<Answer>(
  { url }: ServerProcess,
  use: (work: DocumentStoreWork) => Promise<Answer>,
): Promise<Answer> {
  const work = await DocumentStoreWork.connect(url);
  try {
    return await use(work);
  } finally {
    await work.close();
  }
}
