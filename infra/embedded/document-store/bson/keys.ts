import { BSON, ElementCursor, type RawValue, rawFrom } from './raw.ts';

/**
 * Memcomparable keys: comparing two keys byte by byte is comparing the values in BSON order. Numbers compare by
 * value across int32, int64 and double, without rounding. Every comparison in this store (filters, sorts, groups,
 * indexes) goes through these keys, so an index scan and a full scan cannot disagree.
 */

/** First byte of a key: the place of the value's type in BSON order. Zero ends arrays and documents. */
export const TAG = {
  minKey: 0x08,
  /** What an empty array is in an index or a sort. */
  emptyArray: 0x10,
  null: 0x14,
  number: 0x20,
  string: 0x28,
  document: 0x30,
  array: 0x38,
  binary: 0x40,
  objectId: 0x48,
  boolean: 0x50,
  date: 0x58,
  timestamp: 0x60,
  regex: 0x68,
  maxKey: 0xf0,
} as const;

const TAGS: Readonly<Record<number, number>> = {
  [BSON.minKey]: TAG.minKey,
  [BSON.null]: TAG.null,
  [BSON.double]: TAG.number,
  [BSON.int32]: TAG.number,
  [BSON.int64]: TAG.number,
  [BSON.string]: TAG.string,
  [BSON.document]: TAG.document,
  [BSON.array]: TAG.array,
  [BSON.binary]: TAG.binary,
  [BSON.objectId]: TAG.objectId,
  [BSON.boolean]: TAG.boolean,
  [BSON.date]: TAG.date,
  [BSON.timestamp]: TAG.timestamp,
  [BSON.regex]: TAG.regex,
  [BSON.maxKey]: TAG.maxKey,
};

/** The key tag of a BSON type; unsupported types were refused before they get here. */
export function tagOf(type: number): number {
  return TAGS[type] ?? TAG.maxKey;
}

/** How far an int64 can be from the double nearest to it is at most 512; this keeps the rest positive. */
const RESIDUE_OFFSET = 0x8000;

/** A growing buffer that keys are written into. */
export class KeyWriter {
  bytes: Buffer = Buffer.allocUnsafe(512);
  length = 0;

  reset(): this {
    this.length = 0;
    return this;
  }

  private reserve(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, at + count));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    this.length = at + count;
    return at;
  }

  byte(value: number): this {
    const at = this.reserve(1);
    this.bytes[at] = value;
    return this;
  }

  uint32(value: number): this {
    const at = this.reserve(4);
    this.bytes.writeUInt32BE(value, at);
    return this;
  }

  /** The key of a value; a missing value has the key of null, as in MongoDB's indexes and sorts. */
  value(value: RawValue | undefined): this {
    if (value === undefined) return this.byte(TAG.null);
    this.byte(tagOf(value.type));
    return this.body(value.type, value.bytes, value.start, value.end);
  }

  private body(type: number, bytes: Buffer, start: number, end: number): this {
    switch (type) {
      case BSON.double:
        return this.number(bytes.readDoubleLE(start), 0);
      case BSON.int32:
        return this.number(bytes.readInt32LE(start), 0);
      case BSON.int64:
        return this.int64(bytes.readBigInt64LE(start));
      case BSON.string:
        return this.escaped(bytes, start + 4, end - 1);
      case BSON.document:
        return this.fields(bytes, start);
      case BSON.array:
        return this.items(bytes, start);
      case BSON.binary:
        return this.binary(bytes, start, end);
      case BSON.objectId:
      case BSON.boolean:
        return this.plain(bytes, start, end);
      case BSON.date:
        return this.signed64(bytes.readBigInt64LE(start));
      case BSON.timestamp:
        return this.unsigned64(bytes.readBigUInt64LE(start));
      case BSON.regex:
        return this.plain(bytes, start, end);
      default:
        return this;
    }
  }

  private number(value: number, residue: number): this {
    const at = this.reserve(10);
    if (Number.isNaN(value)) {
      this.bytes.fill(0, at, at + 10);
      return this;
    }
    this.bytes.writeDoubleBE(value === 0 ? 0 : value, at);
    if ((this.bytes[at] ?? 0) >= 0x80)
      for (let i = at; i < at + 8; i += 1) this.bytes[i] = ~(this.bytes[i] ?? 0);
    else this.bytes[at] = (this.bytes[at] ?? 0) | 0x80;
    this.bytes.writeUInt16BE(residue + RESIDUE_OFFSET, at + 8);
    return this;
  }

  private int64(value: bigint): this {
    const nearest = Number(value);
    return this.number(nearest, Number(value - BigInt(nearest)));
  }

  private signed64(value: bigint): this {
    return this.unsigned64(BigInt.asUintN(64, value + (1n << 63n)));
  }

  private unsigned64(value: bigint): this {
    const at = this.reserve(8);
    this.bytes.writeBigUInt64BE(value, at);
    return this;
  }

  private plain(bytes: Buffer, start: number, end: number): this {
    const at = this.reserve(end - start);
    bytes.copy(this.bytes, at, start, end);
    return this;
  }

  /** Text of any length: a zero byte inside is written 00 FF, the end is 00 00. */
  private escaped(bytes: Buffer, start: number, end: number): this {
    let from = start;
    for (;;) {
      const zero = bytes.indexOf(0, from);
      if (zero < 0 || zero >= end) break;
      this.plain(bytes, from, zero).byte(0).byte(0xff);
      from = zero + 1;
    }
    return this.plain(bytes, from, end).byte(0).byte(0);
  }

  /** BSON orders binary by length, then subtype, then bytes. */
  private binary(bytes: Buffer, start: number, end: number): this {
    const at = this.reserve(4);
    this.bytes.writeUInt32BE(bytes.readInt32LE(start), at);
    return this.plain(bytes, start + 4, end);
  }

  /** Documents compare field by field: type, then name, then value. */
  private fields(bytes: Buffer, start: number): this {
    const cursor = new ElementCursor(bytes, start);
    while (cursor.next()) {
      this.byte(tagOf(cursor.type)).escaped(bytes, cursor.nameStart, cursor.nameEnd);
      this.body(cursor.type, bytes, cursor.valueStart, cursor.valueEnd);
    }
    return this.byte(0);
  }

  private items(bytes: Buffer, start: number): this {
    const cursor = new ElementCursor(bytes, start);
    while (cursor.next()) {
      this.byte(tagOf(cursor.type)).body(cursor.type, bytes, cursor.valueStart, cursor.valueEnd);
    }
    return this.byte(0);
  }

  /** Turns the order of everything written since `from` around, for descending index fields. */
  invertFrom(from: number): this {
    for (let i = from; i < this.length; i += 1) this.bytes[i] = ~(this.bytes[i] ?? 0);
    return this;
  }

  compare(other: Buffer): number {
    return this.bytes.compare(other, 0, other.length, 0, this.length);
  }

  /** The key as a string usable in a Map or Set. */
  text(): string {
    return this.bytes.toString('latin1', 0, this.length);
  }

  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }
}

const scratch = new KeyWriter();

/** The key of one value (missing = null). */
export function keyOf(value: RawValue | undefined): Buffer {
  return scratch.reset().value(value).finish();
}

/** What the keys of all texts with a prefix start with. */
export function stringPrefixKey(prefix: string): Buffer {
  return keyOf(rawFrom(prefix)).subarray(0, -2);
}

/** The key of one value as a string for Map and Set. */
export function keyTextOf(value: RawValue | undefined): string {
  return scratch.reset().value(value).text();
}

/** Compares a value with a key made before, without allocating. */
export function compareToKey(value: RawValue | undefined, key: Buffer): number {
  return scratch.reset().value(value).compare(key);
}

/** A copy with every bit turned, which turns the order around. */
export function inverted(key: Buffer): Buffer {
  const copy = Buffer.from(key);
  for (let i = 0; i < copy.length; i += 1) copy[i] = ~(copy[i] ?? 0);
  return copy;
}

/** The smallest key after every key that starts with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: Buffer): Buffer | undefined {
  for (let i = prefix.length - 1; i >= 0; i -= 1) {
    const byte = prefix[i] ?? 0;
    if (byte === 0xff) continue;
    const next = Buffer.from(prefix.subarray(0, i + 1));
    next[i] = byte + 1;
    return next;
  }
  return undefined;
}
