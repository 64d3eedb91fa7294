import { type ApiProblem, asProblem } from '@qingpu/mfe-kit/api-problem';
import { Submission } from '@qingpu/mfe-kit/submission';
import { type ShallowRef, shallowRef } from 'vue';

export interface Act<Input, Output> {
  readonly busy: ShallowRef<boolean>;
  readonly problem: ShallowRef<ApiProblem | undefined>;
  /** Does it once; pressing again after a lost answer cannot do it twice. Undefined when it was refused or failed. */
  readonly run: (input: Input) => Promise<Output | undefined>;
}

/** Something a person does by a button: busy while it runs, a problem in words when it did not work. */
export function useAct<Input, Output>(
  perform: (input: Input, submission: Submission) => Promise<Output>,
): Act<Input, Output> {
  const busy = shallowRef(false);
  const problem = shallowRef<ApiProblem>();
  const submission = new Submission();
  return {
    busy,
    problem,
    async run(input) {
      if (busy.value) return undefined;
      busy.value = true;
      problem.value = undefined;
      try {
        return await perform(input, submission);
      } catch (error) {
        problem.value = asProblem(error);
        return undefined;
      } finally {
        busy.value = false;
      }
    },
  };
}
