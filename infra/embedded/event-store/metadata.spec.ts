import { setTimeout as delay } from 'node:timers/promises';
import {
  BACKWARDS,
  binaryEvent,
  END,
  type EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  type StreamMetadata,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countOf,
  newStream,
  openTestStore,
  rejection,
  revisionsIn,
  someEvents,
  type TestStore,
  take,
} from './test-kit.ts';

/** Stream metadata, and what it hides. */

let store: TestStore;
let client: EventStoreDBClient;
beforeAll(async () => {
  store = await openTestStore();
  client = store.client;
});
afterAll(() => store.close());

async function streamWith(metadata: StreamMetadata, count = 10): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, someEvents(count), { expectedRevision: NO_STREAM });
  await client.setStreamMetadata(stream, metadata);
  return stream;
}

const backwards = { direction: BACKWARDS, fromRevision: END } as const;

describe('metadata', () => {
  it('comes back as it was set, and only the newest', async () => {
    const stream = newStream('号源');
    expect(await client.getStreamMetadata(stream)).toEqual({ streamName: stream });
    await client.setStreamMetadata(stream, { maxCount: 5 });
    const metadata = { maxAge: 60, truncateBefore: 2, cacheControl: 3, owner: { name: '青浦' } };
    await client.setStreamMetadata(stream, metadata);
    const read = await client.getStreamMetadata(stream);
    expect(read).toMatchObject({ streamName: stream, metadata });
    expect(await revisionsIn(client, `$$${stream}`)).toEqual([1]);
  });

  it('has revisions of its own to expect', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 5 }, { expectedRevision: NO_STREAM });
    const late = client.setStreamMetadata(stream, { maxCount: 6 }, { expectedRevision: NO_STREAM });
    expect(await rejection(late)).toBeInstanceOf(WrongExpectedVersionError);
    await client.setStreamMetadata(stream, { maxCount: 6 }, { expectedRevision: 0n });
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 6 });
  });

  it('does not make a stream, but lets an append that expects one in', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 5 });
    expect(await rejection(countOf(client, stream))).toBeInstanceOf(StreamNotFoundError);
    await client.appendToStream(stream, someEvents(7), { expectedRevision: STREAM_EXISTS });
    expect(await revisionsIn(client, stream)).toEqual([2, 3, 4, 5, 6]);
  });

  it.each([
    ['another type', () => jsonEvent({ type: 'Other', data: {} })],
    ['binary', () => binaryEvent({ type: '$metadata', data: Buffer.from('{}') })],
    ['no object', () => jsonEvent({ type: '$metadata', data: [] as never })],
    ['a negative count', () => jsonEvent({ type: '$metadata', data: { $maxCount: -1 } })],
    ['no count', () => jsonEvent({ type: '$metadata', data: { $maxCount: 0 } })],
    ['half an age', () => jsonEvent({ type: '$metadata', data: { $maxAge: 0.5 } })],
    ['a word', () => jsonEvent({ type: '$metadata', data: { $tb: 'x' } })],
  ])('is refused when it is %s', async (_name, event) => {
    const stream = newStream();
    const error = await rejection(client.appendToStream(`$$${stream}`, event()));
    expect(error.message).toMatch(/metadata/);
    expect(await client.getStreamMetadata(stream)).toEqual({ streamName: stream });
  });
});

describe('what is shown', () => {
  it('ends at the maximum count, in both directions, and moves on with appends', async () => {
    const stream = await streamWith({ maxCount: 3 });
    expect(await revisionsIn(client, stream)).toEqual([7, 8, 9]);
    expect(await revisionsIn(client, stream, backwards)).toEqual([9, 8, 7]);
    expect(await revisionsIn(client, stream, { fromRevision: 8n })).toEqual([8, 9]);
    expect(await revisionsIn(client, stream, { direction: BACKWARDS, fromRevision: 7n })).toEqual([7]);
    expect(await revisionsIn(client, stream, { direction: BACKWARDS, fromRevision: 5n })).toEqual([]);
    await client.appendToStream(stream, someEvents(2), { expectedRevision: 9n });
    expect(await revisionsIn(client, stream)).toEqual([9, 10, 11]);
  });

  it('starts at truncate-before, also behind the last event', async () => {
    const stream = await streamWith({ truncateBefore: 8 });
    expect(await revisionsIn(client, stream)).toEqual([8, 9]);
    expect(await revisionsIn(client, stream, backwards)).toEqual([9, 8]);
    await client.setStreamMetadata(stream, { truncateBefore: 100 });
    expect(await revisionsIn(client, stream)).toEqual([]);
    await client.setStreamMetadata(stream, {});
    expect(await revisionsIn(client, stream)).toHaveLength(10);
  });

  it('is the stricter of several limits', async () => {
    expect(await revisionsIn(client, await streamWith({ truncateBefore: 8, maxCount: 5 }))).toEqual([8, 9]);
    expect(await revisionsIn(client, await streamWith({ truncateBefore: 2, maxCount: 1 }))).toEqual([9]);
  });

  it('is younger than the maximum age', async () => {
    const stream = await streamWith({ maxAge: 1 });
    expect(await revisionsIn(client, stream)).toHaveLength(10);
    await delay(1100);
    await client.appendToStream(stream, someEvents(2), { expectedRevision: 9n });
    expect(await revisionsIn(client, stream)).toEqual([10, 11]);
    expect(await revisionsIn(client, stream, backwards)).toEqual([11, 10]);
  });

  it('is the same for a subscription', async () => {
    const stream = await streamWith({ maxCount: 3 });
    const events = await take(client.subscribeToStream(stream, { fromRevision: START }), 3);
    expect(events.map(({ revision }) => revision)).toEqual([7n, 8n, 9n]);
  });

  it('of a deleted stream begins anew when its metadata is set', async () => {
    const stream = await streamWith({ maxCount: 5 });
    await client.deleteStream(stream);
    await client.setStreamMetadata(stream, { maxCount: 4 });
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 4, truncateBefore: 10 });
    expect(await revisionsIn(client, stream)).toEqual([]);
    await client.appendToStream(stream, someEvents(1), { expectedRevision: 9n });
    expect(await revisionsIn(client, stream)).toEqual([10]);
  });

  it('hides nothing from appends that come again', async () => {
    const stream = newStream();
    const events = someEvents(3);
    const first = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    await client.setStreamMetadata(stream, { maxCount: 1 });
    expect(await client.appendToStream(stream, events, { expectedRevision: NO_STREAM })).toEqual(first);
  });
});
