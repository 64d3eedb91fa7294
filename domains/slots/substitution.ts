import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';

/** A substitute has the same or a higher title (F2.07). Codes of GB/T 8561 grow downwards: 231 is above 232. */
export function mayStandIn(substitute: DoctorTitle, original: DoctorTitle): boolean {
  return Number(substitute) <= Number(original);
}
