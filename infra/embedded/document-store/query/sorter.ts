import { Arena } from '../bson/arena.ts';
import { documentValue } from '../bson/raw.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { Pace } from './pace.ts';
import { type SortField, sortKeyOf } from './sort.ts';

/** Documents sorted at once; runs of this length are merged. */
const RUN = 2048;
/** The lengths of the key and of the document, before both. */
const HEAD_BYTES = 8;
/** What a kept document takes besides its key and itself. */
const OVERHEAD_BYTES = HEAD_BYTES + 8;

function sizeOf(key: Buffer, document: Buffer): number {
  return key.length + document.length + OVERHEAD_BYTES;
}

function keyIn(arena: Arena, address: number): Buffer {
  const page = arena.page(address);
  const at = arena.offset(address);
  return page.subarray(at + HEAD_BYTES, at + HEAD_BYTES + page.readUInt32LE(at));
}

function documentIn(arena: Arena, address: number): Buffer {
  const page = arena.page(address);
  const at = arena.offset(address);
  const start = at + HEAD_BYTES + page.readUInt32LE(at);
  return page.subarray(start, start + page.readUInt32LE(at + 4));
}

/** Sorts documents in memory, up to 100 MB (292 above). With a limit of up to RUN only so many are kept. */
export class Sorter {
  private arena = new Arena();
  private readonly fields: readonly SortField[];
  private readonly limit: number | undefined;
  private readonly budget = new MemoryBudget('$sort');
  private readonly runs: number[][] = [];
  private run: number[] = [];
  /** The last of the keys that are kept when there are enough; what does not come before it is not needed. */
  private worst: Buffer | undefined;

  constructor(fields: readonly SortField[], limit: number | undefined) {
    this.fields = fields;
    this.limit = limit;
  }

  add(document: Buffer): void {
    const key = sortKeyOf(documentValue(document), this.fields);
    if (this.worst !== undefined && Buffer.compare(key, this.worst) >= 0) return;
    this.budget.add(sizeOf(key, document));
    this.run.push(this.keep(key, document));
    if (this.limit !== undefined && this.limit <= RUN) this.trim(this.limit);
    else if (this.run.length >= RUN) this.closeRun();
  }

  private keep(key: Buffer, document: Buffer): number {
    const address = this.arena.reserve(HEAD_BYTES + key.length + document.length);
    const page = this.arena.page(address);
    const at = this.arena.offset(address);
    page.writeUInt32LE(key.length, at);
    page.writeUInt32LE(document.length, at + 4);
    key.copy(page, at + HEAD_BYTES);
    document.copy(page, at + HEAD_BYTES + key.length);
    return address;
  }

  /** A document that was kept, in place. */
  document(address: number): Buffer {
    return documentIn(this.arena, address);
  }

  private readonly compare = (left: number, right: number): number => {
    const [page, other] = [this.arena.page(left), this.arena.page(right)];
    const [at, otherAt] = [this.arena.offset(left), this.arena.offset(right)];
    const [start, otherStart] = [at + HEAD_BYTES, otherAt + HEAD_BYTES];
    const [end, otherEnd] = [start + page.readUInt32LE(at), otherStart + other.readUInt32LE(otherAt)];
    return page.compare(other, otherStart, otherEnd, start, end);
  };

  /** Now and then moves what is still needed to a new arena and lets go of the rest. */
  private trim(limit: number): void {
    if (this.run.length < RUN * 2) return;
    this.run.sort(this.compare);
    const { arena, run } = this;
    this.arena = new Arena();
    this.run = [];
    for (const [place, address] of run.entries()) {
      const [key, document] = [keyIn(arena, address), documentIn(arena, address)];
      if (place < limit) this.run.push(this.keep(key, document));
      else this.budget.remove(sizeOf(key, document));
      if (place === limit - 1) this.worst = Buffer.from(key);
    }
  }

  private closeRun(): void {
    this.runs.push(this.run.sort(this.compare));
    this.run = [];
  }

  /** The addresses of the documents in order. */
  async result(pace: Pace): Promise<readonly number[]> {
    this.closeRun();
    let { runs } = this;
    while (runs.length > 1) {
      const next: number[][] = [];
      for (let i = 0; i < runs.length; i += 2)
        next.push(await this.merge(runs[i] ?? [], runs[i + 1] ?? [], pace));
      runs = next;
    }
    const result = runs[0] ?? [];
    return this.limit === undefined ? result : result.slice(0, this.limit);
  }

  private async merge(left: readonly number[], right: readonly number[], pace: Pace): Promise<number[]> {
    const merged: number[] = [];
    let l = 0;
    let r = 0;
    while (l < left.length || r < right.length) {
      const a = left[l];
      const b = right[r];
      if (a !== undefined && (b === undefined || this.compare(a, b) <= 0)) {
        merged.push(a);
        l += 1;
      } else if (b !== undefined) {
        merged.push(b);
        r += 1;
      }
      if (merged.length % RUN === 0) await pace.breathe();
    }
    return merged;
  }
}
