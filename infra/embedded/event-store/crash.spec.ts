import { rm } from 'node:fs/promises';
import { type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { expect, it } from 'vitest';
import { connect, endEngine, newStream, startEngineProcess, temporaryFolder } from './test-kit.ts';

const ROUNDS = 5;
const WRITERS = 16;

interface Writer {
  readonly stream: string;
  /** Event ids in the order they were acknowledged. */
  readonly acknowledged: string[];
}

/** Appends until the engine is gone; an append without an answer has an unknown outcome and ends the writer. */
async function writeUntilCut(client: EventStoreDBClient, { stream, acknowledged }: Writer): Promise<void> {
  for (;;) {
    const event = jsonEvent({ type: 'Written', data: { n: acknowledged.length } });
    const expectedRevision = acknowledged.length === 0 ? NO_STREAM : BigInt(acknowledged.length - 1);
    const answer = client.appendToStream(stream, event, { expectedRevision });
    const success = await answer.then(
      () => true,
      () => false,
    );
    if (!success) return;
    acknowledged.push(event.id);
  }
}

async function idsOf(client: EventStoreDBClient, stream: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { event } of client.readStream(stream)) if (event) ids.push(event.id);
  return ids;
}

async function runAndKill(folder: string, round: number): Promise<Writer[]> {
  const engine = await startEngineProcess(folder);
  const client = connect(engine.connectionString);
  const writers = Array.from({ length: WRITERS }, () => ({ stream: newStream(), acknowledged: [] }));
  const writing = writers.map((writer) => writeUntilCut(client, writer));
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
  // Different moments of the engine's life: from its first commits to past a checkpoint of the log.
  while (acknowledged() < 100 * round ** 2) await new Promise((resolve) => setImmediate(resolve));
  await endEngine(engine, 'SIGKILL');
  await Promise.all(writing);
  await client.dispose();
  return writers;
}

async function expectWhole(folder: string, writers: readonly Writer[]): Promise<void> {
  const engine = await startEngineProcess(folder);
  const client = connect(engine.connectionString);
  for (const { stream, acknowledged } of writers) {
    const ids = await idsOf(client, stream);
    expect(ids.slice(0, acknowledged.length)).toEqual(acknowledged);
    // At most the one append that had no answer may stand behind those acknowledged.
    expect(ids.length - acknowledged.length).toBeLessThanOrEqual(1);
  }
  const positions: bigint[] = [];
  for await (const { event } of client.readAll()) positions.push(event?.position?.commit ?? 0n);
  expect(positions).toEqual(positions.map((_, n) => BigInt(n + 1)));
  await client.dispose();
  await endEngine(engine, 'SIGTERM');
}

it('loses nothing acknowledged over kill -9', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  const all: Writer[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    all.push(...(await runAndKill(folder, round)));
    await expectWhole(folder, all);
  }
  await rm(folder, { recursive: true });
});
