import { find } from 'mingo';
import {
  MAX_COUNT_GROUPS,
  SearchTooWide,
  type ViewCount,
  type ViewDocument,
  type ViewFilter,
  type ViewQuery,
  type ViewStore,
  type ViewWrite,
} from '../view-store.ts';

/** Views in memory with MongoDB's filters; its contract test runs on it and on the real store. */
export class FakeViewStore implements ViewStore {
  readonly #collections = new Map<string, Map<string, ViewDocument>>();

  async createCollection(collection: string): Promise<void> {
    this.#documents(collection);
  }

  async write(writes: readonly ViewWrite[]): Promise<void> {
    for (const { collection, id, guard, set } of writes) {
      const documents = this.#documents(collection);
      const current = documents.get(id);
      if (current && current.guard >= guard) continue;
      documents.set(id, { ...withFields(current ?? {}, set), _id: id, guard });
    }
  }

  async find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]> {
    // The query engine cannot compare bigints: the span of positions is applied here.
    const { guard: span = {}, ...filter } = query.filter;
    const documents = [...this.#documents(collection).values()].filter(within(span as Span));
    const cursor = find<Document>(
      documents.map((document) => structuredClone(document)),
      filter,
    );
    if (query.sort) cursor.sort(query.sort);
    const found = cursor
      .skip(query.skip ?? 0)
      .limit(query.limit)
      .all() as Document[];
    const { fields } = query;
    return fields ? found.map((document) => only(document, fields)) : found;
  }

  async count(collection: string, filter: ViewFilter): Promise<number> {
    return (await this.find(collection, { filter, limit: Number.MAX_SAFE_INTEGER })).length;
  }

  async countBy(collection: string, filter: ViewFilter, fields: readonly string[]): Promise<ViewCount[]> {
    const found = await this.find(collection, { filter, limit: Number.MAX_SAFE_INTEGER });
    const groups = Map.groupBy(found, (document) =>
      JSON.stringify(fields.map((field) => fieldAt(document, field) ?? null)),
    );
    if (groups.size > MAX_COUNT_GROUPS) throw new SearchTooWide(MAX_COUNT_GROUPS);
    return [...groups].map(([values, { length }]) => ({ values: JSON.parse(values), count: length }));
  }

  async dropCollection(collection: string): Promise<void> {
    this.#collections.delete(collection);
  }

  #documents(collection: string): Map<string, ViewDocument> {
    const existing = this.#collections.get(collection);
    if (existing) return existing;
    const created = new Map<string, ViewDocument>();
    this.#collections.set(collection, created);
    return created;
  }
}

type Fields = Record<string, unknown>;

/** A copy with the fields set, those with dots inside of documents. */
function withFields(current: object, set: Readonly<Fields>): Fields {
  const changed = structuredClone(current) as Fields;
  const paths = Object.keys(set);
  for (const path of paths) {
    if (paths.some((other) => other.startsWith(`${path}.`)))
      throw new Error(`Updating the path '${path}' would create a conflict`);
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const target = parts.reduce(documentIn, changed);
    target[last] = structuredClone(set[path]);
  }
  return changed;
}

/** The document inside of a document, made when it is missing. */
function documentIn(container: Fields, name: string): Fields {
  const found = Object.hasOwn(container, name) ? container[name] : undefined;
  if (found === undefined) {
    const made: Fields = {};
    container[name] = made;
    return made;
  }
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Fields;
  throw new Error(`Cannot create a field in '${name}', which is no document`);
}

function fieldAt(document: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Fields | null | undefined)?.[name], document);
}

/** The document with these top-level or nested fields only. */
function only<Document extends ViewDocument>(document: Document, fields: readonly string[]): Document {
  const chosen = fields
    .map((field) => [field, fieldAt(document, field)] as const)
    .filter(([, value]) => value !== undefined);
  const { _id, guard } = document;
  return { ...withFields({}, Object.fromEntries(chosen)), _id, guard } as Document;
}

interface Span {
  readonly $gt?: bigint;
  readonly $lte?: bigint;
}

function within({ $gt, $lte }: Span) {
  return ({ guard }: ViewDocument) =>
    ($gt === undefined || guard > $gt) && ($lte === undefined || guard <= $lte);
}
