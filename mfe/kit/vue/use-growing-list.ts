import type { Page } from '@qingpu/contracts/http/paging';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { type ApiProblem, asProblem, isAbort } from '../api-problem.ts';

const PAGE_SIZE = 20;

export interface PageWanted {
  readonly page: number;
  readonly size: number;
}

/** A list that grows page by page; another `key`, such as other filters, starts it anew. */
export function useGrowingList<Item>(
  key: () => string,
  load: (wanted: PageWanted, signal: AbortSignal) => Promise<Page<Item>>,
) {
  const pages = shallowRef<readonly Page<Item>[]>([]);
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
      const page = await load({ page: pages.value.length + 1, size: PAGE_SIZE }, mine.signal);
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

  watch(key, restart, { immediate: true });
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
    restart,
  };
}
