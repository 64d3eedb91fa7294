import type { Candidates } from './candidates.ts';
import type { Matcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import type { SortField } from './sort.ts';
import { Sorter } from './sorter.ts';

/** Documents in chunks; undefined at the end. A chunk may be empty. */
export interface DocumentStream {
  next(): Promise<Buffer[] | undefined>;
}

const CHUNK = 128;

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
export function fromItems<T>(items: Iterable<T>, make: (item: T) => Buffer, pace?: Pace): DocumentStream {
  const iterator = items[Symbol.iterator]();
  return {
    next: async () => {
      await pace?.breathe();
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
    const inOrder = await sorter.result(pace);
    return fromItems(inOrder, (address) => sorter.document(address), pace);
  });
}
