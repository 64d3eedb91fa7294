import { type Document, deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentValue } from './bson/raw.ts';
import { CommandError } from './errors.ts';
import { parseUpdate } from './update/updater.ts';

const scalar = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom('p', 'q'));
const stored = fc.record(
  {
    a: scalar,
    b: fc.array(scalar, { maxLength: 3 }),
    c: fc.record({ d: scalar, e: fc.array(scalar, { maxLength: 2 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const field = fc.constantFrom('a', 'b', 'c', 'c.d', 'c.e', 'n', 'n.m', 'b.0', 'b.2');
const change = fc.tuple(
  fc.constantFrom('$set', '$unset', '$inc', '$min', '$max', '$push', '$addToSet', '$pull'),
  field,
  scalar,
);

/** The place of a value's type in BSON order. */
function rank(value: unknown): number {
  if (value === null) return -1;
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 1;
  return Array.isArray(value) ? 3 : 2;
}

function compare(left: unknown, right: unknown): number {
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (rank(left) > 1) return Number.NaN;
  if (left === right) return 0;
  return (left as number) < (right as number) ? -1 : 1;
}

type Box = Record<string, unknown>;

class Impossible extends Error {}

/** The plain model: one operator on one field of a JavaScript object; throws Impossible where MongoDB refuses. */
function model(document: Document, [operator, name, operand]: [string, string, unknown]): Document {
  const copy = structuredClone(document);
  const holder = walk(copy, name.split('.').slice(0, -1), operator !== '$unset' && operator !== '$pull');
  const last = name.split('.').at(-1) ?? name;
  if (holder === undefined) return copy;
  if (Array.isArray(holder) && !/^\d$/.test(last)) {
    if (operator === '$unset' || operator === '$pull') return copy;
    throw new Impossible();
  }
  apply(holder as Box, last, operator, operand);
  return copy;
}

function walk(document: Document, parts: string[], create: boolean): unknown {
  let at: Box = document;
  for (const part of parts) {
    if (at[part] === undefined && create) at[part] = {};
    if (at[part] === undefined) return undefined;
    if (typeof at[part] !== 'object') {
      if (create) throw new Impossible();
      return undefined;
    }
    at = at[part] as Box;
  }
  return at;
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Impossible();
  return value;
}

function put(holder: Box, last: string, value: unknown): void {
  if (Array.isArray(holder)) while (holder.length < Number(last)) holder.push(null);
  holder[last] = value;
}

function unset(holder: Box, last: string): void {
  if (!Array.isArray(holder)) delete holder[last];
  else if (holder[Number(last)] !== undefined) holder[Number(last)] = null;
}

function sum(now: unknown, operand: unknown): number {
  if (typeof operand !== 'number' || (now !== undefined && typeof now !== 'number')) throw new Impossible();
  return (now ?? 0) + operand;
}

/** What an operator makes of a field; the field stays away when the answer is undefined. */
function changed(now: unknown, operator: string, operand: unknown): unknown {
  switch (operator) {
    case '$set':
      return operand;
    case '$inc':
      return sum(now, operand);
    case '$min':
      return now === undefined || compare(operand, now) < 0 ? operand : now;
    case '$max':
      return now === undefined || compare(operand, now) > 0 ? operand : now;
    case '$push':
      return [...list(now), operand];
    case '$addToSet':
      return list(now).includes(operand) ? now : [...list(now), operand];
    default:
      return now === undefined ? undefined : list(now).filter((item) => item !== operand);
  }
}

function apply(holder: Box, last: string, operator: string, operand: unknown): void {
  const value = operator === '$unset' ? undefined : changed(holder[last], operator, operand);
  if (operator === '$unset') unset(holder, last);
  else if (value !== undefined) put(holder, last, value);
}

function outcome<T>(work: () => T, refused: (error: unknown) => boolean): T | 'refused' {
  try {
    return work();
  } catch (error) {
    if (refused(error)) return 'refused';
    throw error;
  }
}

test('the updater does what a plain model does', () => {
  fc.assert(
    fc.property(stored, fc.array(change, { minLength: 1, maxLength: 6 }), (fields, changes) => {
      let document: Document = { _id: 1, ...fields };
      for (const [operator, name, operand] of changes) {
        const before = document;
        const expected = outcome(
          () => model(before, [operator, name, operand]),
          (error) => error instanceof Impossible,
        );
        const actual = outcome(
          () => {
            const update = parseUpdate(
              documentValue(Buffer.from(serialize({ [operator]: { [name]: operand } }))),
            );
            return deserialize(update.apply(Buffer.from(serialize(before))));
          },
          (error) => error instanceof CommandError,
        );
        expect(actual).toEqual(expected);
        if (actual !== 'refused') document = actual;
      }
    }),
    { numRuns: 2000 },
  );
});

test('several operators in one update do what one after the other would', () => {
  const some = fc.uniqueArray(change, {
    minLength: 1,
    maxLength: 4,
    selector: ([, name]) => name.split('.')[0] ?? name,
  });
  const run = (from: Uint8Array, update: Document): Uint8Array =>
    parseUpdate(documentValue(Buffer.from(serialize(update)))).apply(Buffer.from(from));
  const refused = (error: unknown): boolean => error instanceof CommandError;
  fc.assert(
    fc.property(stored, some, (fields, changes) => {
      const start = serialize({ _id: 1, ...fields });
      const together: Record<string, Document> = {};
      for (const [operator, name, operand] of changes) {
        together[operator] = { ...together[operator], [name]: operand };
      }
      const stepwise = (): Uint8Array => {
        let bytes: Uint8Array = start;
        for (const [operator, name, operand] of changes)
          bytes = run(bytes, { [operator]: { [name]: operand } });
        return bytes;
      };
      const once = outcome(() => deserialize(run(start, together)), refused);
      expect(once).toEqual(outcome(() => deserialize(stepwise()), refused));
    }),
  );
});
