import { once } from 'node:events';
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  type ReadAllOptions,
  type ReadStreamOptions,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newStream,
  openTestStore,
  positionOf,
  someEvents,
  startTestStore,
  type TestStore,
} from './test-kit.ts';

/** More than one page of the reader. */
const COUNT = 600;

let store: TestStore;
let client: EventStoreDBClient;
let stream: string;
let positions: bigint[];

beforeAll(async () => {
  store = await openTestStore();
  client = store.client;
  stream = newStream();
  await client.appendToStream(stream, someEvents(COUNT), { expectedRevision: NO_STREAM });
  positions = [];
  for await (const { event } of client.readStream(stream)) positions.push(positionOf(event ?? {}));
});
afterAll(() => store.close());

async function read(options: ReadStreamOptions): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { event } of client.readStream(stream, options)) revisions.push(Number(event?.revision));
  return revisions;
}

/** Positions of our own events, as others may write to the same server. */
async function readAll(options: ReadAllOptions): Promise<number[]> {
  const found: number[] = [];
  for await (const { event } of client.readAll(options)) {
    if (event?.streamId === stream) found.push(positions.indexOf(positionOf(event)));
  }
  return found;
}

const at = (index: number): { commit: bigint; prepare: bigint } => {
  const position = positions[index] ?? -1n;
  return { commit: position, prepare: position };
};
const upTo = (end: number, start = 0): number[] => Array.from({ length: end - start }, (_, n) => n + start);

describe('reading a stream', () => {
  it.each([
    ['forwards from the start', {}, upTo(COUNT)],
    ['forwards, some of it', { maxCount: 5 }, upTo(5)],
    ['forwards from a revision, with it', { fromRevision: 590n }, upTo(COUNT, 590)],
    ['forwards across pages', { fromRevision: 100n, maxCount: 300 }, upTo(400, 100)],
    ['forwards from the end', { fromRevision: END }, []],
    ['forwards from beyond the end', { fromRevision: 5000n }, []],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END }, upTo(COUNT).reverse()],
    ['backwards, the last', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }, [COUNT - 1]],
    ['backwards from a revision, with it', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
  ] as [string, ReadStreamOptions, number[]][])('%s', async (_name, options, expected) => {
    expect(await read(options)).toEqual(expected);
  });

  it('tells that a stream does not exist', async () => {
    const missing = newStream('missing-号');
    const attempt = async () => {
      for await (const _ of client.readStream(missing)) throw new Error('Nothing should be here');
    };
    await expect(attempt()).rejects.toThrow(StreamNotFoundError);
    await expect(attempt()).rejects.toThrow(missing);
  });

  it('has no metadata for a stream', async () => {
    expect(await client.getStreamMetadata(stream)).toEqual({ streamName: stream });
  });
});

describe('reading $all', () => {
  it.each([
    ['forwards from the start', () => ({ direction: FORWARDS, fromPosition: START }), upTo(COUNT)],
    ['forwards from a position, with it', () => ({ fromPosition: at(590) }), upTo(COUNT, 590)],
    ['forwards, some of it', () => ({ fromPosition: at(10), maxCount: 1 }), [10]],
    ['forwards from the end', () => ({ fromPosition: END }), []],
    ['backwards from the end', () => ({ direction: BACKWARDS, fromPosition: END }), upTo(COUNT).reverse()],
    ['backwards before a position', () => ({ direction: BACKWARDS, fromPosition: at(3) }), [2, 1, 0]],
    ['backwards from the start', () => ({ direction: BACKWARDS, fromPosition: START }), []],
  ] as [string, () => ReadAllOptions, number[]][])('%s', async (_name, options, expected) => {
    expect(await readAll(options())).toEqual(expected);
  });

  it('goes on for a slow reader while others write', async () => {
    const seen: number[] = [];
    for await (const { event } of client.readAll({ fromPosition: at(0) })) {
      if (event?.streamId !== stream) continue;
      seen.push(positions.indexOf(positionOf(event)));
      if (seen.length % 200 === 0) {
        await client.appendToStream(newStream(), someEvents(3), { expectedRevision: NO_STREAM });
      }
    }
    expect(seen).toEqual(upTo(COUNT));
  });
});

describe('an empty store', () => {
  it('shows nothing, whichever way it is read', async () => {
    const { client: other, close } = await startTestStore();
    for (const options of [
      {},
      { fromPosition: END },
      { direction: BACKWARDS, fromPosition: END },
      { direction: BACKWARDS, fromPosition: START },
    ]) {
      for await (const _ of other.readAll(options as ReadAllOptions))
        throw new Error('Nothing should be here');
    }
    const subscription = other.subscribeToAll({ fromPosition: START });
    subscription.resume();
    await once(subscription, 'caughtUp');
    await subscription.unsubscribe();
    await close();
  });
});
