import { deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupStage } from './aggregate/group.ts';
import { Arena, Column } from './bson/arena.ts';
import { KeyTable } from './bson/key-table.ts';
import { bytesOf, rawFrom } from './bson/raw.ts';
import { Pace } from './query/pace.ts';
import { parseSort } from './query/sort.ts';
import { Sorter } from './query/sorter.ts';
import { fromArray } from './query/stream.ts';
import { RowSet } from './storage/row-set.ts';

describe('what blocking stages keep in memory', () => {
  test('values come back as they were kept, however long, and may be replaced by shorter ones', () => {
    const length = fc.oneof(
      fc.integer({ max: 40, min: 0 }),
      fc.constantFrom(65_525, 65_536, 70_000, 200_000),
    );
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 60 }), (lengths) => {
        const arena = new Arena();
        const kept = lengths.map((size, i) => rawFrom('xyz'[i % 3]?.repeat(size)));
        const addresses = kept.map((value) => arena.keep(value));
        const first = rawFrom('');
        arena.write(addresses[0] ?? 0, first);
        for (const [i, value] of [first, ...kept.slice(1)].entries()) {
          const found = arena.value(addresses[i] ?? 0);
          expect(found.type).toBe(value.type);
          expect(bytesOf(found).equals(bytesOf(value))).toBe(true);
        }
        expect(addresses.every((address) => address > 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('keys are numbered as a Map would number them', () => {
    const table = new KeyTable(new Arena());
    const known = new Map<string, number>();
    for (let i = 0; i < 60_000; i += 1) {
      const text = `key ${(i * 7919) % 40_000}`;
      if (!known.has(text)) known.set(text, known.size);
      const key = Buffer.from(text);
      expect(table.numberOf(key, key.length)).toBe(known.get(text));
    }
    expect(table.size).toBe(40_000);
  });

  test('columns hold 0 until something is set', () => {
    const column = new Column(Uint32Array);
    column.set(5000, 7);
    expect([column.get(0), column.get(5000), column.get(5001), column.get(90_000)]).toEqual([0, 7, 0, 0]);
  });

  test('rows are met once', () => {
    const row = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(2047, 2048, 2 ** 31, 2 ** 40 + 5));
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean())), (steps) => {
        const rows = new RowSet();
        const model = new Set<number>();
        for (const [number, adds] of steps) {
          const known = model.has(number);
          if (adds) expect(rows.add(number)).toBe(model.add(number) && !known);
          else expect(rows.delete(number)).toBe(model.delete(number));
          expect(rows.size).toBe(model.size);
        }
      }),
    );
  });

  test.each([undefined, 1, 20, 2048, 5000])('a sort is in order and stable; limit %s', async (limit) => {
    const documents = Array.from({ length: 9000 }, (_, i) => ({ i, k: (i * 31) % 700 }));
    const sorter = new Sorter(parseSort(rawFrom({ k: -1 })), limit);
    for (const document of documents) sorter.add(Buffer.from(serialize(document)));
    const addresses = await sorter.result(new Pace());
    const expected = documents.toSorted((left, right) => right.k - left.k || left.i - right.i);
    expect(addresses.map((address) => deserialize(sorter.document(address)))).toEqual(
      expected.slice(0, limit),
    );
  });
});

interface Model {
  n: number;
  sum: number;
  lo: unknown;
  hi: unknown;
  first: unknown;
  last: unknown;
  all: unknown[];
  set: Set<unknown>;
}

test('groups gather what a plain model gathers', async () => {
  const value = fc.oneof(
    fc.integer({ min: -5, max: 2 ** 31 - 1 }),
    fc.double({ min: -10, max: 10, noNaN: true }).map((n) => n + 0),
  );
  const documents = fc.array(fc.record({ id: fc.integer({ min: 0, max: 6 }), v: value }), { maxLength: 60 });
  const specification = {
    _id: '$id',
    n: { $sum: 1 },
    sum: { $sum: '$v' },
    lo: { $min: '$v' },
    hi: { $max: '$v' },
    first: { $first: '$v' },
    last: { $last: '$v' },
    all: { $push: '$v' },
    set: { $addToSet: '$v' },
  };
  await fc.assert(
    fc.asyncProperty(documents, async (input) => {
      const stage = groupStage(rawFrom(specification));
      const stream = stage(fromArray(input.map((one) => Buffer.from(serialize(one)))), new Pace());
      const found: unknown[] = [];
      for (let chunk = await stream.next(); chunk !== undefined; chunk = await stream.next())
        found.push(...chunk.map((document) => deserialize(document)));
      const model = new Map<number, Model>();
      for (const { id, v } of input) {
        const before = model.get(id);
        model.set(id, {
          n: (before?.n ?? 0) + 1,
          sum: (before?.sum ?? 0) + v,
          lo: before === undefined ? v : Math.min(before.lo as number, v),
          hi: before === undefined ? v : Math.max(before.hi as number, v),
          first: before?.first ?? v,
          last: v,
          all: [...(before?.all ?? []), v],
          set: (before?.set ?? new Set()).add(v),
        });
      }
      const expected = [...model].map(([_id, one]) => ({ _id, ...one, set: [...one.set] }));
      expect(found).toEqual(expected);
    }),
  );
});
