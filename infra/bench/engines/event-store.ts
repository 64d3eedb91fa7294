import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { engineProgram, type ServerProcess, startServer } from '../child-process.ts';
import { median, percentile } from '../percentiles.ts';
import { DATA, EventStoreWork, METADATA } from './event-store-work.ts';
import { byTurns, type Figures, rateOf } from './figures.ts';
import { RawEvents } from './raw-events.ts';

export interface EventStoreBench {
  /** On the disk to measure; emptied of all that the bench put there. */
  readonly folder: string;
  /** How many events the large store has. */
  readonly events: number;
  /** How long each turn of writers writes. */
  readonly seconds: number;
  /** Where the large store is and stays; it is filled with what it lacks. One that is removed unless told. */
  readonly store: string | undefined;
}

const WRITERS = [1, 8, 64, 512];
const WRITERS_OF_THE_LARGE_STORE = 64;
const TURNS = 3;
const ARRIVALS = 500;
/** Events that reads are taken over. */
const MOST_READ = 100_000;

/** Measures the embedded event store in a process of its own, through the official client. */
export async function measureEventStore(bench: EventStoreBench, figures: Figures): Promise<void> {
  const folder = await mkdtemp(join(bench.folder, 'event-store-bench-'));
  const raw = new RawEvents(folder, METADATA, DATA);
  try {
    await withEngine(join(folder, 'empty'), async (work) => {
      // The first run only warms up the just-in-time compilers.
      await work.append(64, bench.seconds);
      for (const writers of WRITERS) await appends(work, raw, { writers }, bench.seconds, figures);
      await arrivals(work, figures);
    });
    await answeredAtOnce(bench.seconds, figures);
    await large(bench.store ?? join(folder, 'large'), raw, bench, figures);
  } finally {
    raw.close();
    await rm(folder, { recursive: true });
  }
}

async function appends(
  work: EventStoreWork,
  raw: RawEvents,
  at: { readonly writers: number; readonly events?: number },
  seconds: number,
  figures: Figures,
): Promise<void> {
  const waits: number[] = [];
  const own = async () => {
    const begun = performance.now();
    const run = await work.append(at.writers, seconds);
    waits.push(...run);
    return (run.length * 1000) / (performance.now() - begun);
  };
  const pair = await byTurns(TURNS, own, () => raw.appendsPerSecond(at.writers, seconds / 2));
  figures.addPair('durable appends', at, pair, 'events/s');
  figures.add('durable append, p50', at, percentile(waits, 0.5), 'ms');
  figures.add('durable append, p99', at, percentile(waits, 0.99), 'ms');
}

/** What the client reaches by itself, with a server that keeps nothing. */
async function answeredAtOnce(seconds: number, figures: Figures): Promise<void> {
  const server = await startServer({
    script: engineProgram('event-store', 'answer-at-once'),
    marker: 'ready',
  });
  const work = new EventStoreWork(server.url);
  try {
    await work.append(64, seconds);
    for (const writers of WRITERS) {
      const rates: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        const begun = performance.now();
        const run = await work.append(writers, seconds);
        rates.push((run.length * 1000) / (performance.now() - begun));
      }
      figures.add('appends answered at once and not kept', { writers }, median(rates), 'events/s');
    }
  } finally {
    await work.close();
    await server.stop();
  }
}

async function arrivals(work: EventStoreWork, figures: Figures): Promise<void> {
  const times = await work.arrivals(ARRIVALS);
  figures.add('append to live subscriber, p50', {}, percentile(times, 0.5), 'ms');
  figures.add('append to live subscriber, p99', {}, percentile(times, 0.99), 'ms');
}

async function large(
  folder: string,
  raw: RawEvents,
  bench: EventStoreBench,
  figures: Figures,
): Promise<void> {
  const { events, seconds } = bench;
  const at = { events };
  await withEngine(folder, async (work) => {
    let added = 0;
    const rate = await rateOf(1, async () => {
      added = await work.fill(events);
    });
    if (added > 0) figures.add('filled by appends of ten', at, added * rate, 'events/s');
  });
  const starts: number[] = [];
  for (let start = 0; start < TURNS; start++) {
    await withEngine(folder, async (_, { startedInMs }) => void starts.push(startedInMs));
  }
  figures.add('start to ready', at, median(starts), 'ms');
  await withEngine(folder, async (work, engine) => {
    figures.add('memory when ready', at, await engine.memoryMiB(), 'MiB');
    await reads(work, raw, events, figures);
    figures.add('memory after reads', at, await engine.memoryMiB(), 'MiB');
    await appends(work, raw, { writers: WRITERS_OF_THE_LARGE_STORE, events }, seconds, figures);
    figures.add('memory after appends', at, await engine.memoryMiB(), 'MiB');
  });
}

async function reads(work: EventStoreWork, raw: RawEvents, events: number, figures: Figures): Promise<void> {
  const count = Math.min(events, MOST_READ);
  const rawRead = () => raw.readsPerSecond(count);
  const read = await byTurns(TURNS, () => rateOf(count, () => work.read(count)), rawRead);
  figures.addPair('$all read', { events }, read, 'events/s');
  const caughtUp = await byTurns(TURNS, () => rateOf(count, () => work.catchUp(count)), rawRead);
  figures.addPair('$all catch-up', { events }, caughtUp, 'events/s');
}

async function withEngine(
  folder: string,
  use: (work: EventStoreWork, engine: ServerProcess) => Promise<void>,
): Promise<void> {
  const engine = await startServer({
    script: engineProgram('event-store'),
    parameters: ['--data', folder, '--port', '0'],
    marker: 'ready',
  });
  const work = new EventStoreWork(engine.url);
  try {
    await use(work, engine);
  } finally {
    await work.close();
    await engine.stop();
  }
}
