import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { startEmbeddedEventStore } from './server.ts';

/** Measures the engine through the official client in one process, and prints one JSON line per figure. */

const EVENT = { note: 'x'.repeat(200) };

function print(figure: Record<string, string | number>): void {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

const percentile = (sorted: readonly number[], share: number): number =>
  Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));

function newEvent() {
  return jsonEvent({ type: 'Measured', data: EVENT, metadata: { source: 'bench' } });
}

/** Writers that each append one event to a new stream and wait for the answer, over and over. */
async function measureAppends(client: EventStoreDBClient, writers: number, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; performance.now() < end; n += 1) {
      const before = performance.now();
      const stream = `bench-${writers}-${writer}-${n}`;
      await client.appendToStream(stream, newEvent(), { expectedRevision: NO_STREAM });
      latencies.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  latencies.sort((a, b) => a - b);
  print({
    figure: 'durable appends per second',
    writers,
    value: Math.round(latencies.length / seconds),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  });
}

async function measureRead(client: EventStoreDBClient): Promise<void> {
  const before = performance.now();
  let events = 0;
  for await (const { event } of client.readAll({ fromPosition: START })) if (event) events += 1;
  const seconds = (performance.now() - before) / 1000;
  print({ figure: '$all events read per second', events, value: Math.round(events / seconds) });
}

/** @param parent folder on the disk to measure */
async function run(parent: string, seconds: number): Promise<void> {
  const folder = await mkdtemp(join(parent, 'event-store-bench-'));
  const store = await startEmbeddedEventStore({ folder });
  const client = EventStoreDBClient.connectionString(store.connectionString);
  // The first run only warms up the just-in-time compiler; its streams have names of their own.
  for (const writers of [63, 64, 1]) await measureAppends(client, writers, seconds);
  await measureRead(client);
  await measureRead(client);
  await client.dispose();
  await store.stop();
  await rm(folder, { recursive: true });
}

const { values } = parseArgs({
  options: { folder: { type: 'string', default: tmpdir() }, seconds: { type: 'string', default: '5' } },
});
await run(values.folder, Number(values.seconds));
