import { checkedPath, SELF } from '../bson/paths.ts';
import {
  BSON,
  elementsOf,
  isTypeNumber,
  itemsOf,
  numberOf,
  type RawValue,
  refuseUnsupportedTypes,
  regexOf,
  stringOf,
  typeNumber,
} from '../bson/raw.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';

/** A regular expression of a filter: how to test text with it, and the stored regular expression it equals. */
export interface Pattern {
  readonly regexp: RegExp;
  readonly literal: RawValue | undefined;
}

export type RangeOperator = '$gt' | '$gte' | '$lt' | '$lte';

/** One test of a value, after everything that is not supported was refused. */
export type Test =
  | { readonly op: '$eq'; readonly value: RawValue }
  | { readonly op: RangeOperator; readonly value: RawValue }
  | { readonly op: '$in'; readonly values: readonly RawValue[]; readonly patterns: readonly Pattern[] }
  | { readonly op: '$exists' }
  | { readonly op: '$type'; readonly types: readonly number[] }
  | { readonly op: '$size'; readonly size: number }
  | { readonly op: '$matches'; readonly pattern: Pattern }
  | { readonly op: '$elemMatch'; readonly clause: Clause };

/** A filter as a tree; `path` is dotted text, or SELF inside an `$elemMatch` on plain values. */
export type Clause =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly clauses: readonly Clause[] }
  | { readonly kind: 'not'; readonly clause: Clause }
  | { readonly kind: 'test'; readonly path: string; readonly test: Test };

const LOGICAL: Readonly<Record<string, 'and' | 'or' | 'nor'>> = { $and: 'and', $or: 'or', $nor: 'nor' };

/**
 * Reads a filter document. Throws NotImplemented (238) naming any operator, option or BSON type that is not
 * supported, BadValue (2) for operands that make no sense.
 */
export function parseFilter(filter: RawValue): Clause {
  const clauses: Clause[] = [];
  for (const [name, value] of elementsOf(filter)) {
    if (name.startsWith('$')) clauses.push(parseLogical(name, value));
    else clauses.push(...parseField(checkedPath(name).text, value));
  }
  return all(clauses);
}

function all(clauses: readonly Clause[]): Clause {
  const [only] = clauses;
  return only !== undefined && clauses.length === 1 ? only : { kind: 'and', clauses };
}

function parseLogical(name: string, value: RawValue): Clause {
  const kind = LOGICAL[name];
  if (kind === undefined) throw notImplemented(`filter operator ${name}`);
  const items = value.isArray ? itemsOf(value) : [];
  if (items.length === 0) throw badValue(`${name} must be a nonempty array`);
  if (!items.every((item) => item.isDocument)) throw badValue(`${name} needs filter documents`);
  return { kind, clauses: items.map(parseFilter) };
}

function parseField(path: string, value: RawValue): Clause[] {
  if (value.type === BSON.regex) return [matches(path, patternOf(value))];
  if (!isOperatorDocument(value)) return [equals(path, value)];
  return parseOperators(path, value);
}

function isOperatorDocument(value: RawValue): boolean {
  return value.isDocument && value.bytes[value.start + 4] !== 0 && value.bytes[value.start + 5] === 0x24;
}

function parseOperators(path: string, value: RawValue): Clause[] {
  const operators = elementsOf(value);
  const options = operators.find(([name]) => name === '$options')?.[1];
  if (options !== undefined && !operators.some(([name]) => name === '$regex')) {
    throw badValue('$options needs a $regex');
  }
  return operators
    .filter(([name]) => name !== '$options')
    .map(([name, operand]) => parseOperator(path, name, operand, options));
}

function parseOperator(path: string, name: string, operand: RawValue, options?: RawValue): Clause {
  switch (name) {
    case '$eq':
      return equals(path, operand);
    case '$ne':
      if (operand.type === BSON.regex) throw badValue('$ne cannot be a regular expression');
      return not(equals(path, operand));
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return test(path, { op: name, value: rangeOperand(name, operand) });
    case '$in':
      return inList(path, name, operand);
    case '$nin':
      return not(inList(path, name, operand));
    case '$exists':
      return truthy(operand) ? test(path, { op: '$exists' }) : not(test(path, { op: '$exists' }));
    case '$type':
      return test(path, { op: '$type', types: typesOf(operand) });
    case '$size':
      return test(path, { op: '$size', size: sizeOperand(operand) });
    case '$regex':
      return matches(path, patternOf(operand, options));
    case '$not':
      return not(notOperand(path, operand));
    case '$all':
      return allOf(path, operand);
    case '$elemMatch':
      return elemMatch(path, operand);
    default:
      throw notImplemented(`filter operator ${name}`);
  }
}

function test(path: string, leaf: Test): Clause {
  return { kind: 'test', path, test: leaf };
}

function not(clause: Clause): Clause {
  return { kind: 'not', clause };
}

function equals(path: string, value: RawValue): Clause {
  return test(path, { op: '$eq', value: supported(value) });
}

function matches(path: string, pattern: Pattern): Clause {
  return test(path, { op: '$matches', pattern });
}

function supported(value: RawValue): RawValue {
  refuseUnsupportedTypes(value);
  return value;
}

function rangeOperand(name: string, value: RawValue): RawValue {
  if (value.type === BSON.regex) throw badValue(`${name} cannot be a regular expression`);
  if (value.type === BSON.minKey || value.type === BSON.maxKey)
    throw notImplemented(`${name} with a min or max key`);
  return supported(value);
}

function inList(path: string, name: string, operand: RawValue): Clause {
  if (!operand.isArray) throw badValue(`${name} needs an array`);
  const items = itemsOf(operand);
  if (items.some(isOperatorDocument)) throw badValue(`cannot nest $ under ${name}`);
  const values = items.filter((item) => item.type !== BSON.regex).map(supported);
  const patterns = items.filter((item) => item.type === BSON.regex).map((item) => patternOf(item));
  return test(path, { op: '$in', values, patterns });
}

function notOperand(path: string, operand: RawValue): Clause {
  if (operand.type === BSON.regex) return matches(path, patternOf(operand));
  if (!isOperatorDocument(operand)) throw badValue('$not needs a regular expression or operators');
  return all(parseOperators(path, operand));
}

function allOf(path: string, operand: RawValue): Clause {
  if (!operand.isArray) throw badValue('$all needs an array');
  const items = itemsOf(operand);
  if (items.length === 0) return test(path, { op: '$in', values: [], patterns: [] });
  return all(
    items.map((item) => {
      if (item.type === BSON.regex) return matches(path, patternOf(item));
      if (!isOperatorDocument(item)) return equals(path, item);
      const [name, inner] = elementsOf(item)[0] ?? ['', item];
      if (name !== '$elemMatch') throw notImplemented(`filter operator ${name} inside $all`);
      return elemMatch(path, inner);
    }),
  );
}

function elemMatch(path: string, operand: RawValue): Clause {
  if (!operand.isDocument) throw badValue('$elemMatch needs a document');
  const first = elementsOf(operand)[0]?.[0] ?? '';
  const onValues = first.startsWith('$') && LOGICAL[first] === undefined;
  const clause = onValues ? all(parseOperators(SELF, operand)) : onDocuments(parseFilter(operand));
  return test(path, { op: '$elemMatch', clause });
}

/** Field tests inside `$elemMatch` look at documents (and arrays) only. */
function onDocuments(clause: Clause): Clause {
  return all([test(SELF, { op: '$type', types: [BSON.document, BSON.array] }), clause]);
}

/**
 * Reads tests on an element that stands alone, as `$pull` has them: a regular expression or operators. They are tests
 * of a field without a name, so that an array as the element is looked into as the array of a field is. Undefined
 * when the operand is neither.
 */
export function parseElementFilter(operand: RawValue): Clause | undefined {
  if (operand.type === BSON.regex) return matches('', patternOf(operand));
  if (!isOperatorDocument(operand)) return undefined;
  const [first] = elementsOf(operand);
  return first !== undefined && LOGICAL[first[0]] !== undefined
    ? undefined
    : all(parseOperators('', operand));
}

/** The value every matching document must have at a path, for each path the filter fixes. */
export function equalities(clause: Clause): { readonly path: string; readonly value: RawValue }[] {
  if (clause.kind === 'and') return clause.clauses.flatMap(equalities);
  if (clause.kind !== 'test' || clause.test.op !== '$eq') return [];
  return [{ path: clause.path, value: clause.test.value }];
}

function truthy(value: RawValue): boolean {
  if (value.type === BSON.null) return false;
  if (value.type === BSON.boolean) return value.bytes[value.start] === 1;
  const number = numberOf(value);
  return number === undefined || Number(number) !== 0;
}

function typesOf(operand: RawValue): number[] {
  const wanted = operand.isArray ? itemsOf(operand) : [operand];
  if (wanted.length === 0) throw badValue('$type needs at least one type');
  return wanted.flatMap((item) => {
    if (item.type !== BSON.string) return [numericType(item)];
    const alias = stringOf(item);
    if (alias === 'number') return [BSON.double, BSON.int32, BSON.int64, BSON.decimal128];
    const type = typeNumber(alias);
    if (type === undefined) throw badValue(`unknown type name alias: ${alias}`);
    return [type];
  });
}

function numericType(item: RawValue): number {
  const type = Number(numberOf(item) ?? Number.NaN);
  if (!Number.isInteger(type)) throw badValue('$type needs type numbers or names');
  if (type === -1) return BSON.minKey;
  if (!isTypeNumber(type)) throw badValue(`Invalid numerical type code: ${type}`);
  return type;
}

function sizeOperand(operand: RawValue): number {
  const size = Number(numberOf(operand) ?? Number.NaN);
  if (!Number.isInteger(size) || size < 0) throw badValue('$size needs a whole number that is not negative');
  return size;
}

function patternOf(value: RawValue, optionsValue?: RawValue): Pattern {
  const own = value.type === BSON.regex ? regexOf(value) : undefined;
  if (own === undefined && value.type !== BSON.string)
    throw badValue('$regex needs a string or regular expression');
  if (optionsValue !== undefined && optionsValue.type !== BSON.string)
    throw badValue('$options needs a string');
  const pattern = own?.pattern ?? stringOf(value);
  const options = optionsValue === undefined ? (own?.options ?? '') : stringOf(optionsValue);
  return { regexp: compileRegExp(pattern, options), literal: own === undefined ? undefined : value };
}

function compileRegExp(pattern: string, options: string): RegExp {
  const flags = [...new Set(options)].filter((option) => option !== 'u');
  for (const option of flags) {
    if (!'ims'.includes(option)) throw notImplemented(`regular expression option '${option}'`);
  }
  try {
    return new RegExp(pattern, `${flags.join('')}u`);
  } catch {
    return compileLenient(pattern, flags.join(''));
  }
}

/** Some patterns that PCRE accepts, such as needless escapes, are only valid without the unicode flag. */
function compileLenient(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new CommandError(
      51091,
      `Regular expression is invalid: ${error instanceof Error ? error.message : ''}`,
    );
  }
}
