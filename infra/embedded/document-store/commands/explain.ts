import { documentValue, elementsOf, int32Value, type RawValue, rawFrom } from '../bson/raw.ts';
import { type BsonWriter, documentOf } from '../bson/writer.ts';
import { badValue, notImplemented } from '../errors.ts';
import type { Plan } from '../query/plan.ts';
import { planFor, type ReadRequest, read } from '../query/read.ts';
import { forEachDocument } from '../query/stream.ts';
import type { Collection } from '../storage/collection.ts';
import type { IndexDefinition } from '../storage/index-definition.ts';
import { Command } from '../wire/command.ts';
import { takeAggregate } from './aggregate.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { takeDistinct } from './count.ts';
import { takeFind, takeReadRequest } from './find.ts';
import { takePlace } from './insert.ts';

const VERBOSITIES: readonly string[] = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/** What each command that can be explained reads, taking all of its fields. */
const REQUESTS: Readonly<Record<string, (command: Command) => ReadRequest>> = {
  find: (command) => takeFind(command).request,
  count: (command) => takeReadRequest(command, 'query'),
  distinct: (command) => takeDistinct(command).request,
  aggregate: (command) => takeAggregate(command).pipeline.request,
};

function innerCommand(command: Command): Command {
  const body = command.target;
  const [first] = body.isDocument ? elementsOf(body) : [];
  if (first === undefined) throw badValue('explain needs a command');
  return new Command(first[0], first[1], body, command.database, new Map());
}

function writePlan(writer: BsonWriter, plan: Plan | undefined, needsSort: boolean): void {
  if (needsSort) writer.string('stage', 'SORT').startDocument('inputStage');
  if (plan === undefined) writer.string('stage', 'EOF');
  else writeAccess(writer, plan);
  if (needsSort) writer.end();
}

function writeAccess(writer: BsonWriter, plan: Plan): void {
  if (plan.branches !== undefined) {
    writer
      .string('stage', 'FETCH')
      .startDocument('inputStage')
      .string('stage', 'OR')
      .startArray('inputStages');
    plan.branches.forEach((branch, position) => {
      writer.startDocument(String(position));
      if (branch.index === undefined) writeAccess(writer, branch);
      else writeScan(writer, branch, branch.index);
      writer.end();
    });
    writer.end().end();
  } else if (plan.index === undefined) writer.string('stage', 'COLLSCAN').string('direction', 'forward');
  else {
    writer.string('stage', 'FETCH').startDocument('inputStage');
    writeScan(writer, plan, plan.index);
    writer.end();
  }
}

function writeScan(writer: BsonWriter, plan: Plan, index: IndexDefinition): void {
  if (plan.merged !== undefined) {
    writer.string('stage', 'SORT_MERGE').int32('streams', plan.merged.length).startDocument('inputStage');
  }
  writer.string('stage', 'IXSCAN');
  writer.string('indexName', index.name).value('keyPattern', index.keyPattern);
  writer.boolean('isMultiKey', index.multikey).boolean('isUnique', index.unique);
  writer.boolean('isSparse', index.sparse).boolean('isPartial', index.partial !== undefined);
  writer.string('direction', plan.reverse ? 'backward' : 'forward').int32('ranges', plan.ranges.length);
  if (plan.merged !== undefined) writer.end();
}

function planOf(collection: Collection | undefined, request: ReadRequest): Plan | undefined {
  return collection === undefined ? undefined : planFor(collection, request);
}

/**
 * `explain` of find, count, distinct and aggregate (the part that reads the collection): the plan with the index used,
 * and with `executionStats` what it looked at.
 */
export const explain: CommandHandler = (command) => {
  const inner = innerCommand(command);
  const take = REQUESTS[inner.name];
  if (take === undefined) throw notImplemented(`explain of ${inner.name}`);
  const place = takePlace(inner);
  const request = take(inner);
  inner.refuseRest();
  const verbosity = command.string('verbosity') ?? 'allPlansExecution';
  if (!VERBOSITIES.includes(verbosity)) throw notImplemented(`explain verbosity ${verbosity}`);
  return async (context) => {
    const collection = context.store.catalog.find(place.database, place.collection);
    const plan = planOf(collection, request);
    const needsSort = plan !== undefined && !plan.sorted;
    const stats =
      verbosity === 'queryPlanner' ? undefined : await execute(collection, request, command, context);
    return reply((writer) => {
      writer.startDocument('queryPlanner').string('namespace', `${place.database}.${place.collection}`);
      writer.startDocument('winningPlan');
      writePlan(writer, plan, needsSort);
      writer.end().startArray('rejectedPlans').end().end();
      if (stats !== undefined) writer.value('executionStats', stats);
    });
  };
};

async function execute(
  collection: Collection | undefined,
  request: ReadRequest,
  command: Command,
  context: Parameters<typeof paceFor>[1],
): Promise<RawValue> {
  const pace = paceFor(command, context);
  const { stream, examined, keysExamined } = read(collection, request, pace);
  let returned = 0;
  await forEachDocument(stream, pace, () => {
    returned += 1;
  });
  return documentValue(
    documentOf([
      ['executionSuccess', rawFrom(true)],
      ['nReturned', int32Value(returned)],
      ['totalKeysExamined', int32Value(keysExamined())],
      ['totalDocsExamined', int32Value(examined.documents)],
    ]),
  );
}
