import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewDocument, ViewFilter } from '@qingpu/read-models-kernel/view-store';
import type { EntryNames } from './details-in-words.ts';
import { type EntryDocument, entryId, type InstitutionDocument } from './view.ts';

/** How many documents one reading of a whole collection asks for at a time. */
const CHUNK = 500;

/** Readings of the directory's documents that several queries share. */
export class DirectoryReader {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  get view(): ViewReader {
    return this.#reader;
  }

  /** Waits, bounded, for a log position. @throws PositionBeyondHead */
  fresh(after?: string): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }

  entry<Kind extends DirectoryKind>(
    kind: Kind,
    institutionCode: string,
    code: string,
  ): Promise<Extract<EntryDocument, { kind: Kind }> | undefined> {
    return this.#reader.findOne('entries', entryId(kind, institutionCode, code));
  }

  async activeInstitutions(): Promise<InstitutionDocument[]> {
    return this.all<InstitutionDocument>('entries', { kind: 'institution', status: 'active' });
  }

  /** The names of all these entries at once; what the view does not have is missing. */
  async names(ids: readonly string[]): Promise<EntryNames> {
    const found = await this.among<EntryDocument>('entries', '_id', ids);
    return new Map(found.map(({ _id, name }) => [_id, name]));
  }

  /** Every document whose field has one of the values. */
  async among<Document extends ViewDocument>(
    collection: string,
    field: string,
    values: readonly string[],
    filter: ViewFilter = {},
  ): Promise<Document[]> {
    const distinct = [...new Set(values)];
    const found: Document[] = [];
    for (let start = 0; start < distinct.length; start += CHUNK) {
      const some = { $in: distinct.slice(start, start + CHUNK) };
      found.push(...(await this.all<Document>(collection, { ...filter, [field]: some })));
    }
    return found;
  }

  /** Every matching document, read in bounded chunks in the order of ids. */
  async all<Document extends ViewDocument>(collection: string, filter: ViewFilter): Promise<Document[]> {
    const found: Document[] = [];
    for (;;) {
      const last = found.at(-1)?._id;
      const rest = last === undefined ? filter : { $and: [filter, { _id: { $gt: last } }] };
      const chunk = await this.#reader.find<Document>(collection, {
        filter: rest,
        sort: { _id: 1 },
        limit: CHUNK,
      });
      found.push(...chunk);
      if (chunk.length < CHUNK) return found;
    }
  }
}
