import type { Collection, EntryRow, RangeRow } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import type { KeyRange } from './index-bounds.ts';

/** Reads the entries of key ranges, which are in key order, chunk by chunk, one range at a time. */
export class EntryReader {
  private readonly collection: Collection;
  private readonly index: IndexDefinition;
  private readonly ranges: readonly KeyRange[];
  private readonly reverse: boolean;
  private range = 0;
  private after: { readonly key: Buffer; readonly row: number } | undefined;

  constructor(collection: Collection, index: IndexDefinition, ranges: readonly KeyRange[], reverse: boolean) {
    this.collection = collection;
    this.index = index;
    this.ranges = ranges;
    this.reverse = reverse;
  }

  get ended(): boolean {
    return this.range >= this.ranges.length;
  }

  /** The next entries of the current range, maybe none. */
  rows(limit: number): EntryRow[] {
    return this.advance(limit, (range) => this.collection.readEntries(this.index, range));
  }

  /** The same with their documents; a chunk also ends after about a megabyte. */
  documents(limit: number): RangeRow[] {
    return this.advance(limit, (range) => this.collection.readRange(this.index, range));
  }

  private advance<T extends EntryRow>(
    limit: number,
    read: (range: Parameters<Collection['readRange']>[1]) => { readonly rows: T[]; readonly more: boolean },
  ): T[] {
    const { reverse, after, ranges } = this;
    const range = ranges[reverse ? ranges.length - 1 - this.range : this.range];
    if (range === undefined) return [];
    const { rows, more } = read({ ...range, reverse, after, limit });
    const last = rows.at(-1);
    this.after = more && last !== undefined ? { key: last.key, row: last.row } : undefined;
    if (this.after === undefined) this.range += 1;
    return rows;
  }
}
