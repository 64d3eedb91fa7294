import { documentValue, type RawValue } from '../bson/raw.ts';
import { CommandError } from '../errors.ts';
import { openCandidates } from '../query/candidates.ts';
import type { Clause } from '../query/filter.ts';
import type { Hint } from '../query/hint.ts';
import { compileMatcher, type Matcher } from '../query/matcher.ts';
import type { Pace } from '../query/pace.ts';
import { choosePlan } from '../query/planner.ts';
import { type SortField, sortKeyOf } from '../query/sort.ts';
import type { Collection, StoredDocument } from '../storage/collection.ts';
import type { Store } from '../storage/store.ts';
import { idOf, storedForm } from '../update/updater.ts';
import type { WriteError } from './errors.ts';

/** One update or delete: which documents, and what to do with each. */
export interface Statement {
  readonly place: Place;
  readonly filter: Clause;
  /** All matching documents, or only the first in the order of `sort`. */
  readonly multi: boolean;
  readonly sort: readonly SortField[];
  readonly hint: Hint | undefined;
  /** Changes one document; false when there was nothing to change. */
  apply(collection: Collection, stored: StoredDocument): boolean;
  /** What an upsert inserts when nothing matched. */
  readonly upsert: (() => Buffer) | undefined;
}

/** One document to insert. */
export interface Insertion {
  readonly place: Place;
  readonly document: RawValue;
}

export type Write = Statement | Insertion;

export interface Outcome {
  matched: number;
  modified: number;
  upserted: RawValue | undefined;
}

export interface StatementResult extends Outcome {
  readonly index: number;
}

export interface Place {
  readonly database: string;
  readonly collection: string;
}

/** A statement that would look at more documents than this inside a transaction searches first, giving way to reads. */
const EXAMINED_IN_TRANSACTION = 1000;
/** Changing a document costs about as much as looking at this many. */
const EXAMINED_LIKE_ONE_CHANGE = 10;
/** Reading this much costs about as much as looking at another document. */
const BYTES_LIKE_ONE_DOCUMENT = 4096;
const CHUNK = 64;
const ATTEMPTS = 3;

function bytesIn(documents: readonly StoredDocument[]): number {
  return documents.reduce((sum, { document }) => sum + document.length, 0);
}

function prefersKey(key: Buffer, best: Buffer | undefined): boolean {
  return best === undefined || Buffer.compare(key, best) < 0;
}

/** Gathers what a statement is about: every match, the first match, or the one that sorts first. */
class Targets {
  readonly found: StoredDocument[] = [];
  private readonly statement: Statement;
  private readonly matcher: Matcher;
  private readonly inOrder: boolean;
  private readonly keep: (candidate: StoredDocument) => StoredDocument;
  private bestKey: Buffer | undefined;

  constructor(
    statement: Statement,
    matcher: Matcher,
    inOrder: boolean,
    keep: (candidate: StoredDocument) => StoredDocument,
  ) {
    this.keep = keep;
    this.statement = statement;
    this.matcher = matcher;
    this.inOrder = inOrder;
  }

  /** Looks at candidates; true when no more are needed. */
  take(candidates: readonly StoredDocument[]): boolean {
    for (const candidate of candidates) {
      if (!this.matcher.matches(candidate.document)) continue;
      if (this.statement.multi) this.found.push(this.keep(candidate));
      else if (this.inOrder) {
        this.found.push(this.keep(candidate));
        return true;
      } else this.keepBest(candidate);
    }
    return false;
  }

  private keepBest(candidate: StoredDocument): void {
    const key = sortKeyOf(documentValue(candidate.document), this.statement.sort);
    if (!prefersKey(key, this.bestKey)) return;
    this.bestKey = key;
    this.found[0] = this.keep(candidate);
  }
}

const NOTHING = Buffer.alloc(0);

/** A long search only remembers where the documents are; they are read again when they are changed. */
const rowOnly = ({ row }: StoredDocument): StoredDocument => ({ row, document: NOTHING });
const whole = (candidate: StoredDocument): StoredDocument => candidate;

/** Runs the writes of one command. */
export class StatementRunner {
  private readonly store: Store;
  private readonly pace: Pace;
  private readonly unsynced: boolean;

  constructor(store: Store, pace: Pace, unsynced: boolean) {
    this.unsynced = unsynced;
    this.store = store;
    this.pace = pace;
  }

  private once<T>(work: () => T): Promise<T> {
    return this.store.commits.once(work, this.unsynced);
  }

  private collection({ place }: Statement): Collection | undefined {
    return this.store.catalog.find(place.database, place.collection);
  }

  /**
   * Runs the writes in order; an ordered command stops at its first error. Answers one result for every write that
   * succeeded; everything answered is durable.
   */
  async runAll(
    writes: readonly (Write | CommandError)[],
    ordered: boolean,
  ): Promise<{ results: StatementResult[]; errors: WriteError[] }> {
    const results: StatementResult[] = [];
    const errors: WriteError[] = [];
    const fail = (index: number, error: unknown): number => {
      errors.push({ index, error: writeErrorFrom(error) });
      return ordered ? writes.length : index + 1;
    };
    let next = 0;
    while (next < writes.length) {
      const slow = await this.runQuickOnes(
        writes,
        next,
        (index, outcome) => results.push({ index, ...outcome }),
        fail,
      );
      const statement = writes[slow];
      if (statement === undefined || statement instanceof CommandError || 'document' in statement) break;
      next = slow + 1;
      try {
        results.push({ index: slow, ...(await this.runSlowly(statement)) });
      } catch (error) {
        next = fail(slow, error);
      }
    }
    return { results, errors };
  }

  /** Runs writes until one needs a long search; answers its index, or the end. */
  private async runQuickOnes(
    writes: readonly (Write | CommandError)[],
    from: number,
    succeed: (index: number, outcome: Outcome) => void,
    fail: (index: number, error: unknown) => number,
  ): Promise<number> {
    let at = from;
    let slow = false;
    const step = (): boolean => {
      this.pace.checkDeadline();
      const write = writes[at];
      if (write === undefined) return true;
      try {
        if (write instanceof CommandError) throw write;
        const outcome = this.store.db.isolated(() => this.writeNow(write));
        slow = outcome === undefined;
        if (outcome !== undefined) succeed(at, outcome);
        if (!slow) at += 1;
      } catch (error) {
        at = fail(at, error);
      }
      return slow || at >= writes.length;
    };
    await this.store.commits.run({ step, unsynced: this.unsynced });
    return at;
  }

  /** Runs a single statement of a command that answers its error itself. */
  async runOne(statement: Statement): Promise<Outcome> {
    const outcome = await this.once(() => this.tryNow(statement, EXAMINED_IN_TRANSACTION));
    return outcome ?? (await this.runSlowly(statement));
  }

  private writeNow(write: Write): Outcome | undefined {
    if (!('document' in write)) return this.tryNow(write, EXAMINED_IN_TRANSACTION);
    insertInto(this.store, write);
    return { matched: 0, modified: 0, upserted: undefined };
  }

  /** Finds and changes inside one transaction; undefined when that means looking at too many documents. */
  private tryNow(statement: Statement, budget: number): Outcome | undefined {
    const collection = this.collection(statement);
    const found = collection === undefined ? [] : this.findNow(collection, statement, budget);
    if (found === undefined) return undefined;
    if (collection === undefined || found.length === 0) return this.insertMissing(statement);
    let modified = 0;
    for (const stored of found) if (statement.apply(collection, stored)) modified += 1;
    return { matched: found.length, modified, upserted: undefined };
  }

  private findNow(
    collection: Collection,
    statement: Statement,
    budget: number,
  ): StoredDocument[] | undefined {
    const { candidates, targets } = this.search(collection, statement, whole);
    let examined = 0;
    for (;;) {
      const chunk = candidates.next(statement.multi ? CHUNK : Math.min(CHUNK, Math.ceil(examined) + 1));
      if (chunk === undefined || targets.take(chunk)) return targets.found;
      examined += chunk.length + bytesIn(chunk) / BYTES_LIKE_ONE_DOCUMENT;
      const changing = statement.multi ? targets.found.length * EXAMINED_LIKE_ONE_CHANGE : 0;
      if (examined + changing > budget) return undefined;
    }
  }

  private search(collection: Collection, statement: Statement, keep: typeof whole) {
    const { filter, sort, multi, hint } = statement;
    const plan = choosePlan(collection, filter, sort, multi ? undefined : 1, hint);
    const targets = new Targets(statement, compileMatcher(filter), plan.sorted, keep);
    return { candidates: openCandidates(collection, plan), targets };
  }

  private insertMissing(statement: Statement): Outcome {
    if (statement.upsert === undefined) return { matched: 0, modified: 0, upserted: undefined };
    const { database, collection: name } = statement.place;
    const collection = this.store.catalog.ensure(database, name);
    const document = statement.upsert();
    collection.insert(document);
    return { matched: 0, modified: 0, upserted: idOf(document) };
  }

  /** Searches outside of any transaction, then changes what was found if it still holds. */
  private async runSlowly(statement: Statement): Promise<Outcome> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const collection = this.collection(statement);
      if (collection === undefined) break;
      const seen = collection.changes;
      const found = await this.findSlowly(collection, statement);
      const first = found[0];
      if (statement.multi && first !== undefined) return this.applyToRows(collection, statement, found);
      const outcome = await this.once(() =>
        first === undefined
          ? this.confirmNone(collection, statement, seen)
          : this.applyIfStill(collection, statement, first, seen),
      );
      if (outcome !== undefined) return outcome;
    }
    const outcome = await this.once(() => this.tryNow(statement, Number.POSITIVE_INFINITY));
    if (outcome === undefined) throw new CommandError(1, 'the statement found no end');
    return outcome;
  }

  private async findSlowly(collection: Collection, statement: Statement): Promise<StoredDocument[]> {
    const { candidates, targets } = this.search(collection, statement, rowOnly);
    for (;;) {
      await this.pace.breathe();
      const chunk = candidates.next(CHUNK);
      if (chunk === undefined || targets.take(chunk)) return targets.found;
    }
  }

  private confirmNone(collection: Collection, statement: Statement, seen: number): Outcome | undefined {
    if (statement.upsert === undefined) return { matched: 0, modified: 0, upserted: undefined };
    return collection.changes === seen && !collection.dropped ? this.insertMissing(statement) : undefined;
  }

  private applyIfStill(
    collection: Collection,
    statement: Statement,
    found: StoredDocument,
    seen: number,
  ): Outcome | undefined {
    if (collection.dropped || (statement.sort.length > 0 && collection.changes !== seen)) return undefined;
    const stored = reread(collection, found.row, compileMatcher(statement.filter));
    if (stored === undefined) return undefined;
    return { matched: 1, modified: statement.apply(collection, stored) ? 1 : 0, upserted: undefined };
  }

  /** Like MongoDB, an update of many documents is atomic for each document, not as a whole. */
  private async applyToRows(
    collection: Collection,
    statement: Statement,
    found: readonly StoredDocument[],
  ): Promise<Outcome> {
    const matcher = compileMatcher(statement.filter);
    const outcome: Outcome = { matched: 0, modified: 0, upserted: undefined };
    let at = 0;
    let failure: unknown;
    const step = (): boolean => {
      const target = found[at];
      if (target === undefined || collection.dropped) return true;
      at += 1;
      try {
        this.store.db.isolated(() => {
          const stored = reread(collection, target.row, matcher);
          if (stored === undefined) return;
          if (statement.apply(collection, stored)) outcome.modified += 1;
          outcome.matched += 1;
        });
        return false;
      } catch (error) {
        failure = error;
        return true;
      }
    };
    await this.store.commits.run({ step, unsynced: this.unsynced });
    if (failure !== undefined) throw failure;
    return outcome;
  }
}

/** Stores one new document, inside the transaction of the group commit. */
export function insertInto(store: Store, { place, document }: Insertion): void {
  const stored = storedForm(document);
  store.catalog.ensure(place.database, place.collection).insert(stored);
}

function reread(collection: Collection, row: number, matcher: Matcher): StoredDocument | undefined {
  const document = collection.read(row);
  return document !== undefined && matcher.matches(document) ? { row, document } : undefined;
}

function writeErrorFrom(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  throw error;
}
