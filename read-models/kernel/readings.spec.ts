import { describe, expect, it } from 'vitest';
import { allAmong, allOf, inChunks } from './readings.ts';
import { FakeCheckpoints } from './testing/fake-checkpoints.ts';
import { FakeViewStore } from './testing/fake-view-store.ts';
import { physicalCollection, type ViewDefinition } from './view.ts';
import { ViewReader } from './view-reader.ts';
import { SearchTooWide, type ViewDocument } from './view-store.ts';

const VIEW: ViewDefinition = { name: 'sample', version: 1, collections: { things: [] } };

interface Thing extends ViewDocument {
  readonly rank?: number;
  readonly name?: string;
}

/** Things t0 … t9; ranks run against the ids, and every second one is even. */
async function tenThings(): Promise<ViewReader> {
  const store = new FakeViewStore();
  const collection = physicalCollection(VIEW, 1, 'things');
  await store.write(
    Array.from({ length: 10 }, (_none, index) => ({
      collection,
      id: `t${index}`,
      guard: 1n,
      set: { rank: 9 - index, even: index % 2 === 0, name: `名${index}` },
    })),
  );
  return new ViewReader(VIEW, store, new FakeCheckpoints(), async () => 0n);
}
const ids = (things: readonly ViewDocument[]) => things.map(({ _id }) => _id);

describe('reading many documents', () => {
  it.each([1, 2, 3, 5, 6])('gives each matching one once, in chunks of %s', async (chunk) => {
    const reader = await tenThings();
    const chunks: Thing[][] = [];
    for await (const found of inChunks<Thing>(reader, 'things', { even: true }, { chunk }))
      chunks.push(found);
    expect(ids(chunks.flat())).toEqual(['t0', 't2', 't4', 't6', 't8']);
    expect(chunks.every(({ length }) => length > 0 && length <= chunk)).toBe(true);
  });

  it('goes by a field, either way, and reads some fields only', async () => {
    const reader = await tenThings();
    const by = { by: 'rank', chunk: 2, fields: [] };
    const up = await allOf<Thing>(reader, 'things', { even: true }, by);
    expect(up.map(({ rank, name }) => [rank, name])).toEqual(
      [1, 3, 5, 7, 9].map((rank) => [rank, undefined]),
    );
    const down = await allOf<Thing>(reader, 'things', { even: true }, { ...by, direction: -1 });
    expect(ids(down)).toEqual(['t0', 't2', 't4', 't6', 't8']);
  });

  it('stops beyond its bound', async () => {
    const reader = await tenThings();
    expect(await allOf(reader, 'things', {}, { most: 10, chunk: 3 })).toHaveLength(10);
    await expect(allOf(reader, 'things', {}, { most: 9, chunk: 3 })).rejects.toThrow(SearchTooWide);
  });

  it('looks for many values of one field at once, each once', async () => {
    const reader = await tenThings();
    const values = [...Array.from({ length: 600 }, (_none, index) => `none${index}`), 't1', 't1', 't8'];
    expect(ids(await allAmong(reader, 'things', '_id', values))).toEqual(['t1', 't8']);
    expect(ids(await allAmong(reader, 'things', '_id', values, { even: true }))).toEqual(['t8']);
    expect(await allAmong(reader, 'things', '_id', [])).toEqual([]);
  });
});
