import { parsePipeline, readPipeline, type SplitPipeline, splitPipeline } from '../aggregate/pipeline.ts';
import { BSON } from '../bson/raw.ts';
import { notImplemented } from '../errors.ts';
import { parseHint } from '../query/hint.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor } from './context.ts';
import { type BatchRequest, Cursor, takeBatch } from './cursors.ts';
import { takePlace } from './insert.ts';

interface AggregateRequest {
  readonly pipeline: SplitPipeline;
  readonly batch: BatchRequest;
}

/** Everything an aggregate command asks for; its pipeline split into what the planner answers and the rest. */
export function takeAggregate(command: Command): AggregateRequest {
  const pipeline = command.requiredAny('pipeline');
  if (command.target.type !== BSON.string) throw notImplemented('aggregate without a collection');
  command.mustBeOff('allowDiskUse');
  command.flag('bypassDocumentValidation');
  const { request, rest } = splitPipeline(parsePipeline(pipeline));
  const hint = parseHint(command.take('hint'));
  return {
    pipeline: { request: { ...request, hint }, rest },
    batch: takeBatch(command.requiredDocument('cursor')),
  };
}

export const aggregate: CommandHandler = (command) => {
  const { pipeline, batch } = takeAggregate(command);
  const place = takePlace(command);
  return (context) => {
    const pace = paceFor(command, context);
    const stream = readPipeline(context.store.catalog.find(place.database, place.collection), pipeline, pace);
    const namespace = `${place.database}.${place.collection}`;
    const cursor = new Cursor(namespace, stream, pace, command.session);
    return context.cursors.start(cursor, batch);
  };
};
