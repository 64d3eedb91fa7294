import { once } from 'node:events';
import {
  type AllStreamSubscription,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  type Filter,
  NO_STREAM,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newStream, openTestStore, positionOf, someEvents, type TestStore, take } from './test-kit.ts';

let store: TestStore;
let client: EventStoreDBClient;

beforeAll(async () => {
  store = await openTestStore();
  client = store.client;
});
afterAll(() => store.close());

async function append(stream: string, count: number, type?: string) {
  return client.appendToStream(stream, someEvents(count, type), { expectedRevision: NO_STREAM });
}

const revisionsOf = (events: readonly { revision: bigint }[]): number[] =>
  events.map(({ revision }) => Number(revision));

/** Writers that each append single events to a stream of their own. */
async function writeConcurrently(prefix: string, writers: number, each: number): Promise<void> {
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; n < each; n += 1) {
      const expectedRevision = n === 0 ? NO_STREAM : BigInt(n - 1);
      await client.appendToStream(`${prefix}-${writer}`, someEvents(1), { expectedRevision });
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
}

describe('a subscription to a stream', () => {
  it('delivers history, says that it caught up, then goes on live', async () => {
    const stream = newStream();
    await append(stream, 300);
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const caughtUp = once(subscription, 'caughtUp');
    const taken = take(subscription, 303);
    await caughtUp;
    await client.appendToStream(stream, someEvents(3), { expectedRevision: 299n });
    expect(revisionsOf(await taken)).toEqual(Array.from({ length: 303 }, (_, n) => n));
  });

  it('starts after the revision it names', async () => {
    const stream = newStream();
    await append(stream, 5);
    expect(revisionsOf(await take(client.subscribeToStream(stream, { fromRevision: 2n }), 2))).toEqual([
      3, 4,
    ]);
  });

  it('delivers only what is new when it starts at the end', async () => {
    const stream = newStream();
    await append(stream, 5);
    const subscription = client.subscribeToStream(stream, { fromRevision: END });
    const taken = take(subscription, 1);
    await once(subscription, 'caughtUp');
    await client.appendToStream(stream, someEvents(1), { expectedRevision: 4n });
    expect(revisionsOf(await taken)).toEqual([5]);
  });

  it('waits for a stream that does not exist yet', async () => {
    const stream = newStream();
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const taken = take(subscription, 2);
    await once(subscription, 'caughtUp');
    await append(stream, 2);
    expect(revisionsOf(await taken)).toEqual([0, 1]);
  });
});

describe('a subscription to $all', () => {
  it('delivers each event once and in order, from history into live, under concurrent writers', async () => {
    const prefix = newStream('writers');
    const writing = writeConcurrently(prefix, 8, 60);
    const filter = streamNameFilter({ prefixes: [prefix] });
    const early = take(client.subscribeToAll({ fromPosition: START, filter }), 480);
    await append(newStream(), 1);
    const late = take(client.subscribeToAll({ fromPosition: START, filter }), 480);
    await writing;
    for (const events of [await early, await late]) {
      const positions = events.map(positionOf);
      expect(positions.every((position, n) => n === 0 || position > (positions[n - 1] ?? 0n))).toBe(true);
      const distinct = new Set(events.map(({ streamId, revision }) => `${streamId}@${revision}`));
      expect(distinct.size).toBe(480);
    }
  });

  it('starts after the position it names and resumes without gap or repeat', async () => {
    const prefix = newStream('resume');
    const filter = streamNameFilter({ prefixes: [prefix] });
    const writing = writeConcurrently(prefix, 4, 50);
    const seen: string[] = [];
    let fromPosition: Position | typeof START = START;
    while (seen.length < 200) {
      const events = await take(client.subscribeToAll({ fromPosition, filter }), 25);
      for (const { streamId, revision } of events) seen.push(`${streamId}@${revision}`);
      fromPosition = events.at(-1)?.position ?? START;
    }
    await writing;
    expect(new Set(seen).size).toBe(200);
  });

  it('delivers only what is new when it starts at the end', async () => {
    const subscription = client.subscribeToAll({ fromPosition: END });
    const taken = take(subscription, 1);
    await once(subscription, 'caughtUp');
    const stream = newStream();
    await append(stream, 1);
    expect(await taken).toMatchObject([{ streamId: stream }]);
  });
});

describe('a filter', () => {
  let mark: string;
  let start: Position;

  beforeAll(async () => {
    mark = newStream('f').replaceAll('-', '');
    const first = await append(`${mark}slot-1`, 2, `${mark}Booked`);
    start = { commit: positionOf(first) - 1n, prepare: positionOf(first) - 1n };
    await append(`${mark}referral-1`, 2, `${mark}Referred`);
    await append(`${mark}slot-2`, 2, `${mark}Cancelled`);
  });

  async function found(filter: Filter, count: number): Promise<string[]> {
    const events = await take(client.subscribeToAll({ fromPosition: START, filter }), count);
    return events.map(({ streamId, type }) => `${streamId} ${type}`.replaceAll(mark, ''));
  }
  const booked = ['slot-1 Booked', 'slot-1 Booked'];
  const referred = ['referral-1 Referred', 'referral-1 Referred'];
  const cancelled = ['slot-2 Cancelled', 'slot-2 Cancelled'];

  it('picks event types by prefix', async () => {
    const prefixes = [`${mark}Book`, `${mark}Canc`];
    expect(await found(eventTypeFilter({ prefixes }), 4)).toEqual([...booked, ...cancelled]);
  });

  it('picks event types by regular expression', async () => {
    const regex = `^${mark}(Booked|Referred)$`;
    expect(await found(eventTypeFilter({ regex }), 4)).toEqual([...booked, ...referred]);
  });

  it('picks stream names by prefix', async () => {
    const prefixes = [`${mark}referral-`];
    expect(await found(streamNameFilter({ prefixes }), 2)).toEqual(referred);
  });

  it('picks stream names by regular expression', async () => {
    const regex = `^${mark}slot-\\d+$`;
    expect(await found(streamNameFilter({ regex }), 4)).toEqual([...booked, ...cancelled]);
  });

  it('does not hide live events', async () => {
    const type = `${mark}Live`;
    const subscription = client.subscribeToAll({
      fromPosition: start,
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    const taken = take(subscription, 1);
    await once(subscription, 'caughtUp');
    await append(newStream(), 3);
    const stream = newStream();
    await append(stream, 1, type);
    expect(await taken).toMatchObject([{ streamId: stream }]);
  });
});

describe('checkpoints', () => {
  it('come every 32 × the interval of scanned events, also when none of them matches', async () => {
    const start = await append(newStream(), 1);
    const checkpoints: bigint[] = [];
    const enough = Promise.withResolvers<void>();
    const filter = eventTypeFilter({
      prefixes: [newStream('nothing')],
      checkpointInterval: 2,
      checkpointReached: async (_: AllStreamSubscription, position: Position) => {
        checkpoints.push(position.commit);
        if (checkpoints.length === 3) enough.resolve();
      },
    });
    const subscription = client.subscribeToAll({ fromPosition: start.position ?? START, filter });
    subscription.resume();
    await once(subscription, 'caughtUp');
    const last = await append(newStream(), 3 * 64);
    await enough.promise;
    await subscription.unsubscribe();
    const sorted = checkpoints.toSorted((a, b) => Number(a - b));
    expect(checkpoints).toEqual(sorted);
    expect(new Set(checkpoints).size).toBe(3);
    expect(checkpoints.at(-1)).toBeLessThanOrEqual(positionOf(last));
  });

  it('can be resumed from without losing a match', async () => {
    const mark = newStream('after');
    const start = await append(newStream(), 1);
    await append(newStream(), 70);
    await append(mark, 1);
    const reached = Promise.withResolvers<Position>();
    const subscription = client.subscribeToAll({
      fromPosition: start.position ?? START,
      filter: streamNameFilter({
        prefixes: [mark],
        checkpointReached: async (_: AllStreamSubscription, position: Position) => reached.resolve(position),
      }),
    });
    subscription.resume();
    const fromPosition = await reached.promise;
    await subscription.unsubscribe();
    const rest = client.subscribeToAll({ fromPosition, filter: streamNameFilter({ prefixes: [mark] }) });
    expect(await take(rest, 1)).toMatchObject([{ streamId: mark }]);
  });
});
