import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { asProblem } from '@qingpu/mfe-kit/api-problem';
import { useState } from 'react';
import { useDesk } from '../data/desk-context.tsx';
import type { Field } from './fields.ts';
import { valuesOf } from './initial.ts';
import type { useEntryForm } from './use-entry-form.ts';
import { mergeEdits } from './values.ts';

interface Overtaken {
  /** The entry as it was read; what the person's edits started from. */
  readonly entry: DirectoryEntry;
  readonly fields: readonly Field[];
  readonly form: ReturnType<typeof useEntryForm>;
  readonly onNewest: (entry: DirectoryEntry) => void;
}

/** For who was overtaken: takes the newest version and carries the own edits over to it. */
export function useOvertaken({ entry, fields, form, onNewest }: Overtaken) {
  const { api } = useDesk();
  const [conflicts, setConflicts] = useState<readonly string[]>();

  async function takeNewest(): Promise<void> {
    try {
      const newest = await api.entry(entry.kind, entry);
      const paths = fields.map((field) => field.path);
      const merge = mergeEdits(valuesOf(entry), form.values, valuesOf(newest), paths);
      onNewest(newest);
      form.setValues(merge.values);
      form.setProblem(undefined);
      setConflicts(
        fields.filter((field) => merge.conflicts.includes(field.path)).map((field) => field.label),
      );
    } catch (error) {
      form.setProblem(asProblem(error));
    }
  }

  /** Labels of the fields both changed; undefined until the newest was taken. */
  return { conflicts, takeNewest };
}
