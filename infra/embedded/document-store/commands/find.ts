import { documentValue, numberOf, type RawValue } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { typeMismatch } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import { parseProjection } from '../query/projection.ts';
import { type ReadRequest, read } from '../query/read.ts';
import { parseSort } from '../query/sort.ts';
import { mapped } from '../query/stream.ts';
import { checkNamespace } from '../storage/catalog.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { Cursor } from './cursors.ts';

const EMPTY = documentValue(documentOf([]));

/** `filter`, `sort`, `skip` and `limit` of a find-like command. A limit of 0 means none. */
export function takeReadRequest(command: Command, filterField: string): ReadRequest {
  const filter = parseFilter(command.document(filterField) ?? EMPTY);
  const sort = parseSort(command.document('sort') ?? EMPTY);
  const skip = command.count('skip') ?? 0;
  const limit = command.count('limit') ?? 0;
  return { filter, sort, skip, limit: limit === 0 ? undefined : limit };
}

export const find: CommandHandler = (command) => {
  const name = command.collectionName();
  checkNamespace(command.database, name);
  const request = takeReadRequest(command, 'filter');
  const project = parseProjection(command.document('projection') ?? EMPTY, 'find');
  const batch = { batchSize: command.count('batchSize'), singleBatch: command.flag('singleBatch') ?? false };
  for (const option of [
    'tailable',
    'awaitData',
    'noCursorTimeout',
    'allowDiskUse',
    'returnKey',
    'showRecordId',
  ]) {
    command.mustBeOff(option);
  }
  command.mustBeOff('allowPartialResults');
  return (context) => {
    const pace = paceFor(command, context);
    const { stream } = read(context.store.catalog.find(command.database, name), request, pace);
    const namespace = `${command.database}.${name}`;
    const cursor = new Cursor(namespace, mapped(stream, project), pace, command.session);
    return context.cursors.start(cursor, batch);
  };
};

function cursorId(value: RawValue): bigint {
  const id = numberOf(value);
  if (id === undefined) throw typeMismatch('a cursor id must be a long');
  return BigInt(id);
}

export const getMore: CommandHandler = (command) => {
  const id = cursorId(command.target);
  const namespace = `${command.database}.${command.requiredString('collection')}`;
  const batchSize = command.count('batchSize');
  return (context) =>
    context.cursors.continue(id, namespace, batchSize, (pace) =>
      pace.begin(command.maxTimeMs, context.isClosed),
    );
};

export const killCursors: CommandHandler = (command) => {
  const namespace = `${command.database}.${command.collectionName()}`;
  const ids = (command.array('cursors') ?? []).map(cursorId);
  return ({ cursors }) => {
    const killed = ids.filter((id) => cursors.kill(id, namespace));
    const unknown = ids.filter((id) => !killed.includes(id));
    return reply((writer) => {
      const lists = { cursorsKilled: killed, cursorsNotFound: unknown, cursorsAlive: [], cursorsUnknown: [] };
      for (const [name, list] of Object.entries(lists)) {
        writer.startArray(name);
        list.forEach((id, index) => {
          writer.int64(String(index), id);
        });
        writer.end();
      }
    });
  };
};
