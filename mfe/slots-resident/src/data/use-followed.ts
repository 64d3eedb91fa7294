import { followUpdates } from '@qingpu/mfe-kit/updates';
import { onScopeDispose, shallowRef } from 'vue';

/** How many events these views have taken in since the page asked last; `seen` starts the count anew. */
export function useFollowed(views: readonly string[]) {
  const news = shallowRef(0);
  const stop = followUpdates({
    onUpdate: ({ view, events }) => {
      if (views.includes(view)) news.value += events;
    },
    onGap: () => {
      news.value += 1;
    },
  });
  onScopeDispose(stop);
  return {
    news,
    seen: () => {
      news.value = 0;
    },
  };
}
