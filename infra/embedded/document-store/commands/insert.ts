import type { RawValue } from '../bson/raw.ts';
import { CommandError } from '../errors.ts';
import { checkNamespace } from '../storage/catalog.ts';
import type { Store } from '../storage/store.ts';
import { storedForm } from '../update/updater.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, reply } from './context.ts';
import { appendWriteErrors, type WriteError } from './errors.ts';
import { MAX_BATCH } from './handshake.ts';
import type { Place } from './statements.ts';

/** The collection a write goes to. */
export function takePlace(command: Command): Place {
  const collection = command.collectionName();
  checkNamespace(command.database, collection);
  return { database: command.database, collection };
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
  return async ({ store }) => {
    const { inserted, errors } = await insertAll(store, place, documents, ordered, command.unsynced);
    return reply((writer) => {
      writer.int32('n', inserted);
      appendWriteErrors(writer, errors);
    });
  };
};

async function insertAll(
  store: Store,
  place: Place,
  documents: readonly RawValue[],
  ordered: boolean,
  unsynced: boolean,
) {
  const errors: WriteError[] = [];
  let inserted = 0;
  let at = 0;
  const step = (): boolean => {
    const document = documents[at];
    if (document === undefined) return true;
    try {
      insertOne(store, place, document);
      inserted += 1;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push({ index: at, error });
      if (ordered) return true;
    }
    at += 1;
    return at >= documents.length;
  };
  await store.commits.run({ step, unsynced });
  return { inserted, errors };
}

function insertOne(store: Store, place: Place, document: RawValue): void {
  const stored = storedForm(document);
  store.db.isolated(() => store.catalog.ensure(place.database, place.collection).insert(stored));
}
