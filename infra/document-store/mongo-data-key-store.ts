import { type DataKeyRecord, type DataKeyStore, tombstoneOf } from '@qingpu/crypto/data-keys';
import type { Collection, Db } from 'mongodb';
import { BatchedFinds } from './batched-finds.ts';
import { isDuplicateKey } from './mongo-connection.ts';

type DataKeyDocument = Omit<DataKeyRecord, 'subject'> & { readonly _id: string };

/** Wrapped data keys in MongoDB, one document a person; the unique `_id` decides races. */
export class MongoDataKeyStore implements DataKeyStore {
  readonly #keys: Collection<DataKeyDocument>;
  readonly #finds: BatchedFinds<DataKeyDocument>;

  constructor(db: Db) {
    this.#keys = db.collection('data_keys');
    this.#finds = new BatchedFinds(this.#keys);
  }

  async find(subject: string): Promise<DataKeyRecord | undefined> {
    const document = await this.#finds.find(subject);
    return document ? recordOf(document) : undefined;
  }

  async insert(record: DataKeyRecord): Promise<DataKeyRecord> {
    try {
      await this.#keys.insertOne(documentOf(record));
      return record;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const winner = await this.find(record.subject);
    if (!winner) throw new Error('a data key vanished while it was read');
    return winner;
  }

  async destroy(subject: string, at: string): Promise<void> {
    const inserted = await this.insert(tombstoneOf(subject, undefined, at));
    if (inserted.destroyedAt !== null) return;
    await this.#keys.updateOne(
      { _id: subject, destroyedAt: null },
      { $set: { wrappedKey: null, destroyedAt: at } },
    );
  }
}

function documentOf({ subject, ...rest }: DataKeyRecord): DataKeyDocument {
  return { _id: subject, ...rest };
}

function recordOf({ _id, ...rest }: DataKeyDocument): DataKeyRecord {
  return { subject: _id, ...rest };
}
