import { compareToKey, keyOf, keyTextOf } from '../bson/keys.ts';
import type { FieldPath } from '../bson/paths.ts';
import { elementsOf, itemsOf, numberOf, RawValue, typeName } from '../bson/raw.ts';
import { closed, type Node, opened, type TreeArray, type TreeDocument } from '../bson/tree.ts';
import { badValue, notImplemented, typeMismatch } from '../errors.ts';
import { parseElementFilter } from '../query/filter.ts';
import { compileMatcher } from '../query/matcher.ts';
import { addNumbers } from './arithmetic.ts';
import { placeIfPresent, placeToWrite } from './places.ts';
import { checkStorable } from './stored.ts';

/** One change to one field of an opened document. */
export type Change = (root: TreeDocument) => void;

type ChangeMaker = (path: FieldPath, operand: RawValue) => Change;

/** The supported update operators; `$setOnInsert` is `$set` that the updater leaves out for existing documents. */
export const CHANGES: ReadonlyMap<string, ChangeMaker> = new Map<string, ChangeMaker>([
  ['$set', setField],
  ['$setOnInsert', setField],
  ['$unset', unsetField],
  ['$inc', increment],
  ['$min', (path, operand) => keepExtreme(path, operand, -1)],
  ['$max', (path, operand) => keepExtreme(path, operand, 1)],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
]);

function setField(path: FieldPath, operand: RawValue): Change {
  checkStorable(operand);
  return (root) => placeToWrite(root, path).set(operand);
}

function unsetField(path: FieldPath): Change {
  return (root) => placeIfPresent(root, path)?.remove();
}

function increment(path: FieldPath, operand: RawValue): Change {
  if (numberOf(operand) === undefined) {
    throw typeMismatch(`Cannot increment '${path.text}' with a value of type ${typeName(operand.type)}`);
  }
  return (root) => {
    const place = placeToWrite(root, path);
    const current = place.get();
    if (current === undefined) place.set(operand);
    else place.set(addNumbers(numberIn(current, path), operand));
  };
}

function numberIn(node: Node, path: FieldPath): RawValue {
  const value = closed(node);
  if (numberOf(value) !== undefined) return value;
  throw typeMismatch(`Cannot apply $inc to '${path.text}', which has type ${typeName(value.type)}`);
}

/** `direction` is the sign of the order in which the operand wins over the stored value. */
function keepExtreme(path: FieldPath, operand: RawValue, direction: 1 | -1): Change {
  checkStorable(operand);
  const key = keyOf(operand);
  return (root) => {
    const place = placeToWrite(root, path);
    const current = place.get();
    if (current === undefined || compareToKey(closed(current), key) * direction < 0) place.set(operand);
  };
}

/** The values to add: the operand, or the items of `$each`. Other modifiers are refused by name. */
function added(operator: string, operand: RawValue): RawValue[] {
  const elements = operand.isDocument ? elementsOf(operand) : [];
  const modifier = elements.find(([name]) => name.startsWith('$') && name !== '$each');
  if (modifier !== undefined) throw notImplemented(`${operator} modifier ${modifier[0]}`);
  const each = elements.find(([name]) => name === '$each')?.[1];
  if (each === undefined) return [storable(operand)];
  if (!each.isArray) throw typeMismatch(`$each of ${operator} must be an array`);
  if (elements.length > 1) throw badValue(`unknown field beside $each in ${operator}`);
  return itemsOf(each).map(storable);
}

function storable(value: RawValue): RawValue {
  checkStorable(value);
  return value;
}

function arrayIn(node: Node | undefined, operator: string, path: FieldPath): TreeArray {
  if (node === undefined) return [];
  const open = opened(node);
  if (Array.isArray(open)) return open;
  throw badValue(
    `${operator} needs an array at '${path.text}', which has type ${typeName(closed(node).type)}`,
  );
}

function push(path: FieldPath, operand: RawValue): Change {
  const values = added('$push', operand);
  return (root) => {
    const place = placeToWrite(root, path);
    place.set([...arrayIn(place.get(), '$push', path), ...values]);
  };
}

function addToSet(path: FieldPath, operand: RawValue): Change {
  const values = added('$addToSet', operand);
  return (root) => {
    const place = placeToWrite(root, path);
    const array = arrayIn(place.get(), '$addToSet', path);
    const known = new Set(array.map((node) => keyTextOf(closed(node))));
    for (const value of values) {
      const key = keyTextOf(value);
      if (!known.has(key)) array.push(value);
      known.add(key);
    }
    place.set(array);
  };
}

function pull(path: FieldPath, operand: RawValue): Change {
  const { matchesValue } = compileMatcher(parseElementFilter(operand));
  return (root) => {
    const place = placeIfPresent(root, path);
    const found = place?.get();
    if (place === undefined || found === undefined) return;
    place.set(arrayIn(found, '$pull', path).filter((node) => !matchesValue(closed(node))));
  };
}
