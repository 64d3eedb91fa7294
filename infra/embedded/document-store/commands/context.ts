import { BsonWriter } from '../bson/writer.ts';
import { Pace } from '../query/pace.ts';
import type { Store } from '../storage/store.ts';
import type { Command } from '../wire/command.ts';
import type { Cursors } from './cursors.ts';

/** What a command may use while it runs. */
export interface Context {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly connectionId: number;
  readonly isClosed: () => boolean;
}

/** A command after all its fields were taken and checked. */
export type Execution = (context: Context) => Promise<Buffer> | Buffer;

/** Takes every field a command supports; what is left over is refused before the execution starts. */
export type CommandHandler = (command: Command) => Execution;

/** A reply document with `ok: 1`. */
export function reply(fill?: (writer: BsonWriter) => void): Buffer {
  const writer = new BsonWriter().startRoot();
  fill?.(writer);
  return writer.double('ok', 1).end().finish();
}

/** The pace of one command. */
export function paceFor(command: Command, context: Context): Pace {
  const pace = new Pace();
  pace.begin(command.maxTimeMs, context.isClosed);
  return pace;
}

/**
 * Changes collections or indexes, one command after the other. A command whose time is over before its turn comes is
 * not begun.
 */
export function inTurn(
  command: Command,
  context: Context,
  work: (context: Context, pace: Pace) => Promise<Buffer>,
): Promise<Buffer> {
  const pace = paceFor(command, context);
  return context.store.definitions(async () => {
    pace.checkDeadline();
    return work(context, pace);
  });
}
