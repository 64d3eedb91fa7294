import { parsePipeline, readPipeline, type SplitPipeline, splitPipeline } from '../aggregate/pipeline.ts';
import { BSON } from '../bson/raw.ts';
import { notImplemented } from '../errors.ts';
import { type Command, Fields } from '../wire/command.ts';
import { type CommandHandler, paceFor } from './context.ts';
import { type BatchRequest, Cursor } from './cursors.ts';
import { takePlace } from './insert.ts';

/** The pipeline of an aggregate command, split into what the planner answers and the stages after it. */
export function takePipeline(command: Command): SplitPipeline {
  const pipeline = command.requiredAny('pipeline');
  if (command.target.type !== BSON.string) throw notImplemented('aggregate without a collection');
  command.mustBeOff('allowDiskUse');
  command.flag('bypassDocumentValidation');
  return splitPipeline(parsePipeline(pipeline));
}

function takeBatch(command: Command): BatchRequest {
  const cursor = new Fields('cursor', command.requiredDocument('cursor'));
  const batchSize = cursor.count('batchSize');
  cursor.refuseRest();
  return { batchSize, singleBatch: false };
}

export const aggregate: CommandHandler = (command) => {
  const pipeline = takePipeline(command);
  const place = takePlace(command);
  const batch = takeBatch(command);
  return (context) => {
    const pace = paceFor(command, context);
    const stream = readPipeline(context.store.catalog.find(place.database, place.collection), pipeline, pace);
    const namespace = `${place.database}.${place.collection}`;
    const cursor = new Cursor(namespace, stream, pace, command.session);
    return context.cursors.start(cursor, batch);
  };
};
