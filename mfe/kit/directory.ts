import {
  DIRECTORY_PATHS,
  type DirectoryEntry,
  type DirectoryQuery,
  entryPageSchemas,
  entrySchemas,
  searchResultSchema,
} from '@qingpu/contracts/http/institutions';
import type { Page } from '@qingpu/contracts/http/paging';
import type { ApiClient } from './api-client.ts';
import type { Schema } from './schema.ts';

export type Kind = DirectoryEntry['kind'];
export type ListQuery = Partial<DirectoryQuery>;
export type SearchHit = (typeof searchResultSchema)['_output']['items'][number];

/** Reading the directory of institutions: one function for a list, one for an entry, one for the search over kinds. */
export interface DirectoryReader {
  list<K extends Kind>(kind: K, query: ListQuery, signal?: AbortSignal): Promise<Page<DirectoryEntry<K>>>;
  entry<K extends Kind>(kind: K, key: EntryKey, options?: EntryOptions): Promise<DirectoryEntry<K>>;
  search(q: string, limit: number, signal?: AbortSignal): Promise<readonly SearchHit[]>;
}

export interface EntryKey {
  readonly institutionCode: string;
  readonly code: string;
}

export interface EntryOptions {
  /** Log position that the answer must include. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `/api/directory/departments/<institution>/<code>`. */
export function entryPath(kind: Kind, key: EntryKey): string {
  return `${listPath(kind)}/${encodeURIComponent(key.institutionCode)}/${encodeURIComponent(key.code)}`;
}

export function listPath(kind: Kind): string {
  return `/api/directory/${DIRECTORY_PATHS[kind]}`;
}

export function createDirectoryReader(api: ApiClient): DirectoryReader {
  return {
    list: (kind, query, signal) => api.read(listPath(kind), pageSchema(kind), { query, signal }),
    entry: (kind, key, { after, signal } = {}) =>
      api.read(entryPath(kind, key), entrySchema(kind), { query: { after }, signal }),
    async search(q, limit, signal) {
      const found = await api.read('/api/directory/search', searchResultSchema, {
        query: { q, limit },
        signal,
      });
      return found.items;
    },
  };
}

// TypeScript does not see that the schema at `kind` parses entries of that kind; the tables are declared so.
function pageSchema<K extends Kind>(kind: K): Schema<Page<DirectoryEntry<K>>> {
  return entryPageSchemas[kind] as unknown as Schema<Page<DirectoryEntry<K>>>;
}

function entrySchema<K extends Kind>(kind: K): Schema<DirectoryEntry<K>> {
  return entrySchemas[kind] as unknown as Schema<DirectoryEntry<K>>;
}
