import { once } from 'node:events';
import {
  ANY,
  type AppendExpectedRevision,
  type AppendToStreamOptions,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  type ExpectedRevision,
  NO_STREAM,
  type Position,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventTypes,
  newStream,
  openTestStore,
  positionOf,
  rejection,
  revisionsIn,
  someEvents,
  streamError,
  type TestStore,
  take,
} from './test-kit.ts';

/** Deleting streams, for the time being and for ever. */

let store: TestStore;
let client: EventStoreDBClient;
beforeAll(async () => {
  store = await openTestStore();
  client = store.client;
});
afterAll(() => store.close());

async function streamOf(count: number, prefix?: string): Promise<string> {
  const stream = newStream(prefix);
  await client.appendToStream(stream, someEvents(count), { expectedRevision: NO_STREAM });
  return stream;
}

type Remove = (stream: string, expected: ExpectedRevision) => Promise<{ position?: Position | undefined }>;
const removals: [string, Remove][] = [
  ['delete', (stream, expectedRevision) => client.deleteStream(stream, { expectedRevision })],
  ['tombstone', (stream, expectedRevision) => client.tombstoneStream(stream, { expectedRevision })],
];

describe.each(removals)('expected revisions of a %s', (_name, remove) => {
  it.each<ExpectedRevision>([ANY, 2n])(
    'accepts %s for a stream of three events and answers a position',
    async (expected) => {
      const stream = await streamOf(3);
      const before = positionOf(await client.appendToStream(newStream(), someEvents(1)));
      expect(positionOf(await remove(stream, expected))).toBeGreaterThan(before);
      await expect(revisionsIn(client, stream)).rejects.toThrow(/not found|deleted/);
    },
  );

  it.each<ExpectedRevision>([ANY, NO_STREAM])(
    'accepts %s for a stream that does not exist',
    async (expected) => {
      const stream = newStream();
      await remove(stream, expected);
      await expect(revisionsIn(client, stream)).rejects.toThrow(/not found|deleted/);
    },
  );

  it.each<ExpectedRevision>([NO_STREAM, 1n, 3n])(
    'refuses %s for a stream of three events and names both',
    async (expected) => {
      const stream = await streamOf(3);
      const error = await rejection(remove(stream, expected));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      const expectedVersion = expected === NO_STREAM ? -1n : expected;
      expect(error).toMatchObject({ streamName: stream, expectedVersion, actualVersion: 2n });
      expect(await revisionsIn(client, stream)).toEqual([0, 1, 2]);
    },
  );

  it('refuses an exact revision of a stream that does not exist', async () => {
    const error = await rejection(remove(newStream(), 0n));
    expect(error).toMatchObject({ expectedVersion: 0n, actualVersion: NO_STREAM });
  });

  it('refuses $all and metadata streams', async () => {
    await expect(remove('$all', ANY)).rejects.toThrow('cannot be deleted');
    await expect(remove('$$s', ANY)).rejects.toThrow('cannot be deleted');
  });
});

describe('a tombstone', () => {
  it('takes stream_exists for an existing stream only', async () => {
    // The client sends it, though its types leave it out.
    const exists = { expectedRevision: STREAM_EXISTS as never };
    await client.tombstoneStream(await streamOf(1), exists);
    const missing = client.tombstoneStream(newStream(), exists);
    expect(await rejection(missing)).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('refuses everything afterwards, each time with StreamDeleted and the name', async () => {
    const stream = await streamOf(2);
    await client.tombstoneStream(stream);
    const append = (options: AppendToStreamOptions) => client.appendToStream(stream, someEvents(1), options);
    const attempts: (() => Promise<unknown>)[] = [
      () => append({ expectedRevision: ANY }),
      () => append({ expectedRevision: NO_STREAM }),
      () => append({ expectedRevision: STREAM_EXISTS }),
      () => append({ expectedRevision: 1n }),
      // With credentials the client takes the unary append.
      () => append({ credentials: { username: 'a', password: 'b' } }),
      () => client.deleteStream(stream),
      () => client.tombstoneStream(stream),
      () => client.setStreamMetadata(stream, { maxCount: 1 }),
      () => client.getStreamMetadata(stream),
      () => revisionsIn(client, stream),
      () => revisionsIn(client, stream, { direction: BACKWARDS, fromRevision: END }),
      () => streamError(client.subscribeToStream(stream)).then((error) => Promise.reject(error)),
    ];
    for (const attempt of attempts) {
      const error = await rejection(attempt());
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect((error as StreamDeletedError).streamName).toContain(stream);
    }
  });

  it('ends live subscriptions to the stream', async () => {
    const stream = await streamOf(1);
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const ended = streamError(subscription);
    await once(subscription, 'caughtUp');
    await client.tombstoneStream(stream);
    expect(await ended).toBeInstanceOf(StreamDeletedError);
  });

  it('stands in $all at the largest revision, behind the events it hides', async () => {
    const before = positionOf(await client.appendToStream(newStream(), someEvents(1)));
    const stream = await streamOf(2);
    const fromPosition = { commit: before, prepare: before };
    const subscription = client.subscribeToAll({ fromPosition });
    const taken = take(subscription, 3);
    await client.tombstoneStream(stream);
    expect((await taken).map(({ type, revision }) => [type, revision])).toEqual([
      ['Counted', 0n],
      ['Counted', 1n],
      ['$streamDeleted', 2n ** 63n - 1n],
    ]);
  });

  it('is named in ASCII trailers for a stream with another name', async () => {
    const stream = await streamOf(1, '号源 🏥 %');
    await client.tombstoneStream(stream);
    const read = await rejection(revisionsIn(client, stream));
    expect(read).toBeInstanceOf(StreamDeletedError);
    expect(read.message).toContain(stream);
    expect((read as StreamDeletedError).streamName).toMatch(/^%E5%8F%B7%E6%BA%90 %F0%9F%8F%A5 %/);
    const append = await rejection(client.appendToStream(stream, someEvents(1)));
    expect(append).toMatchObject({ streamName: stream });
  });
});

describe('a deleted stream', () => {
  it('is not found, and its metadata says so', async () => {
    const stream = await streamOf(3);
    await client.deleteStream(stream, { expectedRevision: 2n });
    expect(await rejection(revisionsIn(client, stream))).toBeInstanceOf(StreamNotFoundError);
    const { metadata } = await client.getStreamMetadata(stream);
    expect(metadata).toEqual({ truncateBefore: Number(2n ** 63n - 1n) });
  });

  it.each([ANY, NO_STREAM, 2n] as const)(
    'comes back with an append that expects %s; revisions go on',
    async (expected) => {
      const stream = await streamOf(3);
      await client.deleteStream(stream);
      const answer = await client.appendToStream(stream, someEvents(2), { expectedRevision: expected });
      expect(answer.nextExpectedRevision).toBe(4n);
      expect(await revisionsIn(client, stream)).toEqual([3, 4]);
      expect(await revisionsIn(client, stream, { direction: BACKWARDS, fromRevision: END })).toEqual([4, 3]);
      expect((await client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3 });
    },
  );

  it('is deleted for those who expect that it exists, and conflicts at another revision', async () => {
    const stream = await streamOf(3);
    await client.deleteStream(stream);
    const append = (expectedRevision: AppendExpectedRevision) =>
      client.appendToStream(stream, someEvents(1), { expectedRevision });
    expect(await rejection(append(STREAM_EXISTS))).toBeInstanceOf(StreamDeletedError);
    expect(await rejection(append(1n))).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('can be deleted again, deleted after it came back, and tombstoned', async () => {
    const stream = await streamOf(1);
    await client.deleteStream(stream);
    await client.deleteStream(stream);
    await client.appendToStream(stream, someEvents(1), { expectedRevision: 0n });
    await client.deleteStream(stream, { expectedRevision: 1n });
    expect(await rejection(revisionsIn(client, stream))).toBeInstanceOf(StreamNotFoundError);
    await client.tombstoneStream(stream);
    expect(await rejection(revisionsIn(client, stream))).toBeInstanceOf(StreamDeletedError);
  });

  it('answers the first outcome when the same events come again', async () => {
    const stream = newStream();
    const events = someEvents(2);
    const first = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    await client.deleteStream(stream);
    expect(await client.appendToStream(stream, events, { expectedRevision: NO_STREAM })).toEqual(first);
    expect(await rejection(revisionsIn(client, stream))).toBeInstanceOf(StreamNotFoundError);
  });

  it('keeps its events in $all', async () => {
    const before = positionOf(await client.appendToStream(newStream(), someEvents(1)));
    const stream = await streamOf(2);
    await client.deleteStream(stream);
    await client.appendToStream(stream, someEvents(1), { expectedRevision: NO_STREAM });
    const fromPosition = { commit: before + 1n, prepare: before + 1n };
    expect(await eventTypes(client.readAll({ fromPosition, maxCount: 5 }))).toEqual([
      'Counted',
      'Counted',
      '$metadata',
      'Counted',
      '$metadata',
    ]);
  });

  it('wakes its subscribers when it comes back', async () => {
    const stream = await streamOf(2);
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const taken = take(subscription, 4);
    await once(subscription, 'caughtUp');
    await client.deleteStream(stream);
    await client.appendToStream(stream, someEvents(2));
    expect((await taken).map(({ revision }) => revision)).toEqual([0n, 1n, 2n, 3n]);
  });
});
