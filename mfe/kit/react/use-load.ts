import { useCallback, useEffect, useRef, useState } from 'react';
import { type ApiProblem, asProblem, isAbort } from '../api-problem.ts';

export interface Load<Value> {
  /** The last good answer; stays while the next one is on its way. */
  readonly value: Value | undefined;
  readonly problem: ApiProblem | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

interface State<Value> {
  readonly key: string | undefined;
  readonly value: Value | undefined;
  readonly problem: ApiProblem | undefined;
}

/** Loads a value and loads it again whenever `key` changes; an answer to an earlier key is dropped. */
export function useLoad<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Load<Value> {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<State<Value>>({ key: undefined, value: undefined, problem: undefined });
  const newest = useRef(load);
  newest.current = load;
  const wanted = `${round} ${key}`;

  useEffect(() => {
    const stop = new AbortController();
    newest.current(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ key: wanted, value, problem: undefined }),
      (error: unknown) => {
        if (isAbort(error) || stop.signal.aborted) return;
        setState({ key: wanted, value: undefined, problem: asProblem(error) });
      },
    );
    return () => stop.abort();
  }, [wanted]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { value: state.value, problem: state.problem, loading: state.key !== wanted, reload };
}
