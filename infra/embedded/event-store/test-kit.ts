import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type AllStreamSubscription,
  EventStoreDBClient,
  jsonEvent,
  type Position,
  type ReadStreamOptions,
  type StreamSubscription,
} from '@eventstore/db-client';
import {
  type EmbeddedEventStore,
  type EmbeddedEventStoreOptions,
  startEmbeddedEventStore,
} from './server.ts';

/** Generated stubs, for what the client cannot be made to send. */
export { default as streamsGrpc } from '@eventstore/db-client/generated/streams_grpc_pb.js';

/** Set to a connection string to run the client-facing tests against a real server. */
export const externalUrl = process.env.EVENTSTORE_URL;

export interface TestStore {
  readonly client: EventStoreDBClient;
  close(): Promise<void>;
}

export function connect(url: string): EventStoreDBClient {
  return EventStoreDBClient.connectionString(url);
}

/** A client of the server named by EVENTSTORE_URL, else of an embedded one on a folder of its own. */
export async function openTestStore(): Promise<TestStore> {
  if (externalUrl) {
    const client = connect(externalUrl);
    return { client, close: () => client.dispose() };
  }
  return startTestStore();
}

export interface EmbeddedTestStore extends TestStore {
  readonly store: EmbeddedEventStore;
  readonly folder: string;
}

/** An embedded server on a temporary folder, with a client of its own. */
export async function startTestStore(
  options: Partial<EmbeddedEventStoreOptions> = {},
): Promise<EmbeddedTestStore> {
  const folder = options.folder ?? (await temporaryFolder());
  const store = await startEmbeddedEventStore({ ...options, folder });
  const client = connect(store.connectionString);
  const close = async (): Promise<void> => {
    await client.dispose();
    await store.stop();
    if (!options.folder) await rm(folder, { recursive: true });
  };
  return { client, store, folder, close };
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'embedded-event-store-'));
}

/** A stream name that no other test uses. */
export function newStream(prefix = 'test'): string {
  return `${prefix}-${randomUUID()}`;
}

/** JSON events of one type, numbered in their data. */
export function someEvents(count: number, type = 'Counted') {
  return Array.from({ length: count }, (_, n) =>
    jsonEvent({ type, data: { n }, metadata: { source: 'test' } }),
  );
}

/** Position of an append that wrote something. */
export function positionOf(result: { readonly position?: Position | undefined }): bigint {
  if (!result.position) throw new Error('The append had no position');
  return result.position.commit;
}

/** The events of the next `count` deliveries of a subscription, which is then ended. */
export async function take(subscription: StreamSubscription | AllStreamSubscription, count: number) {
  const taken = [];
  for await (const { event } of subscription) {
    if (!event) throw new Error('A delivery had no event');
    taken.push(event);
    if (taken.length === count) break;
  }
  await subscription.unsubscribe();
  return taken;
}

/** How many events a stream has. */
export async function countOf(client: EventStoreDBClient, stream: string): Promise<number> {
  let count = 0;
  for await (const _ of client.readStream(stream)) count += 1;
  return count;
}

/** The error a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('It was accepted, but should have been refused');
}

interface EndingStream {
  resume(): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'end', listener: () => void): unknown;
}

/** The error that a stream of answers ends with. */
export function streamError(stream: EndingStream): Promise<Error> {
  stream.resume();
  return new Promise((resolve, reject) => {
    stream.once('error', resolve);
    stream.once('end', () => reject(new Error('The stream ended without an error')));
  });
}

export interface EngineProcess {
  readonly child: ChildProcess;
  /** Process id of the engine itself, also when it runs under another program. */
  readonly pid: number;
  readonly connectionString: string;
}

/** Runs the engine as a program of its own, `through` another program when given. */
export async function startEngineProcess(folder: string, through: string[] = []): Promise<EngineProcess> {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const command = [...through, process.execPath, main, '--data', folder, '--port', '0'];
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, ...(JSON.parse(line) as Omit<EngineProcess, 'child'>) };
  }
  throw new Error('The engine ended before it was ready');
}

/** Sends a signal to the engine and waits for its end. */
export async function endEngine({ child, pid }: EngineProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = once(child, 'exit');
  process.kill(pid, signal);
  await ended;
}

/** The revisions that a read of a stream shows. */
export async function revisionsIn(
  client: EventStoreDBClient,
  stream: string,
  options: ReadStreamOptions = {},
): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { event } of client.readStream(stream, options)) revisions.push(Number(event?.revision));
  return revisions;
}

/** The event types that a read shows. */
export async function eventTypes(read: AsyncIterable<{ event?: { type: string } }>): Promise<string[]> {
  const types: string[] = [];
  for await (const { event } of read) types.push(event?.type ?? '');
  return types;
}
