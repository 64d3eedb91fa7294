import type { Collection, RangeRow, StoredDocument } from '../storage/collection.ts';
import type { Plan } from './planner.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Ranges looked into before others get their turn. */
const READS_PER_CHUNK = 200;

/** Hands out candidates chunk by chunk; between chunks other work may change the collection. */
export interface Candidates {
  /** The next candidates, maybe none; undefined at the end. Reads about `wanted`, never much more than a megabyte. */
  next(wanted: number): readonly StoredDocument[] | undefined;
  /** Index entries looked at so far. */
  readonly keysExamined: number;
}

/** The candidates of a plan. A document that an index holds several times is handed out once. */
export function openCandidates(collection: Collection, plan: Plan): Candidates {
  if (plan.id !== undefined) return new Lookup(collection, plan.id);
  return plan.index === undefined ? new FullScan(collection) : new IndexScan(collection, plan);
}

class Lookup implements Candidates {
  keysExamined = 0;
  private readonly collection: Collection;
  private readonly id: Buffer;
  private done = false;

  constructor(collection: Collection, id: Buffer) {
    this.collection = collection;
    this.id = id;
  }

  next(): readonly StoredDocument[] | undefined {
    if (this.done) return undefined;
    this.done = true;
    const found = this.collection.readById(this.id);
    this.keysExamined = found === undefined ? 0 : 1;
    return found === undefined ? [] : [found];
  }
}

class FullScan implements Candidates {
  readonly keysExamined = 0;
  private readonly collection: Collection;
  private row = 0;

  constructor(collection: Collection) {
    this.collection = collection;
  }

  next(wanted: number): readonly StoredDocument[] | undefined {
    const found = this.collection.readAfter(this.row, wanted);
    const last = found.at(-1);
    if (last === undefined) return undefined;
    this.row = last.row;
    return found;
  }
}

class IndexScan implements Candidates {
  keysExamined = 0;
  private readonly collection: Collection;
  private readonly plan: Plan;
  private readonly seen = new Set<number>();
  private range = 0;
  private after: { key: Buffer; row: number } | undefined;

  constructor(collection: Collection, plan: Plan) {
    this.collection = collection;
    this.plan = plan;
  }

  next(wanted: number): readonly StoredDocument[] | undefined {
    if (this.range >= this.plan.ranges.length) return undefined;
    const found: StoredDocument[] = [];
    let bytes = 0;
    for (let reads = 0; reads < READS_PER_CHUNK && found.length < wanted && bytes < CHUNK_BYTES; reads += 1) {
      if (this.range >= this.plan.ranges.length) break;
      const limit = wanted - found.length;
      const rows = this.read(limit);
      const size = rows.reduce((sum, { document }) => sum + document.length, 0);
      this.advance(rows, rows.length < limit && size < CHUNK_BYTES);
      found.push(...this.unseen(rows));
      bytes += size;
    }
    return found;
  }

  private advance(rows: readonly RangeRow[], rangeEnded: boolean): void {
    const last = rows.at(-1);
    this.keysExamined += rows.length;
    this.after = rangeEnded || last === undefined ? undefined : { key: last.key, row: last.row };
    if (rangeEnded) this.range += 1;
  }

  private read(limit: number): RangeRow[] {
    const { plan, after } = this;
    const range = plan.ranges[plan.reverse ? plan.ranges.length - 1 - this.range : this.range];
    if (plan.index === undefined || range === undefined) return [];
    return this.collection.readRange(plan.index, { ...range, reverse: plan.reverse, after, limit });
  }

  private unseen(rows: readonly RangeRow[]): StoredDocument[] {
    if (this.plan.index?.multikey !== true && this.plan.ranges.length === 1) return [...rows];
    return rows.filter(({ row }) => {
      if (this.seen.has(row)) return false;
      this.seen.add(row);
      return true;
    });
  }
}
