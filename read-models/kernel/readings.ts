import type { ViewReader } from './view-reader.ts';
import { SearchTooWide, type ViewDocument, type ViewFilter, type ViewQuery } from './view-store.ts';

/** How many documents one reading of many asks for at a time. */
const CHUNK = 500;

export interface Reading {
  /** A field that every document has for itself and an index serves; `_id` when left out. */
  readonly by?: string;
  readonly direction?: 1 | -1;
  readonly fields?: readonly string[];
  readonly chunk?: number;
}

/** Every matching document in the order of one field, chunk by chunk, so that no list is ever held as a whole. */
export async function* inChunks<Document extends ViewDocument>(
  reader: ViewReader,
  collection: string,
  filter: ViewFilter,
  { by = '_id', direction = 1, fields, chunk = CHUNK }: Reading = {},
): AsyncGenerator<Document[]> {
  const read = fields && { fields: [...fields, by] };
  let rest = filter;
  for (;;) {
    const query: ViewQuery = { filter: rest, sort: { [by]: direction }, limit: chunk, ...read };
    const found = await reader.find<Document>(collection, query);
    if (found.length > 0) yield found;
    if (found.length < chunk) return;
    const last = (found.at(-1) as unknown as Readonly<Record<string, unknown>>)[by];
    rest = { $and: [filter, { [by]: { [direction === 1 ? '$gt' : '$lt']: last } }] };
  }
}

/** Every matching document, up to a bound. @throws SearchTooWide */
export async function allOf<Document extends ViewDocument>(
  reader: ViewReader,
  collection: string,
  filter: ViewFilter,
  { most = Number.POSITIVE_INFINITY, ...reading }: Reading & { readonly most?: number } = {},
): Promise<Document[]> {
  const found: Document[] = [];
  for await (const chunk of inChunks<Document>(reader, collection, filter, reading)) {
    found.push(...chunk);
    if (found.length > most) throw new SearchTooWide(most);
  }
  return found;
}

/** Every document whose field has one of the values. */
export async function allAmong<Document extends ViewDocument>(
  reader: ViewReader,
  collection: string,
  field: string,
  values: readonly string[],
  filter: ViewFilter = {},
  reading: Reading = {},
): Promise<Document[]> {
  const distinct = [...new Set(values)];
  const found: Document[] = [];
  for (let start = 0; start < distinct.length; start += CHUNK) {
    const some = { $in: distinct.slice(start, start + CHUNK) };
    found.push(...(await allOf<Document>(reader, collection, { ...filter, [field]: some }, reading)));
  }
  return found;
}
