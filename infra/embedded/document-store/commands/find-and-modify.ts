import { documentValue, NULL_VALUE, type RawValue } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import { parseHint } from '../query/hint.ts';
import { parseProjection } from '../query/projection.ts';
import { parseSort } from '../query/sort.ts';
import { checkedUpsert, parseUpdate } from '../update/updater.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { takePlace } from './insert.ts';
import { type Outcome, type Place, type Statement, StatementRunner } from './statements.ts';
import { removeStored, storeChange } from './update.ts';

const EMPTY = documentValue(documentOf([]));

/** The document before and after, as the statement met it. */
interface Seen {
  before: Buffer | undefined;
  after: Buffer | undefined;
}

function takeStatement(
  command: Command,
  place: Place,
  seen: Seen,
): { statement: Statement; removes: boolean } {
  const filter = parseFilter(command.document('query') ?? EMPTY);
  const sort = parseSort(command.document('sort') ?? EMPTY);
  const removes = command.flag('remove') ?? false;
  const updateValue = command.take('update');
  const upserts = command.flag('upsert') ?? false;
  if (removes === (updateValue !== undefined)) {
    throw new CommandError(9, 'findAndModify needs either update or remove: true');
  }
  if (removes && upserts) throw new CommandError(9, 'Cannot specify both upsert=true and remove=true');
  const base = { place, filter, sort, hint: parseHint(command.take('hint')), multi: false };
  if (updateValue === undefined) {
    return { statement: { ...base, apply: remembering(seen, removeStored), upsert: undefined }, removes };
  }
  const update = parseUpdate(updateValue);
  const insert = (): Buffer => {
    seen.before = undefined;
    seen.after = checkedUpsert(update.insertFor(filter));
    return seen.after;
  };
  const apply = remembering(seen, (collection, stored) => {
    seen.after = update.apply(stored.document);
    return storeChange(collection, stored, seen.after);
  });
  return { statement: { ...base, apply, upsert: upserts ? insert : undefined }, removes };
}

function remembering(seen: Seen, apply: Statement['apply']): Statement['apply'] {
  return (collection, stored) => {
    seen.before = stored.document;
    return apply(collection, stored);
  };
}

function answer(outcome: Outcome, value: RawValue, removes: boolean): Buffer {
  return reply((writer) => {
    writer
      .startDocument('lastErrorObject')
      .int32('n', outcome.matched + (outcome.upserted === undefined ? 0 : 1));
    if (!removes) writer.boolean('updatedExisting', outcome.matched > 0);
    if (outcome.upserted !== undefined) writer.value('upserted', outcome.upserted);
    writer.end().value('value', value);
  });
}

export const findAndModify: CommandHandler = (command) => {
  const place = takePlace(command);
  const seen: Seen = { before: undefined, after: undefined };
  const { statement, removes } = takeStatement(command, place, seen);
  const wantsNew = command.flag('new') ?? false;
  if (removes && wantsNew) throw new CommandError(9, 'Cannot specify both new=true and remove=true');
  const project = parseProjection(command.document('fields') ?? EMPTY, 'find');
  command.flag('bypassDocumentValidation');
  return async (context) => {
    const outcome = await new StatementRunner(
      context.store,
      paceFor(command, context),
      command.unsynced,
    ).runOne(statement);
    const document = wantsNew ? seen.after : seen.before;
    return answer(outcome, document === undefined ? NULL_VALUE : documentValue(project(document)), removes);
  };
};
