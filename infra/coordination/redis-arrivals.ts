import { CoordinationUnavailable } from './coordination.ts';

/** One script call writes this many tickets at most, so that nobody else waits long for Redis. */
const MAX_BATCH = 500;
const MAX_ARRIVALS = 50_000;

interface Arrival {
  readonly holder: string;
  readonly answer: PromiseWithResolvers<string>;
}

/** Numbers of the holders' tickets in their order; empty for those who found the queue full. */
export type TakeBatch = (queue: string, holders: readonly string[]) => Promise<readonly string[]>;

/**
 * Gathers the arrivals at a queue while the last ones are being written, in their order. With every write synced
 * to disk, twenty thousand writes of their own would keep Redis busy for seconds; forty do not.
 */
export class RedisArrivals {
  readonly #takeBatch: TakeBatch;
  /** Per queue, those who are not written yet; a queue is here as long as one of its batches is under way. */
  readonly #gathering = new Map<string, Arrival[]>();
  #count = 0;

  constructor(takeBatch: TakeBatch) {
    this.#takeBatch = takeBatch;
  }

  /** The number of the ticket; empty when the queue is full. @throws CoordinationUnavailable */
  take(queue: string, holder: string): Promise<string> {
    if (this.#count >= MAX_ARRIVALS) throw new CoordinationUnavailable('too many arrivals at a time');
    this.#count++;
    const arrival = { holder, answer: Promise.withResolvers<string>() };
    const gathering = this.#gathering.get(queue);
    if (gathering) gathering.push(arrival);
    else this.#begin(queue, arrival);
    return arrival.answer.promise;
  }

  #begin(queue: string, first: Arrival): void {
    const gathering = [first];
    this.#gathering.set(queue, gathering);
    // Whoever else arrives in this turn goes along.
    setImmediate(() => void this.#write(queue, gathering));
  }

  async #write(queue: string, gathering: Arrival[]): Promise<void> {
    while (gathering.length > 0) await this.#writeBatch(queue, gathering.splice(0, MAX_BATCH));
    this.#gathering.delete(queue);
  }

  async #writeBatch(queue: string, batch: readonly Arrival[]): Promise<void> {
    try {
      const holders = batch.map(({ holder }) => holder);
      const numbers = await this.#takeBatch(queue, holders);
      for (const [index, { answer }] of batch.entries()) answer.resolve(numbers[index] ?? '');
    } catch (error) {
      for (const { answer } of batch) answer.reject(error);
    } finally {
      this.#count -= batch.length;
    }
  }
}
