import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftStore } from './draft.ts';
import { mergeEdits, valueAt, withValue } from './values.ts';

const PATHS = [
  ['details', 'a'],
  ['details', 'b'],
  ['details', 'c'],
];
const details = fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2) });

describe('values by path', () => {
  it('are read and replaced without touching the original', () => {
    const before = { details: { quota: { public: 1 } } };
    const after = withValue(before, ['details', 'quota', 'public'], 2);
    expect(valueAt(after, ['details', 'quota', 'public'])).toBe(2);
    expect(before.details.quota.public).toBe(1);
    expect(valueAt(after, ['details', 'nothing', 'here'])).toBeUndefined();
    expect(withValue({}, ['details', 'quota', 'public'], 2)).toEqual({ details: { quota: { public: 2 } } });
  });
});

describe('edits on top of someone else’s change', () => {
  it('keep every own edit, take everything else, and name the fields both changed', () => {
    fc.assert(
      fc.property(details, details, details, (base, mine, newest) => {
        const merged = mergeEdits({ details: base }, { details: mine }, { details: newest }, PATHS);
        for (const name of ['a', 'b', 'c'] as const) {
          const edited = mine[name] !== base[name];
          expect(valueAt(merged.values, ['details', name])).toBe(edited ? mine[name] : newest[name]);
          const both = edited && newest[name] !== base[name] && newest[name] !== mine[name];
          expect(merged.conflicts.some((path) => path.at(-1) === name)).toBe(both);
        }
      }),
    );
  });
});

describe('drafts', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  } as unknown as Storage;

  it('bring back own edits only, so that another person’s change is not undone', () => {
    const store = draftStore(storage, 'me', '/entry');
    store.write({ name: '旧', phone: '1' }, { name: '新', phone: '1' });
    expect(store.restore({ name: '旧', phone: '2' })).toEqual({ name: '新', phone: '2' });
  });

  it('belong to one account and go when cleared', () => {
    const store = draftStore(storage, 'me', '/entry');
    expect(draftStore(storage, 'other', '/entry').restore({})).toBeUndefined();
    store.clear();
    expect(store.restore({})).toBeUndefined();
  });

  it('that cannot be read are as good as none', () => {
    kept.set('qingpu.draft.me./entry', '{');
    expect(draftStore(storage, 'me', '/entry').restore({})).toBeUndefined();
  });
});
