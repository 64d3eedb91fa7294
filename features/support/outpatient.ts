import assert from 'node:assert/strict';
import { SUSPENSION_REASONS, TIERS, type Tier } from '@qingpu/contracts/codes/slot-tables';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { ScheduleDetails } from '@qingpu/contracts/events/slots';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import {
  sampleBookingRule,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  samplePerson,
  sampleResidentId,
} from '@qingpu/contracts/testing/sample-directory';
import type { Hospital } from './hospital.ts';
import type { Row } from './words.ts';

/*
 * An outpatient department as the scenarios of slots find it: 内科 with 心血管内科 and 消化内科, three doctors of falling
 * titles, a clinic of each kind, and a rule that keeps to the district's guidance.
 */

const DEPARTMENTS = [
  ['K03', '内科', null, '03'],
  ['K0304', '心血管内科', 'K03', '03.04'],
  ['K0302', '消化内科', 'K03', '03.02'],
] as const;

const DOCTORS = {
  陈建国: ['D1', '231'],
  李文清: ['D2', '232'],
  王晓芳: ['D3', '233'],
} as const;

/** Name → code, department, kind, doctor and fee in fen. */
const CLINICS = {
  心内科普通门诊: ['CG', 'K0304', 'general', null, 1000],
  高血压专病门诊: ['CD', 'K0304', 'disease', null, 1500],
  陈建国专家门诊: ['CE', 'K0304', 'expert', 'D1', 2500],
  王晓芳专家门诊: ['CW', 'K0304', 'expert', 'D3', 2000],
  消化科普通门诊: ['CX', 'K0302', 'general', null, 1000],
} as const;
type ClinicName = keyof typeof CLINICS;

/** The name under which a department is registered. */
export function departmentName(code: string): string {
  const found = DEPARTMENTS.find(([known]) => known === code);
  assert.ok(found, `场景中没有科室“${code}”`);
  return found[1];
}

const INTERVAL_MINUTES = 15;
const NOON = '12:00';

/** Registers departments, doctors, clinics and the rule, which may differ from the guidance. */
export async function openOutpatients(
  hospital: Hospital,
  today: string,
  rule: Partial<ReturnType<typeof sampleBookingRule>> = {},
): Promise<void> {
  const { institutionCode } = hospital;
  // A department can only be named as the parent of another once it is registered itself.
  for (const level of [1, 2] as const) {
    const entries = DEPARTMENTS.filter(([, , parent]) => (parent === null) === (level === 1));
    await registerAll(
      hospital,
      'department',
      entries.map(([code, name, parentCode, subjectCode]) => ({
        institutionCode,
        code,
        details: sampleDepartment({
          name,
          parentCode,
          subjectCode,
          level,
          introduction: `${name}诊治常见病和疑难病，设有普通、专病和专家门诊。`,
        }),
      })),
    );
  }
  await registerAll(
    hospital,
    'doctor',
    Object.entries(DOCTORS).map(([name, [code, title]], index) => ({
      institutionCode,
      code,
      details: sampleDoctor({ title, departmentCodes: ['K0304'] }),
      person: samplePerson({
        name,
        residentId: sampleResidentId(300 + index),
        mobile: `1380000${3000 + index}`,
        certificateNumber: `1103100000123${40 + index}`,
      }),
    })),
  );
  await registerAll(
    hospital,
    'clinic',
    Object.entries(CLINICS).map(([name, [code, departmentCode, kind, doctorCode, feeFen]]) => ({
      institutionCode,
      code,
      details: sampleClinic({ name, departmentCode, kind, doctorCode, feeFen }),
    })),
  );
  const details = sampleBookingRule({ effectiveFrom: today, ...rule });
  await registerAll(hospital, 'bookingRule', [{ institutionCode, code: 'RULE_ALL', details }]);
}

async function registerAll<Kind extends DirectoryKind>(
  hospital: Hospital,
  kind: Kind,
  items: readonly Registration<Kind>[],
): Promise<void> {
  await hospital.register(kind, items, true);
  const { outcome } = hospital;
  if (outcome.kind !== 'batch' || outcome.result.refused > 0) throw new Error(JSON.stringify(outcome));
}

/** @throws Error for a name that no doctor has */
export function doctorCodeOf(name: string): string {
  const found = Object.entries(DOCTORS).find(([known]) => known === name);
  if (!found) throw new Error(`没有名为“${name}”的医生`);
  return found[1][0];
}

/** @throws Error for a word that is no reason of suspension */
export function causeOf(word: string): string {
  return codeIn(SUSPENSION_REASONS, word);
}

/** The code of a word in a code table. @throws Error for a word that is not in it */
export function codeIn(table: Readonly<Record<string, string>>, word: string): string {
  const found = Object.entries(table).find(([, name]) => name === word)?.[0];
  if (found === undefined) throw new Error(`“${word}”不在代码表中`);
  return found;
}

/**
 * The schedule that a row describes: 排班, 门诊, 时段 such as 08:00-09:00, cut into quarters of an hour, and 号源, what each
 * quarter has, such as 公众2、社区1. Slots are numbered through, N01 first.
 */
export function scheduleOf(institutionCode: string, row: Row, date: string): ScheduleRegistration {
  const { 排班: scheduleId = '', 门诊: clinic = '', 时段: span = '', 号源: slots = '', 每段分钟 } = row;
  const [clinicCode, departmentCode, kind, doctorCode, feeFen] = clinicNamed(clinic);
  const [from = '', until = ''] = span.split('-');
  const minutes = 每段分钟 === undefined ? INTERVAL_MINUTES : Number(每段分钟);
  return {
    institutionCode,
    scheduleId,
    details: {
      departmentCode,
      clinicCode,
      doctorCode,
      kind,
      date,
      session: from < NOON ? 'morning' : 'afternoon',
      feeFen: row.费用 === undefined ? feeFen : Math.round(Number(row.费用.replace('¥', '')) * 100),
      location: '门诊楼3层',
      intervals: intervalsOf(from, until, minutes, slots),
    },
  };
}

function clinicNamed(name: string) {
  const found = CLINICS[name as ClinicName];
  if (!found) throw new Error(`没有名为“${name}”的门诊`);
  return found;
}

function intervalsOf(
  from: string,
  until: string,
  minutes: number,
  slots: string,
): ScheduleDetails['intervals'] {
  const tiers = slots.split('、').flatMap(tiersIn);
  const count = (minutesOf(until) - minutesOf(from)) / minutes;
  return Array.from({ length: count }, (_none, index) => ({
    start: clockOf(minutesOf(from) + index * minutes),
    end: clockOf(minutesOf(from) + (index + 1) * minutes),
    slots: tiers.map((tier, place) => ({ slotId: slotIdOf(index * tiers.length + place), tier })),
  }));
}

function tiersIn(part: string): Tier[] {
  const [, word, count] = /^(\D+)(\d+)$/.exec(part) ?? [];
  const tier = Object.entries(TIERS).find(([, name]) => name === word)?.[0];
  if (tier === undefined) throw new Error(`“${part}”不是号源用途和数量，例如 公众2`);
  return Array.from({ length: Number(count) }, () => tier as Tier);
}

function slotIdOf(index: number): string {
  return `N${String(index + 1).padStart(2, '0')}`;
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
