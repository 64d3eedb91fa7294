import { compareToKey, keyOf } from '../bson/keys.ts';
import type { FieldPath } from '../bson/paths.ts';
import { int32Value, numberOf, type RawValue, typeName } from '../bson/raw.ts';
import { closed, type Node } from '../bson/tree.ts';
import { typeMismatch } from '../errors.ts';
import { addNumbers, multiplyNumbers } from './arithmetic.ts';
import { addToSet, pop, pull, pullAll, push } from './array-operators.ts';
import type { Change, ChangeMaker } from './change.ts';
import { currentDate } from './current-date.ts';
import { placeIfPresent, placeToWrite } from './places.ts';
import { checkStorable } from './stored.ts';

/**
 * The supported update operators on a single field; `$setOnInsert` is `$set` that the updater leaves out for existing
 * documents. `$rename`, which is about two fields, is in `rename.ts`.
 */
export const CHANGES: ReadonlyMap<string, ChangeMaker> = new Map<string, ChangeMaker>([
  ['$set', setField],
  ['$setOnInsert', setField],
  ['$unset', unsetField],
  ['$inc', increment],
  ['$mul', multiply],
  ['$min', (path, operand) => keepExtreme(path, operand, -1)],
  ['$max', (path, operand) => keepExtreme(path, operand, 1)],
  ['$currentDate', currentDate],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pop', pop],
  ['$pull', pull],
  ['$pullAll', pullAll],
]);

function setField(path: FieldPath, operand: RawValue): Change {
  checkStorable(operand);
  return (root) => placeToWrite(root, path).set(operand);
}

function unsetField(path: FieldPath): Change {
  return (root) => placeIfPresent(root, path)?.remove();
}

function increment(path: FieldPath, operand: RawValue): Change {
  checkNumber('increment', path, operand);
  return (root) => {
    const place = placeToWrite(root, path);
    const current = place.get();
    place.set(current === undefined ? operand : addNumbers(numberIn(current, '$inc', path), operand));
  };
}

/** A missing field becomes a zero of the operand's type. */
function multiply(path: FieldPath, operand: RawValue): Change {
  checkNumber('multiply', path, operand);
  return (root) => {
    const place = placeToWrite(root, path);
    const current = place.get();
    const factor = current === undefined ? int32Value(0) : numberIn(current, '$mul', path);
    place.set(multiplyNumbers(factor, operand));
  };
}

function checkNumber(word: string, path: FieldPath, operand: RawValue): void {
  if (numberOf(operand) !== undefined) return;
  throw typeMismatch(`Cannot ${word} '${path.text}' with a value of type ${typeName(operand.type)}`);
}

function numberIn(node: Node, operator: string, path: FieldPath): RawValue {
  const value = closed(node);
  if (numberOf(value) !== undefined) return value;
  throw typeMismatch(`Cannot apply ${operator} to '${path.text}', which has type ${typeName(value.type)}`);
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
