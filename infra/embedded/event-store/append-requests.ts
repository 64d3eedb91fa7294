import { verifyTargetStream } from './decode.ts';
import { AppendTooLarge, invalid, Refusal, unsupported } from './errors.ts';
import type { Limits } from './limits.ts';
import {
  type AppendCommand,
  EXPECT_ANY,
  EXPECT_NO_STREAM,
  EXPECT_STREAM_EXISTS,
  isMetadataStream,
  METADATA_TYPE,
  type ProposedEvent,
} from './model.ts';
import { AccessListError, parseStreamMetadata } from './stream-metadata.ts';
import { parseUuid } from './uuid.ts';
import { WireReader } from './wire.ts';

/**
 * Hand-written decoders of the requests that both kinds of append send: nearly all that a busy engine receives.
 * append-requests.spec.ts compares them with the generated definitions.
 */

/** Memory that an event takes besides its content; keeps appends of many empty events within the queue's limit. */
const EVENT_OVERHEAD = 128;
const JSON_TYPE = Buffer.from('application/json');
const NO_BYTES: Buffer = Buffer.alloc(0);
/** From here on a varint is a negative int64. */
const NEGATIVE = 2 ** 63;

/** What an append says before its events. */
export interface AppendOptions {
  /** As sent: not yet verified. */
  readonly stream: Buffer;
  /** As in model.ts; undefined when none was sent. */
  readonly expected: number | undefined;
  /** Epoch milliseconds; Infinity means none. */
  readonly deadline: number;
}

/** One event as sent: nothing of it is verified. */
export interface ProposedMessage {
  readonly id: Buffer;
  readonly type: string;
  readonly contentType: Buffer;
  readonly metadata: Buffer;
  readonly data: Buffer;
}

/** One message of Streams.Append or Streams.BatchAppend; the former has no correlation id. */
export interface AppendRequest {
  readonly correlationId: string;
  readonly options: AppendOptions | undefined;
  readonly messages: readonly ProposedMessage[];
  readonly isFinal: boolean;
}

/** Streams.BatchAppend: BatchAppendReq { correlation_id, options, proposed_messages, is_final } */
export function readBatchAppendRequest(bytes: Buffer): AppendRequest {
  const reader = new WireReader(bytes);
  let correlation = NO_BYTES;
  let options: AppendOptions | undefined;
  const messages: ProposedMessage[] = [];
  let isFinal = false;
  for (let field = reader.next(reader.end); field > 0; field = reader.next(reader.end)) {
    if (field === 1) correlation = readUuidText(reader);
    else if (field === 2) options = readOptions(reader);
    else if (field === 3) messages.push(readMessage(reader));
    else if (field === 4) isFinal = reader.number() !== 0;
    else reader.skip();
  }
  if (!parseUuid(correlation)) throw invalid('A UUID is missing or malformed');
  return { correlationId: correlation.toString('latin1'), options, messages, isFinal };
}

/** Streams.Append: AppendReq { options | proposed_message } */
export function readAppendRequest(bytes: Buffer): Pick<AppendRequest, 'options' | 'messages'> {
  const reader = new WireReader(bytes);
  let options: AppendOptions | undefined;
  const messages: ProposedMessage[] = [];
  for (let field = reader.next(reader.end); field > 0; field = reader.next(reader.end)) {
    if (field === 1) options = readOptions(reader);
    else if (field === 2) messages.push(readMessage(reader));
    else reader.skip();
  }
  return { options, messages };
}

/** The fields of no_stream, any and stream_exists, whose content is empty. */
const expectations: ReadonlyMap<number, number> = new Map([
  [3, EXPECT_NO_STREAM],
  [4, EXPECT_ANY],
  [5, EXPECT_STREAM_EXISTS],
]);

/** Options { stream_identifier, revision | no_stream | any | stream_exists, deadline }, the same in both calls. */
function readOptions(reader: WireReader): AppendOptions {
  const end = reader.enter();
  let stream = NO_BYTES;
  let expected: number | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    expected = expectations.get(field) ?? expected;
    if (field === 1) stream = readStreamIdentifier(reader);
    // What is beyond 2^53 is beyond any stream.
    else if (field === 2) expected = Math.min(reader.number(), Number.MAX_SAFE_INTEGER);
    else if (field === 6) deadline = readTimestamp(reader);
    else reader.skip();
  }
  return { stream, expected, deadline };
}

/** ProposedMessage { id, metadata, custom_metadata, data }, the same in both calls. */
function readMessage(reader: WireReader): ProposedMessage {
  const end = reader.enter();
  const properties: Properties = { type: '', contentType: NO_BYTES };
  let id = NO_BYTES;
  let metadata = NO_BYTES;
  let data = NO_BYTES;
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    if (field === 1) id = readUuidText(reader);
    else if (field === 2) readProperty(reader, properties);
    else if (field === 3) metadata = reader.bytes();
    else if (field === 4) data = reader.bytes();
    else reader.skip();
  }
  return { id, type: properties.type, contentType: properties.contentType, metadata, data };
}

/** UUID { structured | string }; the structured form, which the client never sends, counts as none. */
function readUuidText(reader: WireReader): Buffer {
  const end = reader.enter();
  let text = NO_BYTES;
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    if (field === 2) text = reader.bytes();
    else reader.skip();
  }
  return text;
}

/** StreamIdentifier { stream_name = 3 } */
function readStreamIdentifier(reader: WireReader): Buffer {
  const end = reader.enter();
  let name = NO_BYTES;
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    if (field === 3) name = reader.bytes();
    else reader.skip();
  }
  return name;
}

interface Properties {
  type: string;
  contentType: Buffer;
}

/** An entry { key, value } of the metadata map; keeps those that are known. */
function readProperty(reader: WireReader, properties: Properties): void {
  const end = reader.enter();
  let key = '';
  let value = NO_BYTES;
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    if (field === 1) key = reader.text();
    else if (field === 2) value = reader.bytes();
    else reader.skip();
  }
  if (key === 'type') properties.type = value.toString();
  if (key === 'content-type') properties.contentType = value;
}

/** Timestamp { seconds, nanos } in epoch milliseconds; a time before 1970 counts as 1970. */
function readTimestamp(reader: WireReader): number {
  const end = reader.enter();
  let [seconds, nanos] = [0, 0];
  for (let field = reader.next(end); field > 0; field = reader.next(end)) {
    if (field === 1) seconds = reader.number();
    else if (field === 2) nanos = reader.number();
    else reader.skip();
  }
  return seconds >= NEGATIVE ? 0 : seconds * 1000 + nanos / 1_000_000;
}

/** Gathers the events of one append as they arrive, within the limits; keeps nothing once it is refused. */
export class AppendAssembly {
  readonly stream: string;
  readonly expected: number;
  readonly #deadline: number;
  readonly #limits: Limits;
  #events: ProposedEvent[] = [];
  #bytes = 0;
  #refusal: unknown;

  /** @throws Refusal when the stream cannot be appended to or no revision is expected */
  constructor({ stream, expected, deadline }: AppendOptions, limits: Limits) {
    this.stream = verifyTargetStream(stream, limits);
    if (expected === undefined) throw invalid('An append needs an expected revision');
    this.expected = expected;
    this.#deadline = deadline;
    this.#limits = limits;
  }

  add(message: ProposedMessage): void {
    if (this.#refusal !== undefined) return;
    try {
      const event = verifyEvent(message, this.#limits);
      if (isMetadataStream(this.stream)) verifyMetadata(event);
      this.#take(event);
    } catch (error) {
      this.#refusal = error;
      this.#events = [];
    }
  }

  /** The append as a command, and the bytes that it holds. @throws Refusal when an event was refused */
  finish(): { readonly command: AppendCommand; readonly bytes: number } {
    if (this.#refusal !== undefined) throw this.#refusal;
    const command: AppendCommand = {
      kind: 'append',
      stream: this.stream,
      expected: this.expected,
      deadline: this.#deadline,
      events: this.#events,
    };
    return { command, bytes: this.#bytes + EVENT_OVERHEAD * (1 + this.#events.length) };
  }

  #take(event: ProposedEvent): void {
    const bytes = event.data.length + event.metadata.length + Buffer.byteLength(event.type);
    this.#bytes += bytes;
    this.#events.push(event);
    if (bytes > this.#limits.eventBytes) throw new AppendTooLarge(this.#limits.eventBytes);
    if (this.#bytes > this.#limits.appendBytes) throw new AppendTooLarge(this.#limits.appendBytes);
    if (this.#events.length > this.#limits.eventsPerAppend) {
      throw invalid(`An append may have ${this.#limits.eventsPerAppend} events at most`);
    }
  }
}

function verifyEvent(message: ProposedMessage, limits: Limits): ProposedEvent {
  const { type, contentType, metadata, data } = message;
  if (!type || contentType.length === 0) throw missingProperties();
  if (Buffer.byteLength(type) > limits.eventTypeBytes) {
    throw invalid(`An event type may have ${limits.eventTypeBytes} bytes at most`);
  }
  if (type.includes('\0')) throw invalid('An event type may not have a NUL character');
  if (type === '$>') throw unsupported('Link events ($>)', 'they would not be resolved');
  const id = parseUuid(message.id);
  if (!id) throw invalid('A UUID is missing or malformed');
  return { id, type, isJson: contentType.equals(JSON_TYPE), metadata, data };
}

/** Metadata streams take only what will be honoured. */
function verifyMetadata({ type, isJson, data }: ProposedEvent): void {
  if (type !== METADATA_TYPE || !isJson) {
    throw invalid(`A metadata stream takes JSON events of the type ${METADATA_TYPE} only`);
  }
  try {
    parseStreamMetadata(data);
  } catch (error) {
    if (error instanceof AccessListError) throw unsupported('Stream metadata', error.message);
    throw invalid(
      `The stream metadata is invalid: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function missingProperties(): Refusal {
  const { code, message } = invalid('An event needs the metadata properties type and content-type');
  return new Refusal(code, message, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });
}
