import type { Checkpoints } from './checkpoints.ts';
import type { ProgressBoard } from './progress-board.ts';
import { physicalCollection, type ViewDefinition, viewConsumer } from './view.ts';
import type { ViewCount, ViewDocument, ViewQuery, ViewStore } from './view-store.ts';

/** The answer cannot name what it includes: the position lies beyond the end of the log. */
export class PositionBeyondHead extends Error {
  override readonly name = 'PositionBeyondHead';
}

export interface Freshness {
  /** When the newest event in the view happened; null for an empty view. */
  readonly asOf: string | null;
  /** The view had not reached the wanted position in time. */
  readonly stale: boolean;
}

/** Positions after `after`, up to and including `upTo`. */
export interface LogSpan {
  readonly after: bigint;
  readonly upTo: bigint;
}

export interface ViewReaderOptions {
  /** How long a query waits for its position, in milliseconds. */
  readonly waitMs: number;
  readonly pollMs: number;
  /** How long the active version is remembered, in milliseconds. */
  readonly versionCacheMs: number;
}

const DEFAULTS: ViewReaderOptions = { waitMs: 2_000, pollMs: 15, versionCacheMs: 1_000 };

/**
 * Reads one view in this build's version, or in an older one while that is still active: queries must be able to read
 * the documents of the version before. It can wait
 * until the view has taken in a position.
 */
export class ViewReader {
  readonly #view: ViewDefinition;
  readonly #store: ViewStore;
  readonly #checkpoints: Checkpoints;
  readonly #headPosition: () => Promise<bigint>;
  readonly #board: ProgressBoard | undefined;
  readonly #options: ViewReaderOptions;
  #version: { readonly value: number; readonly until: number } | undefined;
  /** Everybody who finds the version forgotten waits for the same answer. */
  #asking: Promise<number> | undefined;

  constructor(
    view: ViewDefinition,
    store: ViewStore,
    checkpoints: Checkpoints,
    headPosition: () => Promise<bigint>,
    options: Partial<ViewReaderOptions> & { readonly board?: ProgressBoard } = {},
  ) {
    this.#view = view;
    this.#store = store;
    this.#checkpoints = checkpoints;
    this.#headPosition = headPosition;
    this.#board = options.board;
    this.#options = { ...DEFAULTS, ...options };
  }

  async find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]> {
    return this.#store.find<Document>(await this.#physical(collection), query);
  }

  async findOne<Document extends ViewDocument>(
    collection: string,
    id: string,
  ): Promise<Document | undefined> {
    const [document] = await this.find<Document>(collection, { filter: { _id: id }, limit: 1 });
    return document;
  }

  async count(collection: string, filter: ViewQuery['filter']): Promise<number> {
    return this.#store.count(await this.#physical(collection), filter);
  }

  /** One page of documents, and how many there are in all: counted apart only where the page itself does not tell. */
  async page<Document extends ViewDocument>(
    collection: string,
    query: Omit<ViewQuery, 'skip' | 'limit'>,
    { skip, size }: { readonly skip: number; readonly size: number },
  ): Promise<{ readonly found: Document[]; readonly total: number }> {
    const found = await this.find<Document>(collection, { ...query, skip, limit: size });
    const isLast = found.length < size && (found.length > 0 || skip === 0);
    return { found, total: isLast ? skip + found.length : await this.count(collection, query.filter) };
  }

  /** Counts by the values of fields. @throws SearchTooWide */
  async countBy(
    collection: string,
    filter: ViewQuery['filter'],
    fields: readonly string[],
  ): Promise<ViewCount[]> {
    return this.#store.countBy(await this.#physical(collection), filter, fields);
  }

  /** Waits, bounded, until the view has taken in `after`. @throws PositionBeyondHead */
  async freshness(after?: bigint): Promise<Freshness> {
    const deadline = Date.now() + this.#options.waitMs;
    if (after !== undefined && after > (await this.#headPosition())) throw new PositionBeyondHead();
    for (;;) {
      const consumer = viewConsumer(this.#view, await this.#activeVersion());
      const checkpoint = this.#board?.get(consumer) ?? (await this.#checkpoints.load(consumer));
      const reached = after === undefined || (checkpoint.position ?? -1n) >= after;
      if (reached || Date.now() >= deadline) return { asOf: checkpoint.asOf ?? null, stale: !reached };
      await new Promise((resolve) => setTimeout(resolve, this.#options.pollMs));
    }
  }

  /** Up to where in the log the view has everything; -1 while it has nothing. */
  async reached(): Promise<bigint> {
    const consumer = viewConsumer(this.#view, await this.#activeVersion());
    const checkpoint = this.#board?.get(consumer) ?? (await this.#checkpoints.load(consumer));
    return checkpoint.position ?? -1n;
  }

  /**
   * Documents whose guard is a log position and that changed last in a span of the log, in its order. A span that ends
   * at `reached` at the latest leaves nothing behind: whatever comes later has a higher position.
   */
  async changed<Document extends ViewDocument>(
    collection: string,
    filter: ViewQuery['filter'],
    { after, upTo }: LogSpan,
    limit: number,
  ): Promise<Document[]> {
    const within = { guard: { $gt: after, $lte: upTo } };
    return this.find<Document>(collection, { filter: { ...filter, ...within }, sort: { guard: 1 }, limit });
  }

  /** Waits a little for what stands in the log now. */
  async catchUp(): Promise<Freshness> {
    return this.freshness(await this.#headPosition());
  }

  async #physical(collection: string): Promise<string> {
    return physicalCollection(this.#view, await this.#activeVersion(), collection);
  }

  #activeVersion(): Promise<number> | number {
    if (this.#version && this.#version.until > Date.now()) return this.#version.value;
    this.#asking ??= this.#askVersion().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askVersion(): Promise<number> {
    const active = (await this.#checkpoints.activeVersion(this.#view.name)) ?? this.#view.version;
    // Never newer than this build knows; while its own version is being built, the one before serves.
    const value = Math.min(active, this.#view.version);
    this.#version = { value, until: Date.now() + this.#options.versionCacheMs };
    return value;
  }
}
