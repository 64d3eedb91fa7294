import type { DoctorTitle, SlotMode } from '@qingpu/contracts/codes/directory-tables';
import type { ScheduleDetails, Sensitivity } from '@qingpu/contracts/events/slots';

/** What the directory of institutions says of those that a schedule names. */
export interface ScheduleFacts {
  /** How the institution keeps its slots; null when it is not registered or not active. */
  readonly mode: SlotMode | null;
  /** Whether a visit to the department is specially protected; null when it is not registered or not active. */
  readonly sensitivity: Sensitivity | null;
  /** Whether the clinic named is registered and active; true when none is named. */
  readonly clinicActive: boolean;
  /** Null when none is named, or when the doctor is not registered or not active. */
  readonly doctorTitle: DoctorTitle | null;
}

export type NamedBySchedule = Pick<ScheduleDetails, 'departmentCode' | 'clinicCode' | 'doctorCode' | 'kind'>;
