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
}

/** The document store behind views: the port that `infra/document-store` implements. Collections are named physically. */
export interface ViewStore {
  createCollection(collection: string, indexes: readonly ViewIndex[]): Promise<void>;
  /** Applies the writes durably; a write whose guard is not newer is passed over. */
  write(writes: readonly ViewWrite[]): Promise<void>;
  find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]>;
  count(collection: string, filter: ViewFilter): Promise<number>;
  dropCollection(collection: string): Promise<void>;
}
