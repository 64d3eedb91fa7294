import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import {
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Answer, type ReferenceMetadata, ReferenceStore } from './reference-store.ts';
import {
  type EmbeddedTestStore,
  newStream,
  someEvents,
  startTestStore,
  temporaryFolder,
} from './test-kit.ts';

const stream = fc.constantFrom('a', 'b', '号 🏥');
const revision = fc.bigInt({ min: 0n, max: 6n });
const expected: fc.Arbitrary<AppendExpectedRevision> = fc.oneof(
  fc.constantFrom<AppendExpectedRevision[]>(ANY, NO_STREAM, STREAM_EXISTS),
  revision,
);
const ids = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 4 });
const metadata: fc.Arbitrary<ReferenceMetadata> = fc.oneof(
  fc.record({ maxCount: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ truncateBefore: fc.nat(8) }),
  fc.record({ maxCount: fc.integer({ min: 1, max: 4 }), truncateBefore: fc.nat(8) }),
  fc.constant({}),
);
const kind = <K extends string>(name: K) => fc.constant(name);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('append'), stream, expected, ids }) },
  // "fits" appends at the revision that the reference has, so that streams grow.
  { weight: 8, arbitrary: fc.record({ kind: kind('fits'), stream, ids }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('repeat'), back: fc.nat(5), drop: fc.nat(1), expected }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('read'),
      stream: fc.oneof(stream, fc.constantFrom('$$a', '$$b')),
      from: fc.nat(8),
      maxCount: fc.integer({ min: 1, max: 8 }),
      backwards: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('all'), backwards: fc.boolean(), from: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('remove'), stream, expected, forEver: kind('no') }) },
  // Rarely, because nothing goes on in a stream afterwards.
  { weight: 1, arbitrary: fc.record({ kind: kind('remove'), stream, expected, forEver: kind('yes') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('describe'), stream, id: fc.uuid(), metadata }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('subscribe'), from: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;
type Append = { stream: string; expected: AppendExpectedRevision; ids: string[] };

/** Takes each step on the engine and on the reference, and compares the answers. */
class Comparison {
  readonly #folder: string;
  readonly #reference = new ReferenceStore();
  readonly #appends: Append[] = [];
  #store: EmbeddedTestStore | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    this.#store = await startTestStore({ folder: this.#folder });
  }

  async close(): Promise<void> {
    await this.#store?.close();
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'append':
        return this.#append(next);
      case 'fits': {
        const length = this.#reference.length(next.stream);
        return this.#append({ ...next, expected: length === 0 ? NO_STREAM : BigInt(length - 1) });
      }
      case 'repeat': {
        const earlier = this.#appends.at(-1 - next.back);
        if (!earlier) return;
        // Shortened repeats keep their expectation, whole ones may change it.
        const changed = next.drop === 0 ? { expected: next.expected } : {};
        return this.#append({ ...earlier, ...changed, ids: earlier.ids.slice(next.drop) });
      }
      case 'read':
        return this.#read(next);
      case 'all':
        return this.#readAll(next);
      case 'remove':
        return this.#remove(next);
      case 'describe':
        return this.#describe(next);
      case 'subscribe':
        return this.#subscribe(next);
      case 'restart':
        await this.close();
        return this.open();
    }
  }

  get #client() {
    if (!this.#store) throw new Error('The store is not open');
    return this.#store.client;
  }

  async #append(append: Append): Promise<void> {
    if (append.ids.length === 0) return;
    this.#appends.push(append);
    const answer = this.#reference.append(append.stream, append.ids, append.expected);
    const events = append.ids.map((id) => jsonEvent({ id, type: 'Stepped', data: {} }));
    const { expected: expectedRevision } = append;
    const attempt = this.#client.appendToStream(append.stream, events, { expectedRevision });
    const reached = await expectAnswer(attempt, answer);
    if (reached) expect(reached.nextExpectedRevision).toBe(BigInt(answer));
  }

  async #remove({ stream: name, expected: revisionExpected, forEver }: StepOf<'remove'>): Promise<void> {
    // The client sends no stream_exists with a delete.
    const fits = revisionExpected === STREAM_EXISTS ? ANY : revisionExpected;
    const answer = this.#reference.remove(name, fits, forEver === 'yes');
    const options = { expectedRevision: fits };
    const attempt =
      forEver === 'yes'
        ? this.#client.tombstoneStream(name, options)
        : this.#client.deleteStream(name, options);
    const done = await expectAnswer(attempt, answer);
    if (done) expect(done.position?.commit).toBe(BigInt(answer));
  }

  async #describe({ stream: name, id, metadata: limits }: StepOf<'describe'>): Promise<void> {
    const answer = this.#reference.describe(name, id, limits);
    const { maxCount, truncateBefore } = limits;
    const data = {
      ...(maxCount !== undefined && { $maxCount: maxCount }),
      ...(truncateBefore !== undefined && { $tb: truncateBefore }),
    };
    const event = jsonEvent({ id, type: '$metadata', data });
    const done = await expectAnswer(this.#client.appendToStream(`$$${name}`, event), answer);
    if (!done) return;
    expect(done.nextExpectedRevision).toBe(BigInt(answer));
    const read = await this.#client.getStreamMetadata(name);
    expect(read.metadata).toEqual(this.#reference.metadata(name));
  }

  async #read({ stream: name, from, maxCount, backwards }: StepOf<'read'>): Promise<void> {
    const direction = backwards ? BACKWARDS : FORWARDS;
    const read = this.#client.readStream(name, { fromRevision: BigInt(from), maxCount, direction });
    const shown = this.#reference.shown(name);
    if (shown === 'missing') return expect(collect(read)).rejects.toThrow(StreamNotFoundError);
    if (shown === 'deleted') return expect(collect(read)).rejects.toThrow(StreamDeletedError);
    const wanted = backwards
      ? shown.filter((event) => event.revision <= from).reverse()
      : shown.filter((event) => event.revision >= from);
    const events = await collect(read);
    const found = events.map(({ event }, n) => ({
      id: wanted[n]?.id && event?.id,
      revision: Number(event?.revision),
    }));
    expect(found).toEqual(wanted.slice(0, maxCount));
  }

  async #readAll({ backwards, from }: StepOf<'all'>): Promise<void> {
    const at = { commit: BigInt(from), prepare: BigInt(from) };
    const fromPosition = from === 0 ? (backwards ? END : START) : at;
    const direction = backwards ? BACKWARDS : FORWARDS;
    const events = await collect(this.#client.readAll({ direction, fromPosition }));
    const { log } = this.#reference;
    // Positions count from 1: forwards with the one named, backwards without it.
    const forwards = log.slice(Math.max(from - 1, 0));
    const before = (from === 0 ? log : log.slice(0, from - 1)).toReversed();
    this.#expectLog(events, backwards ? before : forwards);
  }

  /** A subscription shows the rest of the log after a position, and what comes while it is open. */
  async #subscribe({ from }: StepOf<'subscribe'>): Promise<void> {
    const at = { commit: BigInt(from), prepare: BigInt(from) };
    const subscription = this.#client.subscribeToAll({ fromPosition: from === 0 ? START : at });
    const events: ResolvedEvent[] = [];
    subscription.on('data', (event) => events.push(event));
    await once(subscription, 'caughtUp');
    const name = newStream();
    const fresh = someEvents(2);
    await this.#client.appendToStream(name, fresh);
    this.#reference.append(name, [fresh[0]?.id ?? '', fresh[1]?.id ?? ''], ANY);
    const wanted = this.#reference.log.slice(from);
    await expect.poll(() => events.length, { interval: 5 }).toBe(wanted.length);
    await subscription.unsubscribe();
    this.#expectLog(events, wanted);
  }

  #expectLog(events: readonly ResolvedEvent[], wanted: ReferenceStore['log']): void {
    const found = events.map(({ event }, n) => ({
      id: wanted[n]?.id && event?.id,
      stream: event?.streamId,
      revision: event?.revision,
    }));
    expect(found).toEqual(wanted);
  }
}

/** Waits for the answer, or for the refusal that the reference gave; then undefined. */
async function expectAnswer<T>(attempt: Promise<T>, answer: Answer): Promise<T | undefined> {
  if (typeof answer === 'number') return attempt;
  await expect(attempt).rejects.toThrow(
    answer === 'conflict' ? WrongExpectedVersionError : StreamDeletedError,
  );
  return undefined;
}

async function collect(read: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const events: ResolvedEvent[] = [];
  for await (const event of read) events.push(event);
  return events;
}

it('behaves like lists in memory, over deletes, metadata, subscriptions and restarts', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const folder = await temporaryFolder();
      const comparison = new Comparison(folder);
      await comparison.open();
      try {
        for (const next of steps) await comparison.take(next);
        await comparison.take({ kind: 'all', backwards: false, from: 0 });
      } finally {
        await comparison.close();
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 6) },
  );
});
