import { BSON, elementsOf, fieldOf, type RawValue, stringOf } from '../bson/raw.ts';
import { badValue, notImplemented } from '../errors.ts';
import { Command } from '../wire/command.ts';
import type { Request } from '../wire/message.ts';
import { aggregate } from './aggregate.ts';
import { bulkWrite } from './bulk-write.ts';
import {
  create,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
  renameCollection,
} from './collections.ts';
import type { CommandHandler, Execution } from './context.ts';
import { count, distinct } from './count.ts';
import { explain } from './explain.ts';
import { find, getMore, killCursors } from './find.ts';
import { findAndModify } from './find-and-modify.ts';
import { HANDSHAKE_COMMANDS } from './handshake.ts';
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts';
import { insert } from './insert.ts';
import { remove, update } from './update.ts';

const COMMANDS: ReadonlyMap<string, CommandHandler> = new Map(
  Object.entries({
    ...HANDSHAKE_COMMANDS,
    insert,
    update,
    delete: remove,
    bulkWrite,
    findAndModify,
    find,
    getMore,
    killCursors,
    aggregate,
    count,
    distinct,
    explain,
    createIndexes,
    listIndexes,
    dropIndexes,
    create,
    listCollections,
    listDatabases,
    drop,
    dropDatabase,
    renameCollection,
  }),
);

/** Commands whose clients should not wait for long transactions. */
const READS: ReadonlySet<string> = new Set(['find', 'getMore', 'aggregate', 'count', 'distinct', 'explain']);

const DATABASE = Buffer.from('$db');

function databaseOf(body: RawValue): string {
  const value = fieldOf(body, DATABASE);
  if (value?.type !== BSON.string) throw badValue('a command needs $db');
  return stringOf(value);
}

/**
 * Finds and checks a request's command. Throws NotImplemented (238) naming the command or the first option that is
 * not supported; nothing was done then.
 */
export function prepare(request: Request): Execution {
  const [first] = elementsOf(request.body);
  if (first === undefined) throw badValue('an empty command');
  const [name, target] = first;
  const handler = COMMANDS.get(name);
  if (handler === undefined) throw notImplemented(`command ${name}`);
  const database = request.database ?? databaseOf(request.body);
  const command = new Command(name, target, request.body, database, request.sequences);
  const execution = handler(command);
  command.refuseRest();
  if (!READS.has(name)) return execution;
  return (context) => {
    context.store.commits.noteRead();
    return execution(context);
  };
}
