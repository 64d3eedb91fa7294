import {
  CLINIC_KINDS,
  type ClinicKind,
  DOCTOR_TITLES,
  type DoctorTitle,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  type InstitutionGrade,
  type InternetService,
} from '@qingpu/contracts/codes/directory-tables';

export const titleName = (title: DoctorTitle): string => DOCTOR_TITLES[title];
export const gradeName = (grade: InstitutionGrade): string => INSTITUTION_GRADES[grade];
export const clinicKindName = (kind: ClinicKind): string => CLINIC_KINDS[kind];
export const serviceNames = (services: readonly InternetService[]): string =>
  services.map((service) => INTERNET_SERVICES[service]).join('、');
