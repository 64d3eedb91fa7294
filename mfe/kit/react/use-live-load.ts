import { useLive } from './live.tsx';
import { type Load, useLoad } from './use-load.ts';

/** Loads what a page shows; from then on the update bar counts what the page does not show yet. */
export function useLiveLoad<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Load<Value> {
  const { asking } = useLive();
  return useLoad(key, (signal) => {
    asking();
    return load(signal);
  });
}
