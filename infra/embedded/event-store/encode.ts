import { LAST_NUMBER, type RecordedEvent } from './model.ts';
import { UUID_TEXT_LENGTH, uuidText } from './uuid.ts';

/**
 * Hand-written encoders for the messages sent most. They write the wire format of the generated definitions into
 * one exactly sized buffer, which is about twice as fast as google-protobuf; encode.spec.ts compares the two.
 */

const LENGTH_DELIMITED = 2;
const TYPE_KEY = Buffer.from('type');
const CONTENT_TYPE_KEY = Buffer.from('content-type');
const CREATED_KEY = Buffer.from('created');
const JSON_TYPE = Buffer.from('application/json');
const BINARY_TYPE = Buffer.from('application/octet-stream');
/** Bytes of 2^63 - 1 as a varint. */
const LAST_NUMBER_SIZE = 9;
/** StreamIdentifier { stream_name = 3 } */
const STREAM_NAME_FIELD = 3;
/** UUID { string = 2 } as a length-delimited field: two tags, two lengths, the text. */
const UUID_FIELD_SIZE = 4 + UUID_TEXT_LENGTH;

class Cursor {
  readonly buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.buffer[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.#at++] = rest;
  }

  number(field: number, value: number): void {
    this.varint(field << 3);
    if (value === LAST_NUMBER) this.#lastNumber();
    else this.varint(value);
  }

  /** 2^63 - 1: eight bytes of seven ones that go on, and one that does not. */
  #lastNumber(): void {
    this.buffer.fill(0xff, this.#at, this.#at + LAST_NUMBER_SIZE - 1);
    this.#at += LAST_NUMBER_SIZE;
    this.buffer[this.#at - 1] = 0x7f;
  }

  open(field: number, size: number): void {
    this.varint((field << 3) | LENGTH_DELIMITED);
    this.varint(size);
  }

  bytes(field: number, value: Uint8Array): void {
    this.open(field, value.length);
    this.buffer.set(value, this.#at);
    this.#at += value.length;
  }

  text(field: number, value: string, size: number): void {
    this.open(field, size);
    this.#at += this.buffer.write(value, this.#at, 'utf8');
  }

  uuid(field: number, value: string): void {
    this.open(field, 2 + UUID_TEXT_LENGTH);
    this.text(2, value, UUID_TEXT_LENGTH);
  }

  entry(key: Uint8Array, value: string, size: number): void {
    this.open(6, fieldSize(key.length) + fieldSize(size));
    this.bytes(1, key);
    this.text(2, value, size);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

const fieldSize = (length: number): number => 1 + varintSize(length) + length;
const numberSize = (value: number): number =>
  1 + (value === LAST_NUMBER ? LAST_NUMBER_SIZE : varintSize(value));

/** ReadResp { event } for one stored event. */
export function encodeEvent(event: RecordedEvent): Buffer {
  const nameSize = Buffer.byteLength(event.stream);
  const typeSize = Buffer.byteLength(event.type);
  // 100-nanosecond ticks pass 2^53, so they are made from milliseconds as text.
  const created = event.created === 0 ? '0' : `${event.created}0000`;
  const contentType = event.isJson ? JSON_TYPE : BINARY_TYPE;
  const entry = (key: Uint8Array, size: number): number => fieldSize(fieldSize(key.length) + fieldSize(size));
  const recordSize =
    UUID_FIELD_SIZE +
    fieldSize(fieldSize(nameSize)) +
    numberSize(event.revision) +
    2 * numberSize(event.position) +
    entry(TYPE_KEY, typeSize) +
    entry(CONTENT_TYPE_KEY, contentType.length) +
    entry(CREATED_KEY, created.length) +
    fieldSize(event.metadata.length) +
    fieldSize(event.data.length);
  const readEventSize = fieldSize(recordSize) + numberSize(event.position);
  const out = new Cursor(fieldSize(readEventSize));
  out.open(1, readEventSize);
  out.open(1, recordSize);
  out.uuid(1, uuidText(event.id));
  out.open(2, fieldSize(nameSize));
  out.text(STREAM_NAME_FIELD, event.stream, nameSize);
  out.number(3, event.revision);
  out.number(4, event.position);
  out.number(5, event.position);
  out.entry(TYPE_KEY, event.type, typeSize);
  out.entry(
    CONTENT_TYPE_KEY,
    event.isJson ? 'application/json' : 'application/octet-stream',
    contentType.length,
  );
  out.entry(CREATED_KEY, created, created.length);
  out.bytes(7, event.metadata);
  out.bytes(8, event.data);
  out.number(3, event.position);
  return out.buffer;
}

/** BatchAppendResp { correlation_id, success, stream_identifier } of an append that wrote events. */
export function encodeBatchSuccess(
  correlationId: string,
  stream: string,
  revision: number,
  position: number,
): Buffer {
  const nameSize = Buffer.byteLength(stream);
  const positionSize = 2 * numberSize(position);
  const successSize = numberSize(revision) + fieldSize(positionSize);
  const out = new Cursor(UUID_FIELD_SIZE + fieldSize(successSize) + fieldSize(fieldSize(nameSize)));
  out.uuid(1, correlationId);
  out.open(3, successSize);
  out.number(1, revision);
  out.open(3, positionSize);
  out.number(1, position);
  out.number(2, position);
  out.open(4, fieldSize(nameSize));
  out.text(STREAM_NAME_FIELD, stream, nameSize);
  return out.buffer;
}
