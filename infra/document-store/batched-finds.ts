import type { Collection } from 'mongodb';

interface Keyed {
  readonly _id: string;
}

type Waiting<Document> = PromiseWithResolvers<Document | undefined>;

const MOST_IDS = 200;

/**
 * Finds single documents by their ids. Whoever asks while a look-up is on its way goes with the next, together with all
 * who have come by then: what one costs, a crowd costs together. Every look-up is sent after it was asked for, so that it
 * sees all that was written before. Only one is on its way, so that answers come in the order of asking: who asks for a
 * slot first must not be overtaken while the session is looked up.
 */
export class BatchedFinds<Document extends Keyed> {
  readonly #collection: Collection<Document>;
  #waiting = new Map<string, Waiting<Document>>();
  #running = false;

  constructor(collection: Collection<Document>) {
    this.#collection = collection;
  }

  find(id: string): Promise<Document | undefined> {
    const waiting = this.#waiting.get(id) ?? Promise.withResolvers<Document | undefined>();
    this.#waiting.set(id, waiting);
    if (!this.#running) void this.#run();
    return waiting.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // In the same turn as the last look at who waits, or somebody could come whom nobody takes along.
    while (this.#waiting.size > 0) await this.#findTogether(this.#take());
    this.#running = false;
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
