import {
  MAX_COUNT_GROUPS,
  SearchTooWide,
  type ViewCount,
  type ViewDocument,
  type ViewFilter,
  type ViewIndex,
  type ViewQuery,
  type ViewStore,
  type ViewWrite,
} from '@qingpu/read-models-kernel/view-store';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { isOnlyDuplicateKeys } from './mongo-connection.ts';

/** How long one query may take, in milliseconds. */
const QUERY_WITHIN_MS = 10_000;

/** Views in MongoDB. A guarded upsert that meets a newer document fails with a duplicate key: it was applied before. */
export class MongoViewStore implements ViewStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async createCollection(collection: string, indexes: readonly ViewIndex[]): Promise<void> {
    if (indexes.length === 0) return;
    await this.#collection(collection).createIndexes(
      indexes.map(({ keys, unique }) => ({ key: { ...keys }, ...(unique !== undefined && { unique }) })),
    );
  }

  async write(writes: readonly ViewWrite[]): Promise<void> {
    const byCollection = Map.groupBy(writes, (write) => write.collection);
    for (const [collection, group] of byCollection) await this.#writeTo(collection, group);
  }

  async find<Document extends ViewDocument>(collection: string, query: ViewQuery): Promise<Document[]> {
    const cursor = this.#collection(collection).find(query.filter as object, { maxTimeMS: QUERY_WITHIN_MS });
    if (query.sort) cursor.sort({ ...query.sort });
    if (query.skip) cursor.skip(query.skip);
    if (query.fields)
      cursor.project(Object.fromEntries(['guard', ...query.fields].map((field) => [field, 1])));
    return (await cursor.limit(query.limit).toArray()) as unknown as Document[];
  }

  async count(collection: string, filter: ViewFilter): Promise<number> {
    return this.#collection(collection).countDocuments(filter as object, { maxTimeMS: QUERY_WITHIN_MS });
  }

  async countBy(collection: string, filter: ViewFilter, fields: readonly string[]): Promise<ViewCount[]> {
    // A missing field would make another group than null does.
    const keys = fields.map((field, index) => [`v${index}`, { $ifNull: [`$${field}`, null] }] as const);
    const groups = await this.#collection(collection)
      .aggregate<{ _id: Record<string, unknown>; count: number }>(
        [
          { $match: filter },
          { $group: { _id: Object.fromEntries(keys), count: { $sum: 1 } } },
          { $limit: MAX_COUNT_GROUPS + 1 },
        ],
        { maxTimeMS: QUERY_WITHIN_MS },
      )
      .toArray();
    if (groups.length > MAX_COUNT_GROUPS) throw new SearchTooWide(MAX_COUNT_GROUPS);
    return groups.map(({ _id, count }) => ({ values: keys.map(([key]) => _id[key]), count: Number(count) }));
  }

  async dropCollection(collection: string): Promise<void> {
    await this.#db.dropCollection(collection);
  }

  async #writeTo(collection: string, writes: readonly ViewWrite[]): Promise<void> {
    try {
      await this.#collection(collection).bulkWrite(writes.map(guardedUpsert), { ordered: false });
    } catch (error) {
      if (!isOnlyDuplicateKeys(error)) throw error;
    }
  }

  #collection(name: string) {
    return this.#db.collection<ViewDocument>(name);
  }
}

function guardedUpsert({ id, guard, set }: ViewWrite): AnyBulkWriteOperation<ViewDocument> {
  return {
    updateOne: {
      filter: { _id: id, guard: { $lt: guard } },
      update: { $set: { ...set, guard } },
      upsert: true,
    },
  };
}
