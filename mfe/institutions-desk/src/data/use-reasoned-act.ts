import { reasonSchema } from '@qingpu/contracts/http/institutions';
import { type ApiProblem, asProblem } from '@qingpu/mfe-kit/api-problem';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { faultsOf } from '@qingpu/mfe-kit/schema';
import { Submission } from '@qingpu/mfe-kit/submission';
import { useState } from 'react';
import type { Act, ChangeResult, Target } from './desk-api.ts';
import { useDesk } from './desk-context.tsx';

/** Deactivating, reactivating or erasing an entry for a reason. */
export function useReasonedAct(act: Act, target: Target, onDone: (result: ChangeResult) => void) {
  const { api } = useDesk();
  const { wrote } = useLive();
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState<string>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const [submission] = useState(() => new Submission());

  async function submit(): Promise<void> {
    const found = faultsOf(reasonSchema, { reason })['/reason'];
    setFault(found);
    if (found) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const result = await api.act(act, target, reason.trim(), submission);
      wrote(result);
      onDone(result);
    } catch (error) {
      const refused = asProblem(error);
      setFault(refused.fieldErrors['/reason']);
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  }

  return { reason, setReason, fault, problem, busy, submit };
}
