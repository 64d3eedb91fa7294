import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { END, EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { openForWriting } from './database.ts';
import { EXPECT_NO_STREAM } from './model.ts';
import { startEmbeddedEventStore } from './server.ts';
import { StoreWriter } from './store-writer.ts';
import { endEngine, startEngineProcess } from './test-kit.ts';

/** Measures the engine through the official client, and prints one line per figure, with --json as one array. */

const EVENT = { note: 'x'.repeat(200) };
const WRITERS = [1, 8, 64, 512];
/** Events that the read and catch-up figures are taken over. */
const READ_EVENTS = 100_000;
const FILL_BATCH = 2000;

type Figure = Record<string, string | number>;
const figures: Figure[] = [];
let json = false;

function print(figure: Figure): void {
  figures.push(figure);
  if (!json) process.stdout.write(`${JSON.stringify(figure)}\n`);
}

const percentile = (sorted: readonly number[], share: number): number =>
  Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));

function newEvent() {
  return jsonEvent({ type: 'Measured', data: EVENT, metadata: { source: 'bench' } });
}

/** Writers that each append one event to a new stream and wait for the answer, over and over. */
async function runWriters(client: EventStoreDBClient, name: string, writers: number, seconds: number) {
  const end = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; performance.now() < end; n += 1) {
      const before = performance.now();
      await client.appendToStream(`${name}-${writer}-${n}`, newEvent(), { expectedRevision: NO_STREAM });
      latencies.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return latencies.sort((a, b) => a - b);
}

/** Rows of the same content and indexes, committed by SQLite alone with synchronous=FULL, so many at a time. */
function rawRowsPerSecond(folder: string, batch: number, seconds: number): number {
  const database = openForWriting(folder);
  database.exec(
    'CREATE TABLE raw AS SELECT * FROM events LIMIT 0; CREATE UNIQUE INDEX raw_1 ON raw (stream_id, revision)',
  );
  database.exec('CREATE INDEX raw_2 ON raw (stream_id, id)');
  const insert = database.prepare('INSERT INTO raw VALUES (?, ?, 0, ?, ?, 1, ?, ?, ?, 0)');
  const [metadata, data] = [Buffer.from('{"source":"bench"}'), Buffer.from(JSON.stringify(EVENT))];
  const before = performance.now();
  let rows = 0;
  while (performance.now() - before < seconds * 1000) {
    database.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < batch; n += 1) {
      rows += 1;
      insert.run(rows, rows, randomBytes(16), 'Measured', Date.now(), metadata, data);
    }
    database.exec('COMMIT');
  }
  const elapsed = (performance.now() - before) / 1000;
  database.close();
  return rows / elapsed;
}

async function measureAppends(parent: string, client: EventStoreDBClient, seconds: number): Promise<void> {
  // The first run only warms up the just-in-time compiler.
  await runWriters(client, 'warm', 64, seconds);
  for (const writers of WRITERS) {
    const latencies = await runWriters(client, `bench-${writers}`, writers, seconds);
    const folder = await mkdtemp(join(parent, 'event-store-raw-'));
    const raw = rawRowsPerSecond(folder, writers, seconds);
    await rm(folder, { recursive: true });
    const value = latencies.length / seconds;
    print({
      figure: 'durable appends per second',
      writers,
      value: Math.round(value),
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      rawSqlite: Math.round(raw),
      ratio: Number((value / raw).toFixed(2)),
    });
  }
}

async function measureRead(client: EventStoreDBClient): Promise<void> {
  const before = performance.now();
  let events = 0;
  const options = { fromPosition: START, maxCount: READ_EVENTS } as const;
  for await (const { event } of client.readAll(options)) if (event) events += 1;
  const seconds = (performance.now() - before) / 1000;
  print({ figure: '$all events read per second', events, value: Math.round(events / seconds) });
}

async function measureCatchUp(client: EventStoreDBClient): Promise<void> {
  const before = performance.now();
  let events = 0;
  const subscription = client.subscribeToAll({ fromPosition: START });
  for await (const { event } of subscription) {
    if (event) events += 1;
    if (events === READ_EVENTS) break;
  }
  await subscription.unsubscribe();
  const seconds = (performance.now() - before) / 1000;
  print({ figure: '$all catch-up events per second', events, value: Math.round(events / seconds) });
}

/** From the call of an append to the event's arrival at a live subscriber to $all. */
async function measureLatency(client: EventStoreDBClient): Promise<void> {
  const subscription = client.subscribeToAll({ fromPosition: END });
  const arrivals = subscription[Symbol.asyncIterator]();
  const latencies: number[] = [];
  await new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
  for (let n = 0; n < 500; n += 1) {
    const before = performance.now();
    const appended = client.appendToStream(`latency-${n}`, newEvent(), { expectedRevision: NO_STREAM });
    await arrivals.next();
    latencies.push(performance.now() - before);
    await appended;
  }
  await subscription.unsubscribe();
  latencies.sort((a, b) => a - b);
  print({
    figure: 'append to live subscriber, ms',
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  });
}

/** Fills a store without gRPC: streams of ten events, as the engine itself would write them. */
function fill(folder: string, events: number): void {
  const writer = new StoreWriter(openForWriting(folder));
  const [metadata, data] = [Buffer.from('{"source":"bench"}'), Buffer.from(JSON.stringify(EVENT))];
  const event = () => ({ id: randomBytes(16), type: 'Measured', isJson: true, metadata, data });
  const stream = (n: number) => ({
    kind: 'append' as const,
    stream: `filled-${n}`,
    expected: EXPECT_NO_STREAM,
    deadline: Number.POSITIVE_INFINITY,
    events: Array.from({ length: 10 }, event),
  });
  for (let n = 0; n < events / 10; n += FILL_BATCH) {
    const count = Math.min(FILL_BATCH, events / 10 - n);
    writer.appendBatch(Array.from({ length: count }, (_, index) => stream(n + index)));
  }
  writer.close();
}

function residentMebibytes(pid: number): number {
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

/** A store of many events: how long it takes to open, what it holds in memory, and how fast it reads. */
async function measureLarge(parent: string, events: number): Promise<void> {
  const folder = await mkdtemp(join(parent, 'event-store-large-'));
  const beforeFill = performance.now();
  fill(folder, events);
  print({
    figure: 'filled directly, events per second',
    events,
    value: Math.round(events / ((performance.now() - beforeFill) / 1000)),
  });
  const before = performance.now();
  const engine = await startEngineProcess(folder);
  const openMs = Math.round(performance.now() - before);
  const openRss = residentMebibytes(engine.pid);
  const client = EventStoreDBClient.connectionString(engine.connectionString);
  await measureRead(client);
  await measureCatchUp(client);
  print({
    figure: 'program start to ready, ms',
    events,
    value: openMs,
    rssMiB: openRss,
    rssAfterReadsMiB: residentMebibytes(engine.pid),
  });
  await client.dispose();
  await endEngine(engine, 'SIGTERM');
  await rm(folder, { recursive: true });
}

/** @param parent folder on the disk to measure */
async function run(parent: string, seconds: number, events: number): Promise<void> {
  const folder = await mkdtemp(join(parent, 'event-store-bench-'));
  const store = await startEmbeddedEventStore({ folder });
  const client = EventStoreDBClient.connectionString(store.connectionString);
  await measureAppends(parent, client, seconds);
  await measureLatency(client);
  await client.dispose();
  await store.stop();
  await rm(folder, { recursive: true });
  if (events > 0) await measureLarge(parent, events);
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '5' },
    events: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
});
json = values.json;
await run(values.folder, Number(values.seconds), Number(values.events));
if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
