import { type Collection, MongoClient } from 'mongodb';
import { timed } from './figures.ts';
import type { Visit } from './visit.ts';

/** What the bench does to a document store through the official driver, one call after the other. */
export class DocumentStoreWork {
  readonly #client: MongoClient;
  readonly #visits: Collection<Visit>;

  private constructor(client: MongoClient) {
    this.#client = client;
    this.#visits = client.db('bench').collection('visits');
  }

  static async connect(url: string): Promise<DocumentStoreWork> {
    // As the platform writes: every answer means that the disk has it.
    const writeConcern = { w: 'majority', journal: true } as const;
    return new DocumentStoreWork(await MongoClient.connect(url, { writeConcern }));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async createIndex(): Promise<void> {
    await this.#visits.createIndex({ ward: 1, n: 1 });
  }

  async insert(visits: readonly Visit[]): Promise<void> {
    await this.#visits.insertMany(visits);
  }

  /** As projections write: a document is replaced by a newer revision only. */
  async upsert(visits: readonly Visit[]): Promise<void> {
    const writes = visits.map(({ _id, ...rest }) => ({
      updateOne: { filter: { _id, revision: { $lt: rest.revision } }, update: { $set: rest }, upsert: true },
    }));
    await this.#visits.bulkWrite(writes, { ordered: false });
  }

  async update(id: number): Promise<void> {
    await this.#visits.updateOne({ _id: id }, { $inc: { revision: 1 } });
  }

  async findOne(id: number): Promise<void> {
    if (!(await this.#visits.findOne({ _id: id }))) throw new Error(`document ${id} is not there`);
  }

  async inWard(ward: number): Promise<void> {
    await this.#visits.find({ ward }).toArray();
  }

  async firstFromWard(ward: number, limit: number): Promise<void> {
    const found = this.#visits.find({ ward: { $gte: ward } });
    await found.sort({ ward: 1, n: 1 }).limit(limit).toArray();
  }

  async sumsByWard(): Promise<void> {
    await this.#visits.aggregate([{ $group: { _id: '$ward', n: { $sum: '$n' } } }]).toArray();
  }

  async scan(): Promise<void> {
    await this.#visits.find({ note: 'none' }).toArray();
  }

  /** How long each findOne takes while everything is scanned and grouped, in ms. */
  async waitsBesideScanAndGroup(documents: number): Promise<number[]> {
    let busy = true;
    const load = Promise.all([this.scan(), this.sumsByWard()]).finally(() => {
      busy = false;
    });
    const waits: number[] = [];
    while (busy) waits.push(await timed(() => this.findOne(waits.length % documents)));
    await load;
    return waits;
  }
}
