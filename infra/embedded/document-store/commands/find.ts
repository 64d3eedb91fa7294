import { documentValue, numberOf, type RawValue } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { typeMismatch } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import { parseHint } from '../query/hint.ts';
import { type Projection, parseProjection } from '../query/projection.ts';
import { type ReadRequest, read } from '../query/read.ts';
import { parseSort } from '../query/sort.ts';
import { mapped } from '../query/stream.ts';
import { checkNamespace } from '../storage/catalog.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { type BatchRequest, Cursor } from './cursors.ts';

const EMPTY = documentValue(documentOf([]));

/** The filter, `skip`, `limit` and `hint` of a command that reads a collection. A limit of 0 means none. */
export function takeReadRequest(command: Command, filterField: string): ReadRequest {
  const filter = parseFilter(command.document(filterField) ?? EMPTY);
  const skip = command.count('skip') ?? 0;
  const limit = command.count('limit') ?? 0;
  const hint = parseHint(command.take('hint'));
  return { filter, sort: [], skip, limit: limit === 0 ? undefined : limit, hint };
}

const REFUSED_WHEN_ON: readonly string[] = [
  'tailable',
  'awaitData',
  'noCursorTimeout',
  'allowDiskUse',
  'allowPartialResults',
  'returnKey',
  'showRecordId',
];

interface FindRequest {
  readonly request: ReadRequest;
  readonly project: Projection;
  readonly batch: BatchRequest;
}

/** Everything a find command asks for. */
export function takeFind(command: Command): FindRequest {
  const request = {
    ...takeReadRequest(command, 'filter'),
    sort: parseSort(command.document('sort') ?? EMPTY),
  };
  const project = parseProjection(command.document('projection') ?? EMPTY, 'find');
  const batch = { batchSize: command.count('batchSize'), singleBatch: command.flag('singleBatch') ?? false };
  for (const option of REFUSED_WHEN_ON) command.mustBeOff(option);
  return { request, project, batch };
}

export const find: CommandHandler = (command) => {
  const name = command.collectionName();
  checkNamespace(command.database, name);
  const { request, project, batch } = takeFind(command);
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
