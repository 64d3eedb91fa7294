import { AppendTooLarge, invalid, Refusal, unsupported } from './errors.ts';
import { DEFAULT_WINDOW, type FilterRequest } from './filters.ts';
import { type shared, streams } from './generated.ts';
import type { Limits } from './limits.ts';
import {
  type AppendCommand,
  describedStream,
  EXPECT_ANY,
  EXPECT_NO_STREAM,
  EXPECT_STREAM_EXISTS,
  isMetadataStream,
  METADATA_TYPE,
  type ProposedEvent,
  type RemoveCommand,
} from './model.ts';
import type { Range } from './store-reader.ts';
import { AccessListError, parseStreamMetadata } from './stream-metadata.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Memory that an event takes besides its content; keeps appends of many empty events within the queue's limit. */
const EVENT_OVERHEAD = 128;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What both kinds of append send for an event. */
export type ProposedMessage = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

/** What both kinds of append say about the expected revision. */
interface Expectation {
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
  hasAny(): boolean;
}

/** Text of a UUID, as the client wrote it. @throws Refusal when it is none */
export function readUuid(uuid: shared.UUID | undefined): string {
  const text = uuid?.getString() ?? '';
  if (uuid?.hasStructured()) throw unsupported('UUID.Structured', 'send the text form');
  if (!UUID.test(text)) throw invalid('A UUID is missing or malformed');
  return text;
}

/** The expected revision of an append; `revision` is the exact one as text, '' when there is none. */
export function readExpectation(options: Expectation, revision: string): number {
  if (options.hasNoStream()) return EXPECT_NO_STREAM;
  if (options.hasStreamExists()) return EXPECT_STREAM_EXISTS;
  if (options.hasAny()) return EXPECT_ANY;
  if (revision === '') throw invalid('An append needs an expected revision');
  return readNumber(revision);
}

/** A uint64 as a number; what is beyond 2^53 is beyond any log, so it counts as "the end". */
function readNumber(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Name of a stream. @throws Refusal when it is empty, too long or not UTF-8 */
export function readStreamName(identifier: shared.StreamIdentifier | undefined, limits: Limits): string {
  const bytes = identifier?.getStreamName_asU8() ?? new Uint8Array();
  if (bytes.length === 0) throw invalid('The stream name is empty');
  if (bytes.length > limits.streamNameBytes) {
    throw invalid(`A stream name may have ${limits.streamNameBytes} bytes at most`);
  }
  const name = decodeUtf8(bytes);
  if (name.includes('\0')) throw invalid('A stream name may not have a NUL character');
  return name;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalid(`The stream name is not valid UTF-8: ${String(error)}`);
  }
}

/** Name of a stream to append to. Of the streams with a meaning of their own, only metadata streams are. */
export function readTargetStream(identifier: shared.StreamIdentifier | undefined, limits: Limits): string {
  const stream = readStreamName(identifier, limits);
  if (stream === '$all') throw invalid('$all cannot be appended to');
  if (!isMetadataStream(stream)) return stream;
  const described = describedStream(stream);
  if (described === '') throw invalid('A metadata stream needs the name of its stream');
  if (described === '$all' || isMetadataStream(described)) {
    throw unsupported(`The metadata of ${described}`, 'it is fixed');
  }
  return stream;
}

type RemoveOptions = streams.DeleteReq.Options | streams.TombstoneReq.Options;

/** What a delete or tombstone asks for. @throws Refusal for what is invalid */
export function readRemoval(
  kind: RemoveCommand['kind'],
  options: RemoveOptions | undefined,
  deadline: number,
  limits: Limits,
): RemoveCommand {
  if (!options) throw invalid('A delete needs options');
  const stream = readStreamName(options.getStreamIdentifier(), limits);
  if (stream === '$all' || isMetadataStream(stream)) throw invalid(`${stream} cannot be deleted`);
  const revision = options.hasRevision() ? options.getRevision() : '';
  return { kind, stream, expected: readExpectation(options, revision), deadline };
}

/** The deadline of a call in epoch milliseconds; Infinity when it has none. */
export function deadlineOf(call: { getDeadline(): Date | number }): number {
  const deadline = call.getDeadline();
  return deadline instanceof Date ? deadline.getTime() : deadline;
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

  /** @param deadline epoch milliseconds; Infinity means none */
  constructor(stream: string, expected: number, deadline: number, limits: Limits) {
    this.stream = stream;
    this.expected = expected;
    this.#deadline = deadline;
    this.#limits = limits;
  }

  add(message: ProposedMessage): void {
    if (this.#refusal !== undefined) return;
    try {
      const event = readEvent(message, this.#limits);
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

function readEvent(message: ProposedMessage, limits: Limits): ProposedEvent {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (!type || !contentType) throw missingProperties();
  if (Buffer.byteLength(type) > limits.eventTypeBytes) {
    throw invalid(`An event type may have ${limits.eventTypeBytes} bytes at most`);
  }
  if (type.includes('\0')) throw invalid('An event type may not have a NUL character');
  if (type === '$>') throw unsupported('Link events ($>)', 'they would not be resolved');
  return {
    id: Buffer.from(readUuid(message.getId()).replaceAll('-', ''), 'hex'),
    type,
    isJson: contentType === 'application/json',
    metadata: message.getCustomMetadata_asU8(),
    data: message.getData_asU8(),
  };
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

export interface ReadRequest {
  readonly range: Range;
  /** True when `range.from` means "after everything there is", which only a live reader can place. */
  readonly fromEnd: boolean;
  /** Events wanted; undefined for a subscription, which has no end. */
  readonly count: number | undefined;
  readonly filter: FilterRequest | undefined;
}

/** What a Read call asks for. @throws Refusal for what is invalid or unsupported */
export function readReadRequest(request: streams.ReadReq, limits: Limits): ReadRequest {
  const options = request.getOptions();
  if (!options) throw invalid('A read needs options');
  if (!options.hasUuidOption() || !options.getUuidOption()?.hasString()) {
    throw unsupported('UUID.Structured', 'ask for the text form');
  }
  const subscription = options.hasSubscription();
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  if (subscription && backwards) throw invalid('A subscription reads forwards');
  const filter = readFilter(options.getFilter());
  if (filter && !subscription) throw unsupported('Streams.Read with a filter', 'only subscriptions filter');
  if (filter && !options.hasAll()) throw invalid('Only $all can be filtered');
  const count = subscription ? undefined : readNumber(options.getCount());
  return { ...readRange(options, { subscription, backwards }, limits), count, filter };
}

interface Mode {
  readonly subscription: boolean;
  readonly backwards: boolean;
}

type Start = Pick<ReadRequest, 'range' | 'fromEnd'>;

function readRange(options: streams.ReadReq.Options, mode: Mode, limits: Limits): Start {
  const all = options.getAll();
  if (all) return readAllRange(all, mode);
  const stream = options.getStream();
  if (!stream) throw invalid('A read needs a stream or $all');
  const name = readStreamName(stream.getStreamIdentifier(), limits);
  const { backwards } = mode;
  if (stream.hasEnd()) return startAtEnd(name, backwards);
  const first = stream.hasRevision() ? readNumber(stream.getRevision()) : 0;
  // Subscriptions start after the revision they name, reads start with it.
  const from = mode.subscription && stream.hasRevision() ? first + 1 : first;
  return { range: { stream: name, from, backwards }, fromEnd: false };
}

function readAllRange(all: streams.ReadReq.Options.AllOptions, { subscription, backwards }: Mode): Start {
  if (all.hasEnd()) return startAtEnd(undefined, backwards);
  const position = all.getPosition();
  const named = position ? readNumber(position.getCommitPosition()) : 0;
  // Forward reads include the position they name; backward reads and subscriptions do not.
  const from = backwards ? named - 1 : subscription && position ? named + 1 : named;
  return { range: { stream: undefined, from, backwards }, fromEnd: false };
}

function startAtEnd(stream: string | undefined, backwards: boolean): Start {
  return { range: { stream, from: Number.MAX_SAFE_INTEGER, backwards }, fromEnd: true };
}

function readFilter(filter: streams.ReadReq.Options.FilterOptions | undefined): FilterRequest | undefined {
  if (!filter) return undefined;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  return {
    on: filter.hasStreamIdentifier() ? 'stream' : 'type',
    pattern: expression?.getRegex() ?? '',
    prefixes: expression?.getPrefixList() ?? [],
    window: filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW,
    intervalMultiplier: filter.getCheckpointintervalmultiplier(),
  };
}
