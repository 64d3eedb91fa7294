import type { RawValue } from '../bson/raw.ts';
import { CommandError } from '../errors.ts';
import { checkNamespace } from '../storage/catalog.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { appendWriteErrors } from './errors.ts';
import { MAX_BATCH } from './handshake.ts';
import { type Place, StatementRunner } from './statements.ts';

/** The collection a write goes to. */
export function takePlace(command: Command): Place {
  const collection = command.collectionName();
  checkNamespace(command.database, collection);
  return { database: command.database, collection };
}

/** The collection with a full name, `database.collection`. */
export function placeNamed(namespace: string): Place {
  const [database = '', ...rest] = namespace.split('.');
  const collection = rest.join('.');
  checkNamespace(database, collection);
  return { database, collection };
}

/** Refuses empty and too large batches (InvalidOptions, 72). */
export function checkBatch(items: readonly RawValue[]): void {
  if (items.length >= 1 && items.length <= MAX_BATCH) return;
  throw new CommandError(
    72,
    `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${items.length} operations.`,
  );
}

export const insert: CommandHandler = (command) => {
  const place = takePlace(command);
  const documents = command.batch('documents');
  checkBatch(documents);
  const ordered = command.flag('ordered') ?? true;
  command.flag('bypassDocumentValidation');
  return async (context) => {
    const runner = new StatementRunner(context.store, paceFor(command, context), command.unsynced);
    const { results, errors } = await runner.runAll(
      documents.map((document) => ({ place, document })),
      ordered,
    );
    return reply((writer) => {
      writer.int32('n', results.length);
      appendWriteErrors(writer, errors);
    });
  };
};
