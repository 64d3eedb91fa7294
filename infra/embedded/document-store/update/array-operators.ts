import { compareToKey, KeyWriter, keyOf, keyTextOf } from '../bson/keys.ts';
import type { FieldPath } from '../bson/paths.ts';
import {
  elementsOf,
  fieldOf,
  itemsOf,
  numberOf,
  type RawValue,
  refuseUnsupportedTypes,
  typeName,
} from '../bson/raw.ts';
import { closed, type Node, opened, type TreeArray, type TreeDocument } from '../bson/tree.ts';
import { documentOf } from '../bson/writer.ts';
import { badValue, CommandError, typeMismatch } from '../errors.ts';
import { parseElementFilter, parseFilter } from '../query/filter.ts';
import { compileMatcher } from '../query/matcher.ts';
import { parseSort, type SortField } from '../query/sort.ts';
import type { Change } from './change.ts';
import { type Place, placeIfViable, placeToWrite } from './places.ts';
import { checkStorable } from './stored.ts';

const EACH = Buffer.from('$each');
const PUSH_CLAUSES: readonly string[] = ['$each', '$position', '$slice', '$sort'];

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

/** What `$push` does to an array: new values at a place, then an order, then a cut. */
interface Push {
  readonly values: readonly RawValue[];
  /** Counted from the end when negative; behind the last element when undefined. */
  readonly position: number | undefined;
  readonly order: ((items: TreeArray) => TreeArray) | undefined;
  /** How many elements stay: the first ones, or the last ones when negative. */
  readonly slice: number | undefined;
}

export function push(path: FieldPath, operand: RawValue): Change {
  const change = parsePush(operand);
  return (root) => {
    const place = placeToWrite(root, path);
    place.set(pushed(arrayIn(place.get(), '$push', path), change));
  };
}

function parsePush(operand: RawValue): Push {
  const each = operand.isDocument ? fieldOf(operand, EACH) : undefined;
  if (each === undefined)
    return { values: [storable(operand)], position: undefined, order: undefined, slice: undefined };
  const clauses = new Map(elementsOf(operand));
  for (const name of clauses.keys())
    if (!PUSH_CLAUSES.includes(name)) throw badValue(`Unrecognized clause in $push: ${name}`);
  if (!each.isArray) throw badValue('The argument to $each in $push must be an array');
  return {
    values: itemsOf(each).map(storable),
    position: wholeNumber(clauses.get('$position'), '$position'),
    order: orderOf(clauses.get('$sort')),
    slice: wholeNumber(clauses.get('$slice'), '$slice'),
  };
}

function wholeNumber(value: RawValue | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(numberOf(value) ?? Number.NaN);
  if (Number.isInteger(number)) return number;
  throw badValue(`The value for ${name} of $push must be an integer value`);
}

function pushed(array: TreeArray, { values, position, order, slice }: Push): TreeArray {
  const at = position ?? array.length;
  const items = [...array.slice(0, at), ...values, ...array.slice(at)];
  const ordered = order === undefined ? items : order(items);
  if (slice === undefined) return ordered;
  return slice >= 0 ? ordered.slice(0, slice) : ordered.slice(slice);
}

/** `$sort` of `$push`: 1 or -1 for whole elements, or fields of elements that are documents. */
function orderOf(value: RawValue | undefined): Push['order'] {
  if (value === undefined) return undefined;
  if (value.isDocument) return byKeys(fieldKey(parseSort(value)));
  const direction = Number(numberOf(value) ?? Number.NaN);
  if (direction !== 1 && direction !== -1)
    throw badValue('The $sort of $push must be 1 or -1, or a document of fields with these');
  return byKeys((writer, item) => {
    writer.value(item);
    if (direction === -1) writer.invertFrom(0);
  });
}

function byKeys(write: (writer: KeyWriter, item: RawValue) => void): (items: TreeArray) => TreeArray {
  const writer = new KeyWriter();
  return (items) => {
    const keyed = items.map((node) => {
      write(writer.reset(), closed(node));
      return { node, key: writer.finish() };
    });
    keyed.sort((left, right) => Buffer.compare(left.key, right.key));
    return keyed.map(({ node }) => node);
  };
}

/** Unlike a query's sort, this one reads an array on the way by its positions and does not look into its elements. */
function fieldKey(fields: readonly SortField[]): (writer: KeyWriter, item: RawValue) => void {
  if (fields.length === 0) throw badValue('The $sort pattern of $push is empty');
  return (writer, item) => {
    for (const { path, descending } of fields) {
      const from = writer.length;
      writer.value(item.isDocument ? fieldAt(item, path) : undefined);
      if (descending) writer.invertFrom(from);
    }
  };
}

function fieldAt(item: RawValue, path: FieldPath): RawValue | undefined {
  let value: RawValue | undefined = item;
  for (const { name } of path.steps)
    value = value?.isDocument || value?.isArray ? fieldOf(value, name) : undefined;
  return value;
}

export function addToSet(path: FieldPath, operand: RawValue): Change {
  const values = added(operand);
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

/** The values to add: the operand, or the items of `$each`. */
function added(operand: RawValue): RawValue[] {
  const [first, ...others] = operand.isDocument ? elementsOf(operand) : [];
  if (first?.[0] !== '$each') return [storable(operand)];
  if (!first[1].isArray) throw typeMismatch('The argument to $each in $addToSet must be an array');
  if (others.length > 0) throw badValue('Found unexpected fields after $each in $addToSet');
  return itemsOf(first[1]).map(storable);
}

/** Changes the field's value if there is one; a path that can lead nowhere is an error (28). */
function ifPresent(path: FieldPath, change: (place: Place, found: Node) => void): Change {
  return (root: TreeDocument) => {
    const place = placeIfViable(root, path);
    const found = place?.get();
    if (place !== undefined && found !== undefined) change(place, found);
  };
}

export function pull(path: FieldPath, operand: RawValue): Change {
  return without(path, '$pull', elementTest(operand));
}

/** What `$pull` removes: elements that pass tests, documents that match a filter, or elements that equal a value. */
function elementTest(operand: RawValue): (value: RawValue) => boolean {
  const tests = parseElementFilter(operand);
  if (tests !== undefined) {
    const { matches } = compileMatcher(tests);
    return (value) => matches(documentOf([['', value]]));
  }
  if (operand.isDocument) {
    const { matchesValue } = compileMatcher(parseFilter(operand));
    return (value) => value.isDocument && matchesValue(value);
  }
  refuseUnsupportedTypes(operand);
  const key = keyOf(operand);
  return (value) => compareToKey(value, key) === 0;
}

export function pullAll(path: FieldPath, operand: RawValue): Change {
  if (!operand.isArray)
    throw badValue(`$pullAll requires an array argument but was given a ${typeName(operand.type)}`);
  refuseUnsupportedTypes(operand);
  const keys = new Set(itemsOf(operand).map(keyTextOf));
  return without(path, '$pullAll', (value) => keys.has(keyTextOf(value)));
}

function without(path: FieldPath, operator: string, removes: (value: RawValue) => boolean): Change {
  return ifPresent(path, (place, found) => {
    place.set(arrayIn(found, operator, path).filter((node) => !removes(closed(node))));
  });
}

/** Takes away the last element, or the first one when the operand is -1. */
export function pop(path: FieldPath, operand: RawValue): Change {
  const end = Number(numberOf(operand) ?? Number.NaN);
  if (end !== 1 && end !== -1) throw new CommandError(9, '$pop expects 1 or -1');
  return ifPresent(path, (place, found) => {
    const open = opened(found);
    if (!Array.isArray(open)) {
      throw typeMismatch(
        `Path '${path.text}' contains an element of non-array type '${typeName(closed(found).type)}'`,
      );
    }
    place.set(end === 1 ? open.slice(0, -1) : open.slice(1));
  });
}
