import { Binary } from 'bson';
import { BSON, documentValue, type RawValue, rawFrom, stringOf } from '../bson/raw.ts';
import { BsonWriter, documentOf } from '../bson/writer.ts';
import { CommandError, typeMismatch } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import { compileMatcher } from '../query/matcher.ts';
import { fromArray } from '../query/stream.ts';
import type { Catalog } from '../storage/catalog.ts';
import type { Collection } from '../storage/collection.ts';
import { type CommandHandler, inTurn, paceFor, reply } from './context.ts';
import { Cursor, takeBatch } from './cursors.ts';
import { placeNamed, takePlace } from './insert.ts';
import type { Place } from './statements.ts';

const EMPTY = documentValue(documentOf([]));
const UUID_SUBTYPE = 4;

/** `create` without options; a collection that is there already is fine, as in MongoDB 7 and later. */
export const create: CommandHandler = (command) => {
  const place = takePlace(command);
  command.mustBeOff('capped');
  return (context) =>
    inTurn(command, context, async ({ store }) => {
      await store.commits.once(() => {
        store.catalog.ensure(place.database, place.collection);
      });
      return reply();
    });
};

function description(collection: Collection, nameOnly: boolean): Buffer {
  const writer = new BsonWriter().startRoot().string('name', collection.name).string('type', 'collection');
  if (!nameOnly) {
    writer.startDocument('options').end();
    writer.startDocument('info').boolean('readOnly', false);
    writer.value('uuid', rawFrom(new Binary(collection.uuid, UUID_SUBTYPE))).end();
    writer.document('idIndex', collection.idIndex.specification);
  }
  return writer.end().finish();
}

export const listCollections: CommandHandler = (command) => {
  const matcher = compileMatcher(parseFilter(command.document('filter') ?? EMPTY));
  const nameOnly = command.flag('nameOnly') ?? false;
  command.flag('authorizedCollections');
  const batch = takeBatch(command.document('cursor'));
  return (context) => {
    const collections = context.store.catalog.inDatabase(command.database);
    const matching = collections.filter((collection) => matcher.matches(description(collection, false)));
    const descriptions = matching.map((collection) => description(collection, nameOnly));
    const namespace = `${command.database}.$cmd.listCollections`;
    const stream = fromArray(descriptions);
    const cursor = new Cursor(namespace, stream, paceFor(command, context), command.session);
    return context.cursors.start(cursor, batch);
  };
};

export const listDatabases: CommandHandler = (command) => {
  const nameOnly = command.flag('nameOnly') ?? false;
  command.flag('authorizedDatabases');
  return ({ store }) =>
    reply((writer) => {
      writer.startArray('databases');
      store.catalog.databases().forEach((name, position) => {
        writer.startDocument(String(position)).string('name', name);
        if (!nameOnly) writer.boolean('empty', false);
        writer.end();
      });
      writer.end();
    });
};

export const drop: CommandHandler = (command) => {
  const place = takePlace(command);
  return (context) =>
    inTurn(command, context, async ({ store }) => {
      const collection = store.catalog.find(place.database, place.collection);
      if (collection === undefined) return reply();
      const count = 1 + collection.indexes.length;
      await store.commits.once(() => store.catalog.drop(collection));
      store.sweeper.wake();
      return reply((writer) => writer.int32('nIndexesWas', count).string('ns', collection.namespace));
    });
};

export const dropDatabase: CommandHandler = (command) => (context) =>
  inTurn(command, context, async ({ store }) => {
    await store.commits.once(() => {
      for (const collection of store.catalog.inDatabase(command.database)) store.catalog.drop(collection);
    });
    store.sweeper.wake();
    return reply((writer) => writer.string('dropped', command.database));
  });

function namespaceOf(value: RawValue | undefined): Place {
  if (value?.type !== BSON.string) throw typeMismatch('renameCollection needs full collection names');
  return placeNamed(stringOf(value));
}

function rename(catalog: Catalog, from: Place, to: Place, dropTarget: boolean): void {
  const source = catalog.find(from.database, from.collection);
  const target = catalog.find(to.database, to.collection);
  if (source === undefined) {
    throw new CommandError(26, `source namespace ${from.database}.${from.collection} does not exist`);
  }
  if (source === target) throw new CommandError(20, 'cannot rename a collection to its own name');
  if (target !== undefined && !dropTarget) throw new CommandError(48, 'target namespace exists');
  if (target !== undefined) catalog.drop(target);
  catalog.rename(source, to.database, to.collection);
}

export const renameCollection: CommandHandler = (command) => {
  const from = namespaceOf(command.target);
  const to = namespaceOf(command.take('to'));
  const dropTarget = command.flag('dropTarget') ?? false;
  return (context) =>
    inTurn(command, context, async ({ store }) => {
      await store.commits.once(() => rename(store.catalog, from, to, dropTarget));
      store.sweeper.wake();
      return reply();
    });
};
