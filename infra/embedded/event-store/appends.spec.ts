import { randomUUID } from 'node:crypto';
import {
  ANY,
  type AppendExpectedRevision,
  binaryEvent,
  type EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newStream, openTestStore, positionOf, rejection, someEvents, type TestStore } from './test-kit.ts';

let store: TestStore;
let client: EventStoreDBClient;

beforeAll(async () => {
  store = await openTestStore();
  client = store.client;
});
afterAll(() => store.close());

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, someEvents(count), { expectedRevision: NO_STREAM });
  return stream;
}

function append(stream: string, expectedRevision: AppendExpectedRevision, count = 1) {
  return client.appendToStream(stream, someEvents(count), { expectedRevision });
}

async function conflict(attempt: Promise<unknown>): Promise<WrongExpectedVersionError> {
  const error = await rejection(attempt);
  expect(error).toBeInstanceOf(WrongExpectedVersionError);
  return error as WrongExpectedVersionError;
}

async function revisions(stream: string): Promise<bigint[]> {
  const found: bigint[] = [];
  for await (const { event } of client.readStream(stream)) if (event) found.push(event.revision);
  return found;
}

describe('expected revisions', () => {
  it('accepts no_stream for a new stream and answers its last revision and position', async () => {
    const result = await append(newStream(), NO_STREAM, 3);
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 2n });
    expect(result.position?.commit).toBe(result.position?.prepare);
  });

  it('refuses no_stream for an existing stream and names both revisions', async () => {
    const stream = await streamOf(2);
    expect(await conflict(append(stream, NO_STREAM))).toMatchObject({
      streamName: stream,
      expectedVersion: NO_STREAM,
      actualVersion: 1n,
    });
  });

  it('accepts stream_exists for an existing stream only', async () => {
    expect(await append(await streamOf(1), STREAM_EXISTS)).toMatchObject({ nextExpectedRevision: 1n });
    expect(await conflict(append(newStream(), STREAM_EXISTS))).toMatchObject({
      expectedVersion: STREAM_EXISTS,
      actualVersion: NO_STREAM,
    });
  });

  it('accepts any for both', async () => {
    expect(await append(newStream(), ANY)).toMatchObject({ nextExpectedRevision: 0n });
    expect(await append(await streamOf(5), ANY)).toMatchObject({ nextExpectedRevision: 5n });
  });

  it('accepts the exact revision and refuses one before or after it', async () => {
    const stream = await streamOf(3);
    expect(await conflict(append(stream, 1n))).toMatchObject({ expectedVersion: 1n, actualVersion: 2n });
    expect(await conflict(append(stream, 3n))).toMatchObject({ expectedVersion: 3n, actualVersion: 2n });
    expect(await append(stream, 2n)).toMatchObject({ nextExpectedRevision: 3n });
  });

  it('refuses an exact revision of a stream that does not exist', async () => {
    expect(await conflict(append(newStream(), 0n))).toMatchObject({
      expectedVersion: 0n,
      actualVersion: NO_STREAM,
    });
  });

  it('writes nothing of a refused append', async () => {
    const stream = await streamOf(1);
    await conflict(append(stream, 7n, 4));
    expect(await revisions(stream)).toEqual([0n]);
  });

  it('gives growing positions across streams', async () => {
    const first = positionOf(await append(newStream(), NO_STREAM));
    const second = positionOf(await append(newStream(), NO_STREAM));
    expect(second).toBeGreaterThan(first);
  });
});

describe('the same event ids again', () => {
  const expectations: [string, AppendExpectedRevision][] = [
    ['no_stream', NO_STREAM],
    ['any', ANY],
  ];

  it.each(expectations)('answer the first outcome on a new stream (%s)', async (_name, expectedRevision) => {
    const stream = newStream();
    const events = someEvents(3);
    const first = await client.appendToStream(stream, events, { expectedRevision });
    const again = await client.appendToStream(stream, events, { expectedRevision });
    expect(again).toEqual(first);
    expect(await revisions(stream)).toEqual([0n, 1n, 2n]);
  });

  it.each([
    ['an exact revision', 1n],
    ['any', ANY],
    ['stream_exists', STREAM_EXISTS],
  ] as [string, AppendExpectedRevision][])(
    'answer the first outcome when others followed (%s)',
    async (_, expectedRevision) => {
      const stream = await streamOf(2);
      const events = someEvents(2);
      const first = await client.appendToStream(stream, events, { expectedRevision });
      await append(stream, 3n, 2);
      expect(await client.appendToStream(stream, events, { expectedRevision })).toEqual(first);
      expect(await revisions(stream)).toHaveLength(6);
    },
  );

  it('answer the first outcome when only the first of them are sent', async () => {
    const stream = await streamOf(1);
    const events = someEvents(3);
    await client.appendToStream(stream, events, { expectedRevision: 0n });
    const again = await client.appendToStream(stream, events.slice(0, 2), { expectedRevision: 0n });
    expect(again).toMatchObject({ success: true, nextExpectedRevision: 2n });
  });

  it.each([
    ['an exact revision', 0n],
    ['any', ANY],
  ] as [string, AppendExpectedRevision][])(
    'conflict when a new event is among them (%s)',
    async (_, expectedRevision) => {
      const stream = await streamOf(1);
      const events = someEvents(2);
      await client.appendToStream(stream, events, { expectedRevision: 0n });
      const mixed = [...events, ...someEvents(1)];
      await conflict(client.appendToStream(stream, mixed, { expectedRevision }));
      expect(await revisions(stream)).toHaveLength(3);
    },
  );

  it('are new events on another stream', async () => {
    const events = someEvents(1);
    await client.appendToStream(newStream(), events, { expectedRevision: NO_STREAM });
    const other = newStream();
    await client.appendToStream(other, events, { expectedRevision: ANY });
    expect(await revisions(other)).toEqual([0n]);
  });

  it('are told apart when both are under way at once', async () => {
    const stream = newStream();
    const events = someEvents(2);
    const attempt = () => client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    const [first, ...others] = await Promise.all([attempt(), attempt(), attempt()]);
    for (const other of others) expect(other).toEqual(first);
    expect(await revisions(stream)).toEqual([0n, 1n]);
  });
});

describe('many writers', () => {
  it('let exactly one of those on the same revision win', async () => {
    const stream = await streamOf(1);
    for (let revision = 0n; revision < 5n; revision += 1n) {
      const attempts = Array.from({ length: 20 }, () => append(stream, revision));
      const settled = await Promise.allSettled(attempts);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect(await revisions(stream)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  });

  it('do not disturb each other when one of them conflicts', async () => {
    const taken = await streamOf(1);
    const streams = Array.from({ length: 30 }, () => newStream());
    const good = streams.map((stream) => append(stream, NO_STREAM));
    const bad = Array.from({ length: 30 }, () => rejection(append(taken, NO_STREAM)));
    await Promise.all([...good, ...bad]);
    for (const stream of streams) expect(await revisions(stream)).toEqual([0n]);
  });
});

describe('content', () => {
  async function onlyEvent(stream: string) {
    const events = [];
    for await (const { event } of client.readStream(stream)) if (event) events.push(event);
    const [event] = events;
    if (!event || events.length > 1) throw new Error(`${events.length} events were found, not one`);
    return event;
  }

  async function roundTrip(event: ReturnType<typeof jsonEvent> | ReturnType<typeof binaryEvent>) {
    const stream = newStream('号源');
    await client.appendToStream(stream, event, { expectedRevision: NO_STREAM });
    const found = await onlyEvent(stream);
    expect(found).toMatchObject({ streamId: stream, id: event.id, type: event.type });
    return found;
  }

  it('keeps JSON data, metadata, id and time', async () => {
    const before = Date.now();
    const id = randomUUID();
    const found = await roundTrip(
      jsonEvent({ id, type: '已预约', data: { 名: '号源 🏥', n: 1.5 }, metadata: { actor: 'nurse' } }),
    );
    expect(found).toMatchObject({
      isJson: true,
      data: { 名: '号源 🏥', n: 1.5 },
      metadata: { actor: 'nurse' },
    });
    const created = found.created.getTime();
    expect(Math.abs(created - before)).toBeLessThan(60_000);
  });

  it('keeps binary data and metadata, byte by byte', async () => {
    const data = Uint8Array.from({ length: 256 }, (_, n) => n);
    const metadata = Uint8Array.of(0xff, 0, 0xfe);
    const found = await roundTrip(binaryEvent({ type: 'Scanned', data, metadata }));
    expect(found.isJson).toBe(false);
    expect([...(found.data as Uint8Array)]).toEqual([...data]);
    expect([...(found.metadata as Uint8Array)]).toEqual([...metadata]);
  });

  it('keeps empty data', async () => {
    const found = await roundTrip(binaryEvent({ type: 'Empty', data: new Uint8Array() }));
    expect(found.data).toHaveLength(0);
  });

  it('keeps an append of many chunks in one piece', async () => {
    const stream = newStream();
    const events = someEvents(500);
    await client.appendToStream(stream, events, { expectedRevision: NO_STREAM, batchAppendSize: 4096 });
    expect(await revisions(stream)).toHaveLength(500);
  });

  it('refuses an append over a mebibyte by its limit, and goes on', async () => {
    const stream = newStream();
    const big = jsonEvent({ type: 'Big', data: { text: 'x'.repeat(600_000) } });
    const events = [big, { ...big, id: randomUUID() }];
    const attempt = client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    const error = await rejection(attempt);
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: 1024 * 1024 });
    expect(await append(stream, NO_STREAM)).toMatchObject({ nextExpectedRevision: 0n });
  });
});
