import { changeSchemas } from '@qingpu/contracts/http/institutions';
import type { ApiProblem } from '@qingpu/mfe-kit/api-problem';
import { asProblem } from '@qingpu/mfe-kit/api-problem';
import type { EntryKey, Kind } from '@qingpu/mfe-kit/directory';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { type FieldErrors, faultsOf } from '@qingpu/mfe-kit/schema';
import { Submission } from '@qingpu/mfe-kit/submission';
import { useMemo, useState } from 'react';
import type { Change, ChangeResult } from '../data/desk-api.ts';
import { useDesk } from '../data/desk-context.tsx';
import { isEmpty, recheck } from './check.ts';
import { draftStore } from './draft.ts';
import { type Field, pointerOf } from './fields.ts';
import { sameValue, type Values, valueAt, withValue } from './values.ts';

export interface FormStart {
  readonly kind: Kind;
  /** Names the draft; the address of what is edited. */
  readonly address: string;
  /** The values as they were read; empty for a new entry. */
  readonly initial: Values;
}

/** The state of an entry's form: values, faults, draft, submission. */
export function useEntryForm({ kind, address, initial }: FormStart) {
  const { shell, api } = useDesk();
  const { wrote } = useLive();
  const account = shell.session?.accountId ?? '';
  const draft = useMemo(() => draftStore(sessionStorage, account, address), [account, address]);
  const [kept] = useState(() => draft.restore(initial.details as Values));
  const [restored, setRestored] = useState(kept !== undefined);
  const [values, setValues] = useState<Values>(kept ? { ...initial, details: kept } : initial);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [refusals, setRefusals] = useState(0);
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const [submission] = useState(() => new Submission());

  function set(field: Field, value: unknown): void {
    const next = withValue(values, field.path, value);
    setValues(next);
    setErrors((shown) => (pointerOf(field) in shown ? recheck(shown, kind, next, field) : shown));
    if (field.path[0] === 'details') draft.write(initial.details as Values, next.details as Values);
  }

  /** Checks one field by itself; one that was left empty is not held against the person before sending. */
  function check(field: Field): void {
    if (isEmpty(valueAt(values, field.path))) return;
    setErrors((shown) => recheck(shown, kind, values, field));
  }

  function reset(next: Values): void {
    draft.clear();
    setRestored(false);
    setValues(next);
    setErrors({});
    setProblem(undefined);
  }

  /** Sends the form; undefined when it was refused, here or by the server. */
  async function submit(key: EntryKey, revision: number | undefined): Promise<ChangeResult | undefined> {
    const faults = faultsOf<Change>(changeSchemas[kind], values);
    setErrors(faults);
    setProblem(undefined);
    if (Object.keys(faults).length > 0) {
      setRefusals((before) => before + 1);
      return undefined;
    }
    setBusy(true);
    try {
      // The schema has just accepted the values.
      const result = await api.change({ kind, key, revision }, values as unknown as Change, submission);
      wrote(result);
      draft.clear();
      return result;
    } catch (error) {
      const refused = asProblem(error);
      setErrors(refused.fieldErrors);
      setRefusals((before) => before + 1);
      setProblem(refused);
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  const dirty = !sameValue(values, initial);
  return {
    values,
    errors,
    refusals,
    problem,
    busy,
    restored,
    dirty,
    set,
    check,
    setValues,
    reset,
    submit,
    setProblem,
  };
}
