import { DOCTOR_TITLES } from '@qingpu/contracts/codes/directory-tables';
import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { allEntries } from '@qingpu/mfe-kit/all-entries';
import type { Option } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLoad } from '@qingpu/mfe-kit/react/use-load';
import { useSlots } from './slots-context.tsx';

/** The departments or doctors of an institution by name, to choose from; none without an institution. */
export function useChoices(kind: 'department' | 'doctor', institution: string): readonly Option[] {
  const { directory } = useSlots();
  const { value } = useLoad(`${kind} ${institution}`, async (signal) =>
    institution === '' ? [] : allEntries(directory, kind, { institution, status: 'active' }, signal),
  );
  return (value ?? []).map((entry) => ({ value: entry.code, label: labelOf(entry) }));
}

/** Doctors of the same name are told apart by their titles. */
function labelOf({ name, details }: DirectoryEntry<'department' | 'doctor'>): string {
  return 'title' in details ? `${name} ${DOCTOR_TITLES[details.title]}` : name;
}
