import { deserialize, serialize } from 'bson';
import { CommandError, notImplemented } from '../errors.ts';

/** BSON element types by number, as on the wire. */
export const BSON = {
  double: 1,
  string: 2,
  document: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  boolean: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  code: 13,
  symbol: 14,
  codeWithScope: 15,
  int32: 16,
  timestamp: 17,
  int64: 18,
  decimal128: 19,
  maxKey: 127,
  minKey: 255,
} as const;

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [BSON.double]: 'double',
  [BSON.string]: 'string',
  [BSON.document]: 'object',
  [BSON.array]: 'array',
  [BSON.binary]: 'binData',
  [BSON.undefined]: 'undefined',
  [BSON.objectId]: 'objectId',
  [BSON.boolean]: 'bool',
  [BSON.date]: 'date',
  [BSON.null]: 'null',
  [BSON.regex]: 'regex',
  [BSON.dbPointer]: 'dbPointer',
  [BSON.code]: 'javascript',
  [BSON.symbol]: 'symbol',
  [BSON.codeWithScope]: 'javascriptWithScope',
  [BSON.int32]: 'int',
  [BSON.timestamp]: 'timestamp',
  [BSON.int64]: 'long',
  [BSON.decimal128]: 'decimal',
  [BSON.minKey]: 'minKey',
  [BSON.maxKey]: 'maxKey',
};

/** Types whose order and arithmetic are not covered here; documents and filters that hold them are refused. */
const REFUSED_TYPES: ReadonlySet<number> = new Set([
  BSON.undefined,
  BSON.dbPointer,
  BSON.code,
  BSON.symbol,
  BSON.codeWithScope,
  BSON.decimal128,
]);

/** The alias MongoDB uses for a BSON type number, e.g. `long`. */
export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `type ${type}`;
}

/** Whether a number stands for a BSON type. */
export function isTypeNumber(type: number): boolean {
  return type in TYPE_NAMES;
}

/** The type number for a `$type` alias or number; undefined when there is none. */
export function typeNumber(alias: string): number | undefined {
  const found = Object.entries(TYPE_NAMES).find(([, name]) => name === alias);
  return found === undefined ? undefined : Number(found[0]);
}

/**
 * One BSON value in place: its type and where its bytes are. Documents are handled this way so that
 * every type, number width and key order stays exactly as the client sent it.
 */
export class RawValue {
  readonly type: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(type: number, bytes: Buffer, start: number, end: number) {
    this.type = type;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get isDocument(): boolean {
    return this.type === BSON.document;
  }

  get isArray(): boolean {
    return this.type === BSON.array;
  }

  /** Cut out of a larger message, so that keeping it does not keep the message alive. */
  copied(): RawValue {
    const bytes = Buffer.from(this.bytes.subarray(this.start, this.end));
    return new RawValue(this.type, bytes, 0, bytes.length);
  }
}

/** A whole document as a value. */
export function documentValue(bytes: Buffer): RawValue {
  return new RawValue(BSON.document, bytes, 0, bytes.length);
}

/** The bytes of a document or array value. */
export function bytesOf(value: RawValue): Buffer {
  return value.bytes.subarray(value.start, value.end);
}

/** Below this many bytes, comparing them here is quicker than a call out of JavaScript. */
const FEW_BYTES = 32;

function sameRange(
  left: Buffer,
  leftStart: number,
  leftEnd: number,
  right: Buffer,
  rightStart: number,
  rightEnd: number,
): boolean {
  const length = leftEnd - leftStart;
  if (length !== rightEnd - rightStart) return false;
  if (length > FEW_BYTES) return left.compare(right, rightStart, rightEnd, leftStart, leftEnd) === 0;
  for (let i = 0; i < length; i += 1) if (left[leftStart + i] !== right[rightStart + i]) return false;
  return true;
}

/** Field names met lately, by a hash of their bytes: the same few come again and again, and decoding text is slow. */
const knownNames: (string | undefined)[] = new Array(1024);
const MAX_KNOWN_NAME = 24;

function nameIn(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > MAX_KNOWN_NAME) return bytes.toString('utf8', start, end);
  let hash = length;
  for (let i = start; i < end; i += 1) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 10)) & (knownNames.length - 1);
  const known = knownNames[slot];
  if (known !== undefined && isNameAt(known, bytes, start, length)) return known;
  const name = bytes.toString('utf8', start, end);
  knownNames[slot] = name;
  return name;
}

/** Only ever true for plain ASCII: other texts are shorter than their bytes. */
function isNameAt(name: string, bytes: Buffer, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (name.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

/** Walks the elements of a document or array without allocating for elements that are skipped. */
export class ElementCursor {
  type = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd: number;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer, documentStart: number) {
    this.bytes = bytes;
    this.valueEnd = documentStart + 4;
  }

  next(): boolean {
    const { bytes } = this;
    const at = this.valueEnd;
    const type = bytes[at] ?? 0;
    if (type === 0) return false;
    let end = at + 1;
    while (bytes[end] !== 0) end += 1;
    this.type = type;
    this.nameStart = at + 1;
    this.nameEnd = end;
    this.valueStart = end + 1;
    this.valueEnd = valueEnd(type, bytes, end + 1);
    return true;
  }

  name(): string {
    return nameIn(this.bytes, this.nameStart, this.nameEnd);
  }

  /** Whether the element of another cursor has the same name. */
  hasNameOf({ bytes, nameStart, nameEnd }: ElementCursor): boolean {
    return sameRange(this.bytes, this.nameStart, this.nameEnd, bytes, nameStart, nameEnd);
  }

  /** Whether the element of another cursor has the same type and bytes. */
  hasValueOf({ bytes, type, valueStart, valueEnd }: ElementCursor): boolean {
    if (this.type !== type) return false;
    return sameRange(this.bytes, this.valueStart, this.valueEnd, bytes, valueStart, valueEnd);
  }

  nameIs(name: Buffer): boolean {
    const length = this.nameEnd - this.nameStart;
    if (length !== name.length) return false;
    for (let i = 0; i < length; i += 1) if (this.bytes[this.nameStart + i] !== name[i]) return false;
    return true;
  }

  value(): RawValue {
    return new RawValue(this.type, this.bytes, this.valueStart, this.valueEnd);
  }
}

function cstringEnd(bytes: Buffer, from: number): number {
  const zero = bytes.indexOf(0, from);
  if (zero < 0) throw new CommandError(22, 'BSON string without end');
  return zero + 1;
}

/** Where a value of `type` that starts at `start` ends. Throws InvalidBSON for a type that does not exist. */
export function valueEnd(type: number, bytes: Buffer, start: number): number {
  switch (type) {
    case BSON.double:
    case BSON.date:
    case BSON.timestamp:
    case BSON.int64:
      return start + 8;
    case BSON.int32:
      return start + 4;
    case BSON.boolean:
      return start + 1;
    case BSON.objectId:
      return start + 12;
    case BSON.decimal128:
      return start + 16;
    case BSON.null:
    case BSON.undefined:
    case BSON.minKey:
    case BSON.maxKey:
      return start;
    case BSON.document:
    case BSON.array:
    case BSON.codeWithScope:
      return start + bytes.readInt32LE(start);
    case BSON.string:
    case BSON.code:
    case BSON.symbol:
      return start + 4 + bytes.readInt32LE(start);
    case BSON.binary:
      return start + 5 + bytes.readInt32LE(start);
    case BSON.dbPointer:
      return start + 4 + bytes.readInt32LE(start) + 12;
    case BSON.regex:
      return cstringEnd(bytes, cstringEnd(bytes, start));
    default:
      throw new CommandError(22, `unknown BSON type ${type}`);
  }
}

/** The value of a direct field, or undefined when the document has none of that name. */
export function fieldOf(document: RawValue, name: Buffer): RawValue | undefined {
  const cursor = new ElementCursor(document.bytes, document.start);
  while (cursor.next()) if (cursor.nameIs(name)) return cursor.value();
  return undefined;
}

/** Name and value of every direct element, in stored order. */
export function elementsOf(container: RawValue): [string, RawValue][] {
  const cursor = new ElementCursor(container.bytes, container.start);
  const elements: [string, RawValue][] = [];
  while (cursor.next()) elements.push([cursor.name(), cursor.value()]);
  return elements;
}

/** The elements of an array (or the values of a document), in stored order. */
export function itemsOf(container: RawValue): RawValue[] {
  const cursor = new ElementCursor(container.bytes, container.start);
  const items: RawValue[] = [];
  while (cursor.next()) items.push(cursor.value());
  return items;
}

/** A BSON string's text. */
export function stringOf(value: RawValue): string {
  return value.bytes.toString('utf8', value.start + 4, value.end - 1);
}

/** A double, int32 or int64 as it is: int64 always as bigint. Undefined for any other type. */
export function numberOf(value: RawValue): number | bigint | undefined {
  switch (value.type) {
    case BSON.double:
      return value.bytes.readDoubleLE(value.start);
    case BSON.int32:
      return value.bytes.readInt32LE(value.start);
    case BSON.int64:
      return value.bytes.readBigInt64LE(value.start);
    default:
      return undefined;
  }
}

export function isNaNValue(value: RawValue | undefined): boolean {
  return value?.type === BSON.double && Number.isNaN(value.bytes.readDoubleLE(value.start));
}

/** Pattern and option letters of a BSON regular expression. */
export function regexOf(value: RawValue): { pattern: string; options: string } {
  const patternEnd = cstringEnd(value.bytes, value.start);
  return {
    pattern: value.bytes.toString('utf8', value.start, patternEnd - 1),
    options: value.bytes.toString('utf8', patternEnd, value.end - 1),
  };
}

/** A raw value of a JavaScript value, encoded by the bson library (numbers become int32 or double). */
export function rawFrom(value: unknown): RawValue {
  const document = documentValue(Buffer.from(serialize({ v: value }, { ignoreUndefined: false })));
  const cursor = new ElementCursor(document.bytes, 0);
  cursor.next();
  return cursor.value();
}

export function int32Value(value: number): RawValue {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return new RawValue(BSON.int32, bytes, 0, 4);
}

export function int64Value(value: bigint): RawValue {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return new RawValue(BSON.int64, bytes, 0, 8);
}

export function doubleValue(value: number): RawValue {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return new RawValue(BSON.double, bytes, 0, 8);
}

export const NULL_VALUE = new RawValue(BSON.null, Buffer.alloc(0), 0, 0);

/** Any raw value as plain JavaScript, int64 as bigint; for messages and replies, not for storage. */
export function toPlain(value: RawValue): unknown {
  if (value.isDocument) return deserialize(bytesOf(value), { useBigInt64: true });
  const body = bytesOf(value);
  const document = Buffer.alloc(body.length + 8);
  document.writeInt32LE(document.length);
  document[4] = value.type;
  document.write('v', 5);
  body.copy(document, 7);
  return deserialize(document, { useBigInt64: true }).v;
}

const MAX_DEPTH = 180;

/**
 * Checks bytes from the network before anything else reads them: lengths, ends and nesting.
 * Throws InvalidBSON (22). Returns the end of the document.
 */
export function checkDocument(bytes: Buffer, start: number, limit: number, depth = 0): number {
  if (depth > MAX_DEPTH) throw new CommandError(22, `BSON nested deeper than ${MAX_DEPTH} levels`);
  if (start + 5 > limit) throw new CommandError(22, 'BSON document cut short');
  const end = start + bytes.readInt32LE(start);
  if (end > limit || end < start + 5) throw new CommandError(22, 'BSON document has a wrong length');
  let at = start + 4;
  while (at < end - 1) at = checkElement(bytes, at, end - 1, depth);
  if (at !== end - 1 || bytes[at] !== 0) throw new CommandError(22, 'BSON document without end');
  return end;
}

const SIZED_TYPES: ReadonlySet<number> = new Set([
  BSON.string,
  BSON.code,
  BSON.symbol,
  BSON.binary,
  BSON.dbPointer,
]);

function checkElement(bytes: Buffer, at: number, limit: number, depth: number): number {
  const type = bytes[at] ?? 0;
  const start = cstringEnd(bytes, at + 1);
  if (start > limit) throw new CommandError(22, 'BSON element cut short');
  if (type === BSON.document || type === BSON.array) return checkDocument(bytes, start, limit, depth + 1);
  if (SIZED_TYPES.has(type)) checkSize(bytes, type, start, limit);
  if (type === BSON.codeWithScope && start + 4 > limit) throw new CommandError(22, 'BSON value cut short');
  const end = valueEnd(type, bytes, start);
  if (end > limit || end < start) throw new CommandError(22, 'BSON value has a wrong length');
  return end;
}

function checkSize(bytes: Buffer, type: number, start: number, limit: number): void {
  if (start + 4 > limit) throw new CommandError(22, 'BSON value cut short');
  const size = bytes.readInt32LE(start);
  const end = start + 4 + size;
  if (size < (type === BSON.binary ? 0 : 1) || end > limit) {
    throw new CommandError(22, 'BSON value has a wrong length');
  }
  if (type === BSON.string && bytes[end - 1] !== 0) throw new CommandError(22, 'BSON string without end');
}

/** Refuses values whose type this store does not order (238), at any depth. */
export function refuseUnsupportedTypes(value: RawValue): void {
  if (REFUSED_TYPES.has(value.type)) throw notImplemented(`BSON type ${typeName(value.type)}`);
  if (!value.isDocument && !value.isArray) return;
  const cursor = new ElementCursor(value.bytes, value.start);
  while (cursor.next()) {
    if (REFUSED_TYPES.has(cursor.type)) throw notImplemented(`BSON type ${typeName(cursor.type)}`);
    if (cursor.type === BSON.document || cursor.type === BSON.array) refuseUnsupportedTypes(cursor.value());
  }
}
