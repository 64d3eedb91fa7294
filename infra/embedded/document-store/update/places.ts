import { type FieldPath, positionOf } from '../bson/paths.ts';
import { NULL_VALUE, RawValue, typeName } from '../bson/raw.ts';
import { type Node, opened, type TreeArray, type TreeDocument } from '../bson/tree.ts';
import { badValue, CommandError } from '../errors.ts';

const MAX_ARRAY_GAP = 1000;

/** A field that an update operator reads and writes. */
export interface Place {
  get(): Node | undefined;
  set(node: Node): void;
  remove(): void;
}

function describe(node: Node): string {
  if (node instanceof RawValue) return `a value of type ${typeName(node.type)}`;
  return node instanceof Map ? 'a document' : 'an array';
}

function notViable(path: FieldPath, part: string, node: Node): CommandError {
  return new CommandError(28, `Cannot create field '${part}' of path '${path.text}' in ${describe(node)}`);
}

function arrayPosition(array: TreeArray, part: string, path: FieldPath): number {
  const position = positionOf(part);
  if (position < 0) throw notViable(path, part, array);
  if (position > array.length + MAX_ARRAY_GAP) {
    throw badValue(`array position ${part} is more than ${MAX_ARRAY_GAP} beyond the end`);
  }
  return position;
}

function placeIn(container: TreeDocument | TreeArray, part: string, path: FieldPath): Place {
  if (container instanceof Map) {
    return {
      get: () => container.get(part),
      set: (node) => container.set(part, node),
      remove: () => container.delete(part),
    };
  }
  const position = arrayPosition(container, part, path);
  return {
    get: () => container[position],
    set: (node) => {
      while (container.length < position) container.push(NULL_VALUE);
      container[position] = node;
    },
    /** Removing an array element leaves null in its place, as MongoDB does. */
    remove: () => {
      if (position < container.length) container[position] = NULL_VALUE;
    },
  };
}

/** Finds a field, making the documents on the way. Throws PathNotViable (28) when a plain value is in the way. */
export function placeToWrite(root: TreeDocument, path: FieldPath): Place {
  let container: TreeDocument | TreeArray = root;
  const last = path.parts.length - 1;
  for (const part of path.parts.slice(0, last)) {
    const place: Place = placeIn(container, part, path);
    const next: Node = opened(place.get() ?? new Map<string, Node>());
    if (next instanceof RawValue) throw notViable(path, part, next);
    place.set(next);
    container = next;
  }
  return placeIn(container, path.parts[last] ?? '', path);
}

/** Finds a field that exists; undefined when the path does not lead anywhere. */
export function placeIfPresent(root: TreeDocument, path: FieldPath): Place | undefined {
  return existingPlace(root, path, () => undefined);
}

/**
 * Finds a field that exists; undefined when it could be made. Throws PathNotViable (28) when a plain value is in the
 * way, or an array where the path names no position.
 */
export function placeIfViable(root: TreeDocument, path: FieldPath): Place | undefined {
  return existingPlace(root, path, (part, node) => {
    throw notViable(path, part, node);
  });
}

function existingPlace(
  root: TreeDocument,
  path: FieldPath,
  blocked: (part: string, node: Node) => undefined,
): Place | undefined {
  let container: TreeDocument | TreeArray = root;
  const last = path.parts.length - 1;
  for (const [depth, part] of path.parts.entries()) {
    if (!(container instanceof Map) && positionOf(part) < 0) return blocked(part, container);
    if (!(container instanceof Map) && positionOf(part) >= container.length) return undefined;
    const place: Place = placeIn(container, part, path);
    const found: Node | undefined = place.get();
    if (found === undefined) return undefined;
    if (depth === last) return place;
    const next: Node = opened(found);
    if (next instanceof RawValue) return blocked(path.parts[depth + 1] ?? '', next);
    place.set(next);
    container = next;
  }
  return undefined;
}
