import { randomUUID } from 'node:crypto';
import {
  type AllStreamSubscription,
  type EventStoreDBClient,
  type JSONEventData,
  type JSONEventType,
  jsonEvent,
  NO_STREAM,
  type Position,
  START,
} from '@eventstore/db-client';
import { databaseFile } from './database.ts';
import { checkFile } from './inspection.ts';
import { connect, endEngine, startEngineProcess } from './test-kit.ts';
import { readWatermark } from './watermark.ts';

export interface TortureOptions {
  readonly rounds: number;
  readonly writers: number;
  readonly onRound?: (report: TortureReport) => void;
}

export interface TortureReport {
  readonly round: number;
  readonly acknowledged: number;
  /** Appends whose answer the kill cut off, and how many of them were found written when sent again. */
  readonly cut: number;
  readonly cutButWritten: number;
  readonly delivered: number;
  readonly faults: readonly string[];
}

type Event = JSONEventData<JSONEventType<string, { n: number }>>;

/** One stream and what its writer knows of it. The append without an answer is sent again after the kill. */
interface Writer {
  readonly stream: string;
  readonly acknowledged: string[];
  unanswered: Event | undefined;
}

/** The latest moment of a round at which the engine is killed, and the appends it has then. */
const LONGEST_LIFE_MS = 1500;
const SUBSCRIBERS = 3;

/** Follows $all over kills, always from the last position it has seen. */
class Follower {
  readonly seen = new Map<number, string>();
  readonly faults: string[] = [];
  #last: Position | undefined;
  #subscription: AllStreamSubscription | undefined;

  follow(client: EventStoreDBClient): void {
    const subscription = client.subscribeToAll({ fromPosition: this.#last ?? START });
    this.#subscription = subscription;
    subscription.on('error', () => subscription.destroy());
    subscription.on('data', ({ event }) => {
      if (!event?.position) return;
      const position = Number(event.position.commit);
      const expected = Number(this.#last?.commit ?? 0n) + 1;
      if (position !== expected) this.faults.push(`a subscriber got ${position} instead of ${expected}`);
      this.seen.set(position, event.id);
      this.#last = event.position;
    });
  }

  leave(): void {
    this.#subscription?.destroy();
  }
}

async function append(client: EventStoreDBClient, writer: Writer, event: Event): Promise<boolean> {
  const { length } = writer.acknowledged;
  const expectedRevision = length === 0 ? NO_STREAM : BigInt(length - 1);
  try {
    await client.appendToStream(writer.stream, event, { expectedRevision });
  } catch {
    return false;
  }
  writer.acknowledged.push(event.id);
  return true;
}

async function writeUntilCut(client: EventStoreDBClient, writer: Writer): Promise<void> {
  for (;;) {
    const event = jsonEvent({ type: 'Written', data: { n: writer.acknowledged.length } });
    writer.unanswered = event;
    if (!(await append(client, writer, event))) return;
    writer.unanswered = undefined;
  }
}

/** A store under torture: its folder, its writers and followers, and what went wrong so far. */
class Victim {
  readonly #folder: string;
  readonly #writers: Writer[];
  readonly #followers = Array.from({ length: SUBSCRIBERS }, () => new Follower());
  readonly #faults: string[] = [];
  #cut = 0;
  #cutButWritten = 0;

  constructor(folder: string, writers: number) {
    this.#folder = folder;
    this.#writers = Array.from({ length: writers }, () => ({
      stream: `writer-${randomUUID()}`,
      acknowledged: [],
      unanswered: undefined,
    }));
  }

  /** Writes and follows until the engine is killed at a random moment. */
  async liveAndDie(): Promise<void> {
    const engine = await startEngineProcess(this.#folder);
    const client = connect(engine.connectionString);
    for (const follower of this.#followers) follower.follow(client);
    const writing = this.#writers.map((writer) => writeUntilCut(client, writer));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS));
    await endEngine(engine, 'SIGKILL');
    await Promise.all(writing);
    for (const follower of this.#followers) follower.leave();
    await client.dispose();
  }

  /** Looks at the files, then starts again and compares everything with what was acknowledged and delivered. */
  async examine(): Promise<void> {
    checkFile(databaseFile(this.#folder), readWatermark(this.#folder));
    const engine = await startEngineProcess(this.#folder);
    const client = connect(engine.connectionString);
    const log = await this.#readLog(client);
    for (const writer of this.#writers) this.#compare(writer, log.get(writer.stream) ?? []);
    await this.#repeatCut(client, log);
    await client.dispose();
    await endEngine(engine, 'SIGTERM');
  }

  report(round: number): TortureReport {
    const followers = this.#followers.flatMap(({ faults }) => faults);
    return {
      round,
      acknowledged: this.#writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
      cut: this.#cut,
      cutButWritten: this.#cutButWritten,
      delivered: this.#followers.reduce((sum, { seen }) => sum + seen.size, 0),
      faults: [...this.#faults, ...followers],
    };
  }

  async #readLog(client: EventStoreDBClient): Promise<Map<string, string[]>> {
    const streams = new Map<string, string[]>();
    const ids: string[] = [];
    for await (const { event } of client.readAll({ fromPosition: START })) {
      if (!event) continue;
      ids.push(event.id);
      if (Number(event.position?.commit) !== ids.length)
        this.#faults.push(`position ${ids.length} is missing`);
      const stream = streams.get(event.streamId) ?? [];
      streams.set(event.streamId, stream);
      stream.push(event.id);
    }
    for (const { seen } of this.#followers) {
      for (const [position, id] of seen) {
        if (ids[position - 1] !== id) this.#faults.push(`what was delivered at ${position} is gone`);
      }
    }
    return streams;
  }

  #compare({ stream, acknowledged, unanswered }: Writer, stored: readonly string[]): void {
    const whole = acknowledged.every((id, n) => stored[n] === id);
    if (!whole) this.#faults.push(`${stream} lost an acknowledged event`);
    const rest = stored.slice(acknowledged.length);
    if (rest.length > 1 || (rest.length === 1 && rest[0] !== unanswered?.id)) {
      this.#faults.push(`${stream} has events that nobody sent`);
    }
  }

  /** The same events at the same revision must succeed, written before or not, and stand there once. */
  async #repeatCut(client: EventStoreDBClient, log: Map<string, string[]>): Promise<void> {
    for (const writer of this.#writers) {
      const { unanswered } = writer;
      if (!unanswered) continue;
      this.#cut += 1;
      if (log.get(writer.stream)?.includes(unanswered.id)) this.#cutButWritten += 1;
      if (!(await append(client, writer, unanswered))) {
        this.#faults.push(`${writer.stream} refused an append that came again`);
      }
      writer.unanswered = undefined;
    }
  }
}

/** @returns what happened; faults are sentences */
export async function torture(folder: string, options: TortureOptions): Promise<TortureReport> {
  const victim = new Victim(folder, options.writers);
  for (let round = 1; round <= options.rounds; round += 1) {
    await victim.liveAndDie();
    await victim.examine();
    options.onRound?.(victim.report(round));
  }
  return victim.report(options.rounds);
}
