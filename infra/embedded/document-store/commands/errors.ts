import { BsonWriter } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { DuplicateKeyError } from '../storage/duplicate-key.ts';

const SQLITE_FULL = 13;
/** Above this much text in one reply the remaining write errors carry no sentence, as in MongoDB. */
const MAX_ERROR_TEXT = 1024 * 1024;

/** Any failure as an error for the client. */
export function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const full = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;
  return new CommandError(full ? 14031 : 1, message);
}

/** Code and text of an error, and the keys of a duplicate. */
export function writeError(writer: BsonWriter, error: CommandError): void {
  writer.int32('code', error.code).string('errmsg', error.message);
  if (!(error instanceof DuplicateKeyError)) return;
  writer.value('keyPattern', error.keyPattern).document('keyValue', error.keyValue);
}

/** The reply of a command that failed. */
export function errorReply(error: CommandError): Buffer {
  const writer = new BsonWriter().startRoot().double('ok', 0);
  writeError(writer, error);
  return writer.string('codeName', error.codeName).end().finish();
}

/** A statement of a write command that failed, by its place in the command. */
export interface WriteError {
  readonly index: number;
  readonly error: CommandError;
}

/** Adds `writeErrors` when there are any. */
export function appendWriteErrors(writer: BsonWriter, errors: readonly WriteError[]): void {
  if (errors.length === 0) return;
  writer.startArray('writeErrors');
  let text = 0;
  errors.forEach(({ index, error }, position) => {
    writer.startDocument(String(position)).int32('index', index);
    if (text < MAX_ERROR_TEXT) writeError(writer, error);
    else writer.int32('code', error.code).string('errmsg', '');
    text += error.message.length * 2;
    writer.end();
  });
  writer.end();
}
