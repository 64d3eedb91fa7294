import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { MAX_PAGE_SIZE } from '@qingpu/contracts/http/paging';
import type { DirectoryReader, Kind, ListQuery } from './directory.ts';

/** Every entry of a kind that the filters let through, page after page, so that nothing is hidden. */
export async function allEntries<K extends Kind>(
  directory: Pick<DirectoryReader, 'list'>,
  kind: K,
  filters: ListQuery,
  signal: AbortSignal,
): Promise<DirectoryEntry<K>[]> {
  const found: DirectoryEntry<K>[] = [];
  for (let page = 1; ; page++) {
    const answer = await directory.list(kind, { ...filters, page, size: MAX_PAGE_SIZE }, signal);
    found.push(...answer.items);
    if (answer.items.length === 0 || found.length >= answer.total) return found;
  }
}
