import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { allEntries } from '@qingpu/mfe-kit/all-entries';
import type { DirectoryReader, ListQuery } from '@qingpu/mfe-kit/directory';

export type Clinic = DirectoryEntry<'clinic'> | DirectoryEntry<'internetClinic'>;

/** Clinics of one department, those on the spot first, then those on the internet. */
export function clinicsOfDepartment(
  directory: DirectoryReader,
  institution: string,
  department: string,
  signal: AbortSignal,
): Promise<Clinic[]> {
  return clinicsOf(directory, { institution, department }, signal);
}

/** Clinics that a doctor holds, over all of the doctor's departments. */
export function clinicsOfDoctor(
  directory: DirectoryReader,
  { institutionCode, code }: DirectoryEntry<'doctor'>,
  signal: AbortSignal,
): Promise<Clinic[]> {
  return clinicsOf(directory, { institution: institutionCode, doctor: code }, signal);
}

async function clinicsOf(
  directory: DirectoryReader,
  filter: ListQuery,
  signal: AbortSignal,
): Promise<Clinic[]> {
  const [onSpot, online] = await Promise.all([
    allEntries(directory, 'clinic', filter, signal),
    allEntries(directory, 'internetClinic', filter, signal),
  ]);
  return [...onSpot, ...online];
}
