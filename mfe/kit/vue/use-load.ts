import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { type ApiProblem, asProblem, isAbort } from '../api-problem.ts';

export interface Load<Value> {
  readonly value: ShallowRef<Value | undefined>;
  readonly problem: ShallowRef<ApiProblem | undefined>;
  readonly retry: () => void;
}

/** Loads a value and loads it again whenever `key` changes; an answer to an earlier key is dropped. */
export function useLoad<Value>(
  key: () => string,
  load: (signal: AbortSignal) => Promise<Value>,
): Load<Value> {
  const value = shallowRef<Value>();
  const problem = shallowRef<ApiProblem>();
  let running: AbortController | undefined;

  async function run(): Promise<void> {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    value.value = undefined;
    problem.value = undefined;
    try {
      const loaded = await load(mine.signal);
      if (running === mine) value.value = loaded;
    } catch (error) {
      if (!isAbort(error) && running === mine) problem.value = asProblem(error);
    }
  }

  watch(key, run, { immediate: true });
  onScopeDispose(() => running?.abort());
  return { value, problem, retry: () => void run() };
}
