import type { Collection } from 'mongodb';

interface Keyed {
  readonly _id: string;
}

type Waiting<Document> = PromiseWithResolvers<Document | undefined>;

/** Look-ups on their way at the same time; whoever comes meanwhile shares the next. */
const UNDER_WAY = 2;
const MOST_IDS = 200;

/**
 * Finds single documents by their ids. A look-up that finds others on their way waits for the first of them to come back
 * and goes with all who have come by then: what one costs, a crowd costs together. Every look-up is sent after it was
 * asked for, so that it sees all that was written before.
 */
export class BatchedFinds<Document extends Keyed> {
  readonly #collection: Collection<Document>;
  #waiting = new Map<string, Waiting<Document>>();
  #underWay = 0;

  constructor(collection: Collection<Document>) {
    this.#collection = collection;
  }

  find(id: string): Promise<Document | undefined> {
    const waiting = this.#waiting.get(id) ?? Promise.withResolvers<Document | undefined>();
    this.#waiting.set(id, waiting);
    if (this.#underWay < UNDER_WAY) void this.#run();
    return waiting.promise;
  }

  async #run(): Promise<void> {
    this.#underWay += 1;
    // In the same turn as the last look at who waits, or somebody could come whom nobody takes along.
    while (this.#waiting.size > 0) await this.#findTogether(this.#take());
    this.#underWay -= 1;
  }

  #take(): ReadonlyMap<string, Waiting<Document>> {
    const taken = new Map([...this.#waiting].slice(0, MOST_IDS));
    for (const id of taken.keys()) this.#waiting.delete(id);
    return taken;
  }

  async #findTogether(asked: ReadonlyMap<string, Waiting<Document>>): Promise<void> {
    try {
      const filter = { _id: { $in: [...asked.keys()] } } as never;
      const cursor = this.#collection.find(filter, { batchSize: MOST_IDS });
      const found = (await cursor.toArray()) as readonly Document[];
      const byId = new Map(found.map((document) => [document._id, document]));
      for (const [id, { resolve }] of asked) resolve(byId.get(id));
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  }
}
