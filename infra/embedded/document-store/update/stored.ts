import { BSON, ElementCursor, type RawValue, refuseUnsupportedTypes, typeName } from '../bson/raw.ts';
import { MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { CommandError, notImplemented } from '../errors.ts';

const DOLLAR = 0x24;
const DOT = 0x2e;
const MAX_STORED_DEPTH = 100;

/** Refuses what this store cannot keep: unsupported types and field names that paths could not reach (238). */
export function checkStorable(value: RawValue): void {
  refuseUnsupportedTypes(value);
  checkNames(value, 0);
}

function checkNames(value: RawValue, depth: number): void {
  if (!value.isDocument && !value.isArray) return;
  if (depth > MAX_STORED_DEPTH)
    throw new CommandError(2, `document nested deeper than ${MAX_STORED_DEPTH} levels`);
  const cursor = new ElementCursor(value.bytes, value.start);
  while (cursor.next()) {
    if (value.isDocument) checkName(cursor, value.bytes);
    if (cursor.type === BSON.document || cursor.type === BSON.array) checkNames(cursor.value(), depth + 1);
  }
}

function checkName(cursor: ElementCursor, bytes: Buffer): void {
  if (bytes[cursor.nameStart] === DOLLAR) throw notImplemented(`storing the field name '${cursor.name()}'`);
  for (let i = cursor.nameStart; i < cursor.nameEnd; i += 1) {
    if (bytes[i] === DOT) throw notImplemented(`storing the field name '${cursor.name()}'`);
  }
}

/** An `_id` may be anything but an array or a regular expression (InvalidIdField, 53). */
export function checkId(id: RawValue): void {
  if (id.type === BSON.array || id.type === BSON.regex) {
    throw new CommandError(53, `The '_id' value cannot be of type ${typeName(id.type)}`);
  }
}

/** Documents above 16 MB are refused (10334). */
export function checkSize(document: Buffer): void {
  if (document.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      10334,
      `document of ${document.length} bytes is larger than ${MAX_DOCUMENT_BYTES}`,
    );
  }
}
