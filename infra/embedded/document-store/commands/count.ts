import { checkedPath, type FieldPath, visitLeaves } from '../bson/paths.ts';
import { documentValue, itemsOf } from '../bson/raw.ts';
import { documentOf } from '../bson/writer.ts';
import { countMatching } from '../query/counting.ts';
import { DistinctValues, distinctPlan, visitDistinct } from '../query/distinct.ts';
import { parseFilter } from '../query/filter.ts';
import { parseHint } from '../query/hint.ts';
import type { Pace } from '../query/pace.ts';
import { type ReadRequest, read } from '../query/read.ts';
import { forEachDocument } from '../query/stream.ts';
import type { Collection } from '../storage/collection.ts';
import type { Command } from '../wire/command.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { takeReadRequest } from './find.ts';
import { takePlace } from './insert.ts';

const EMPTY = documentValue(documentOf([]));

export const count: CommandHandler = (command) => {
  const place = takePlace(command);
  const request = takeReadRequest(command, 'query');
  return async (context) => {
    const collection = context.store.catalog.find(place.database, place.collection);
    const n = await countOf(collection, request, paceFor(command, context));
    return reply((writer) => writer.int32('n', n));
  };
};

/** The number of matches that skip and limit leave. */
async function countOf(
  collection: Collection | undefined,
  request: ReadRequest,
  pace: Pace,
): Promise<number> {
  const { filter, skip, limit, hint } = request;
  const most = limit === undefined ? undefined : skip + limit;
  return Math.max(0, (await countMatching(collection, filter, pace, most, hint)) - skip);
}

/** The field of a distinct command and the documents it is about. */
export function takeDistinct(command: Command): { path: FieldPath; request: ReadRequest } {
  const path = checkedPath(command.requiredString('key'));
  const filter = parseFilter(command.document('query') ?? EMPTY);
  const hint = parseHint(command.take('hint'));
  return { path, request: { filter, sort: [], skip: 0, limit: undefined, hint } };
}

export const distinct: CommandHandler = (command) => {
  const place = takePlace(command);
  const { path, request } = takeDistinct(command);
  return async (context) => {
    const pace = paceFor(command, context);
    const collection = context.store.catalog.find(place.database, place.collection);
    const values = new DistinctValues();
    const visit = (document: Buffer): void => {
      visitLeaves(documentValue(document), path, (leaf) => {
        if (leaf?.isArray) for (const item of itemsOf(leaf)) values.add(item);
        else if (leaf !== undefined) values.add(leaf);
        return false;
      });
    };
    const chooses = collection !== undefined && request.hint === undefined;
    const plan = chooses ? distinctPlan(collection, request.filter, path) : undefined;
    if (collection !== undefined && plan !== undefined) await visitDistinct(collection, plan, pace, visit);
    else await forEachDocument(read(collection, request, pace).stream, pace, visit);
    const found = await values.asArray(pace);
    return reply((writer) => writer.value('values', found));
  };
};
