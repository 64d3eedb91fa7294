import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ViewDocument, ViewStore } from '../view-store.ts';

interface Sample extends ViewDocument {
  readonly name: string;
  readonly rank?: number;
  readonly tags?: readonly string[];
}

/** What every view store must do; run on the fake and on the real adapter. */
export function viewStoreContract(name: string, open: () => ViewStore): void {
  describe(`view store contract: ${name}`, () => {
    const prepared = async () => {
      const store = open();
      const collection = `sample_${randomUUID().slice(0, 8)}`;
      await store.createCollection(collection, [{ keys: { name: 1 } }, { keys: { tags: 1, rank: -1 } }]);
      return { store, collection };
    };

    it('creates a document, then changes only what is set', async () => {
      const { store, collection } = await prepared();
      await store.write([{ collection, id: 'a', guard: 0n, set: { name: '甲', rank: 1 } }]);
      await store.write([{ collection, id: 'a', guard: 1n, set: { rank: 2 } }]);
      expect(await store.find<Sample>(collection, { filter: {}, limit: 10 })).toEqual([
        { _id: 'a', guard: 1n, name: '甲', rank: 2 },
      ]);
    });

    it('passes over writes that are not newer, and applies the rest of the batch', async () => {
      const { store, collection } = await prepared();
      await store.write([{ collection, id: 'a', guard: 5n, set: { name: 'new' } }]);
      await store.write([
        { collection, id: 'a', guard: 5n, set: { name: 'same' } },
        { collection, id: 'b', guard: 1n, set: { name: 'other' } },
        { collection, id: 'a', guard: 4n, set: { name: 'old' } },
      ]);
      const found = await store.find<Sample>(collection, { filter: {}, sort: { _id: 1 }, limit: 10 });
      expect(found.map((document) => document.name)).toEqual(['new', 'other']);
    });

    it('finds documents by a span of guards, in their order, also beyond 2^53', async () => {
      const { store, collection } = await prepared();
      const first = 9_007_199_254_740_993n;
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries())
        await store.write([{ collection, id, guard: first + BigInt(index), set: { name: id } }]);
      await store.write([{ collection, id: 'b', guard: first + 9n, set: { name: 'b again' } }]);
      const found = async (after: bigint, upTo: bigint) =>
        (
          await store.find(collection, {
            filter: { guard: { $gt: after, $lte: upTo } },
            sort: { guard: 1 },
            limit: 10,
          })
        ).map(({ _id }) => _id);
      expect(await found(first, first + 2n)).toEqual(['c']);
      expect(await found(first, first + 9n)).toEqual(['c', 'd', 'b']);
    });

    it('keeps guards beyond 2^53 exact', async () => {
      const { store, collection } = await prepared();
      const guard = 9_007_199_254_740_993n;
      await store.write([{ collection, id: 'a', guard, set: { name: 'x' } }]);
      await store.write([{ collection, id: 'a', guard: guard - 1n, set: { name: 'older' } }]);
      expect((await store.find<Sample>(collection, { filter: {}, limit: 1 }))[0]).toEqual({
        _id: 'a',
        guard,
        name: 'x',
      });
    });

    it('filters, sorts, skips, limits and counts', async () => {
      const { store, collection } = await prepared();
      await store.write(
        Array.from({ length: 30 }, (_, index) => ({
          collection,
          id: `d${String(index).padStart(2, '0')}`,
          guard: 0n,
          set: { name: `名${index}`, rank: index, tags: [index % 2 === 0 ? 'even' : 'odd', 'all'] },
        })),
      );
      const found = await store.find<Sample>(collection, {
        filter: { tags: 'even' },
        sort: { rank: -1 },
        skip: 2,
        limit: 3,
      });
      expect(found.map((document) => document.rank)).toEqual([24, 22, 20]);
      expect(await store.count(collection, { tags: 'odd', rank: { $gte: 10 } })).toBe(10);
      expect(
        await store.find<Sample>(collection, { filter: { name: { $regex: '^名2' } }, limit: 50 }),
      ).toHaveLength(11);
    });

    it('sets fields inside documents by keys with dots, leaves their neighbours, and makes what is missing', async () => {
      const { store, collection } = await prepared();
      const write = (guard: bigint, set: Readonly<Record<string, unknown>>) =>
        store.write([{ collection, id: 'a', guard, set }]);
      await write(1n, { name: 'x', 'parts.1.state': 'free', 'parts.B-2.state': 'free' });
      await write(2n, { 'parts.1.state': 'taken', 'parts.1.by.who': 'p', 'other.deep.down': [1] });
      await write(1n, { 'parts.1.state': 'old' });
      expect(await store.find<Sample>(collection, { filter: {}, limit: 1 })).toEqual([
        {
          _id: 'a',
          guard: 2n,
          name: 'x',
          parts: { 1: { state: 'taken', by: { who: 'p' } }, 'B-2': { state: 'free' } },
          other: { deep: { down: [1] } },
        },
      ]);
      expect(await store.count(collection, { 'parts.1.state': 'taken' })).toBe(1);
    });

    it('is not misled by names that JavaScript knows', async () => {
      const { store, collection } = await prepared();
      const set = { 'parts.toString.state': 'a', 'parts.constructor.state': 'b' };
      await store.write([{ collection, id: 'a', guard: 1n, set }]);
      const [found] = await store.find<Sample & { parts: object }>(collection, { filter: {}, limit: 1 });
      expect(Object.entries(found?.parts ?? {}).sort()).toEqual([
        ['constructor', { state: 'b' }],
        ['toString', { state: 'a' }],
      ]);
    });

    it('refuses a write that sets a field as a whole and by its parts', async () => {
      const { store, collection } = await prepared();
      const set = { parts: {}, 'parts.1': 'x' };
      await expect(store.write([{ collection, id: 'a', guard: 1n, set }])).rejects.toThrow(/conflict/);
      expect(await store.count(collection, {})).toBe(0);
    });

    it('reads only the fields that are asked for', async () => {
      const { store, collection } = await prepared();
      const set = { name: 'x', rank: 1, 'parts.a': 1, 'parts.b': 2 };
      await store.write([{ collection, id: 'a', guard: 3n, set }]);
      const read = (fields: readonly string[]) => store.find(collection, { filter: {}, limit: 1, fields });
      expect(await read([])).toEqual([{ _id: 'a', guard: 3n }]);
      expect(await read(['name', 'parts.b', 'none'])).toEqual([
        { _id: 'a', guard: 3n, name: 'x', parts: { b: 2 } },
      ]);
    });

    it('counts by the values of fields, a missing one as null', async () => {
      const { store, collection } = await prepared();
      const sets = [
        { name: 'x', 'parts.a': true },
        { name: 'x', 'parts.a': true },
        { name: 'x', 'parts.a': false },
        { name: 'y', 'parts.a': null },
        { name: 'y' },
        { name: 'z', rank: 1 },
      ];
      await store.write(sets.map((set, index) => ({ collection, id: `d${index}`, guard: 0n, set })));
      const counts = await store.countBy(collection, { rank: { $exists: false } }, ['name', 'parts.a']);
      expect(new Map(counts.map(({ values, count }) => [JSON.stringify(values), count]))).toEqual(
        new Map([
          ['["x",true]', 2],
          ['["x",false]', 1],
          ['["y",null]', 2],
        ]),
      );
      expect(await store.countBy(collection, { name: 'none' }, ['name'])).toEqual([]);
    });

    it('drops a collection', async () => {
      const { store, collection } = await prepared();
      await store.write([{ collection, id: 'a', guard: 0n, set: { name: 'x' } }]);
      await store.dropCollection(collection);
      expect(await store.count(collection, {})).toBe(0);
    });
  });
}
