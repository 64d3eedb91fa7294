import { checkedPath, type FieldPath } from '../bson/paths.ts';
import { BSON, type RawValue, stringOf } from '../bson/raw.ts';
import { opened, type TreeDocument } from '../bson/tree.ts';
import { badValue } from '../errors.ts';
import type { Change } from './change.ts';
import { placeIfPresent, placeIfViable, placeToWrite } from './places.ts';

/** A `$rename` of one field: where the value comes from, where it goes, and how it gets there. */
export interface Rename {
  readonly source: FieldPath;
  readonly target: FieldPath;
  readonly change: Change;
}

/**
 * Reads one field of `$rename`. A source that is missing changes nothing; a target that is there is replaced in its
 * place. Neither may lie inside an array.
 */
export function renameOf(from: string, operand: RawValue): Rename {
  if (operand.type !== BSON.string) throw badValue(`The 'to' field for $rename must be a string: ${from}`);
  const source = checkedPath(from);
  const target = checkedPath(stringOf(operand));
  if (source.text === target.text)
    throw badValue(`The source and target field for $rename must differ: ${from}`);
  if (source.overlaps(target))
    throw badValue(`The source and target field for $rename must not be on the same path: ${from}`);
  return { source, target, change: (root) => move(root, source, target) };
}

function move(root: TreeDocument, source: FieldPath, target: FieldPath): void {
  const place = placeIfViable(root, source);
  const value = place?.get();
  if (place === undefined || value === undefined) return;
  refuseArrays(root, source, 'source');
  refuseArrays(root, target, 'destination');
  placeToWrite(root, target).set(value);
  place.remove();
}

function refuseArrays(root: TreeDocument, path: FieldPath, role: 'source' | 'destination'): void {
  for (let length = 1; length < path.parts.length; length += 1) {
    const parent = checkedPath(path.parts.slice(0, length).join('.'));
    const node = placeIfPresent(root, parent)?.get();
    if (node === undefined || !Array.isArray(opened(node))) continue;
    throw badValue(
      `The ${role} field cannot be an array element, '${path.text}' has an array called '${parent.text}'`,
    );
  }
}
