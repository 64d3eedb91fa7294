import {
  BSON,
  documentValue,
  elementsOf,
  fieldOf,
  int32Value,
  itemsOf,
  numberOf,
  type RawValue,
  rawFrom,
  stringOf,
} from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import { type Clause, parseFilter } from '../query/filter.ts';
import type { Pace } from '../query/pace.ts';
import { parseSort } from '../query/sort.ts';
import { fromArray } from '../query/stream.ts';
import { type Collection, ID_INDEX_NAME } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import type { Store } from '../storage/store.ts';
import { Fields } from '../wire/command.ts';
import { type CommandHandler, inTurn, paceFor, reply } from './context.ts';
import { Cursor, takeBatch } from './cursors.ts';
import { takePlace } from './insert.ts';
import type { Place } from './statements.ts';

const MAX_INDEXES = 64;
const BACKFILL_ROWS = 100;

interface IndexRequest {
  readonly name: string;
  readonly keyPattern: RawValue;
  readonly specification: Buffer;
}

function takeIndex(document: RawValue): IndexRequest {
  const fields = new Fields('an index', document);
  const keyPattern = fields.requiredDocument('key');
  const name = fields.requiredString('name');
  const unique = fields.flag('unique') ?? false;
  const sparse = fields.flag('sparse') ?? false;
  const partial = fields.document('partialFilterExpression');
  const version = fields.count('v');
  if (version !== undefined && version !== 2) throw notImplemented(`index version ${version}`);
  fields.flag('background');
  fields.refuseRest();
  checkKeyPattern(keyPattern);
  if (name === '') throw new CommandError(67, 'an index needs a name');
  if (partial !== undefined) checkPartial(parseFilter(partial));
  if (isIdPattern(keyPattern)) refuseIdOptions({ unique, sparse, partial: partial !== undefined });
  if (partial !== undefined && sparse)
    throw new CommandError(67, 'cannot mix partialFilterExpression and sparse');
  return { name, keyPattern, specification: specificationOf(keyPattern, name, { unique, sparse, partial }) };
}

/** The index on `_id` is what it is. */
function refuseIdOptions(options: Readonly<Record<string, boolean>>): void {
  const [name] = Object.entries(options).find(([, wanted]) => wanted) ?? [];
  if (name !== undefined)
    throw new CommandError(197, `The field '${name}' is not valid for an _id index specification`);
}

interface IndexOptions {
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: RawValue | undefined;
}

function specificationOf(keyPattern: RawValue, name: string, options: IndexOptions): Buffer {
  const fields: [string, RawValue][] = [
    ['v', int32Value(2)],
    ['key', keyPattern],
    ['name', rawFrom(name)],
  ];
  if (options.unique) fields.push(['unique', rawFrom(true)]);
  if (options.sparse) fields.push(['sparse', rawFrom(true)]);
  if (options.partial !== undefined) fields.push(['partialFilterExpression', options.partial]);
  return documentOf(fields);
}

function checkKeyPattern(keyPattern: RawValue): void {
  const elements = elementsOf(keyPattern);
  if (elements.length === 0) throw new CommandError(67, 'index keys cannot be empty');
  for (const [path, direction] of elements) {
    if (direction.type === BSON.string) throw notImplemented(`index type '${stringOf(direction)}'`);
    const number = Number(numberOf(direction) ?? Number.NaN);
    if (number !== 1 && number !== -1)
      throw notImplemented(`index direction of '${path}' other than 1 or -1`);
    if (path.includes('$')) throw notImplemented(`index on '${path}'`);
    if (/(^|\.)\d+(\.|$)/.test(path)) throw notImplemented(`index on the array position in '${path}'`);
  }
  const paths = parseSort(keyPattern).map(({ path }) => path.text);
  if (new Set(paths).size !== paths.length) throw new CommandError(67, 'an index cannot hold a field twice');
}

const PARTIAL_OPERATORS: readonly string[] = ['$eq', '$in', '$gt', '$gte', '$lt', '$lte', '$exists', '$type'];

function checkPartial(clause: Clause): void {
  if (clause.kind === 'and') clause.clauses.forEach(checkPartial);
  else if (clause.kind !== 'test') throw notImplemented(`$${clause.kind} in partialFilterExpression`);
  else if (!PARTIAL_OPERATORS.includes(clause.test.op)) {
    throw notImplemented(`${clause.test.op} in partialFilterExpression`);
  }
}

/** True when the index is there already. Throws for the same name or keys with other options (85, 86). */
function exists(collection: Collection, wanted: IndexRequest): boolean {
  if (isIdPattern(wanted.keyPattern)) return true;
  for (const index of collection.indexes) {
    if (index.specification.equals(wanted.specification)) return true;
    const sameKeys = samePattern(index.keyPattern, wanted.keyPattern);
    if (index.name === wanted.name) {
      throw new CommandError(
        86,
        `An existing index has the same name as the requested index: ${wanted.name}`,
      );
    }
    if (sameKeys && samePartial(index.specification, wanted.specification)) {
      throw new CommandError(85, `Index already exists with a different name or options: ${index.name}`);
    }
  }
  if (collection.indexes.length + 1 >= MAX_INDEXES) {
    throw new CommandError(67, `a collection can have at most ${MAX_INDEXES} indexes`);
  }
  return false;
}

function isIdPattern(pattern: RawValue): boolean {
  const fields = parseSort(pattern);
  return fields.length === 1 && fields[0]?.path.text === '_id' && !fields[0].descending;
}

function samePattern(left: RawValue, right: RawValue): boolean {
  return patternText(left) === patternText(right);
}

function patternText(pattern: RawValue): string {
  return parseSort(pattern)
    .map(({ path, descending }) => `${path.text}:${descending ? -1 : 1}`)
    .join(',');
}

function samePartial(left: Buffer, right: Buffer): boolean {
  const [a, b] = [left, right].map((bytes) =>
    fieldOf(documentValue(bytes), Buffer.from('partialFilterExpression')),
  );
  if (a === undefined || b === undefined) return a === b;
  return a.bytes.subarray(a.start, a.end).equals(b.bytes.subarray(b.start, b.end));
}

/**
 * Builds an index without stopping the world: from its registration on every write maintains it, and existing
 * documents are added piece by piece. A duplicate, or the end of the command's time, drops it again.
 */
async function buildIndex(store: Store, place: Place, wanted: IndexRequest, pace: Pace): Promise<void> {
  const { collection, index } = await store.commits.once(() => {
    const target = store.catalog.ensure(place.database, place.collection);
    return { collection: target, index: store.catalog.addIndex(target, wanted.specification) };
  });
  let row = 0;
  let failure: unknown;
  const step = (): boolean => {
    if (collection.dropped || index.dropped) return true;
    try {
      pace.checkDeadline();
      const next = store.db.isolated(() => backfill(store, collection, index, row));
      row = next ?? row;
      return next === undefined;
    } catch (error) {
      failure = error;
      return true;
    }
  };
  await store.commits.run({ step });
  if (failure === undefined) return;
  if (!collection.dropped && !index.dropped)
    await store.commits.once(() => store.catalog.dropIndex(collection, index));
  store.sweeper.wake();
  throw failure;
}

/** Adds a piece of the existing documents; answers the last row, or undefined when the index is complete. */
function backfill(
  store: Store,
  collection: Collection,
  index: IndexDefinition,
  after: number,
): number | undefined {
  const documents = collection.readAfter(after, BACKFILL_ROWS);
  for (const { row, document } of documents) collection.addEntries(index, row, document);
  const last = documents.at(-1)?.row;
  if (last === undefined) store.catalog.markReady(index);
  return last;
}

export const createIndexes: CommandHandler = (command) => {
  const place = takePlace(command);
  const wanted = (command.array('indexes') ?? []).map(takeIndex);
  if (wanted.length === 0) throw badValue('createIndexes needs at least one index');
  return (context) =>
    inTurn(command, context, async ({ store }, pace) => {
      const before = store.catalog.find(place.database, place.collection);
      const countBefore = 1 + (before?.indexes.length ?? 0);
      for (const request of wanted) {
        const collection = await store.commits.once(() =>
          store.catalog.ensure(place.database, place.collection),
        );
        if (!exists(collection, request)) await buildIndex(store, place, request, pace);
      }
      const countAfter = 1 + (store.catalog.find(place.database, place.collection)?.indexes.length ?? 0);
      return reply((writer) => {
        writer.int32('numIndexesBefore', countBefore).int32('numIndexesAfter', countAfter);
        writer.boolean('createdCollectionAutomatically', before === undefined);
        if (countBefore === countAfter) writer.string('note', 'all indexes already exist');
      });
    });
};

function existing(store: Store, place: Place): Collection {
  const collection = store.catalog.find(place.database, place.collection);
  if (collection !== undefined) return collection;
  throw new CommandError(26, `ns does not exist: ${place.database}.${place.collection}`);
}

export const listIndexes: CommandHandler = (command) => {
  const place = takePlace(command);
  const batch = takeBatch(command.document('cursor'));
  return (context) => {
    const collection = existing(context.store, place);
    const specifications = collection.usableIndexes().map(({ specification }) => specification);
    const stream = fromArray(specifications);
    const cursor = new Cursor(collection.namespace, stream, paceFor(command, context), command.session);
    return context.cursors.start(cursor, batch);
  };
};

export const dropIndexes: CommandHandler = (command) => {
  const place = takePlace(command);
  const wanted = command.requiredAny('index');
  return (context) =>
    inTurn(command, context, async ({ store }) => {
      const collection = existing(store, place);
      const countBefore = 1 + collection.indexes.length;
      const dropped = indexesNamed(collection, wanted);
      await store.commits.once(() => {
        for (const index of dropped) store.catalog.dropIndex(collection, index);
      });
      store.sweeper.wake();
      return reply((writer) => writer.int32('nIndexesWas', countBefore));
    });
};

function indexesNamed(collection: Collection, wanted: RawValue): IndexDefinition[] {
  if (wanted.isArray) return itemsOf(wanted).flatMap((item) => indexesNamed(collection, item));
  if (wanted.isDocument) return [oneIndex(collection, (index) => samePattern(index.keyPattern, wanted))];
  if (wanted.type !== BSON.string) throw badValue('dropIndexes needs names or key patterns');
  const name = stringOf(wanted);
  return name === '*' ? [...collection.indexes] : [oneIndex(collection, (index) => index.name === name)];
}

function oneIndex(collection: Collection, matches: (index: IndexDefinition) => boolean): IndexDefinition {
  if (matches(collection.idIndex)) throw new CommandError(72, `cannot drop ${ID_INDEX_NAME} index`);
  const found = collection.indexes.find(matches);
  if (found === undefined) throw new CommandError(27, 'index not found with name or key pattern');
  return found;
}
