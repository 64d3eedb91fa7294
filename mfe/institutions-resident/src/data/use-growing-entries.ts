import type { Kind, ListQuery } from '@qingpu/mfe-kit/directory';
import { useGrowingList } from '@qingpu/mfe-kit/vue/use-growing-list';
import { useDirectory } from '../context.ts';

/** Entries of a kind, page by page; other filters start the list anew. */
export function useGrowingEntries<K extends Kind>(kind: K, filters: () => ListQuery) {
  const directory = useDirectory();
  return useGrowingList(
    () => JSON.stringify(filters()),
    (wanted, signal) => directory.list(kind, { ...filters(), ...wanted }, signal),
  );
}
