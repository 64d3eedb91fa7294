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
import { type Statement, StatementRunner } from './statements.ts';

const EMPTY = documentValue(documentOf([]));

/** Stores the updated document unless it is the same; answers whether it changed. */
export function storeChange(collection: Collection, stored: StoredDocument, changed: Buffer): boolean {
  if (changed.equals(stored.document)) return false;
  collection.replace(stored, changed);
  return true;
}

function updateStatement(document: RawValue): Statement {
  const fields = new Fields('an update statement', document);
  const filter = parseFilter(fields.requiredDocument('q'));
  const update = parseUpdate(fields.requiredAny('u'));
  const multi = fields.flag('multi') ?? false;
  const upserts = fields.flag('upsert') ?? false;
  const sort = parseSort(fields.document('sort') ?? EMPTY);
  const hint = parseHint(fields.take('hint'));
  fields.refuseRest();
  if (multi && update.replaces)
    throw new CommandError(9, 'multi update is not supported for replacement-style update');
  if (multi && sort.length > 0) throw new CommandError(9, 'Cannot specify sort with multi=true');
  return {
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
export function readStatements<T>(
  documents: readonly RawValue[],
  readOne: (document: RawValue) => T,
): (T | CommandError)[] {
  return documents.map((document) => {
    try {
      return readOne(document);
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
  const statements = readStatements(documents, updateStatement);
  return async (context) => {
    const runner = new StatementRunner(context.store, place, paceFor(command, context), command.unsynced);
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

function deleteStatement(document: RawValue): Statement {
  const fields = new Fields('a delete statement', document);
  const filter = parseFilter(fields.requiredDocument('q'));
  const limit = fields.count('limit');
  const hint = parseHint(fields.take('hint'));
  fields.refuseRest();
  if (limit !== 0 && limit !== 1) throw new CommandError(9, 'the limit of a delete statement must be 0 or 1');
  return { filter, multi: limit === 0, sort: [], hint, apply: removeStored, upsert: undefined };
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
  const statements = readStatements(documents, deleteStatement);
  return async (context) => {
    const runner = new StatementRunner(context.store, place, paceFor(command, context), command.unsynced);
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
