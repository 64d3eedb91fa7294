import {
  CHANNEL_KINDS,
  CLINIC_KINDS,
  DOCTOR_TITLES,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  SEXES,
  SLOT_MODES,
} from '@qingpu/contracts/codes/directory-tables';
import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { FIELD_LABELS, KIND_NAMES } from '@qingpu/contracts/http/institutions';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInternetClinic,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';

/*
 * The tables of the feature files speak as the screens do: labels as columns, words as values. Here they become what a
 * hospital's system sends. What a table leaves out comes from the samples.
 */

/** One row: column → cell. */
export type Row = Readonly<Record<string, string>>;

type Fields = Record<string, unknown>;
/** Words → codes. An unknown word is sent as it stands, for scenarios about wrong codes. */
type Table = Readonly<Record<string, string>>;

const CODE_COLUMN = '编码';
const INSTITUTION_COLUMN = '机构代码';
const DAY_MS = 86_400_000;
const DAYS: Readonly<Record<string, number>> = { 昨天: -1, 今天: 0, 明天: 1 };

const TABLES: Readonly<Record<string, Table>> = {
  grade: INSTITUTION_GRADES,
  slotMode: SLOT_MODES,
  title: DOCTOR_TITLES,
  services: INTERNET_SERVICES,
  sex: SEXES,
  clinicKind: { all: '全部门诊', ...CLINIC_KINDS },
  kind: { ...CLINIC_KINDS, ...CHANNEL_KINDS },
};

/** The kind that a feature calls 医生, 预约规则 and so on. */
export function kindNamed(name: string): DirectoryKind {
  const kind = DIRECTORY_KINDS.find((candidate) => KIND_NAMES[candidate] === name);
  if (!kind) throw new Error(`目录中没有“${name}”这一类`);
  return kind;
}

/** The registration that a row describes. @throws Error for a column that the kind does not have */
export function registrationOf<Kind extends DirectoryKind>(
  kind: Kind,
  institutionCode: string,
  row: Row,
): Registration<Kind> {
  const sample = sampleOf(kind, institutionCode);
  for (const [column, cell] of Object.entries(row)) {
    if (column === CODE_COLUMN) sample.code = cell;
    else if (column === INSTITUTION_COLUMN) sample.institutionCode = cell;
    else put(sample, column, cell);
  }
  return sample as unknown as Registration<Kind>;
}

/** Of an entry's details those that a row names, as the platform must answer them. */
export function detailsNamedIn(kind: DirectoryKind, institutionCode: string, row: Row): Fields {
  const sample = sampleOf(kind, institutionCode);
  const fields = Object.entries(row).map(([column, cell]) => put(sample, column, cell));
  return Object.fromEntries(fields.map((field) => [field, sample.details[field]]));
}

interface Sample {
  institutionCode: string;
  code?: string;
  details: Fields;
  person?: Fields;
}

function sampleOf(kind: DirectoryKind, institutionCode: string): Sample {
  if (kind === 'institution') return { institutionCode, details: { ...sampleInstitution(institutionCode) } };
  const details = { ...DETAILS[kind]() };
  return {
    institutionCode,
    code: 'SAMPLE',
    details,
    ...(kind === 'doctor' && { person: { ...samplePerson() } }),
  };
}

const DETAILS = {
  department: sampleDepartment,
  doctor: sampleDoctor,
  clinic: sampleClinic,
  internetClinic: sampleInternetClinic,
  channel: sampleChannel,
  bookingRule: () => sampleBookingRule({ effectiveFrom: shanghaiDay(0) }),
} as const;

/** Writes a cell into the sample and names the field that it changed. */
function put({ details, person }: Sample, column: string, cell: string): string {
  const place = [details, person ?? {}].find((fields) => fieldNamed(fields, column) !== undefined);
  const field = place && fieldNamed(place, column);
  if (!place || !field) return putShare(details, column, cell);
  place[field] = cellValue(field, cell, place[field]);
  return field;
}

/** 社区占比 and its like stand one level deeper. */
function putShare(details: Fields, column: string, cell: string): string {
  const shares = details.quotaPercent as Record<string, number> | undefined;
  const share = Object.keys(shares ?? {}).find((name) => FIELD_LABELS[`quotaPercent.${name}`] === column);
  if (!share) throw new Error(`没有名为“${column}”的字段`);
  details.quotaPercent = { ...shares, [share]: Number(cell) };
  return 'quotaPercent';
}

function fieldNamed(fields: Fields, column: string): string | undefined {
  return Object.keys(fields).find((field) => labelOf(fields, field) === column);
}

/** A person's 姓名 and an entry's 名称 are both called `name`; 科室级别 is 级别 in a table of departments. */
function labelOf(fields: Fields, field: string): string | undefined {
  if (field === 'level') return '级别';
  return field === 'name' && 'residentId' in fields ? '姓名' : FIELD_LABELS[field];
}

function cellValue(field: string, cell: string, sample: unknown): unknown {
  if (field === 'level') return cell === '一级科室' ? 1 : 2;
  if (field === 'feeFen') return Math.round(Number(cell.replace('¥', '')) * 100);
  if (field === 'effectiveFrom') return cell in DAYS ? shanghaiDay(DAYS[cell] ?? 0) : cell;
  if (Array.isArray(sample)) return cell.split('、').map((word) => codeOf(field, word));
  if (typeof sample === 'number') return Number(cell);
  if (typeof sample === 'boolean') return cell === '是';
  if (cell === '' && sample === null) return null;
  return codeOf(field, cell);
}

function codeOf(field: string, word: string): string {
  const found = Object.entries(TABLES[field] ?? {}).find(([, name]) => name === word);
  return found?.[0] ?? word;
}

/** The calendar date in Shanghai, `days` from today. */
export function shanghaiDay(days: number): string {
  return new Date(Date.now() + 8 * 3_600_000 + days * DAY_MS).toISOString().slice(0, 10);
}
