import type { ComponentType } from 'react';
import { Broken } from './Broken.tsx';
import { useLoad } from './use-load.ts';
import { Waiting } from './Waiting.tsx';

/**
 * A screen whose code is fetched when it is first opened. Unlike React's `lazy`, which remembers a failure for ever,
 * it can be fetched again after one.
 */
export function onDemand<Props extends object>(
  fetchScreen: () => Promise<{ default: ComponentType<Props> }>,
) {
  let ready: ComponentType<Props> | undefined;
  return function OnDemand(props: Props) {
    const { value, problem, reload } = useLoad('screen', async () => {
      ready ??= (await fetchScreen()).default;
      return ready;
    });
    const Screen = ready ?? value;
    if (Screen) return <Screen {...props} />;
    return problem ? <Broken onRetry={reload} /> : <Waiting />;
  };
}
