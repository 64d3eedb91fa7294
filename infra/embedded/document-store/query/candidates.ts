import type { Collection, EntryRow, StoredDocument } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import { RowSet } from '../storage/row-set.ts';
import { EntryReader } from './entry-reader.ts';
import type { KeyRange, RangeStream } from './index-bounds.ts';
import type { Plan } from './plan.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Ranges looked into before others get their turn. */
const READS_PER_CHUNK = 200;
/** Entries read at once of a stream that is merged: few at first, as most streams give little to a short result. */
const FIRST_MERGED = 8;
const MOST_MERGED = 256;
const SKIPPED_PER_CHUNK = 1024;

/** Hands out candidates chunk by chunk; between chunks other work may change the collection. */
export interface Candidates {
  /** The next candidates, maybe none; undefined at the end. Reads about `wanted`, never much more than a megabyte. */
  next(wanted: number): readonly StoredDocument[] | undefined;
  /** Index entries looked at so far. */
  readonly keysExamined: number;
  /** Passes over up to `count` candidates without reading them; answers how many, undefined at the end. */
  skip?(count: number): number | undefined;
}

/** The candidates of a plan. A document that an index holds several times is handed out once. */
export function openCandidates(collection: Collection, plan: Plan): Candidates {
  if (plan.id !== undefined) return new Lookup(collection, plan.id);
  if (plan.branches !== undefined) return new Union(collection, plan.branches);
  if (plan.merged !== undefined) return new MergeScan(collection, plan, plan.merged);
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
  private readonly entries: EntryReader | undefined;
  private readonly seen = new RowSet();

  constructor(collection: Collection, plan: Plan) {
    this.collection = collection;
    this.plan = plan;
    const { index, ranges, reverse } = plan;
    this.entries = index === undefined ? undefined : new EntryReader(collection, index, ranges, reverse);
  }

  next(wanted: number): readonly StoredDocument[] | undefined {
    if (this.entries === undefined || this.entries.ended) return undefined;
    return this.plan.index?.multikey === true
      ? this.unseen(wanted, this.entries)
      : this.read(wanted, this.entries);
  }

  skip(count: number): number | undefined {
    if (this.entries === undefined || this.entries.ended) return undefined;
    const { length } = this.entries.rows(Math.min(count, SKIPPED_PER_CHUNK));
    this.keysExamined += length;
    return length;
  }

  private read(wanted: number, entries: EntryReader): StoredDocument[] {
    const found: StoredDocument[] = [];
    let bytes = 0;
    for (let reads = 0; reads < READS_PER_CHUNK && !entries.ended; reads += 1) {
      const rows = entries.documents(wanted - found.length);
      this.keysExamined += rows.length;
      for (const row of rows) {
        found.push(row);
        bytes += row.document.length;
      }
      if (found.length >= wanted || bytes >= CHUNK_BYTES) break;
    }
    return found;
  }

  /** Finds the rows first, as several entries may lead to the same document. */
  private unseen(wanted: number, entries: EntryReader): StoredDocument[] {
    const rows: number[] = [];
    for (let reads = 0; reads < READS_PER_CHUNK && !entries.ended && rows.length < wanted; reads += 1) {
      const some = entries.rows(wanted - rows.length);
      this.keysExamined += some.length;
      for (const { row } of some) {
        if (this.seen.add(row)) rows.push(row);
      }
    }
    return documentsOf(this.collection, rows);
  }
}

function documentsOf(collection: Collection, rows: readonly number[]): StoredDocument[] {
  const found: StoredDocument[] = [];
  for (const row of rows) {
    const document = collection.read(row);
    if (document !== undefined) found.push({ row, document });
  }
  return found;
}

/** Merges streams that are each in order: always goes on with the one whose next entry comes first. */
class MergeScan implements Candidates {
  keysExamined = 0;
  private readonly collection: Collection;
  private readonly streams: MergeStream[];
  private readonly heap: MergeStream[] = [];
  private readonly order: (left: MergeStream, right: MergeStream) => number;
  private opened = 0;

  constructor(collection: Collection, plan: Plan, streams: readonly RangeStream[]) {
    this.collection = collection;
    const { index, reverse } = plan;
    this.streams = streams.flatMap(({ ranges, prefixLength }) =>
      index === undefined ? [] : [new MergeStream(collection, index, ranges, reverse, prefixLength)],
    );
    this.order = (left, right) => (reverse ? -1 : 1) * Buffer.compare(left.key, right.key);
  }

  next(wanted: number): readonly StoredDocument[] | undefined {
    const rows = this.rows(wanted);
    return rows && documentsOf(this.collection, rows);
  }

  skip(count: number): number | undefined {
    return this.rows(Math.min(count, SKIPPED_PER_CHUNK))?.length;
  }

  /** The next rows, none while the streams are still being opened, undefined at the end. */
  private rows(wanted: number): number[] | undefined {
    this.openSome();
    if (this.opened < this.streams.length) return [];
    const rows: number[] = [];
    for (let first = this.heap[0]; first !== undefined && rows.length < wanted; first = this.heap[0]) {
      rows.push(first.row);
      this.keysExamined += 1;
      if (!first.advance()) this.removeFirst();
      sink(this.heap, 0, this.order);
    }
    return rows.length === 0 ? undefined : rows;
  }

  private openSome(): void {
    if (this.opened === this.streams.length) return;
    for (const stream of this.streams.slice(this.opened, this.opened + READS_PER_CHUNK)) {
      if (stream.advance()) this.heap.push(stream);
      this.opened += 1;
    }
    if (this.opened < this.streams.length) return;
    for (let at = this.heap.length >> 1; at >= 0; at -= 1) sink(this.heap, at, this.order);
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) this.heap[0] = last;
  }
}

/** Restores the order of a heap whose item at `from` may come too early. */
function sink<T>(heap: T[], from: number, order: (left: T, right: T) => number): void {
  for (let at = from; ; ) {
    const own = heap[at];
    const left = 2 * at + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (own === undefined || a === undefined) return;
    const [child, best] = b !== undefined && order(b, a) < 0 ? [left + 1, b] : [left, a];
    if (order(own, best) <= 0) return;
    heap[at] = best;
    heap[child] = own;
    at = child;
  }
}

/** One stream of a merge. */
class MergeStream {
  /** What is behind the prefix that all keys of the stream share. */
  key: Buffer = Buffer.alloc(0);
  row = 0;
  private readonly entries: EntryReader;
  private readonly prefixLength: number;
  private chunk: readonly EntryRow[] = [];
  private at = 0;
  private size = FIRST_MERGED;

  constructor(
    collection: Collection,
    index: IndexDefinition,
    ranges: readonly KeyRange[],
    reverse: boolean,
    prefixLength: number,
  ) {
    this.entries = new EntryReader(collection, index, ranges, reverse);
    this.prefixLength = prefixLength;
  }

  /** Goes to the next entry; false at the end. */
  advance(): boolean {
    while (this.at >= this.chunk.length) {
      if (this.entries.ended) return false;
      this.chunk = this.entries.rows(this.size);
      this.size = Math.min(MOST_MERGED, this.size * 2);
      this.at = 0;
    }
    const entry = this.chunk[this.at];
    this.at += 1;
    if (entry === undefined) return false;
    this.key = entry.key.subarray(this.prefixLength);
    this.row = entry.row;
    return true;
  }
}

/** Looks for the branches of an `$or` one after the other; what several find is handed out once. */
class Union implements Candidates {
  private readonly branches: readonly Candidates[];
  private readonly seen = new RowSet();
  private at = 0;

  constructor(collection: Collection, branches: readonly Plan[]) {
    this.branches = branches.map((branch) => openCandidates(collection, branch));
  }

  get keysExamined(): number {
    return this.branches.reduce((sum, { keysExamined }) => sum + keysExamined, 0);
  }

  next(wanted: number): readonly StoredDocument[] | undefined {
    const found = this.branches[this.at]?.next(wanted);
    if (found === undefined) {
      this.at += 1;
      return this.at < this.branches.length ? [] : undefined;
    }
    return found.filter(({ row }) => this.seen.add(row));
  }
}
