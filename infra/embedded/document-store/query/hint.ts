import { keyOf } from '../bson/keys.ts';
import { BSON, elementsOf, numberOf, type RawValue, stringOf } from '../bson/raw.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import type { Collection } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';

/** What a client wants a plan to use: one index, or no index at all (`$natural`). */
export type Hint =
  | { readonly kind: 'natural' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'keys'; readonly pattern: RawValue };

/** Reads a hint; an empty document is none. Throws NotImplemented (238) for a scan backwards. */
export function parseHint(value: RawValue | undefined): Hint | undefined {
  if (value === undefined) return undefined;
  if (value.type === BSON.string) return { kind: 'name', name: stringOf(value) };
  if (!value.isDocument) throw new CommandError(9, 'Hint must be a string or an object');
  const elements = elementsOf(value);
  if (elements.length === 0) return undefined;
  const natural = elements.find(([name]) => name === '$natural')?.[1];
  return natural === undefined ? { kind: 'keys', pattern: value } : naturalHint(natural, elements.length);
}

function naturalHint(direction: RawValue, fields: number): Hint {
  const number = Number(numberOf(direction) ?? Number.NaN);
  if (fields > 1 || (number !== 1 && number !== -1))
    throw badValue('a $natural hint must be 1 or -1 and stand alone');
  if (number === -1) throw notImplemented('hint $natural: -1');
  return { kind: 'natural' };
}

/**
 * The index a hint means; undefined means none. Throws BadValue (2) when there is no such index, IndexNotFound (27)
 * when several have the same keys.
 */
export function hintedIndex(collection: Collection, hint: Hint): IndexDefinition | undefined {
  if (hint.kind === 'natural') return undefined;
  const [found, other] = collection.usableIndexes().filter((index) => isMeant(index, hint));
  if (found === undefined) throw badValue('hint provided does not correspond to an existing index');
  if (other === undefined) return found;
  throw new CommandError(
    27,
    `Hint matched multiple indexes, must hint by index name. Matched: ${found.name} and ${other.name}`,
  );
}

function isMeant(index: IndexDefinition, hint: Exclude<Hint, { kind: 'natural' }>): boolean {
  return hint.kind === 'name'
    ? index.name === hint.name
    : keyOf(index.keyPattern).equals(keyOf(hint.pattern));
}
