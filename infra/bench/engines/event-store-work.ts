import { BACKWARDS, END, EventStoreDBClient, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';

/** What every event holds: 200 bytes and what JSON puts around them. */
export const DATA = { note: 'x'.repeat(200) };
export const METADATA = { source: 'bench' };

const FILLERS = 64;
const EVENTS_PER_FILLED_STREAM = 10;

/** What the bench does to an event store through the official client. */
export class EventStoreWork {
  readonly #client: EventStoreDBClient;
  #runs = 0;

  constructor(url: string) {
    this.#client = EventStoreDBClient.connectionString(url);
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }

  /** Writers that each append one event to a new stream and wait for the answer, over and over. @returns waits, in ms */
  async append(writers: number, seconds: number): Promise<number[]> {
    const [end, run] = [performance.now() + seconds * 1000, this.#run()];
    const waits: number[] = [];
    await inParallel(writers, async (writer) => {
      for (let n = 0; performance.now() < end; n++)
        waits.push(await this.#append(`${run}-${writer}-${n}`, 1));
    });
    return waits;
  }

  /** Reads the first events of the log. @throws Error when there are fewer */
  async read(events: number): Promise<void> {
    let read = 0;
    const log = this.#client.readAll({ fromPosition: START, maxCount: events });
    for await (const { event } of log) if (event) read += 1;
    if (read !== events) throw new Error(`${read} events were read instead of ${events}`);
  }

  /** Subscribes at the beginning of the log until so many have come. */
  async catchUp(events: number): Promise<void> {
    const subscription = this.#client.subscribeToAll({ fromPosition: START });
    let heard = 0;
    for await (const { event } of subscription) {
      if (event) heard += 1;
      if (heard === events) break;
    }
    await subscription.unsubscribe();
  }

  /** From the call of an append to its event's arrival at a live subscriber, one after the other. @returns ms */
  async arrivals(events: number): Promise<number[]> {
    const subscription = this.#client.subscribeToAll({ fromPosition: END });
    const arriving = subscription[Symbol.asyncIterator]();
    await new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
    const run = this.#run();
    const times: number[] = [];
    for (let n = 0; n < events; n++) {
      const begun = performance.now();
      const appended = this.#append(`${run}-${n}`, 1);
      await arriving.next();
      times.push(performance.now() - begun);
      await appended;
    }
    await subscription.unsubscribe();
    return times;
  }

  /** Adds streams of ten events until the log holds so many. @returns how many were added */
  async fill(events: number): Promise<number> {
    const [missing, run] = [events - (await this.#head()), this.#run()];
    let added = 0;
    await inParallel(FILLERS, async () => {
      while (added < missing) {
        const stream = `${run}-${added}`;
        added += EVENTS_PER_FILLED_STREAM;
        await this.#append(stream, EVENTS_PER_FILLED_STREAM);
      }
    });
    return added;
  }

  /** The embedded engine's positions have no gaps, so the newest is the number of events. */
  async #head(): Promise<number> {
    const newest = this.#client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
    for await (const { event } of newest) return Number(event?.position?.commit ?? 0);
    return 0;
  }

  async #append(stream: string, events: number): Promise<number> {
    const begun = performance.now();
    const proposed = Array.from({ length: events }, () =>
      jsonEvent({ type: 'Measured', data: DATA, metadata: METADATA }),
    );
    await this.#client.appendToStream(stream, proposed, { expectedRevision: NO_STREAM });
    return performance.now() - begun;
  }

  /** What the streams of a run begin with; a store that was kept has those of earlier programs. */
  #run(): string {
    this.#runs += 1;
    return `bench-${Date.now()}-${this.#runs}`;
  }
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}
