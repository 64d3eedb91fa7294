import type { ViewReader } from './view-reader.ts';
import { SearchTooWide, type ViewDocument, type ViewFilter, type ViewQuery } from './view-store.ts';

/** How many documents one reading of many asks for at a time. */
const CHUNK = 500;

/** What of the documents is read, and of how many at the most. */
export interface Bounds {
  readonly fields?: readonly string[];
  /** @throws SearchTooWide beyond it */
  readonly most?: number;
}

/** Every matching document, read in chunks in the order of ids. @throws SearchTooWide */
export async function allOf<Document extends ViewDocument>(
  reader: ViewReader,
  collection: string,
  filter: ViewFilter,
  { fields, most = Number.POSITIVE_INFINITY }: Bounds = {},
): Promise<Document[]> {
  const found: Document[] = [];
  for (;;) {
    const last = found.at(-1)?._id;
    const rest = last === undefined ? filter : { $and: [filter, { _id: { $gt: last } }] };
    const query: ViewQuery = { filter: rest, sort: { _id: 1 }, limit: CHUNK, ...(fields && { fields }) };
    const chunk = await reader.find<Document>(collection, query);
    found.push(...chunk);
    if (found.length > most) throw new SearchTooWide(most);
    if (chunk.length < CHUNK) return found;
  }
}

/** Every document whose field has one of the values. @throws SearchTooWide */
export async function allAmong<Document extends ViewDocument>(
  reader: ViewReader,
  collection: string,
  field: string,
  values: readonly string[],
  filter: ViewFilter = {},
  bounds: Bounds = {},
): Promise<Document[]> {
  const distinct = [...new Set(values)];
  const found: Document[] = [];
  for (let start = 0; start < distinct.length; start += CHUNK) {
    const some = { $in: distinct.slice(start, start + CHUNK) };
    found.push(...(await allOf<Document>(reader, collection, { ...filter, [field]: some }, bounds)));
  }
  return found;
}
