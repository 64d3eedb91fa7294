import { documentValue } from '../bson/raw.ts';
import { CommandError } from '../errors.ts';
import type { Candidates } from './candidates.ts';
import type { Matcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import { type SortField, sortKeyOf } from './sort.ts';

/** Documents in chunks; undefined at the end. A chunk may be empty. */
export interface DocumentStream {
  next(): Promise<Buffer[] | undefined>;
}

const CHUNK = 128;
const MAX_IN_MEMORY_BYTES = 100 * 1024 * 1024;

/** What a query looked at. */
export interface Examined {
  documents: number;
}

/** The candidates that match, giving way to others between chunks. `firstChunk` is how many the reader may want. */
export function matching(
  candidates: Candidates,
  matcher: Matcher,
  pace: Pace,
  examined: Examined,
  firstChunk: number,
): DocumentStream {
  let wanted = Math.max(1, Math.min(CHUNK, firstChunk));
  return {
    next: async () => {
      await pace.breathe();
      const found = candidates.next(wanted);
      wanted = Math.min(CHUNK, wanted * 2);
      if (found === undefined) return undefined;
      examined.documents += found.length;
      return found.filter(({ document }) => matcher.matches(document)).map(({ document }) => document);
    },
  };
}

/** A stream that begins after candidates were passed over unread. */
export function behind(
  candidates: Candidates,
  count: number,
  stream: DocumentStream,
  pace: Pace,
): DocumentStream {
  let left = count;
  return {
    next: async () => {
      while (left > 0) {
        await pace.breathe();
        const skipped = candidates.skip?.(left);
        if (skipped === undefined) return undefined;
        left -= skipped;
      }
      return stream.next();
    },
  };
}

export function fromArray(documents: readonly Buffer[]): DocumentStream {
  return fromItems(documents, (document) => document);
}

/** Documents made from items one chunk at a time, so that a large result is never made at once. */
export function fromItems<T>(items: Iterable<T>, make: (item: T) => Buffer): DocumentStream {
  const iterator = items[Symbol.iterator]();
  return {
    next: async () => {
      const chunk: Buffer[] = [];
      while (chunk.length < CHUNK) {
        const item = iterator.next();
        if (item.done === true) return chunk.length > 0 ? chunk : undefined;
        chunk.push(make(item.value));
      }
      return chunk;
    },
  };
}

export function filtered(input: DocumentStream, matcher: Matcher): DocumentStream {
  return { next: async () => (await input.next())?.filter((document) => matcher.matches(document)) };
}

export function mapped(input: DocumentStream, map: (document: Buffer) => Buffer): DocumentStream {
  return { next: async () => (await input.next())?.map(map) };
}

export function flatMapped(input: DocumentStream, map: (document: Buffer) => Buffer[]): DocumentStream {
  return { next: async () => (await input.next())?.flatMap(map) };
}

export function skipping(input: DocumentStream, count: number): DocumentStream {
  let left = count;
  return {
    next: async () => {
      const chunk = await input.next();
      if (chunk === undefined || left === 0) return chunk;
      const rest = chunk.slice(left);
      left = Math.max(0, left - chunk.length);
      return rest;
    },
  };
}

export function limitedTo(input: DocumentStream, count: number): DocumentStream {
  let left = count;
  return {
    next: async () => {
      if (left === 0) return undefined;
      const chunk = (await input.next())?.slice(0, left);
      left -= chunk?.length ?? 0;
      return chunk;
    },
  };
}

/** A stream whose documents are only known after all input was read. */
export function afterAll(
  input: DocumentStream,
  compute: (input: DocumentStream) => Promise<DocumentStream>,
): DocumentStream {
  let result: DocumentStream | undefined;
  return {
    next: async () => {
      result ??= await compute(input);
      return result.next();
    },
  };
}

/** Calls `visit` for every document. */
export async function forEachDocument(
  input: DocumentStream,
  pace: Pace,
  visit: (document: Buffer) => void,
): Promise<void> {
  for (;;) {
    const chunk = await input.next();
    if (chunk === undefined) return;
    for (const document of chunk) visit(document);
    await pace.breathe();
  }
}

/** Keeps count of what a blocking stage holds in memory; above 100 MB it is refused (292). */
export class MemoryBudget {
  private bytes = 0;
  private readonly stage: string;

  constructor(stage: string) {
    this.stage = stage;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= MAX_IN_MEMORY_BYTES) return;
    throw new CommandError(292, `${this.stage} exceeded memory limit of ${MAX_IN_MEMORY_BYTES} bytes`);
  }

  remove(bytes: number): void {
    this.bytes -= bytes;
  }
}

interface Keyed {
  readonly key: Buffer;
  readonly document: Buffer;
}

const RUN = 4096;

const byKey = (left: Keyed, right: Keyed): number => Buffer.compare(left.key, right.key);

/** The input in sort order; with a limit only that many are kept in memory. */
export function sorted(
  input: DocumentStream,
  fields: readonly SortField[],
  pace: Pace,
  limit: number | undefined,
): DocumentStream {
  return afterAll(input, async () => {
    const sorter = new Sorter(fields, limit);
    await forEachDocument(input, pace, (document) => sorter.add(document));
    return fromItems(await sorter.result(pace), ({ document }) => document);
  });
}

class Sorter {
  private readonly fields: readonly SortField[];
  private readonly limit: number | undefined;
  private readonly budget = new MemoryBudget('$sort');
  private readonly runs: Keyed[][] = [];
  private run: Keyed[] = [];

  constructor(fields: readonly SortField[], limit: number | undefined) {
    this.fields = fields;
    this.limit = limit;
  }

  add(document: Buffer): void {
    const key = sortKeyOf(documentValue(document), this.fields);
    this.budget.add(key.length + document.length);
    this.run.push({ key, document });
    if (this.limit !== undefined && this.limit <= RUN) this.trim(this.limit);
    else if (this.run.length >= RUN) this.closeRun();
  }

  private trim(limit: number): void {
    if (this.run.length < RUN * 2) return;
    this.run.sort(byKey);
    for (const { key, document } of this.run.splice(limit)) this.budget.remove(key.length + document.length);
  }

  private closeRun(): void {
    this.runs.push(this.run.sort(byKey));
    this.run = [];
  }

  async result(pace: Pace): Promise<Keyed[]> {
    this.closeRun();
    let { runs } = this;
    while (runs.length > 1) {
      const next: Keyed[][] = [];
      for (let i = 0; i < runs.length; i += 2) next.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], pace));
      runs = next;
    }
    const result = runs[0] ?? [];
    return this.limit === undefined ? result : result.slice(0, this.limit);
  }
}

async function merge(left: readonly Keyed[], right: readonly Keyed[], pace: Pace): Promise<Keyed[]> {
  const merged: Keyed[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    if (a !== undefined && (b === undefined || byKey(a, b) <= 0)) {
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
