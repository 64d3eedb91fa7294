import { onScopeDispose, type Ref, ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { readQuery, writeQuery } from '../query-state.ts';

const TYPING_PAUSE_MS = 300;

/**
 * Filters that live in the URL. Changing one replaces the address, so that going back leads to the page before the
 * list; a text filter waits until the person pauses typing.
 */
export function useFilters<Defaults extends Readonly<Record<string, string>>>(defaults: Defaults) {
  type Filters = { -readonly [Key in keyof Defaults]: string };
  const route = useRoute();
  const router = useRouter();
  const own = route.path;
  const filters = ref(readQuery(location.search, defaults)) as Ref<Filters>;
  let pause: ReturnType<typeof setTimeout> | undefined;

  // A list kept alive does not follow the addresses of other pages.
  const stop = watch(
    () => route.fullPath,
    () => {
      if (route.path === own) filters.value = readQuery(location.search, defaults);
    },
  );
  onScopeDispose(() => {
    clearTimeout(pause);
    stop();
  });

  function apply(change: Partial<Filters>): void {
    clearTimeout(pause);
    void router.replace(own + writeQuery({ ...filters.value, ...change }, defaults));
  }

  return {
    filters,
    apply,
    applyAfterPause: (change: Partial<Filters>) => {
      clearTimeout(pause);
      pause = setTimeout(() => apply(change), TYPING_PAUSE_MS);
    },
  };
}
