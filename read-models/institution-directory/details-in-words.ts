import { clinicalSubjectName } from '@qingpu/contracts/codes/clinical-subjects';
import {
  CHANNEL_KINDS,
  CLINIC_KINDS,
  DOCTOR_TITLES,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  SLOT_MODES,
} from '@qingpu/contracts/codes/directory-tables';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { entryId } from './view.ts';

/** Names of entries by id, as looked up for one answer. */
export type EntryNames = ReadonlyMap<string, string>;

/** Whose details are told in words. */
export interface DetailsOwner {
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
}

/** Units of the numbers in a booking rule. */
const UNITS: Readonly<Record<string, string>> = {
  intervalMinutes: '分钟',
  horizonDays: '天',
  cancelDaysBefore: '天',
  noShowCount: '次',
  noShowWindowDays: '天',
  noShowSuspendDays: '天',
  perDepartmentDay: '次',
  perDoctorDay: '次',
  departmentsPerDay: '个',
  checkInMinutesBefore: '分钟',
  checkInMinutesAfter: '分钟',
  holdMinutes: '分钟',
  communityExtraDays: '天',
  'quotaPercent.referral': '%',
  'quotaPercent.community': '%',
  'quotaPercent.contracted': '%',
  'quotaPercent.public': '%',
};

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  title: DOCTOR_TITLES,
  grade: INSTITUTION_GRADES,
  slotMode: SLOT_MODES,
  services: INTERNET_SERVICES,
  clinicKind: { all: '全部门诊', ...CLINIC_KINDS },
  level: { 1: '一级科室', 2: '二级科室' },
};

/** Fields that name other entries of the same institution. */
const REFERENCES: Readonly<Record<string, DirectoryKind>> = {
  parentCode: 'department',
  departmentCode: 'department',
  departmentCodes: 'department',
  doctorCode: 'doctor',
};

export function unitOf(field: string): string {
  return UNITS[field] ?? '';
}

/** An amount in fen as people read it: 2500 → ¥25.00. */
export function yuan(fen: number): string {
  return `¥${(fen / 100).toFixed(2)}`;
}

/** The value of one detail field as a Chinese reader expects it. Nested fields are named `quotaPercent.community`. */
export function inWords(owner: DetailsOwner, field: string, value: unknown, names: EntryNames): string {
  if (value === null || value === undefined || value === '') return '无';
  if (Array.isArray(value)) return value.map((item) => inWords(owner, field, item, names)).join('、') || '无';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (field === 'feeFen') return yuan(Number(value));
  const text = String(value);
  if (field === 'subjectCode') return clinicalSubjectName(text) ?? text;
  const referred = REFERENCES[field];
  if (referred) return names.get(entryId(referred, owner.institutionCode, text)) ?? text;
  return tableOf(owner.kind, field)?.[text] ?? `${text}${unitOf(field)}`;
}

function tableOf(kind: DirectoryKind, field: string): Readonly<Record<string, string>> | undefined {
  if (field === 'kind') return kind === 'channel' ? CHANNEL_KINDS : CLINIC_KINDS;
  return TABLES[field];
}

/** Ids of the entries that details name: the words for them need those entries' names. */
export function idsNamedIn(owner: DetailsOwner, details: object): string[] {
  return Object.entries(details).flatMap(([field, value]) => {
    const referred = REFERENCES[field];
    if (!referred || value === null) return [];
    const codes: readonly unknown[] = Array.isArray(value) ? value : [value];
    return codes.map((code) => entryId(referred, owner.institutionCode, String(code)));
  });
}
