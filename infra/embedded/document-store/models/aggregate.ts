import { Double, Int32, Long } from 'bson';
import {
  type Box,
  copied,
  fitsLong,
  isBox,
  isNumber,
  numeric,
  order,
  passes,
  Refused,
  same,
  type Value,
  wholeNumber,
} from './values.ts';

/** A stage as a client writes it: one operator and its operand. */
export type Stage = Box;

function isMissing(value: Value): boolean {
  return value === undefined || value === null;
}

/** What a path of an expression gives: arrays on the way become arrays of what their documents hold. */
function atPath(value: Value, parts: readonly string[]): Value {
  const [first, ...rest] = parts;
  if (first === undefined) return value;
  if (isBox(value)) return atPath(value[first], rest);
  if (!Array.isArray(value)) return undefined;
  return value.filter(isBox).flatMap((item) => {
    const found = atPath(item, parts);
    return found === undefined ? [] : [found];
  });
}

function truth(value: Value): boolean {
  if (isMissing(value) || value === false) return false;
  return !(isNumber(value) && Number(numeric(value)) === 0);
}

function present(value: Value): Value {
  return value === undefined ? null : value;
}

type Operands = readonly (() => Value)[];

/** Values one after the other, up to the first that is null or missing; then nothing at all. */
function allPresent(operands: Operands, accepts: (value: Value) => boolean): Value[] | undefined {
  const values: Value[] = [];
  for (const operand of operands) {
    const value = operand();
    if (isMissing(value)) return undefined;
    if (!accepts(value)) throw new Refused(14);
    values.push(value);
  }
  return values;
}

function add(operands: Operands): Value {
  const values = allPresent(operands, isNumber);
  if (values === undefined) return null;
  let total: bigint | number = 0n;
  for (const value of values.filter(isNumber)) {
    const number = numeric(value);
    if (typeof total === 'bigint' && typeof number === 'bigint' && fitsLong(total + number)) total += number;
    else total = Number(total) + Number(number);
  }
  if (typeof total === 'number') return new Double(total);
  return wholeNumber(
    total,
    values.every((value) => value instanceof Int32),
  );
}

function compared(operands: Operands): number {
  const [left, right] = operands.map((operand) => operand());
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return order(left, right);
}

const OPERATORS: Readonly<Record<string, (operands: Operands) => Value>> = {
  $eq: (operands) => compared(operands) === 0,
  $ne: (operands) => compared(operands) !== 0,
  $gt: (operands) => compared(operands) > 0,
  $gte: (operands) => compared(operands) >= 0,
  $lt: (operands) => compared(operands) < 0,
  $lte: (operands) => compared(operands) <= 0,
  $and: (operands) => operands.every((operand) => truth(operand())),
  $or: (operands) => operands.some((operand) => truth(operand())),
  $not: ([operand]) => !truth(operand?.()),
  $cond: ([test, yes, no]) => (truth(test?.()) ? yes?.() : no?.()),
  $ifNull: (operands) => {
    let value: Value;
    for (const operand of operands) {
      value = operand();
      if (!isMissing(value)) break;
    }
    return value;
  },
  $add: add,
  $concat: (operands) => allPresent(operands, (value) => typeof value === 'string')?.join('') ?? null,
  $size: ([operand]) => {
    const value = operand?.();
    if (!Array.isArray(value)) throw new Refused(2);
    return new Int32(value.length);
  },
  $arrayElemAt: (operands) => {
    const [array, position] = operands.map((operand) => operand());
    if (isMissing(array) || isMissing(position)) return null;
    const index = isNumber(position) ? Number(numeric(position)) : Number.NaN;
    if (!Array.isArray(array) || index !== Math.trunc(index) || Math.abs(index) > 2147483647)
      throw new Refused(2);
    return array.at(index);
  },
  $concatArrays: (operands) => {
    const values = operands.map((operand) => operand());
    if (values.some(isMissing)) return null;
    if (!values.every(Array.isArray)) throw new Refused(2);
    return values.flat(1);
  },
};

/** The value of an expression; undefined when there is none. */
export function evaluated(expression: Value, document: Box): Value {
  if (typeof expression === 'string' && expression.startsWith('$$')) return document;
  if (typeof expression === 'string' && expression.startsWith('$'))
    return atPath(document, expression.slice(1).split('.'));
  if (Array.isArray(expression)) return expression.map((item) => present(evaluated(item, document)));
  if (!isBox(expression)) return expression;
  const [first] = Object.entries(expression);
  if (first?.[0] === '$literal') return first[1];
  if (first?.[0].startsWith('$')) {
    const [name, operand] = first;
    const operator = OPERATORS[name];
    if (operator === undefined) throw new Error(`the model has no ${name}`);
    const operands = Array.isArray(operand) ? operand : [operand];
    return operator(operands.map((item) => () => evaluated(item, document)));
  }
  return withoutMissing(Object.entries(expression).map(([name, item]) => [name, evaluated(item, document)]));
}

function withoutMissing(entries: readonly (readonly [string, Value])[]): Box {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

interface Tree {
  [name: string]: true | Tree;
}

function treeOf(paths: readonly string[]): Tree {
  const root: Tree = {};
  for (const path of paths) {
    let tree = root;
    const parts = path.split('.');
    for (const part of parts.slice(0, -1)) {
      const inner: true | Tree = tree[part] ?? {};
      if (inner === true) throw new Refused(31249);
      tree[part] = inner;
      tree = inner;
    }
    tree[parts.at(-1) ?? path] = true;
  }
  return root;
}

/** Keeps what the tree names; what is no document inside of it is dropped. */
function included(value: Value, tree: Tree): Value {
  if (Array.isArray(value))
    return value.map((item) => included(item, tree)).filter((item) => item !== undefined);
  if (!isBox(value)) return undefined;
  return withoutMissing(
    Object.entries(value).map(([name, item]) => {
      const inner = tree[name];
      if (inner === undefined) return [name, undefined];
      return [name, inner === true ? item : included(item, inner)];
    }),
  );
}

/** Drops what the tree names. */
function excluded(value: Value, tree: Tree): Value {
  if (Array.isArray(value)) return value.map((item) => excluded(item, tree));
  if (!isBox(value)) return value;
  return withoutMissing(
    Object.entries(value).map(([name, item]) => {
      const inner = tree[name];
      if (inner === undefined) return [name, item];
      return [name, inner === true ? undefined : excluded(item, inner)];
    }),
  );
}

function project(document: Box, specification: Box): Box {
  const { _id: id = 1, ...rest } = specification;
  const entries = Object.entries(rest);
  const named = (flag: number): string[] =>
    entries.filter(([, value]) => value === flag).map(([name]) => name);
  if (entries.some(([, value]) => value === 0))
    return excluded(document, treeOf([...named(0), ...(id === 0 ? ['_id'] : [])])) as Box;
  const kept = included(document, treeOf([...named(1), ...(id === 1 ? ['_id'] : [])])) as Box;
  const computed = entries.filter(([, value]) => value !== 1);
  const made = id === 0 || id === 1 ? [] : [['_id', evaluated(id, document)] as const];
  return withoutMissing([
    ...made,
    ...Object.entries(kept),
    ...computed.map(([name, expression]) => [name, evaluated(expression, document)] as const),
  ]);
}

/** Sets what a path leads to, in every element of an array, making documents of what is none. */
function setAt(value: Value, parts: readonly string[], made: () => Value): Value {
  const [first = '', ...rest] = parts;
  if (Array.isArray(value)) return value.map((item) => setAt(item, parts, made));
  const box = isBox(value) ? { ...value } : {};
  const next = rest.length === 0 ? made() : setAt(box[first], rest, made);
  if (next === undefined) delete box[first];
  else box[first] = next;
  return box;
}

function setFields(document: Box, specification: Box): Box {
  let result: Value = document;
  for (const [path, expression] of Object.entries(specification))
    result = setAt(result, path.split('.'), () => evaluated(expression, document));
  return result as Box;
}

interface Unwind {
  readonly path: string;
  readonly preserveNullAndEmptyArrays?: boolean;
  readonly includeArrayIndex?: string;
}

function holderOf(document: Box, parts: readonly string[]): Box | undefined {
  let holder: Value = document;
  for (const part of parts.slice(0, -1)) holder = isBox(holder) ? holder[part] : undefined;
  return isBox(holder) ? holder : undefined;
}

function unwind(document: Box, { path, preserveNullAndEmptyArrays, includeArrayIndex }: Unwind): Box[] {
  const parts = path.slice(1).split('.');
  const last = parts.at(-1) ?? '';
  const found = holderOf(document, parts)?.[last];
  const made = (value: Value, position: number | undefined): Box => {
    const copy = copied(document);
    const holder = holderOf(copy, parts);
    if (holder !== undefined && value === undefined) delete holder[last];
    else if (holder !== undefined) holder[last] = value;
    if (includeArrayIndex !== undefined)
      copy[includeArrayIndex] = position === undefined ? null : Long.fromNumber(position);
    return copy;
  };
  if (!Array.isArray(found)) {
    if (isMissing(found) && preserveNullAndEmptyArrays !== true) return [];
    return [made(found, undefined)];
  }
  if (found.length === 0) return preserveNullAndEmptyArrays === true ? [made(undefined, undefined)] : [];
  return found.map((item, position) => made(item, position));
}

/** Exact for doubles that are multiples of a half, which is all that the specs add. */
function total(values: readonly Value[]): { sum: Value; double: number; count: number } {
  const numbers = values.filter(isNumber);
  const doubles = numbers.filter((value) => value instanceof Double).map(({ value }) => value);
  const halves = (value: bigint | number): bigint =>
    typeof value === 'bigint' ? 2n * value : BigInt(Math.round(2 * value));
  const finite = doubles.every(Number.isFinite);
  const doubled = finite ? numbers.reduce((sum, value) => sum + halves(numeric(value)), 0n) : 0n;
  const double = finite ? Number(doubled) / 2 : doubles.reduce((sum, value) => sum + value, 0);
  const narrow = numbers.every((value) => value instanceof Int32);
  const isWhole = doubles.length === 0 && fitsLong(doubled / 2n);
  const sum = isWhole ? wholeNumber(doubled / 2n, narrow) : new Double(double);
  return { sum, double, count: numbers.length };
}

function extreme(values: readonly Value[], direction: 1 | -1): Value {
  let best: Value = null;
  for (const value of values)
    if (!isMissing(value) && (best === null || order(value, best) * direction > 0)) best = value;
  return best;
}

function unique(values: readonly Value[]): Value[] {
  const found: Value[] = [];
  for (const value of values) if (!found.some((item) => same(item, value))) found.push(value);
  return found;
}

const ACCUMULATORS: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  $sum: (values) => total(values).sum,
  $avg: (values) => {
    const { double, count } = total(values);
    return count === 0 ? null : new Double(double / count);
  },
  $min: (values) => extreme(values, -1),
  $max: (values) => extreme(values, 1),
  $first: (values) => present(values[0]),
  $last: (values) => present(values.at(-1)),
  $push: (values) => values.filter((value) => value !== undefined),
  $addToSet: (values) => unique(values.filter((value) => value !== undefined)),
  $count: (values) => new Int32(values.length),
};

function group(documents: readonly Box[], { _id: id, ...fields }: Box): Box[] {
  const groups: { key: Value; members: Box[] }[] = [];
  for (const document of documents) {
    const key = present(evaluated(id, document));
    const known = groups.find((candidate) => same(candidate.key, key));
    if (known === undefined) groups.push({ key, members: [document] });
    else known.members.push(document);
  }
  return groups.map(({ key, members }) => {
    const results = Object.entries(fields).map(([name, accumulator]) => {
      const [[operator = '', operand] = []] = Object.entries(accumulator as Box);
      const gather = ACCUMULATORS[operator];
      if (gather === undefined) throw new Error(`the model has no ${operator}`);
      return [name, gather(members.map((member) => evaluated(operand, member)))] as const;
    });
    return Object.fromEntries([['_id', key], ...results]);
  });
}

/** Stands for an empty array, which sorts before everything else. */
const EMPTY = Symbol('empty array');

/** What a path gives to sort by: the elements of an array at its end, what the documents of one on the way hold. */
function sortValues(value: Value, [first, ...rest]: readonly string[]): Value[] {
  if (first === undefined) {
    if (!Array.isArray(value)) return [present(value)];
    return value.length > 0 ? value : [EMPTY];
  }
  if (isBox(value)) return sortValues(value[first], rest);
  const inside = Array.isArray(value) ? value.filter(isBox) : [];
  return inside.length === 0 ? [null] : inside.flatMap((item) => sortValues(item[first], rest));
}

function sortOrder(left: Value, right: Value): number {
  if (left === EMPTY || right === EMPTY) return Number(right === EMPTY) - Number(left === EMPTY);
  return order(left, right);
}

/** An array sorts by its smallest element ascending, by its largest descending. */
function compareBy(specification: Box): (left: Box, right: Box) => number {
  return (left, right) => {
    for (const [path, value] of Object.entries(specification)) {
      const direction = Number(value);
      const [a, b] = [left, right].map(
        (document) =>
          [...sortValues(document, path.split('.'))].sort((x, y) => sortOrder(x, y) * direction)[0],
      );
      const result = sortOrder(a, b) * direction;
      if (result !== 0) return result;
    }
    return 0;
  };
}

function matches(document: Box, filter: Box): boolean {
  return Object.entries(filter).every(([path, tests]) => {
    const value = atPath(document, path.split('.'));
    return Object.entries(tests as Box).every((test) => passes(value, test));
  });
}

const STAGES: Readonly<Record<string, (documents: readonly Box[], operand: Value) => readonly Box[]>> = {
  $match: (documents, filter) => documents.filter((document) => matches(document, filter as Box)),
  $sort: (documents, specification) => [...documents].sort(compareBy(specification as Box)),
  $skip: (documents, count) => documents.slice(Number(count)),
  $limit: (documents, count) => documents.slice(0, Number(count)),
  $project: (documents, specification) =>
    documents.map((document) => project(document, specification as Box)),
  $addFields: (documents, specification) =>
    documents.map((document) => setFields(document, specification as Box)),
  $set: (documents, specification) => documents.map((document) => setFields(document, specification as Box)),
  $unset: (documents, paths) =>
    documents.map((document) => excluded(document, treeOf([paths].flat() as string[])) as Box),
  $unwind: (documents, operand) =>
    documents.flatMap((document) =>
      unwind(document, typeof operand === 'string' ? { path: operand } : (operand as unknown as Unwind)),
    ),
  $group: (documents, specification) => group(documents, specification as Box),
  $count: (documents, name) =>
    documents.length === 0 ? [] : [{ [String(name)]: new Int32(documents.length) }],
  $facet: (documents, facets) => [
    Object.fromEntries(
      Object.entries(facets as Box).map(([name, pipeline]) => [
        name,
        aggregated(documents, pipeline as Stage[]),
      ]),
    ),
  ],
};

/** What a pipeline makes of documents. Throws Refused where MongoDB would fail. */
export function aggregated(documents: readonly Box[], pipeline: readonly Stage[]): readonly Box[] {
  return pipeline.reduce<readonly Box[]>((input, stage) => {
    const [[name = '', operand] = []] = Object.entries(stage);
    const run = STAGES[name];
    if (run === undefined) throw new Error(`the model has no ${name}`);
    return run(input, operand);
  }, documents);
}
