import { CommandError } from '../errors.ts';
import { BSON, bytesOf, RawValue } from './raw.ts';

/** The largest document MongoDB stores, in bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Builds BSON front to back, copying raw values as they are. */
export class BsonWriter {
  private bytes: Buffer;
  private used = 0;
  private readonly open: number[] = [];

  /** `expected` is how many bytes there may be, when that is known. */
  constructor(expected = 256) {
    this.bytes = Buffer.allocUnsafe(expected);
  }

  get length(): number {
    return this.used;
  }

  private reserve(count: number): number {
    const at = this.used;
    if (at + count > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, at + count));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    this.used = at + count;
    return at;
  }

  private head(type: number, name: string): void {
    const length = Buffer.byteLength(name);
    const at = this.reserve(length + 2);
    this.bytes[at] = type;
    this.bytes.write(name, at + 1);
    this.bytes[at + 1 + length] = 0;
  }

  /** Starts the root document. */
  startRoot(): this {
    this.open.push(this.reserve(4));
    return this;
  }

  startDocument(name: string): this {
    this.head(BSON.document, name);
    return this.startRoot();
  }

  startArray(name: string): this {
    this.head(BSON.array, name);
    return this.startRoot();
  }

  /** Ends the innermost open document or array. */
  end(): this {
    const start = this.open.pop();
    if (start === undefined) throw new CommandError(1, 'no document is open');
    const at = this.reserve(1);
    this.bytes[at] = 0;
    this.bytes.writeInt32LE(this.used - start, start);
    return this;
  }

  value(name: string, value: RawValue): this {
    this.head(value.type, name);
    const at = this.reserve(value.end - value.start);
    value.bytes.copy(this.bytes, at, value.start, value.end);
    return this;
  }

  document(name: string, document: Uint8Array): this {
    this.head(BSON.document, name);
    const at = this.reserve(document.length);
    this.bytes.set(document, at);
    return this;
  }

  /** Appends elements that are already encoded, e.g. the inside of a document. */
  elements(bytes: Buffer, start: number, end: number): this {
    const at = this.reserve(end - start);
    bytes.copy(this.bytes, at, start, end);
    return this;
  }

  string(name: string, text: string): this {
    this.head(BSON.string, name);
    const length = Buffer.byteLength(text);
    const at = this.reserve(length + 5);
    this.bytes.writeInt32LE(length + 1, at);
    this.bytes.write(text, at + 4);
    this.bytes[at + 4 + length] = 0;
    return this;
  }

  int32(name: string, value: number): this {
    this.head(BSON.int32, name);
    const at = this.reserve(4);
    this.bytes.writeInt32LE(value, at);
    return this;
  }

  int64(name: string, value: bigint): this {
    this.head(BSON.int64, name);
    const at = this.reserve(8);
    this.bytes.writeBigInt64LE(value, at);
    return this;
  }

  double(name: string, value: number): this {
    this.head(BSON.double, name);
    const at = this.reserve(8);
    this.bytes.writeDoubleLE(value, at);
    return this;
  }

  boolean(name: string, value: boolean): this {
    this.head(BSON.boolean, name);
    const at = this.reserve(1);
    this.bytes[at] = value ? 1 : 0;
    return this;
  }

  /** What was built; copied when much more room was taken than needed. The writer is used up. */
  finish(): Buffer {
    const built = this.bytes.subarray(0, this.used);
    return this.used * 2 >= this.bytes.length ? built : Buffer.from(built);
  }
}

/** A document out of name and value pairs, in that order. */
export function documentOf(fields: Iterable<readonly [string, RawValue]>): Buffer {
  const writer = new BsonWriter().startRoot();
  for (const [name, value] of fields) writer.value(name, value);
  return writer.end().finish();
}

/** An array value out of values. */
export function arrayValue(values: readonly RawValue[]): RawValue {
  const bytes = documentOf(values.map((value, index) => [String(index), value] as const));
  return new RawValue(BSON.array, bytes, 0, bytes.length);
}

/** The same document with `_id` as its first field, as MongoDB stores it. */
export function withIdFirst(document: RawValue, id: RawValue): Buffer {
  const bytes = bytesOf(document);
  const first = bytes[5] === 0x5f && bytes[6] === 0x69 && bytes[7] === 0x64 && bytes[8] === 0;
  if (first) return bytes;
  const writer = new BsonWriter().startRoot().value('_id', id);
  let at = document.start + 4;
  const end = document.end - 1;
  if (id.bytes === document.bytes && id.start > at && id.end <= end) {
    const idElementStart = id.start - 5;
    writer.elements(document.bytes, at, idElementStart);
    at = id.end;
  }
  return writer.elements(document.bytes, at, end).end().finish();
}
