import { organisationCodeCheckCharacter } from '../codes/organisation-code.ts';
import { residentIdCheckCharacter } from '../codes/resident-id.ts';
import { usccCheckCharacter } from '../codes/uscc.ts';
import type {
  BookingRuleDetails,
  ChannelDetails,
  ClinicDetails,
  DepartmentDetails,
  DoctorDetails,
  InstitutionDetails,
  InternetClinicDetails,
} from '../events/institutions.ts';
import type { DoctorPerson } from '../partners/hospital/registration.ts';
import { bookingGuidance } from '../rules/booking-guidance.ts';

/** Made-up entries of the directory for specs. Every code adds up; nobody and nothing of them exists. */

/** A valid health-institution code; another number gives another institution. */
export function sampleInstitutionCode(number: number, category = 'A100'): string {
  const first8 = `QP${String(number).padStart(6, '0')}`;
  return `${first8}${organisationCodeCheckCharacter(first8)}31011810${category}1`;
}

/** The unified social credit code that belongs to an institution code. */
export function sampleUscc(institutionCode: string): string {
  const first17 = `12310118${institutionCode.slice(0, 9)}`;
  return `${first17}${usccCheckCharacter(first17)}`;
}

/** A valid identity number; another serial (0–999) gives another person. */
export function sampleResidentId(serial: number, birthDate = '19800101'): string {
  const first17 = `310118${birthDate}${String(serial).padStart(3, '0')}`;
  return `${first17}${residentIdCheckCharacter(first17)}`;
}

export function sampleInstitution(
  institutionCode: string,
  changes: Partial<InstitutionDetails> = {},
): InstitutionDetails {
  return {
    name: '青浦示例医院',
    shortName: '示例医院',
    uscc: sampleUscc(institutionCode),
    grade: '3A',
    slotMode: 'hosted',
    address: '公园路1号',
    phone: '021-12345678',
    introduction: '',
    example: true,
    ...changes,
  };
}

export function sampleDepartment(changes: Partial<DepartmentDetails> = {}): DepartmentDetails {
  return {
    name: '内科',
    level: 1,
    parentCode: null,
    subjectCode: '03',
    location: '门诊楼2层',
    introduction: '',
    ...changes,
  };
}

export function sampleDoctor(changes: Partial<DoctorDetails> = {}): DoctorDetails {
  return { title: '231', departmentCodes: ['K03'], expert: true, ...changes };
}

export function samplePerson(changes: Partial<DoctorPerson> = {}): DoctorPerson {
  return {
    name: '张三',
    sex: '1',
    expertise: '高血压',
    introduction: '从医二十年',
    residentId: sampleResidentId(15),
    mobile: '13800001234',
    certificateNumber: '110310000012345',
    ...changes,
  };
}

export function sampleClinic(changes: Partial<ClinicDetails> = {}): ClinicDetails {
  return {
    name: '心内科专家门诊',
    departmentCode: 'K03',
    doctorCode: null,
    kind: 'expert',
    feeFen: 2500,
    location: '门诊楼3层',
    ...changes,
  };
}

export function sampleInternetClinic(changes: Partial<InternetClinicDetails> = {}): InternetClinicDetails {
  return {
    name: '心内科互联网门诊',
    departmentCode: 'K03',
    doctorCode: null,
    services: ['text', 'video'],
    feeFen: 1800,
    licence: 'QP-0001',
    ...changes,
  };
}

export function sampleChannel(changes: Partial<ChannelDetails> = {}): ChannelDetails {
  return { name: '医院窗口', kind: 'window', prepaid: false, ...changes };
}

/** A rule that keeps to every line of the district's guidance. */
export function sampleBookingRule(changes: Partial<BookingRuleDetails> = {}): BookingRuleDetails {
  return {
    name: '门诊预约规则',
    clinicKind: 'all',
    effectiveFrom: bookingGuidance.effectiveFrom,
    intervalMinutes: 15,
    horizonDays: 14,
    releaseTime: '07:00',
    cancelDaysBefore: 1,
    cancelTime: '24:00',
    noShowCount: 3,
    noShowWindowDays: 365,
    noShowSuspendDays: 90,
    perDepartmentDay: 1,
    perDoctorDay: 1,
    departmentsPerDay: 3,
    checkInMinutesBefore: 30,
    checkInMinutesAfter: 30,
    holdMinutes: 15,
    communityExtraDays: 5,
    quotaPercent: { referral: 10, community: 40, contracted: 10, public: 40 },
    ...changes,
  };
}
