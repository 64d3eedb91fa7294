import { CONTRACT_KINDS, type ContractKind } from '@qingpu/contracts/codes/partner-contracts';
import type { ScheduleKind, Tier } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { sampleInternetClinic } from '@qingpu/contracts/testing/sample-directory';
import type { Hospital } from './hospital.ts';
import { codeIn } from './outpatient.ts';

/* Schedules of the kinds for which hospitals' interfaces are contracted (I1–I5). */

/** The doctor of the schedules; the substitute has a higher title. */
const DOCTOR = 'D2';
export const SUBSTITUTE = 'D1';
const INTERNET_CLINIC = 'NET1';
const STARTS = ['10:00', '10:15'] as const;
const END_OF: Readonly<Record<string, string>> = { '10:00': '10:15', '10:15': '10:30' };

const KIND_OF: Readonly<Record<ContractKind, ScheduleKind>> = {
  outpatient: 'expert',
  joint: 'joint',
  internet: 'internet',
  referral: 'referral',
  contracted: 'contracted',
};

export function contractKindNamed(name: string): ContractKind {
  return codeIn(CONTRACT_KINDS, name) as ContractKind;
}

/** The internet clinic that schedules of 互联网医院 name. */
export async function openInternetClinic(hospital: Hospital): Promise<void> {
  const { institutionCode } = hospital;
  const details = sampleInternetClinic({ departmentCode: 'K0304', doctorCode: DOCTOR });
  await hospital.register('internetClinic', [{ institutionCode, code: INTERNET_CLINIC, details }], false);
  if (hospital.outcome.kind !== 'single') throw new Error(JSON.stringify(hospital.outcome));
}

export interface ContractedSchedule {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly kind: ContractKind;
  readonly date: string;
  readonly tier: Tier;
  /** Slots of each of the two intervals. */
  readonly slots: number;
}

export function contractedSchedule(wanted: ContractedSchedule): ScheduleRegistration {
  const { institutionCode, scheduleId, kind, date, tier, slots } = wanted;
  const intervals = STARTS.map((start, place) => ({
    start,
    end: END_OF[start] ?? '',
    slots: Array.from({ length: slots }, (_none, index) => ({ slotId: `${place + 1}${index + 1}`, tier })),
  }));
  return {
    institutionCode,
    scheduleId,
    details: {
      departmentCode: 'K0304',
      clinicCode: kind === 'internet' ? INTERNET_CLINIC : null,
      doctorCode: DOCTOR,
      kind: KIND_OF[kind],
      date,
      session: 'morning',
      feeFen: 2000,
      location: '门诊楼2层',
      intervals,
    },
  };
}
