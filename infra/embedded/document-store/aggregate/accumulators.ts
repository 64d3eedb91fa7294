import { type Arena, Column } from '../bson/arena.ts';
import { KEY_OVERHEAD, KeyTable } from '../bson/key-table.ts';
import { compareToKey, KeyWriter, keyOf } from '../bson/keys.ts';
import { BSON, doubleValue, NULL_VALUE, numberOf, type RawValue } from '../bson/raw.ts';
import { arrayValue } from '../bson/writer.ts';
import type { MemoryBudget } from '../query/memory-budget.ts';
import { Sums } from './summation.ts';

/** Gathers one field of all groups. Groups are numbered from 0. */
export interface Accumulator {
  add(group: number, value: RawValue | undefined): void;
  result(group: number): RawValue | undefined;
}

/** Where an accumulator keeps its values, and who counts them. */
export interface Memory {
  readonly arena: Arena;
  readonly budget: MemoryBudget;
}

export type AccumulatorMaker = (memory: Memory) => Accumulator;

/** What an accumulator takes for every group at most, besides the values it keeps. */
export const ACCUMULATOR_BYTES = 16;
/** Type and length of a kept value, and what leads to the next one. */
const VALUE_BYTES = 16;

function sizeOf(value: RawValue): number {
  return value.end - value.start + VALUE_BYTES;
}

export function sum({ budget }: Memory): Accumulator {
  const sums = new Sums(budget);
  return {
    add: (group, value) => {
      if (value !== undefined) sums.add(group, value);
    },
    result: (group) => sums.result(group),
  };
}

function average({ budget }: Memory): Accumulator {
  const sums = new Sums(budget);
  const counts = new Column(Float64Array);
  return {
    add: (group, value) => {
      if (value === undefined || numberOf(value) === undefined) return;
      sums.add(group, value);
      counts.set(group, counts.get(group) + 1);
    },
    result: (group) => {
      const count = counts.get(group);
      return count === 0 ? NULL_VALUE : doubleValue(sums.asDouble(group) / count);
    },
  };
}

/** `direction` is the sign of the comparison in which a new value wins. Null and missing never win. */
function extreme(direction: 1 | -1): AccumulatorMaker {
  return ({ arena, budget }) => {
    const best = new Values(arena, budget);
    return {
      add: (group, value) => {
        if (value === undefined || value.type === BSON.null) return;
        const known = best.get(group);
        if (known === undefined || compareToKey(value, keyOf(known)) * direction > 0) best.set(group, value);
      },
      result: (group) => best.get(group) ?? NULL_VALUE,
    };
  };
}

function first({ arena, budget }: Memory): Accumulator {
  const values = new Values(arena, budget);
  return {
    add: (group, value) => {
      if (!values.has(group)) values.set(group, value ?? NULL_VALUE);
    },
    result: (group) => values.get(group),
  };
}

function last({ arena, budget }: Memory): Accumulator {
  const values = new Values(arena, budget);
  return {
    add: (group, value) => values.set(group, value ?? NULL_VALUE),
    result: (group) => values.get(group),
  };
}

function collect({ arena, budget }: Memory): Accumulator {
  const lists = new Lists(arena, budget);
  return {
    add: (group, value) => {
      if (value !== undefined) lists.push(group, value);
    },
    result: (group) => lists.get(group),
  };
}

const setKey = new KeyWriter();

function collectSet({ arena, budget }: Memory): Accumulator {
  const lists = new Lists(arena, budget);
  const known = new KeyTable(arena);
  return {
    add: (group, value) => {
      if (value === undefined) return;
      const { bytes, length } = setKey.reset().uint32(group).value(value);
      const before = known.size;
      known.numberOf(bytes, length);
      if (known.size === before) return;
      budget.add(length + KEY_OVERHEAD);
      lists.push(group, value);
    },
    result: (group) => lists.get(group),
  };
}

export const ACCUMULATORS: Readonly<Record<string, AccumulatorMaker>> = {
  $sum: sum,
  $avg: average,
  $min: extreme(-1),
  $max: extreme(1),
  $first: first,
  $last: last,
  $push: collect,
  $addToSet: collectSet,
};

/** One value for each group, which may be replaced. */
class Values {
  private readonly arena: Arena;
  private readonly budget: MemoryBudget;
  private readonly addresses = new Column(Uint32Array);

  constructor(arena: Arena, budget: MemoryBudget) {
    this.arena = arena;
    this.budget = budget;
  }

  has(group: number): boolean {
    return this.addresses.get(group) !== 0;
  }

  get(group: number): RawValue | undefined {
    const address = this.addresses.get(group);
    return address === 0 ? undefined : this.arena.value(address);
  }

  /** A value that is no longer than the one before takes its place. */
  set(group: number, value: RawValue): void {
    const old = this.get(group);
    if (old !== undefined && old.end - old.start >= value.end - value.start) {
      this.arena.write(this.addresses.get(group), value);
      return;
    }
    this.budget.add(sizeOf(value));
    this.addresses.set(group, this.arena.keep(value));
  }
}

/** A growing list of values for each group. */
class Lists {
  private readonly arena: Arena;
  private readonly budget: MemoryBudget;
  /** Items are numbered from 1, over all lists. */
  private items = 1;
  private readonly addresses = new Column(Uint32Array);
  private readonly nexts = new Column(Uint32Array);
  private readonly heads = new Column(Uint32Array);
  private readonly tails = new Column(Uint32Array);

  constructor(arena: Arena, budget: MemoryBudget) {
    this.arena = arena;
    this.budget = budget;
  }

  push(group: number, value: RawValue): void {
    this.budget.add(sizeOf(value));
    const item = this.items;
    this.items += 1;
    this.addresses.set(item, this.arena.keep(value));
    const tail = this.tails.get(group);
    if (tail === 0) this.heads.set(group, item);
    else this.nexts.set(tail, item);
    this.tails.set(group, item);
  }

  get(group: number): RawValue {
    const values: RawValue[] = [];
    for (let item = this.heads.get(group); item !== 0; item = this.nexts.get(item))
      values.push(this.arena.value(this.addresses.get(item)));
    return arrayValue(values);
  }
}
