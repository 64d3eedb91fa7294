/** A filter in the query language of MongoDB. */
export type ViewFilter = Readonly<Record<string, unknown>>;

export interface ViewIndex {
  readonly keys: Readonly<Record<string, 1 | -1>>;
  readonly unique?: boolean;
}

/** Documents are found by `_id`; `guard` says how new they are. */
export interface ViewDocument {
  readonly _id: string;
  /** Revision of the document's stream, or log position where several streams feed it. */
  readonly guard: bigint;
}

/**
 * One guarded write: sets the fields when the document is absent or its guard is lower, else does nothing.
 * Fields are absolute states, never increments, so that a repeated write changes nothing.
 * A key with dots (`slots.A1.state`) sets one field inside documents, which are made where they are missing; so many
 * streams can feed one document without anybody reading it first. A projection sets a field either as a whole or by
 * its parts, never both: a batch that does is refused by the store.
 */
export interface ViewWrite {
  readonly collection: string;
  readonly id: string;
  readonly guard: bigint;
  readonly set: Readonly<Record<string, unknown>>;
}

export interface ViewQuery {
  readonly filter: ViewFilter;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly skip?: number;
  /** Every reading names how much it wants at the most. */
  readonly limit: number;
  /** Which fields to read besides `_id` and `guard`; all of them when left out. */
  readonly fields?: readonly string[];
}

/** How many documents share these values, in the order of the fields asked for; a missing field counts as null. */
export interface ViewCount {
  readonly values: readonly unknown[];
  readonly count: number;
}

/** Groups that one counting may answer at the most. */
export const MAX_COUNT_GROUPS = 10_000;

/** More matched than one reading takes in: the question must be narrowed. */
export class SearchTooWide extends Error {
  override readonly name = 'SearchTooWide';
  constructor(readonly most: number) {
    super(`more than ${most} would have to be read`);
  }
}

/** The document store behind views: the port that `infra/document-store` implements. Collections are named physically. */
export interface ViewStore {
  createCollection(collection: string, indexes: readonly ViewIndex[]): Promise<void>;
  /** Applies the writes durably; a write whose guard is not newer is passed over. */
  write(writes: readonly ViewWrite[]): Promise<void>;
  find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]>;
  count(collection: string, filter: ViewFilter): Promise<number>;
  /** Counts matching documents by the values of one to four fields, in no order. @throws SearchTooWide */
  countBy(collection: string, filter: ViewFilter, fields: readonly string[]): Promise<ViewCount[]>;
  dropCollection(collection: string): Promise<void>;
}
