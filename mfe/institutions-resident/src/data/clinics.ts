import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { MAX_PAGE_SIZE } from '@qingpu/contracts/http/paging';
import type { DirectoryReader } from '@qingpu/mfe-kit/directory';

export type Clinic = DirectoryEntry<'clinic'> | DirectoryEntry<'internetClinic'>;

/** Clinics of one department, those on the spot first, then those on the internet. */
export async function clinicsOfDepartment(
  directory: DirectoryReader,
  institution: string,
  department: string,
  signal: AbortSignal,
): Promise<Clinic[]> {
  const query = { institution, department, size: MAX_PAGE_SIZE };
  const [onSpot, online] = await Promise.all([
    directory.list('clinic', query, signal),
    directory.list('internetClinic', query, signal),
  ]);
  return [...onSpot.items, ...online.items];
}

/** Clinics that a doctor holds, over all of the doctor's departments. */
export async function clinicsOfDoctor(
  directory: DirectoryReader,
  doctor: DirectoryEntry<'doctor'>,
  signal: AbortSignal,
): Promise<Clinic[]> {
  const lists = await Promise.all(
    doctor.details.departmentCodes.map((code) =>
      clinicsOfDepartment(directory, doctor.institutionCode, code, signal),
    ),
  );
  return lists.flat().filter((clinic) => clinic.details.doctorCode === doctor.code);
}
