import { SCHEDULE_KINDS, SESSIONS } from '@qingpu/contracts/codes/slot-tables';
import { scheduleRowSchema } from '@qingpu/contracts/http/slots';
import { MAX_SHEET_ROWS } from '@qingpu/documents/limits';
import type { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';

export type ScheduleRow = z.infer<typeof scheduleRowSchema>;

/** A row of the sheet: what it says, or what is wrong with it. */
export interface SheetLine {
  /** As Excel counts: the head is row 1. */
  readonly row: number;
  readonly scheduleId: string;
  readonly content: ScheduleRow | undefined;
  readonly problems: readonly string[];
}

/** The sheet's columns in the order of the template; the fee stands in yuan there. */
const HEADS = {
  scheduleId: '排班编号',
  departmentCode: '科室编码',
  clinicCode: '门诊编码',
  doctorCode: '医生编码',
  kind: '门诊类型',
  date: '就诊日期',
  session: '午别',
  feeFen: '挂号费（元）',
  location: '就诊地点',
  start: '开始时间',
  end: '结束时间',
  perInterval: '每时段人数',
  intervalMinutes: '时段分钟数',
} as const satisfies Record<keyof ScheduleRow, string>;
type Field = keyof typeof HEADS;
const FIELDS = Object.keys(HEADS) as Field[];

/** Two rows that show what the columns hold. */
export const TEMPLATE: readonly (readonly string[])[] = [
  FIELDS.map((field) => HEADS[field]),
  [
    'PB20261201-01',
    'D0101',
    '',
    'Y0001',
    '专家门诊',
    '2026-12-01',
    '上午',
    '25',
    '门诊楼2层',
    '08:00',
    '11:30',
    '3',
    '15',
  ],
  [
    'PB20261201-02',
    'D0101',
    'M0001',
    '',
    '普通门诊',
    '2026-12-01',
    '下午',
    '14',
    '门诊楼2层',
    '13:00',
    '16:30',
    '4',
    '15',
  ],
];

/** @throws HttpProblem when the head is not the template's, or there are no rows or too many */
export function readScheduleSheet([head = [], ...rows]: readonly (readonly string[])[]): SheetLine[] {
  const missing = FIELDS.filter((field) => !head.includes(HEADS[field])).map((field) => HEADS[field]);
  if (missing.length > 0)
    throw new HttpProblem(422, 'sheet-head', `表头缺少：${missing.join('、')}，请按模板填写`);
  if (rows.length === 0) throw new HttpProblem(422, 'sheet-empty', '表格中没有排班，请填写后重新上传');
  if (rows.length > MAX_SHEET_ROWS)
    throw new HttpProblem(422, 'sheet-too-long', `一次最多导入${MAX_SHEET_ROWS}行，请分成几个文件`);
  const columns = new Map(FIELDS.map((field) => [field, head.indexOf(HEADS[field])]));
  const lines = rows.map((cells, index) => {
    const cellOf = (field: Field) => cells[columns.get(field) ?? -1] ?? '';
    return lineOf(index + 2, cellOf);
  });
  return withClashes(lines);
}

function lineOf(row: number, cellOf: (field: Field) => string): SheetLine {
  const parsed = scheduleRowSchema.safeParse({
    scheduleId: cellOf('scheduleId'),
    departmentCode: cellOf('departmentCode'),
    clinicCode: cellOf('clinicCode') || null,
    doctorCode: cellOf('doctorCode') || null,
    kind: codeOf(SCHEDULE_KINDS, cellOf('kind')),
    date: cellOf('date'),
    session: codeOf(SESSIONS, cellOf('session')),
    feeFen: fenOf(cellOf('feeFen')),
    location: cellOf('location'),
    start: clockOf(cellOf('start')),
    end: clockOf(cellOf('end')),
    perInterval: cellOf('perInterval'),
    intervalMinutes: cellOf('intervalMinutes') || undefined,
  });
  const { success, data, error } = parsed;
  const scheduleId = cellOf('scheduleId').slice(0, 40);
  if (success) return { row, scheduleId, content: data, problems: [] };
  const problems = error.issues.map(({ path, message }) => `${HEADS[path[0] as Field] ?? ''}：${message}`);
  return { row, scheduleId, content: undefined, problems };
}

/** A code or the Chinese word for it. */
function codeOf(table: Readonly<Record<string, string>>, cell: string): string {
  return Object.keys(table).find((code) => table[code] === cell) ?? cell;
}

function fenOf(cell: string): number | undefined {
  return /^\d{1,6}(\.\d{1,2})?$/.test(cell) ? Math.round(Number(cell) * 100) : undefined;
}

/** Spreadsheets drop the leading nought of 08:00. */
function clockOf(cell: string): string {
  return /^\d:\d\d$/.test(cell) ? `0${cell}` : cell;
}

/** Says where two rows use one id, or send one doctor to two places at a time. */
function withClashes(lines: readonly SheetLine[]): SheetLine[] {
  const ids = new Map<string, number>();
  const doctors = new Map<string, { readonly row: number; readonly start: string; readonly end: string }[]>();
  return lines.map((line) => {
    const { content, row } = line;
    if (!content) return line;
    const problems = [];
    const twin = ids.get(content.scheduleId);
    if (twin !== undefined) problems.push(`排班编号与第${twin}行重复`);
    else ids.set(content.scheduleId, row);
    if (content.doctorCode !== null) {
      const key = `${content.doctorCode} ${content.date}`;
      const others = doctors.get(key) ?? [];
      const clash = others.find(({ start, end }) => content.start < end && start < content.end);
      if (clash) problems.push(`医生在第${clash.row}行的同一时间已有排班`);
      doctors.set(key, [...others, { row, start: content.start, end: content.end }]);
    }
    return problems.length === 0 ? line : { ...line, content: undefined, problems };
  });
}
