import { Double, Int32 } from 'bson';
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

/** One operator on one field: `[operator, path, operand]`. */
export type Change = readonly [string, string, Value];

type Holder = Box | Value[];

/** What an operator does about a path that is not there: make it, or leave it but refuse what could never be made. */
type Approach = 'make' | 'viable' | 'lenient';

const POSITION = /^\d+$/;

function isHolder(value: Value): value is Holder {
  return Array.isArray(value) || isBox(value);
}

function child(holder: Holder, part: string): Value {
  return Array.isArray(holder) ? holder[Number(part)] : holder[part];
}

function put(holder: Holder, part: string, value: Value): void {
  if (!Array.isArray(holder)) holder[part] = value;
  else {
    while (holder.length < Number(part)) holder.push(null);
    holder[Number(part)] = value;
  }
}

/** The container of the last part of a path; undefined when the path leads nowhere and may not be made. */
function holderOf(document: Box, parts: readonly string[], approach: Approach): Holder | undefined {
  let holder: Holder = document;
  for (const [depth, part] of parts.entries()) {
    if (Array.isArray(holder) && !POSITION.test(part)) return blocked(approach);
    if (depth === parts.length - 1) return holder;
    let next: Value = child(holder, part);
    if (next === undefined && approach === 'make') next = {};
    if (next === undefined) return undefined;
    if (!isHolder(next)) return blocked(approach);
    put(holder, part, next);
    holder = next;
  }
  return holder;
}

function blocked(approach: Approach): undefined {
  if (approach !== 'lenient') throw new Refused(28);
  return undefined;
}

function arithmetic(
  now: Value,
  operand: Value,
  whole: (a: bigint, b: bigint) => bigint,
  double: (a: number, b: number) => number,
): Value {
  if (!isNumber(now) || !isNumber(operand)) throw new Refused(14);
  const [a, b] = [numeric(now), numeric(operand)];
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    const result = whole(a, b);
    if (!fitsLong(result)) throw new Refused(2);
    return wholeNumber(result, now instanceof Int32 && operand instanceof Int32);
  }
  return new Double(double(Number(a), Number(b)));
}

function list(value: Value, code = 2): Value[] {
  if (!Array.isArray(value)) throw new Refused(code);
  return value;
}

interface PushModifiers {
  $each: Value[];
  $position?: number;
  $slice?: number;
  $sort?: number | Record<string, number>;
}

function valueAt(item: Value, path: string): Value {
  let value: Value = isBox(item) ? item : undefined;
  for (const part of path.split('.')) value = isHolder(value) ? child(value, part) : undefined;
  return value;
}

function pushOrder(sort: number | Record<string, number>): (left: Value, right: Value) => number {
  if (typeof sort === 'number') return (left, right) => sort * order(left, right);
  return (left, right) => {
    for (const [path, direction] of Object.entries(sort)) {
      const result = order(valueAt(left, path), valueAt(right, path));
      if (result !== 0) return result * direction;
    }
    return 0;
  };
}

function push(now: Value, operand: Value): Value {
  const items = [...list(now === undefined ? [] : now)];
  if (!isBox(operand) || !('$each' in operand)) return [...items, operand];
  const { $each, $position, $slice, $sort } = operand as unknown as PushModifiers;
  items.splice($position ?? items.length, 0, ...$each);
  if ($sort !== undefined) items.sort(pushOrder($sort));
  if ($slice === undefined) return items;
  if ($slice < 0) return items.slice(Math.max(0, items.length + $slice));
  return items.slice(0, $slice);
}

function addToSet(now: Value, operand: Value): Value {
  const result = [...list(now === undefined ? [] : now)];
  const values = isBox(operand) && '$each' in operand ? (operand.$each as Value[]) : [operand];
  for (const value of values) if (!result.some((item) => same(item, value))) result.push(value);
  return result;
}

function isPulled(item: Value, condition: Value): boolean {
  if (!isBox(condition)) return same(item, condition);
  const tests = Object.entries(condition);
  if (tests[0]?.[0].startsWith('$')) return tests.every((test) => passes(item, test));
  return isBox(item) && tests.every(([name, wanted]) => passes(item[name], ['$eq', wanted]));
}

const zero = new Int32(0);

type Operator = (now: Value, operand: Value) => Value;

/** What each operator makes of a value that may be missing. */
const MAKING: Readonly<Record<string, Operator>> = {
  $set: (_, operand) => operand,
  $setOnInsert: (_, operand) => operand,
  $inc: (now, operand) =>
    now === undefined
      ? operand
      : arithmetic(
          now,
          operand,
          (a, b) => a + b,
          (a, b) => a + b,
        ),
  $mul: (now, operand) =>
    arithmetic(
      now === undefined ? zero : now,
      operand,
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  $min: (now, operand) => (now === undefined || order(operand, now) < 0 ? operand : now),
  $max: (now, operand) => (now === undefined || order(operand, now) > 0 ? operand : now),
  $push: push,
  $addToSet: addToSet,
};

/** What each operator makes of a value that is there. */
const CHANGING: Readonly<Record<string, Operator>> = {
  $pop: (now, operand) => {
    const items = list(now, 14);
    return Number(operand) === 1 ? items.slice(0, -1) : items.slice(1);
  },
  $pull: (now, operand) => list(now).filter((item) => !isPulled(item, operand)),
  $pullAll: (now, operand) =>
    list(now).filter((item) => !(operand as Value[]).some((value) => same(item, value))),
};

function unset(document: Box, parts: readonly string[]): void {
  const holder = holderOf(document, parts, 'lenient');
  const last = parts.at(-1) ?? '';
  if (holder === undefined || child(holder, last) === undefined) return;
  if (Array.isArray(holder)) holder[Number(last)] = null;
  else delete holder[last];
}

function overlap(left: string, right: string): boolean {
  return `${left}.`.startsWith(`${right}.`) || `${right}.`.startsWith(`${left}.`);
}

function refuseArrays(document: Box, parts: readonly string[]): void {
  let value: Value = document;
  for (const part of parts.slice(0, -1)) {
    value = isHolder(value) ? child(value, part) : undefined;
    if (Array.isArray(value)) throw new Refused(2);
  }
}

function rename(document: Box, from: string, to: string): void {
  if (overlap(from, to)) throw new Refused(2);
  const source = from.split('.');
  const holder = holderOf(document, source, 'viable');
  const value = holder === undefined ? undefined : child(holder, source.at(-1) ?? '');
  if (value === undefined) return;
  refuseArrays(document, source);
  refuseArrays(document, to.split('.'));
  apply(document, ['$set', to, value]);
  unset(document, source);
}

function apply(document: Box, change: Change): void {
  const [operator, path, operand] = change;
  if ((operator === '$inc' || operator === '$mul') && !isNumber(operand)) throw new Refused(14);
  if (operator === '$rename') rename(document, path, String(operand));
  else if (operator === '$unset') unset(document, path.split('.'));
  else if (operator in MAKING) make(document, change);
  else changeExisting(document, change);
}

function operatorOf(operators: Readonly<Record<string, Operator>>, name: string): Operator {
  const found = operators[name];
  if (found === undefined) throw new Error(`the model has no ${name}`);
  return found;
}

function make(document: Box, [operator, path, operand]: Change): void {
  const parts = path.split('.');
  const last = parts.at(-1) ?? path;
  const holder = holderOf(document, parts, 'make') ?? document;
  put(holder, last, operatorOf(MAKING, operator)(child(holder, last), operand));
}

function changeExisting(document: Box, [operator, path, operand]: Change): void {
  const parts = path.split('.');
  const last = parts.at(-1) ?? path;
  const holder = holderOf(document, parts, 'viable');
  const now = holder === undefined ? undefined : child(holder, last);
  if (holder === undefined || now === undefined) return;
  put(holder, last, operatorOf(CHANGING, operator)(now, operand));
}

/** The paths a change is about. */
export function pathsOf([operator, path, operand]: Change): string[] {
  return operator === '$rename' ? [path, String(operand)] : [path];
}

/** Changes happen in the order of their target's names, positions in front and by value. */
function inOrder(left: Change, right: Change): number {
  const [a, b] = [left, right].map((change) => (pathsOf(change).at(-1) ?? '').split('.'));
  for (const [depth, part] of (a ?? []).entries()) {
    const other = b?.[depth];
    if (other === undefined) return 1;
    if (part === other) continue;
    const [x, y] = [part, other].map((text) =>
      POSITION.test(text) ? Number(text) : Number.POSITIVE_INFINITY,
    );
    if (x !== y) return (x ?? 0) - (y ?? 0);
    return part < other ? -1 : 1;
  }
  return -1;
}

/**
 * The document after an update; `$setOnInsert` counts only when an upsert inserts. Throws Refused where MongoDB would
 * not apply it.
 */
export function updated(document: Box, changes: readonly Change[], inserting: boolean): Box {
  const paths = changes.flatMap(pathsOf);
  const conflict = paths.some((path, index) => paths.slice(0, index).some((other) => overlap(path, other)));
  if (conflict && changes.length > 1) throw new Refused(40);
  const result = copied(document);
  for (const change of [...changes].sort(inOrder))
    if (inserting || change[0] !== '$setOnInsert') apply(result, change);
  return result;
}
