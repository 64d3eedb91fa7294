import { KeyWriter } from '../bson/keys.ts';
import { indexedValues } from '../bson/paths.ts';
import { BSON, documentValue, fieldOf, NULL_VALUE, type RawValue, stringOf } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { CommandError, notImplemented } from '../errors.ts';
import { type Clause, parseFilter } from '../query/filter.ts';
import { compileMatcher, type Matcher } from '../query/matcher.ts';
import { parseSort, type SortField, writeIndexed } from '../query/sort.ts';

export interface PartialFilter {
  readonly clause: Clause;
  readonly matcher: Matcher;
}

/** What is done with single entries of an index. */
export interface EntrySql {
  readonly has: string;
  readonly add: string;
  readonly remove: string;
  /** Whether another row has the key. */
  readonly taken: string;
}

function entrySql(table: string): EntrySql {
  return {
    has: `SELECT 1 FROM ${table} WHERE key = ? AND row = ?`,
    add: `INSERT INTO ${table} (key, row) VALUES (?, ?) ON CONFLICT DO NOTHING`,
    remove: `DELETE FROM ${table} WHERE key = ? AND row = ?`,
    taken: `SELECT row FROM ${table} WHERE key = ? AND row <> ? LIMIT 1`,
  };
}

/** An index as it is used: read from its stored specification, plus what changes while it lives. */
export interface IndexDefinition {
  readonly id: number;
  readonly table: string;
  readonly sql: EntrySql;
  readonly name: string;
  readonly keyPattern: RawValue;
  readonly fields: readonly SortField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: PartialFilter | undefined;
  /** The fields of the root that decide about its entries. */
  readonly readsFields: readonly string[];
  readonly specification: Buffer;
  /** Set once any document came in through an array; it then gives no order and narrower ranges. */
  multikey: boolean;
  /** False while existing documents are still being added. */
  ready: boolean;
  dropped: boolean;
}

interface StoredState {
  readonly multikey: boolean;
  readonly ready: boolean;
}

function field(document: RawValue, name: string): RawValue | undefined {
  return fieldOf(document, Buffer.from(name));
}

function flag(document: RawValue, name: string): boolean {
  const value = field(document, name);
  return value?.type === BSON.boolean && value.bytes[value.start] === 1;
}

/** Reads a stored index specification. */
export function indexDefinition(id: number, specification: Buffer, state: StoredState): IndexDefinition {
  const root = documentValue(specification);
  const keyPattern = field(root, 'key');
  const name = field(root, 'name');
  if (keyPattern === undefined || name === undefined)
    throw new CommandError(67, 'an index needs key and name');
  const partial = field(root, 'partialFilterExpression');
  const clause = partial === undefined ? undefined : parseFilter(partial);
  const fields = parseSort(keyPattern);
  const paths = [...fields.map(({ path }) => path.text), ...(clause === undefined ? [] : pathsOf(clause))];
  return {
    id,
    table: `entries_${id}`,
    sql: entrySql(`entries_${id}`),
    name: stringOf(name),
    keyPattern,
    fields,
    readsFields: paths.map((path) => path.split('.')[0] ?? path),
    unique: flag(root, 'unique'),
    sparse: flag(root, 'sparse'),
    partial: clause === undefined ? undefined : { clause, matcher: compileMatcher(clause) },
    specification,
    multikey: state.multikey,
    ready: state.ready,
    dropped: false,
  };
}

/** The paths a filter looks at, seen from the root. */
function pathsOf(clause: Clause): string[] {
  if (clause.kind === 'test') return [clause.path];
  return clause.kind === 'not' ? pathsOf(clause.clause) : clause.clauses.flatMap(pathsOf);
}

/** One entry of an index: its key and the values the key was made of, in the order of the index fields. */
export interface IndexEntry {
  readonly key: Buffer;
  readonly values: readonly (RawValue | undefined)[];
}

export interface IndexEntries {
  readonly entries: readonly IndexEntry[];
  readonly throughArray: boolean;
}

const NO_ENTRIES: IndexEntries = { entries: [], throughArray: false };

/** The entries a document has in an index; none when the index is sparse or partial and leaves it out. */
export function entriesFor(index: IndexDefinition, document: Buffer): IndexEntries {
  if (index.partial !== undefined && !index.partial.matcher.matches(document)) return NO_ENTRIES;
  const root = documentValue(document);
  const columns = index.fields.map(({ path }) => indexedValues(root, path));
  if (index.sparse && columns.every(({ values }) => values.every((value) => value === undefined)))
    return NO_ENTRIES;
  const arrays = columns.flatMap(({ throughArray }, position) => (throughArray ? [position] : []));
  refuseParallelArrays(index, arrays);
  const spread = arrays[0];
  if (spread === undefined)
    return {
      entries: [
        entryOf(
          index,
          columns.map(({ values }) => values[0]),
        ),
      ],
      throughArray: false,
    };
  const rows = (columns[spread]?.values ?? []).map((item) =>
    columns.map(({ values }, position) => (position === spread ? item : values[0])),
  );
  return { entries: distinct(rows.map((row) => entryOf(index, row))), throughArray: true };
}

function refuseParallelArrays(index: IndexDefinition, arrays: readonly number[]): void {
  const [first, second] = arrays.map((position) => index.fields[position]?.path);
  if (first === undefined || second === undefined) return;
  if (first.parts[0] === second.parts[0]) {
    throw notImplemented(`index ${index.name} over several fields of the array '${first.parts[0]}'`);
  }
  throw new CommandError(171, `cannot index parallel arrays [${second.text}] [${first.text}]`);
}

const writer = new KeyWriter();

function entryOf(index: IndexDefinition, values: readonly (RawValue | undefined)[]): IndexEntry {
  writer.reset();
  for (const [position, { descending }] of index.fields.entries()) {
    const from = writer.length;
    writeIndexed(writer, values[position]);
    if (descending) writer.invertFrom(from);
  }
  return { key: writer.finish(), values };
}

function distinct(entries: readonly IndexEntry[]): IndexEntry[] {
  return [...new Map(entries.map((entry) => [entry.key.toString('latin1'), entry])).values()];
}

/** The `keyValue` document of a duplicate key error. */
export function keyValueOf(index: IndexDefinition, entry: IndexEntry): Buffer {
  return documentOf(
    index.fields.map(({ path }, position) => [path.text, entry.values[position] ?? NULL_VALUE] as const),
  );
}
