import type { SearchHit } from '@qingpu/mfe-kit/directory';

/** The page that shows a search result. Clinics have no page of their own: their department's page lists them. */
export function searchTarget(
  hit: Pick<SearchHit, 'kind' | 'institutionCode' | 'code' | 'departmentCode'>,
): string {
  const institution = `/portal/institutions/${hit.institutionCode}`;
  if (hit.kind === 'department') return `${institution}/departments/${hit.code}`;
  if (hit.kind === 'doctor') return `${institution}/doctors/${hit.code}`;
  return hit.departmentCode === null ? institution : `${institution}/departments/${hit.departmentCode}`;
}
