import type { Collection, Db } from 'mongodb';
import { BatchedFinds } from './batched-finds.ts';
import { isDuplicateKey } from './mongo-connection.ts';

interface ExpiringDocument<Value> {
  readonly _id: string;
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Values that are only good for a time, such as sessions and used nonces. Expired ones are never answered. */
export class MongoExpiringDocuments<Value> {
  readonly #documents: Collection<ExpiringDocument<Value>>;
  readonly #finds: BatchedFinds<ExpiringDocument<Value>>;

  constructor(db: Db, collection: string) {
    this.#documents = db.collection(collection);
    this.#finds = new BatchedFinds(this.#documents);
  }

  async prepare(): Promise<void> {
    await this.#documents.createIndex({ expiresAt: 1 });
  }

  /** Durably stores a value under a new key; false when the key is taken, also by an expired value. */
  async insert(key: string, value: Value, expiresAt: number): Promise<boolean> {
    try {
      await this.#documents.insertOne({ _id: key, value, expiresAt } as never);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async find(
    key: string,
    now: number,
  ): Promise<{ readonly value: Value; readonly expiresAt: number } | undefined> {
    const document = await this.#finds.find(key);
    return document && document.expiresAt > now
      ? { value: document.value, expiresAt: document.expiresAt }
      : undefined;
  }

  async remove(key: string): Promise<void> {
    await this.#documents.deleteOne({ _id: key } as never);
  }

  /** Removes what expired before `now`; answers how many. */
  async purge(now: number): Promise<number> {
    return (await this.#documents.deleteMany({ expiresAt: { $lte: now } } as never)).deletedCount;
  }
}
