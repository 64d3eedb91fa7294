import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { allAmong, allOf } from '@qingpu/read-models-kernel/readings';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewDocument, ViewFilter } from '@qingpu/read-models-kernel/view-store';
import type { EntryNames } from './details-in-words.ts';
import { type EntryDocument, entryId, type InstitutionDocument } from './view.ts';

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
  among<Document extends ViewDocument>(
    collection: string,
    field: string,
    values: readonly string[],
    filter: ViewFilter = {},
  ): Promise<Document[]> {
    return allAmong(this.#reader, collection, field, values, filter);
  }

  /** Every matching document, read in bounded chunks in the order of ids. */
  all<Document extends ViewDocument>(collection: string, filter: ViewFilter): Promise<Document[]> {
    return allOf(this.#reader, collection, filter);
  }
}
