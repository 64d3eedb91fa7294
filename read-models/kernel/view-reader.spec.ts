import { describe, expect, it, vi } from 'vitest';
import { FakeCheckpoints } from './testing/fake-checkpoints.ts';
import { FakeViewStore } from './testing/fake-view-store.ts';
import { physicalCollection, type ViewDefinition, viewConsumer } from './view.ts';
import { PositionBeyondHead, ViewReader, type ViewReaderOptions } from './view-reader.ts';

const VIEW: ViewDefinition = { name: 'sample', version: 2, collections: { things: [] } };
const AT = '2026-03-01T08:00:00.000+08:00';

class Setting {
  readonly store = new FakeViewStore();
  readonly checkpoints = new FakeCheckpoints();
  head = 100n;
  #fence: number | undefined;

  reader(options: Partial<ViewReaderOptions> = {}): ViewReader {
    const quick = { waitMs: 50, pollMs: 1, versionCacheMs: 0, ...options };
    return new ViewReader(VIEW, this.store, this.checkpoints, async () => this.head, quick);
  }

  /** The view's runner has taken in everything up to here. */
  async reach(position: bigint, asOf: string | undefined = AT): Promise<void> {
    const consumer = viewConsumer(VIEW, VIEW.version);
    this.#fence ??= await this.checkpoints.acquire(consumer, 'spec', 60_000);
    await this.checkpoints.save(consumer, this.#fence ?? 0, { position, asOf, events: 1 });
  }

  async put(version: number, id: string, name: string): Promise<void> {
    const collection = physicalCollection(VIEW, version, 'things');
    await this.store.write([{ collection, id, guard: 0n, set: { name } }]);
  }
}

describe('freshness', () => {
  it('tells when the newest event in the view happened, and null for an empty view', async () => {
    const setting = new Setting();
    expect(await setting.reader().freshness()).toEqual({ asOf: null, stale: false });
    await setting.reach(5n);
    expect(await setting.reader().freshness()).toEqual({ asOf: AT, stale: false });
  });

  it.each([4n, 5n])('is at once given for position %s, which the view has', async (after) => {
    const setting = new Setting();
    await setting.reach(5n);
    expect(await setting.reader({ waitMs: 0 }).freshness(after)).toEqual({ asOf: AT, stale: false });
  });

  it('waits until the view has taken the position in', async () => {
    const setting = new Setting();
    await setting.reach(5n);
    const waiting = setting.reader({ waitMs: 10_000 }).freshness(6n);
    const later = '2026-03-01T09:00:00.000+08:00';
    await setting.reach(6n, later);
    expect(await waiting).toEqual({ asOf: later, stale: false });
  });

  it('says stale when the view does not come that far in time, whether it has begun or not', async () => {
    const setting = new Setting();
    expect(await setting.reader().freshness(6n)).toEqual({ asOf: null, stale: true });
    await setting.reach(5n);
    expect(await setting.reader().freshness(6n)).toEqual({ asOf: AT, stale: true });
  });

  it('refuses a position beyond the head of the log, and takes the head itself', async () => {
    const setting = new Setting();
    await setting.reach(100n);
    await expect(setting.reader().freshness(101n)).rejects.toThrow(PositionBeyondHead);
    expect(await setting.reader().freshness(100n)).toEqual({ asOf: AT, stale: false });
  });

  it('is not fooled by positions beyond 2^53', async () => {
    const setting = new Setting();
    setting.head = 9_007_199_254_740_993n;
    await setting.reach(9_007_199_254_740_992n);
    expect(await setting.reader({ waitMs: 0 }).freshness(9_007_199_254_740_993n)).toMatchObject({
      stale: true,
    });
  });
});

describe('the version that is read', () => {
  it('is the one of the build before any was activated, and the active one from then on', async () => {
    const setting = new Setting();
    await setting.put(1, 'a', 'old');
    await setting.put(2, 'a', 'new');
    const reader = setting.reader();
    expect(await reader.findOne('things', 'a')).toMatchObject({ name: 'new' });
    await setting.checkpoints.activate(VIEW.name, 1);
    expect(await reader.findOne('things', 'a')).toMatchObject({ name: 'old' });
    expect(await reader.count('things', { name: 'old' })).toBe(1);
    await setting.checkpoints.activate(VIEW.name, 2);
    expect(await reader.find('things', { filter: {}, limit: 5 })).toMatchObject([{ name: 'new' }]);
  });

  it('is asked for once by all who find it forgotten at the same time', async () => {
    const setting = new Setting();
    const asking = vi.spyOn(setting.checkpoints, 'activeVersion');
    const reader = setting.reader();
    await Promise.all(['a', 'b', 'c'].map((id) => reader.findOne('things', id)));
    expect(asking).toHaveBeenCalledTimes(1);
    await reader.findOne('things', 'a');
    expect(asking).toHaveBeenCalledTimes(2);
  });

  it('decides whose progress counts', async () => {
    const setting = new Setting();
    await setting.reach(5n);
    await setting.checkpoints.activate(VIEW.name, 1);
    expect(await setting.reader({ waitMs: 0 }).freshness(5n)).toEqual({ asOf: null, stale: true });
  });

  it('answers undefined for a document that is not there', async () => {
    expect(await new Setting().reader().findOne('things', 'a')).toBeUndefined();
  });
});

describe('a page', () => {
  const query = { filter: {}, sort: { name: 1 } } as const;

  it.each([
    ['the first of more', { skip: 0, size: 2 }, ['a', 'b'], 1],
    ['a full last one', { skip: 3, size: 2 }, ['d', 'e'], 1],
    ['a last one with room', { skip: 4, size: 2 }, ['e'], 0],
    ['all there is', { skip: 0, size: 10 }, ['a', 'b', 'c', 'd', 'e'], 0],
    ['one beyond the end', { skip: 8, size: 2 }, [], 1],
  ] as const)('tells how many there are in all: %s', async (_what, window, names, counts) => {
    const setting = new Setting();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await setting.put(VIEW.version, name, name);
    const counting = vi.spyOn(setting.store, 'count');
    const { found, total } = await setting.reader().page('things', query, window);
    expect(found.map(({ _id }) => _id)).toEqual(names);
    expect(total).toBe(5);
    expect(counting).toHaveBeenCalledTimes(counts);
  });

  it('of nothing is empty without counting', async () => {
    const setting = new Setting();
    const counting = vi.spyOn(setting.store, 'count');
    expect(await setting.reader().page('things', query, { skip: 0, size: 2 })).toEqual({
      found: [],
      total: 0,
    });
    expect(counting).not.toHaveBeenCalled();
  });
});
