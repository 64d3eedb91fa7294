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

    it('drops a collection', async () => {
      const { store, collection } = await prepared();
      await store.write([{ collection, id: 'a', guard: 0n, set: { name: 'x' } }]);
      await store.dropCollection(collection);
      expect(await store.count(collection, {})).toBe(0);
    });
  });
}
