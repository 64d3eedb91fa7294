import { KeyWriter, TAG } from '../bson/keys.ts';
import { checkedPath, type FieldPath, indexedValues, isEmptyArrayMarker } from '../bson/paths.ts';
import { elementsOf, numberOf, type RawValue } from '../bson/raw.ts';
import { badValue, notImplemented } from '../errors.ts';

export interface SortField {
  readonly path: FieldPath;
  readonly descending: boolean;
}

/** Reads a sort or index pattern such as `{ at: -1, _id: 1 }`. */
export function parseSort(pattern: RawValue): SortField[] {
  return elementsOf(pattern).map(([name, direction]) => {
    if (direction.isDocument)
      throw notImplemented(`sort by ${elementsOf(direction)[0]?.[0] ?? 'an expression'}`);
    const number = Number(numberOf(direction) ?? Number.NaN);
    if (number !== 1 && number !== -1) throw badValue(`sort direction of '${name}' must be 1 or -1`);
    return { path: checkedPath(name), descending: number === -1 };
  });
}

const candidate = new KeyWriter();

/** Writes the key of one indexed or sorted value. */
export function writeIndexed(writer: KeyWriter, value: RawValue | undefined): void {
  if (isEmptyArrayMarker(value)) writer.byte(TAG.emptyArray);
  else writer.value(value);
}

function extremeKey(values: readonly (RawValue | undefined)[], descending: boolean): Buffer {
  let best: Buffer | undefined;
  for (const value of values) {
    candidate.reset();
    writeIndexed(candidate, value);
    const order = best === undefined ? 0 : candidate.compare(best);
    if (best === undefined || (descending ? order > 0 : order < 0)) best = candidate.finish();
  }
  return best ?? Buffer.from([TAG.null]);
}

const sortKey = new KeyWriter();

/**
 * The key a document sorts by. An array sorts by its smallest element ascending and by its largest descending.
 */
export function sortKeyOf(document: RawValue, fields: readonly SortField[]): Buffer {
  sortKey.reset();
  for (const { path, descending } of fields) {
    const from = sortKey.length;
    const { values } = indexedValues(document, path);
    if (values.length === 1) writeIndexed(sortKey, values[0]);
    else for (const byte of extremeKey(values, descending)) sortKey.byte(byte);
    if (descending) sortKey.invertFrom(from);
  }
  return sortKey.finish();
}
