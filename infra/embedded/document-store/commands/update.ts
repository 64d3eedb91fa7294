import { documentValue, type RawValue } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import { parseHint } from '../query/hint.ts';
import { parseSort } from '../query/sort.ts';
import type { Collection, StoredDocument } from '../storage/collection.ts';
import { checkedUpsert, parseUpdate } from '../update/updater.ts';
import { Fields } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { appendWriteErrors } from './errors.ts';
import { checkBatch, takePlace } from './insert.ts';
import { type Place, type Statement, StatementRunner } from './statements.ts';

const EMPTY = documentValue(documentOf([]));

/** Stores the updated document unless it is the same; answers whether it changed. */
export function storeChange(collection: Collection, stored: StoredDocument, changed: Buffer): boolean {
  if (changed.equals(stored.document)) return false;
  collection.replace(stored, changed);
  return true;
}

/** Takes an update statement; the fields with its filter and its update have different names in `bulkWrite`. */
export function takeUpdate(
  place: Place,
  fields: Fields,
  names: { readonly filter: string; readonly update: string },
): Statement {
  const filter = parseFilter(fields.requiredDocument(names.filter));
  const update = parseUpdate(fields.requiredAny(names.update));
  const multi = fields.flag('multi') ?? false;
  const upserts = fields.flag('upsert') ?? false;
  const sort = parseSort(fields.document('sort') ?? EMPTY);
  const hint = parseHint(fields.take('hint'));
  fields.refuseRest();
  if (multi && update.replaces)
    throw new CommandError(9, 'multi update is not supported for replacement-style update');
  if (multi && sort.length > 0) throw new CommandError(9, 'Cannot specify sort with multi=true');
  return {
    place,
    filter,
    multi,
    sort,
    hint,
    apply: (collection, stored) => storeChange(collection, stored, update.apply(stored.document)),
    upsert: upserts ? () => checkedUpsert(update.insertFor(filter)) : undefined,
  };
}

/**
 * A statement that cannot be read is an error at its place; one that asks for something not implemented refuses the
 * whole command before anything is written.
 */
export function readStatements<S, T>(
  statements: readonly S[],
  readOne: (statement: S) => T,
): (T | CommandError)[] {
  return statements.map((statement) => {
    try {
      return readOne(statement);
    } catch (error) {
      if (error instanceof CommandError && error.code !== 238) return error;
      throw error;
    }
  });
}

export const update: CommandHandler = (command) => {
  const place = takePlace(command);
  const documents = command.batch('updates');
  checkBatch(documents);
  const ordered = command.flag('ordered') ?? true;
  command.flag('bypassDocumentValidation');
  const names = { filter: 'q', update: 'u' };
  const statements = readStatements(documents, (document) =>
    takeUpdate(place, new Fields('an update statement', document), names),
  );
  return async (context) => {
    const runner = new StatementRunner(context.store, paceFor(command, context), command.unsynced);
    const { results, errors } = await runner.runAll(statements, ordered);
    const upserted = results.filter((result) => result.upserted !== undefined);
    return reply((writer) => {
      writer.int32(
        'n',
        results.reduce((sum, result) => sum + result.matched, upserted.length),
      );
      writer.int32(
        'nModified',
        results.reduce((sum, result) => sum + result.modified, 0),
      );
      if (upserted.length > 0) writer.startArray('upserted');
      upserted.forEach(({ index, upserted: id }, position) => {
        writer.startDocument(String(position)).int32('index', index);
        if (id !== undefined) writer.value('_id', id);
        writer.end();
      });
      if (upserted.length > 0) writer.end();
      appendWriteErrors(writer, errors);
    });
  };
};

function deleteStatement(place: Place, document: RawValue): Statement {
  const fields = new Fields('a delete statement', document);
  const limit = fields.count('limit');
  if (limit !== 0 && limit !== 1) throw new CommandError(9, 'the limit of a delete statement must be 0 or 1');
  return takeDelete(place, fields, 'q', limit === 0);
}

/** Takes what is left of a delete statement. */
export function takeDelete(place: Place, fields: Fields, filterName: string, multi: boolean): Statement {
  const filter = parseFilter(fields.requiredDocument(filterName));
  const hint = parseHint(fields.take('hint'));
  fields.refuseRest();
  return { place, filter, multi, sort: [], hint, apply: removeStored, upsert: undefined };
}

/** Deletes one document. */
export function removeStored(collection: Collection, stored: StoredDocument): boolean {
  collection.remove(stored);
  return true;
}

export const remove: CommandHandler = (command) => {
  const place = takePlace(command);
  const documents = command.batch('deletes');
  checkBatch(documents);
  const ordered = command.flag('ordered') ?? true;
  const statements = readStatements(documents, (document) => deleteStatement(place, document));
  return async (context) => {
    const runner = new StatementRunner(context.store, paceFor(command, context), command.unsynced);
    const { results, errors } = await runner.runAll(statements, ordered);
    return reply((writer) => {
      writer.int32(
        'n',
        results.reduce((sum, result) => sum + result.matched, 0),
      );
      appendWriteErrors(writer, errors);
    });
  };
};
