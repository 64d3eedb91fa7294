import type { DocumentStoreWork } from './document-store-work.ts';
import type { RawDocuments } from './raw-documents.ts';
import { visitOf, wardsOf } from './visit.ts';

export interface Operation {
  readonly what: string;
  /** Of many small ones the rate is told, of a query its time. */
  readonly unit: 'documents/s' | 'operations/s' | 'ms';
  /** How many a turn does. */
  readonly count: number;
  readonly turns: number;
  /** Turns before those, not measured: only they make compilers and caches ready. */
  readonly warmUps: number;
  /** Finds its documents by an index, so that it should hardly slow down as the collection grows. */
  readonly indexed: boolean;
  own(turn: number): Promise<void>;
  raw(turn: number): void;
}

const BATCH = 1000;
const TURNS = 5;
const POINT_READS = 2000;
const SINGLE_WRITES = 500;
const QUERIES = 60;
const PAGE = 20;

/** In the order in which they must be done, on a collection that is empty at first and has so many documents then. */
export function operationsOn(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation[] {
  return [
    inserts(documents, work, raw),
    pointReads(documents, work, raw),
    ...queries(documents, work, raw),
    updates(documents, work, raw),
    bulkUpserts(documents, work, raw),
  ];
}

function inserts(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation {
  const share = Math.ceil(documents / TURNS);
  const batchesOf = (turn: number) => batches(turn * share, Math.min(documents, (turn + 1) * share));
  const visits = (numbers: readonly number[]) => numbers.map((n) => visitOf(n, documents));
  return {
    what: 'insertMany of 1000, one index',
    unit: 'documents/s',
    count: share,
    turns: TURNS,
    warmUps: 0,
    indexed: false,
    own: async (turn) => {
      for (const batch of batchesOf(turn)) await work.insert(visits(batch));
    },
    raw: (turn) => {
      for (const batch of batchesOf(turn)) raw.insert(visits(batch));
    },
  };
}

function pointReads(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation {
  const numbers = (turn: number) => spread(turn, POINT_READS, documents);
  return {
    what: 'findOne by _id',
    unit: 'operations/s',
    count: POINT_READS,
    turns: TURNS,
    warmUps: 1,
    indexed: true,
    own: async (turn) => {
      for (const n of numbers(turn)) await work.findOne(n);
    },
    raw: (turn) => {
      for (const n of numbers(turn)) raw.findOne(n);
    },
  };
}

function queries(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation[] {
  const wards = (turn: number) => spread(turn, QUERIES, wardsOf(documents));
  const everyWard = async (turn: number, query: (ward: number) => Promise<void>) => {
    for (const ward of wards(turn)) await query(ward);
  };
  const query = { unit: 'ms', count: QUERIES, turns: TURNS, warmUps: 1, indexed: true } as const;
  return [
    {
      ...query,
      what: 'find by index, 200 found',
      own: (turn) => everyWard(turn, (ward) => work.inWard(ward)),
      raw: (turn) => {
        for (const ward of wards(turn)) raw.inWard(ward);
      },
    },
    {
      ...query,
      what: 'sort by index, limit 20',
      own: (turn) => everyWard(turn, (ward) => work.firstFromWard(ward, PAGE)),
      raw: (turn) => {
        for (const ward of wards(turn)) raw.firstFromWard(ward, PAGE);
      },
    },
    {
      what: '$group over everything',
      unit: 'ms',
      count: 1,
      turns: TURNS,
      warmUps: 1,
      indexed: false,
      own: () => work.sumsByWard(),
      raw: () => void raw.sumsByWard(),
    },
  ];
}

function updates(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation {
  const numbers = (turn: number) => spread(turn, SINGLE_WRITES, documents);
  return {
    what: 'updateOne by _id',
    unit: 'operations/s',
    count: SINGLE_WRITES,
    turns: TURNS,
    warmUps: 1,
    indexed: true,
    own: async (turn) => {
      for (const n of numbers(turn)) await work.update(n);
    },
    raw: (turn) => {
      // A new revision every time: SQLite writes nothing when a row stays what it was.
      for (const n of numbers(turn)) raw.update(visitOf(n, documents, 2 + turn));
    },
  };
}

function bulkUpserts(documents: number, work: DocumentStoreWork, raw: RawDocuments): Operation {
  const count = Math.min(BATCH, documents);
  const newer = (turn: number) =>
    spread(turn, count, documents).map((n) => visitOf(n, documents, REVISION_ABOVE_ALL_UPDATES + turn));
  return {
    what: 'bulkWrite of 1000 guarded upserts',
    unit: 'documents/s',
    count,
    turns: TURNS,
    warmUps: 1,
    indexed: true,
    own: (turn) => work.upsert(newer(turn)),
    raw: (turn) => raw.upsert(newer(turn)),
  };
}

const REVISION_ABOVE_ALL_UPDATES = 1_000_000;

/** Numbers from all over the range, none twice while there are enough; others in every turn, the same in every run. */
function spread(turn: number, count: number, range: number): number[] {
  return Array.from({ length: count }, (_, index) => ((turn * count + index) * 7919) % range);
}

function* batches(from: number, to: number): Generator<number[]> {
  for (let start = from; start < to; start += BATCH) {
    yield Array.from({ length: Math.min(BATCH, to - start) }, (_, index) => start + index);
  }
}
