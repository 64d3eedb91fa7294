import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import type { Page } from '@qingpu/contracts/http/paging';
import { type ApiProblem, asProblem, isAbort } from '@qingpu/mfe-kit/api-problem';
import type { Kind, ListQuery } from '@qingpu/mfe-kit/directory';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useDirectory } from '../context.ts';

const PAGE_SIZE = 20;

/** A list that grows page by page; other filters start it anew. */
export function useGrowingList<K extends Kind>(kind: K, filters: () => ListQuery) {
  const directory = useDirectory();
  const pages = shallowRef<readonly Page<DirectoryEntry<K>>[]>([]);
  const problem = shallowRef<ApiProblem>();
  const loading = shallowRef(false);
  let running: AbortController | undefined;

  async function more(): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    loading.value = true;
    problem.value = undefined;
    try {
      const query = { ...filters(), page: pages.value.length + 1, size: PAGE_SIZE };
      const page = await directory.list(kind, query, mine.signal);
      if (running === mine) pages.value = [...pages.value, page];
    } catch (error) {
      if (!isAbort(error) && running === mine) problem.value = asProblem(error);
    } finally {
      if (running === mine) loading.value = false;
    }
  }

  function restart(): void {
    pages.value = [];
    void more();
  }

  watch(() => JSON.stringify(filters()), restart, { immediate: true });
  onScopeDispose(() => running?.abort());
  const newest = computed(() => pages.value.at(-1));
  return {
    items: computed(() => pages.value.flatMap((page) => page.items)),
    total: computed(() => newest.value?.total),
    asOf: computed(() => newest.value?.asOf ?? null),
    hasMore: computed(() => {
      const last = newest.value;
      return last !== undefined && last.page * last.size < last.total;
    }),
    loading,
    problem,
    more,
  };
}
