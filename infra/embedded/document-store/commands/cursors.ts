import { randomBytes } from 'node:crypto';
import type { RawValue } from '../bson/raw.ts';
import { BsonWriter, MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import type { Pace } from '../query/pace.ts';
import type { DocumentStream } from '../query/stream.ts';
import { Fields } from '../wire/command.ts';

/** Open cursors, all clients together. */
const MAX_CURSORS = 2000;
/** An idle cursor is closed after this time. Milliseconds. */
const IDLE_MS = 10 * 60 * 1000;
const SWEEP_MS = 30 * 1000;
/** A client gets at most so much at once where it may ask for more: writing a larger reply would hold others up. */
const REPLY_BYTES = 4 * 1024 * 1024;
/** Left for the fields around the documents of a batch. */
const ENVELOPE_BYTES = 16 * 1024;
const DEFAULT_FIRST_BATCH = 101;
/** About what those fields take. */
const FIELDS_BYTES = 400;
/** Type, position and end of a document in a batch, at most. */
const ELEMENT_BYTES = 12;

/** An open result: what is left of it and who it belongs to. */
export class Cursor {
  readonly namespace: string;
  readonly pace: Pace;
  readonly session: string | undefined;
  lastUsed = performance.now();
  busy = false;
  private readonly stream: DocumentStream;
  private ready: Buffer[] = [];
  private at = 0;
  private ended = false;

  constructor(namespace: string, stream: DocumentStream, pace: Pace, session: string | undefined) {
    this.namespace = namespace;
    this.stream = stream;
    this.pace = pace;
    this.session = session;
  }

  /** Up to `count` documents that fit into one reply, but at least one. */
  async batch(count: number, replyBytes = REPLY_BYTES): Promise<Buffer[]> {
    const documents: Buffer[] = [];
    let bytes = 0;
    while (documents.length < count && (await this.fill())) {
      const next = this.ready[this.at];
      if (next === undefined) break;
      const size = next.length + ELEMENT_BYTES;
      if (documents.length > 0 && bytes + size > replyBytes - ENVELOPE_BYTES) break;
      documents.push(next);
      bytes += size;
      this.at += 1;
    }
    return documents;
  }

  /** Whether another document is there; reads on when the last chunk is used up. */
  private async fill(): Promise<boolean> {
    while (this.at >= this.ready.length && !this.ended) {
      const chunk = await this.stream.next();
      if (chunk === undefined) this.ended = true;
      this.ready = chunk ?? [];
      this.at = 0;
    }
    return this.at < this.ready.length;
  }

  /** True when nothing is left; looks ahead so that a client is not sent for an empty batch. */
  async exhausted(): Promise<boolean> {
    return !(await this.fill());
  }
}

export interface BatchRequest {
  /** Undefined means MongoDB's default for a first batch. */
  readonly batchSize: number | undefined;
  readonly singleBatch: boolean;
}

/** The options of a cursor. */
export function takeBatch(document: RawValue | undefined): BatchRequest {
  if (document === undefined) return { batchSize: undefined, singleBatch: false };
  const cursor = new Fields('cursor', document);
  const batchSize = cursor.count('batchSize');
  cursor.refuseRest();
  return { batchSize, singleBatch: false };
}

/** The cursors that clients may come back to. */
export class Cursors {
  private readonly open = new Map<bigint, Cursor>();
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.timer = setInterval(() => this.closeIdle(performance.now() - IDLE_MS), SWEEP_MS);
    this.timer.unref();
  }

  /** Answers the first batch, with more fields if there are any, and keeps the cursor when there is more. */
  async start(cursor: Cursor, request: BatchRequest, fields?: (writer: BsonWriter) => void): Promise<Buffer> {
    const replyBytes = request.singleBatch ? MAX_DOCUMENT_BYTES : REPLY_BYTES;
    const documents = await cursor.batch(request.batchSize ?? DEFAULT_FIRST_BATCH, replyBytes);
    const done = request.singleBatch || (request.batchSize !== 0 && (await cursor.exhausted()));
    return cursorReply('firstBatch', documents, done ? 0n : this.keep(cursor), cursor.namespace, fields);
  }

  /** Answers the next batch. Throws CursorNotFound (43) for cursors that ended, expired or never were. */
  async continue(
    id: bigint,
    namespace: string,
    batchSize: number | undefined,
    begin: (pace: Pace) => void,
  ): Promise<Buffer> {
    const cursor = this.open.get(id);
    if (cursor === undefined || cursor.namespace !== namespace)
      throw new CommandError(43, `cursor id ${id} not found`);
    if (cursor.busy) throw new CommandError(12051, `cursor id ${id} is already in use`);
    cursor.busy = true;
    begin(cursor.pace);
    try {
      const documents = await cursor.batch(
        batchSize === undefined || batchSize === 0 ? Number.POSITIVE_INFINITY : batchSize,
      );
      const done = await cursor.exhausted();
      if (done) this.open.delete(id);
      return cursorReply('nextBatch', documents, done ? 0n : id, namespace);
    } catch (error) {
      this.open.delete(id);
      throw error;
    } finally {
      cursor.busy = false;
      cursor.lastUsed = performance.now();
    }
  }

  private keep(cursor: Cursor): bigint {
    if (this.open.size >= MAX_CURSORS) throw new CommandError(2, `more than ${MAX_CURSORS} cursors are open`);
    const id = randomBytes(8).readBigUInt64LE() >> 2n || 1n;
    this.open.set(id, cursor);
    return id;
  }

  /** Closes a cursor of a namespace; false when there is none. */
  kill(id: bigint, namespace: string): boolean {
    return this.open.get(id)?.namespace === namespace && this.open.delete(id);
  }

  endSession(session: string): void {
    for (const [id, cursor] of this.open) if (cursor.session === session) this.open.delete(id);
  }

  /** Closes cursors that were not used since a moment of `performance.now()`. */
  closeIdle(since: number): void {
    for (const [id, cursor] of this.open) if (!cursor.busy && cursor.lastUsed < since) this.open.delete(id);
  }

  stop(): void {
    clearInterval(this.timer);
    this.open.clear();
  }
}

/** The reply of a command that answers a cursor. */
export function cursorReply(
  batchName: string,
  documents: readonly Buffer[],
  id: bigint,
  namespace: string,
  fields?: (writer: BsonWriter) => void,
): Buffer {
  const bytes = documents.reduce((sum, document) => sum + document.length + ELEMENT_BYTES, FIELDS_BYTES);
  const writer = new BsonWriter(bytes).startRoot().startDocument('cursor').startArray(batchName);
  documents.forEach((document, index) => {
    writer.document(String(index), document);
  });
  writer.end().int64('id', id).string('ns', namespace).end();
  fields?.(writer);
  return writer.double('ok', 1).end().finish();
}
