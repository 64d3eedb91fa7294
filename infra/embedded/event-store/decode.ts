import { isUtf8 } from 'node:buffer';
import { invalid, unsupported } from './errors.ts';
import { DEFAULT_WINDOW, type FilterRequest } from './filters.ts';
import { type shared, streams } from './generated.ts';
import type { Limits } from './limits.ts';
import {
  describedStream,
  EXPECT_ANY,
  EXPECT_NO_STREAM,
  EXPECT_STREAM_EXISTS,
  isMetadataStream,
  type RemoveCommand,
} from './model.ts';
import type { Range } from './store-reader.ts';

/** What a delete says about the expected revision. */
interface Expectation {
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
  hasAny(): boolean;
}

/** The expected revision of a delete; `revision` is the exact one as text, '' when there is none. */
function readExpectation(options: Expectation, revision: string): number {
  if (options.hasNoStream()) return EXPECT_NO_STREAM;
  if (options.hasStreamExists()) return EXPECT_STREAM_EXISTS;
  if (options.hasAny()) return EXPECT_ANY;
  if (revision === '') throw invalid('A delete needs an expected revision');
  return readNumber(revision);
}

/** A uint64 as a number; what is beyond 2^53 is beyond any log, so it counts as "the end". */
function readNumber(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Name of a stream. @throws Refusal when it is empty, too long or not UTF-8 */
function verifyStreamName(bytes: Uint8Array, limits: Limits): string {
  if (bytes.length === 0) throw invalid('The stream name is empty');
  if (bytes.length > limits.streamNameBytes) {
    throw invalid(`A stream name may have ${limits.streamNameBytes} bytes at most`);
  }
  if (!isUtf8(bytes)) throw invalid('The stream name is not valid UTF-8');
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  if (name.includes('\0')) throw invalid('A stream name may not have a NUL character');
  return name;
}

function readStreamName(identifier: shared.StreamIdentifier | undefined, limits: Limits): string {
  return verifyStreamName(identifier?.getStreamName_asU8() ?? new Uint8Array(), limits);
}

/** Name of a stream to append to. Of the streams with a meaning of their own, only metadata streams are. */
export function verifyTargetStream(bytes: Uint8Array, limits: Limits): string {
  const stream = verifyStreamName(bytes, limits);
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
