import { rm } from 'node:fs/promises';
import {
  ANY,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EmbeddedTestStore, startTestStore, temporaryFolder } from './test-kit.ts';

/** The simplest store that could be right: lists in memory. */
class Model {
  readonly log: { stream: string; id: string }[] = [];

  ids(stream: string): string[] {
    return this.log.filter((event) => event.stream === stream).map(({ id }) => id);
  }

  /** The answer of an append: its last revision, or 'conflict'. */
  append(stream: string, ids: readonly string[], expected: AppendExpectedRevision): number | 'conflict' {
    const stored = this.ids(stream);
    const start = this.#repeatFrom(stored, ids, expected);
    if (start !== undefined) return start + ids.length - 1;
    const exact = expected === NO_STREAM ? -1 : Number(expected);
    const some = ids.some((id) => stored.includes(id));
    const fits =
      (expected === ANY && !some) ||
      (expected === STREAM_EXISTS && stored.length > 0 && !some) ||
      exact === stored.length - 1;
    if (!fits) return 'conflict';
    for (const id of ids) this.log.push({ stream, id });
    return stored.length + ids.length - 1;
  }

  /** Where the same ids already stand, when the append repeats one. */
  #repeatFrom(
    stored: string[],
    ids: readonly string[],
    expected: AppendExpectedRevision,
  ): number | undefined {
    const open = expected === ANY || expected === STREAM_EXISTS;
    const start = open ? stored.indexOf(ids[0] ?? '') : expected === NO_STREAM ? 0 : Number(expected) + 1;
    const same = start >= 0 && ids.every((id, n) => stored[start + n] === id);
    return same ? start : undefined;
  }
}

const stream = fc.constantFrom('a', 'b', 'c');
const expected: fc.Arbitrary<AppendExpectedRevision> = fc.oneof(
  fc.constantFrom<AppendExpectedRevision[]>(ANY, NO_STREAM, STREAM_EXISTS),
  fc.bigInt({ min: 0n, max: 6n }),
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      stream,
      expected,
      ids: fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 4 }),
    }),
  },
  // "fits" appends at the revision that the model has, so that streams grow.
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fits' as const),
      stream,
      ids: fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.nat(5), drop: fc.nat(1) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      stream,
      from: fc.nat(8),
      maxCount: fc.integer({ min: 1, max: 8 }),
      backwards: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('all' as const), backwards: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Append = { stream: string; expected: AppendExpectedRevision; ids: string[] };

/** Takes each step on the engine and on the model, and compares the answers. */
class Comparison {
  readonly #folder: string;
  readonly #model = new Model();
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
        const length = this.#model.ids(next.stream).length;
        return this.#append({ ...next, expected: length === 0 ? NO_STREAM : BigInt(length - 1) });
      }
      case 'repeat': {
        const earlier = this.#appends.at(-1 - next.back);
        return earlier && this.#append({ ...earlier, ids: earlier.ids.slice(next.drop) });
      }
      case 'read':
        return this.#read(next);
      case 'all':
        return this.#readAll(next.backwards);
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
    const answer = this.#model.append(append.stream, append.ids, append.expected);
    const events = append.ids.map((id) => jsonEvent({ id, type: 'Stepped', data: {} }));
    const attempt = this.#client.appendToStream(append.stream, events, { expectedRevision: append.expected });
    if (answer === 'conflict') await expect(attempt).rejects.toThrow(WrongExpectedVersionError);
    else expect((await attempt).nextExpectedRevision).toBe(BigInt(answer));
  }

  async #read({ stream: name, from, maxCount, backwards }: Extract<Step, { kind: 'read' }>): Promise<void> {
    const stored = this.#model.ids(name);
    const direction = backwards ? BACKWARDS : FORWARDS;
    const read = this.#client.readStream(name, { fromRevision: BigInt(from), maxCount, direction });
    const expectedIds = backwards ? stored.slice(0, from + 1).reverse() : stored.slice(from);
    if (stored.length === 0) await expect(collect(read)).rejects.toThrow(StreamNotFoundError);
    else expect(await collect(read)).toEqual(expectedIds.slice(0, maxCount));
  }

  async #readAll(backwards: boolean): Promise<void> {
    const ids = this.#model.log.map(({ id }) => id);
    const options = backwards ? ({ direction: BACKWARDS, fromPosition: END } as const) : {};
    expect(await collect(this.#client.readAll(options))).toEqual(backwards ? ids.reverse() : ids);
  }
}

async function collect(read: AsyncIterable<{ event?: { id: string } }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { event } of read) if (event) ids.push(event.id);
  return ids;
}

it('behaves like a list in memory, over restarts', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const folder = await temporaryFolder();
      const comparison = new Comparison(folder);
      await comparison.open();
      try {
        for (const next of steps) await comparison.take(next);
        await comparison.take({ kind: 'all', backwards: false });
      } finally {
        await comparison.close();
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 25 },
  );
});
