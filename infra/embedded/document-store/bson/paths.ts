import { badValue, notImplemented } from '../errors.ts';
import { BSON, fieldOf, itemsOf, RawValue } from './raw.ts';

/** Stands for "the value itself" where a field path is expected; no BSON name can hold a zero character. */
export const SELF = '\u0000';

interface Step {
  readonly name: Buffer;
  /** The array position this step may also mean, or -1. */
  readonly position: number;
}

/** A dotted path, split once. */
export class FieldPath {
  readonly text: string;
  readonly parts: readonly string[];
  readonly steps: readonly Step[];

  constructor(text: string) {
    this.text = text;
    this.parts = text === SELF ? [] : text.split('.');
    this.steps = this.parts.map((part) => ({ name: Buffer.from(part), position: positionOf(part) }));
  }

  /** True when this path is `other` or lies inside it, or the other way round. */
  overlaps(other: FieldPath): boolean {
    const length = Math.min(this.parts.length, other.parts.length);
    return this.parts.slice(0, length).every((part, index) => part === other.parts[index]);
  }
}

/** Paths read lately; clients send the same few again and again. */
const knownPaths = new Map<string, FieldPath>();
const checkedPaths = new Map<string, FieldPath>();
const MAX_KNOWN_PATHS = 2000;
const MAX_KNOWN_LENGTH = 200;

function remembered(
  known: Map<string, FieldPath>,
  text: string,
  make: (text: string) => FieldPath,
): FieldPath {
  const found = known.get(text);
  if (found !== undefined) return found;
  const path = make(text);
  if (text.length > MAX_KNOWN_LENGTH) return path;
  if (known.size >= MAX_KNOWN_PATHS) known.clear();
  known.set(text, path);
  return path;
}

/** A dotted path. */
export function fieldPath(text: string): FieldPath {
  return remembered(knownPaths, text, (path) => new FieldPath(path));
}

/** The array position a path part names, or -1. */
export function positionOf(part: string): number {
  return /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : -1;
}

/** A path as clients may write it; throws on empty parts and on names that start with `$`. */
export function checkedPath(text: string): FieldPath {
  return remembered(checkedPaths, text, check);
}

function check(text: string): FieldPath {
  const path = new FieldPath(text);
  for (const part of path.parts) {
    if (part === '') throw badValue(`field path '${text}' has an empty part`);
    if (part === '__proto__') throw notImplemented(`field name '${part}'`);
    if (part.startsWith('$')) throw notImplemented(`field name '${part}' in path '${text}'`);
  }
  return path;
}

type LeafVisitor = (leaf: RawValue | undefined) => boolean;

/**
 * Visits every value a path reaches, going through arrays on the way as MongoDB's matcher does; a missing field is
 * visited as undefined. Stops and returns true as soon as the visitor does. A path through an array that holds no
 * documents reaches nothing at all. An array as the root, which only an element of another array can be, is read like
 * a document with its positions as names.
 */
export function visitLeaves(root: RawValue, path: FieldPath, visit: LeafVisitor): boolean {
  const [first] = path.steps;
  if (!root.isArray || first === undefined) return visitFrom(root, path, 0, visit);
  const child = fieldOf(root, first.name);
  return child === undefined ? visit(undefined) : visitFrom(child, path, 1, visit);
}

function visitFrom(value: RawValue, path: FieldPath, depth: number, visit: LeafVisitor): boolean {
  const step = path.steps[depth];
  if (step === undefined) return visit(value);
  if (value.isDocument) {
    const child = fieldOf(value, step.name);
    return child === undefined ? visit(undefined) : visitFrom(child, path, depth + 1, visit);
  }
  if (value.isArray) return visitThroughArray(value, path, depth, step, visit);
  return visit(undefined);
}

function visitThroughArray(
  array: RawValue,
  path: FieldPath,
  depth: number,
  step: Step,
  visit: LeafVisitor,
): boolean {
  const items = itemsOf(array);
  for (const item of items) if (item.isDocument && visitFrom(item, path, depth, visit)) return true;
  const positioned = items[step.position];
  return positioned !== undefined && visitFrom(positioned, path, depth + 1, visit);
}

/** Like visitLeaves, but an array at the end of the path is visited itself and then element by element. */
export function visitValues(root: RawValue, path: FieldPath, visit: LeafVisitor): boolean {
  return visitLeaves(root, path, (leaf) => {
    if (visit(leaf)) return true;
    if (leaf === undefined || !leaf.isArray || path.steps.length === 0) return false;
    return itemsOf(leaf).some(visit);
  });
}

const EMPTY_ARRAY = new RawValue(BSON.array, Buffer.from([5, 0, 0, 0, 0]), 0, 5);

/** What a path contributes to an index or a sort. */
export interface IndexedValues {
  /** Distinct positions are kept; a missing field is undefined, an empty array stands for itself. */
  readonly values: (RawValue | undefined)[];
  /** Whether an array was met on the way or at the end. */
  readonly throughArray: boolean;
}

/** The values of a path for an index or a sort: arrays at the end are spread, an empty one is kept as a marker. */
export function indexedValues(root: RawValue, path: FieldPath): IndexedValues {
  const values: (RawValue | undefined)[] = [];
  let throughArray = passesArray(root, path);
  visitLeaves(root, path, (leaf) => {
    if (leaf?.isArray) {
      throughArray = true;
      const items = itemsOf(leaf);
      if (items.length === 0) values.push(EMPTY_ARRAY);
      else values.push(...items);
    } else values.push(leaf);
    return false;
  });
  return values.length > 0 ? { values, throughArray } : { values: [undefined], throughArray };
}

function passesArray(root: RawValue, path: FieldPath): boolean {
  let value: RawValue | undefined = root;
  for (const step of path.steps) {
    if (value?.isArray) return true;
    if (!value?.isDocument) return false;
    value = fieldOf(value, step.name);
  }
  return value?.isArray ?? false;
}

/** Whether a value in an index or sort position is the empty array marker. */
export function isEmptyArrayMarker(value: RawValue | undefined): boolean {
  return value === EMPTY_ARRAY;
}

/**
 * A path as aggregation expressions read it: through documents, and through arrays into an array of what their
 * documents hold. Undefined when there is nothing.
 */
export function expressionValue(
  root: RawValue,
  path: FieldPath,
  collect: (values: RawValue[]) => RawValue,
): RawValue | undefined {
  const from = (value: RawValue, depth: number): RawValue | undefined => {
    const step = path.steps[depth];
    if (step === undefined) return value;
    if (value.isDocument) {
      const child = fieldOf(value, step.name);
      return child === undefined ? undefined : from(child, depth + 1);
    }
    if (!value.isArray) return undefined;
    const found = itemsOf(value).map((item) => (item.isDocument ? from(item, depth) : undefined));
    return collect(found.filter((item) => item !== undefined));
  };
  return from(root, 0);
}
