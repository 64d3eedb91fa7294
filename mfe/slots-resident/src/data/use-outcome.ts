import { onScopeDispose, type Ref, shallowRef, watch } from 'vue';

const EVERY_MS = 2_000;
/** A minute and a half: a hospital that has not answered by then is asked again without anybody watching. */
const MOST_LOOKS = 45;

/**
 * Looks again and again while something is pending, up to an end; `ended` says that nobody looks any more. A look that
 * fails tells nothing: the next one may.
 */
export function useOutcome(pending: Ref<boolean>, look: (signal: AbortSignal) => Promise<void>) {
  const ended = shallowRef(false);
  const left = new AbortController();
  let looks = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lookLater(): void {
    clearTimeout(timer);
    if (!pending.value || ended.value || left.signal.aborted) return;
    timer = setTimeout(() => {
      looks += 1;
      ended.value = looks >= MOST_LOOKS;
      look(left.signal).then(lookLater, lookLater);
    }, EVERY_MS);
  }

  watch(pending, lookLater, { immediate: true });
  onScopeDispose(() => {
    left.abort();
    clearTimeout(timer);
  });
  return { ended };
}
