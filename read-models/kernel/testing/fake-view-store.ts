import { find } from 'mingo';
import type { ViewDocument, ViewFilter, ViewQuery, ViewStore, ViewWrite } from '../view-store.ts';

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
      documents.set(id, { ...current, ...structuredClone(set), _id: id, guard });
    }
  }

  async find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]> {
    const cursor = find<Document>(
      [...this.#documents(collection).values()].map((document) => structuredClone(document)),
      query.filter,
    );
    if (query.sort) cursor.sort(query.sort);
    return cursor
      .skip(query.skip ?? 0)
      .limit(query.limit)
      .all() as Document[];
  }

  async count(collection: string, filter: ViewFilter): Promise<number> {
    return (await this.find(collection, { filter, limit: Number.MAX_SAFE_INTEGER })).length;
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
