import { useState } from 'react';
import { type ApiProblem, asProblem } from '../api-problem.ts';
import { Submission } from '../submission.ts';
import { useLive } from './live.tsx';

export interface Act<Input> {
  readonly busy: boolean;
  readonly problem: ApiProblem | undefined;
  /** Does it once; pressing again after a lost answer cannot do it twice. Answers whether it was done. */
  readonly run: (input: Input) => Promise<boolean>;
  readonly forget: () => void;
}

/** Something a person does by a button: busy while it runs, a problem in words when it did not work. */
export function useAct<Input, Output extends { readonly position: string }>(
  perform: (input: Input, submission: Submission) => Promise<Output>,
  onDone: (output: Output) => void,
): Act<Input> {
  const { wrote } = useLive();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const [submission] = useState(() => new Submission());

  async function run(input: Input): Promise<boolean> {
    setBusy(true);
    setProblem(undefined);
    try {
      const output = await perform(input, submission);
      wrote(output);
      onDone(output);
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { busy, problem, run, forget: () => setProblem(undefined) };
}
