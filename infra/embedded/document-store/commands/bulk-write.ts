import { elementsOf, numberOf, type RawValue } from '../bson/raw.ts';
import { BsonWriter } from '../bson/writer.ts';
import { badValue, CommandError } from '../errors.ts';
import { fromItems } from '../query/stream.ts';
import { type Command, Fields } from '../wire/command.ts';
import { type CommandHandler, paceFor } from './context.ts';
import { Cursor, takeBatch } from './cursors.ts';
import { type WriteError, writeError } from './errors.ts';
import { MAX_BATCH } from './handshake.ts';
import { placeNamed } from './insert.ts';
import { type Place, type StatementResult, StatementRunner, type Write } from './statements.ts';
import { readStatements, takeDelete, takeUpdate } from './update.ts';

const NAMESPACE = 'admin.$cmd.bulkWrite';
const KINDS = ['insert', 'update', 'delete'] as const;

type Kind = (typeof KINDS)[number];

/** One entry of `ops`, told apart by its first field, which is also the number of its namespace. */
interface Operation {
  readonly kind: Kind;
  readonly place: Place;
  readonly document: RawValue;
}

function takePlaces(command: Command): Place[] {
  return command.batch('nsInfo').map((document) => {
    const fields = new Fields('an nsInfo entry', document);
    const place = placeNamed(fields.requiredString('ns'));
    fields.refuseRest();
    return place;
  });
}

function operationOf(document: RawValue, position: number, places: readonly Place[]): Operation {
  const [first] = elementsOf(document);
  const kind = KINDS.find((name) => name === first?.[0]);
  if (first === undefined || kind === undefined)
    throw badValue(`BulkWrite ops entry ${position} is no insert, update or delete`);
  const place = places[Number(numberOf(first[1]) ?? Number.NaN)];
  if (place === undefined) throw badValue(`BulkWrite ops entry ${position} has an invalid nsInfo index.`);
  return { kind, place, document };
}

function takeOperations(command: Command): Operation[] {
  const places = takePlaces(command);
  const documents = command.batch('ops');
  if (documents.length < 1 || documents.length > MAX_BATCH) {
    throw new CommandError(
      16,
      `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${documents.length} operations.`,
    );
  }
  return documents.map((document, position) => operationOf(document, position, places));
}

function writeOf({ kind, place, document }: Operation): Write {
  const fields = new Fields(`a bulkWrite ${kind}`, document);
  fields.take(kind);
  if (kind === 'update') return takeUpdate(place, fields, { filter: 'filter', update: 'updateMods' });
  if (kind === 'delete') return takeDelete(place, fields, 'filter', fields.flag('multi') ?? false);
  const inserted = fields.requiredDocument('document');
  fields.refuseRest();
  return { place, document: inserted };
}

/** What became of one operation. */
type Item = { readonly result: StatementResult } | WriteError;

function itemOf(item: Item, operations: readonly Operation[]): Buffer {
  const index = 'result' in item ? item.result.index : item.index;
  const kind = operations[index]?.kind ?? 'insert';
  const writer = new BsonWriter()
    .startRoot()
    .double('ok', 'result' in item ? 1 : 0)
    .int32('idx', index);
  if ('result' in item) appendResult(writer, kind, item.result);
  else {
    writeError(writer, item.error);
    writer.int32('n', 0);
    if (kind === 'update') writer.int32('nModified', 0);
  }
  return writer.end().finish();
}

/** An upsert counts as one document here, but not in `nMatched`. */
function appendResult(
  writer: BsonWriter,
  kind: Kind,
  { matched, modified, upserted }: StatementResult,
): void {
  writer.int32('n', kind === 'insert' || upserted !== undefined ? 1 : matched);
  if (kind === 'update') writer.int32('nModified', modified);
  if (upserted !== undefined) writer.startDocument('upserted').value('_id', upserted).end();
}

function appendCounts(
  writer: BsonWriter,
  operations: readonly Operation[],
  results: readonly StatementResult[],
  errors: number,
): void {
  const ofKind = (kind: Kind) => results.filter(({ index }) => operations[index]?.kind === kind);
  const sum = (of: readonly StatementResult[], field: 'matched' | 'modified'): number =>
    of.reduce((total, result) => total + result[field], 0);
  const updates = ofKind('update');
  writer.int32('nErrors', errors).int32('nInserted', ofKind('insert').length);
  writer.int32('nMatched', sum(updates, 'matched')).int32('nModified', sum(updates, 'modified'));
  writer.int32('nUpserted', updates.filter(({ upserted }) => upserted !== undefined).length);
  writer.int32('nDeleted', sum(ofKind('delete'), 'matched'));
}

/**
 * `bulkWrite` of the client: inserts, updates and deletes in any collections of any databases, in order or each on
 * its own. Answers a cursor over what became of each, or of those that failed when `errorsOnly`.
 */
export const bulkWrite: CommandHandler = (command) => {
  if (command.database !== 'admin')
    throw new CommandError(13, 'bulkWrite may only be run against the admin database.');
  const operations = takeOperations(command);
  const ordered = command.flag('ordered') ?? true;
  const errorsOnly = command.flag('errorsOnly') ?? false;
  command.flag('bypassDocumentValidation');
  const { batchSize = Number.POSITIVE_INFINITY } = takeBatch(command.document('cursor'));
  const writes = readStatements(operations, writeOf);
  return async (context) => {
    const pace = paceFor(command, context);
    const { results, errors } = await new StatementRunner(context.store, pace, command.unsynced).runAll(
      writes,
      ordered,
    );
    const items = errorsOnly ? errors : inOrder(results, errors);
    const stream = fromItems(items, (item) => itemOf(item, operations));
    const cursor = new Cursor(NAMESPACE, stream, pace, command.session);
    return context.cursors.start(cursor, { batchSize, singleBatch: false }, (writer) =>
      appendCounts(writer, operations, results, errors.length),
    );
  };
};

function inOrder(results: readonly StatementResult[], errors: readonly WriteError[]): Item[] {
  const items: Item[] = [...results.map((result) => ({ result })), ...errors];
  const indexOf = (item: Item): number => ('result' in item ? item.result.index : item.index);
  return items.sort((left, right) => indexOf(left) - indexOf(right));
}
