import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import { eventLogContract } from '@qingpu/domains-kernel/testing/event-log.contract';
import { type EmbeddedEventStore, startEmbeddedEventStore } from '@qingpu/embedded-event-store/server';
import type { SubscriptionBatch } from '@qingpu/read-models-kernel/subscription';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStoreEventLog } from './event-store-event-log.ts';
import { EventStoreSubscription } from './event-store-subscription.ts';

let folder: string;
let engine: EmbeddedEventStore | undefined;
let log: EventStoreEventLog;
let subscription: EventStoreSubscription;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qingpu-events-'));
  const url = process.env.EVENTSTORE_URL;
  engine = url === undefined ? await startEmbeddedEventStore({ folder }) : undefined;
  log = EventStoreEventLog.open(url ?? engine?.connectionString ?? '');
  subscription = new EventStoreSubscription(url ?? engine?.connectionString ?? '');
});

afterAll(async () => {
  await log.close();
  await subscription.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

eventLogContract(process.env.EVENTSTORE_URL ? 'EventStoreDB' : 'embedded event store', () => log);

describe('the appending client', () => {
  it('exists once a process', () => {
    expect(() => EventStoreEventLog.open('esdb://127.0.0.1:1?tls=false')).toThrow('already has an appending');
  });
});

describe('the subscription', () => {
  it('hands over what was written before and after it began, each once and in order, of the asked types only', async () => {
    const type = `Wanted_${randomUUID().replaceAll('-', '')}`;
    await write(type, 120);
    const stop = new AbortController();
    const seen: string[] = [];
    let wroteMore = false;
    for await (const batch of subscription.subscribe({
      from: 'start',
      types: [type],
      batchSize: 50,
      signal: stop.signal,
    })) {
      seen.push(...batch.events.map((event) => event.id));
      expect(batch.events.every((event) => event.type === type)).toBe(true);
      if (batch.live && !wroteMore) {
        wroteMore = true;
        await write('Unwanted', 10);
        await write(type, 60);
      }
      if (seen.length >= 180) stop.abort();
    }
    expect(seen).toHaveLength(180);
    expect(new Set(seen).size).toBe(180);
  });

  it('goes on after a checkpoint without repeating', async () => {
    const type = `Resumed_${randomUUID().replaceAll('-', '')}`;
    const ids = await write(type, 30);
    const first = await firstBatch(type, 'start', 10);
    const rest: string[] = [];
    const stop = new AbortController();
    for await (const batch of subscription.subscribe({
      from: first.checkpoint,
      types: [type],
      batchSize: 10,
      signal: stop.signal,
    })) {
      rest.push(...batch.events.map((event) => event.id));
      if (first.events.length + rest.length >= 30) stop.abort();
    }
    expect([...first.events.map((event) => event.id), ...rest]).toEqual(ids);
  });

  it('moves the checkpoint over events of other types', async () => {
    const type = `Rare_${randomUUID().replaceAll('-', '')}`;
    const [batch] = await Promise.all([
      checkpointBeyond(type, await subscription.headPosition()),
      writeLater('Common', 200),
    ]);
    expect(batch.events).toEqual([]);
  });
});

async function write(type: string, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => newEvent(type));
  await log.append(`subscribed-${randomUUID()}`, events, 'no_stream');
  return events.map((event) => event.id);
}

async function writeLater(type: string, count: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await write(type, count);
}

async function firstBatch(
  type: string,
  from: bigint | 'start',
  batchSize: number,
): Promise<SubscriptionBatch> {
  const stop = new AbortController();
  for await (const batch of subscription.subscribe({ from, types: [type], batchSize, signal: stop.signal })) {
    if (batch.events.length === 0) continue;
    stop.abort();
    return batch;
  }
  throw new Error('the subscription ended without a batch');
}

async function checkpointBeyond(type: string, position: bigint): Promise<SubscriptionBatch> {
  const stop = new AbortController();
  for await (const batch of subscription.subscribe({
    from: position,
    types: [type],
    batchSize: 10,
    signal: stop.signal,
  })) {
    if (batch.checkpoint <= position) continue;
    stop.abort();
    return batch;
  }
  throw new Error('the subscription ended without a checkpoint');
}

function newEvent(type: string): NewEvent {
  const id = randomUUID();
  return {
    id,
    type,
    data: { id },
    metadata: {
      schemaVersion: 1,
      commandId: id,
      bodyHmac: '',
      actor: { kind: 'system', id: 'test' },
      correlationId: id,
      causationId: id,
      occurredAt: '2026-11-23T08:00:00.000+08:00',
    },
  };
}
