import { keyTextOf } from '../bson/keys.ts';
import { checkedPath, visitLeaves } from '../bson/paths.ts';
import { documentValue, itemsOf, type RawValue } from '../bson/raw.ts';
import { arrayValue, documentOf, MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import { parseFilter } from '../query/filter.ts';
import type { Pace } from '../query/pace.ts';
import { type ReadRequest, read } from '../query/read.ts';
import { forEachDocument } from '../query/stream.ts';
import type { Collection } from '../storage/collection.ts';
import { type CommandHandler, paceFor, reply } from './context.ts';
import { takeReadRequest } from './find.ts';
import { takePlace } from './insert.ts';

const EMPTY = documentValue(documentOf([]));

export const count: CommandHandler = (command) => {
  const place = takePlace(command);
  const request = takeReadRequest(command, 'query');
  return async (context) => {
    const collection = context.store.catalog.find(place.database, place.collection);
    const n =
      collection === undefined ? 0 : await countMatching(collection, request, paceFor(command, context));
    return reply((writer) => writer.int32('n', n));
  };
};

/** Counts without reading documents when nothing needs to be looked at. */
async function countMatching(collection: Collection, request: ReadRequest, pace: Pace): Promise<number> {
  const { filter, skip, limit } = request;
  if (filter.kind === 'and' && filter.clauses.length === 0) {
    return Math.min(limit ?? Number.POSITIVE_INFINITY, Math.max(0, collection.count() - skip));
  }
  let n = 0;
  await forEachDocument(read(collection, request, pace).stream, pace, () => {
    n += 1;
  });
  return n;
}

export const distinct: CommandHandler = (command) => {
  const place = takePlace(command);
  const path = checkedPath(command.requiredString('key'));
  const filter = parseFilter(command.document('query') ?? EMPTY);
  return async (context) => {
    const pace = paceFor(command, context);
    const collection = context.store.catalog.find(place.database, place.collection);
    const { stream } = read(collection, { filter, sort: [], skip: 0, limit: undefined }, pace);
    const values = new Map<string, RawValue>();
    let bytes = 0;
    const add = (value: RawValue): void => {
      const key = keyTextOf(value);
      if (values.has(key)) return;
      values.set(key, value.copied());
      bytes += value.end - value.start + 16;
      if (bytes > MAX_DOCUMENT_BYTES) throw new CommandError(17280, 'distinct too big, 16mb cap');
    };
    await forEachDocument(stream, pace, (document) => {
      visitLeaves(documentValue(document), path, (leaf) => {
        if (leaf?.isArray) itemsOf(leaf).forEach(add);
        else if (leaf !== undefined) add(leaf);
        return false;
      });
    });
    return reply((writer) => writer.value('values', arrayValue([...values.values()])));
  };
};
