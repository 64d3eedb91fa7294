import { randomUUID } from 'node:crypto';
import { deskSchedulePageSchema, type ImportResult, importResultSchema } from '@qingpu/contracts/http/slots';
import { csvOf, rowsOfCsv } from '@qingpu/documents/csv';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CSV, EXCEL } from '../http/sheet-bodies.ts';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { OWN_ADMIN, partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { until } from '../testing/until.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const IMPORT = '/api/slots/desk/schedules/import';

let host: TestHost;
let institutionCode: string;
let admin: DeskClient;
let head: readonly string[];

beforeAll(async () => {
  host = await startTestHost();
  const hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  institutionCode = hospital.partner.institutionCode;
  const position = await registerHospital(hospital);
  admin = await DeskClient.signIn(host.url, OWN_ADMIN);
  await admin.get(`/api/directory/institutions?after=${position}`);
  const template = await admin.get('/api/slots/desk/schedules/import-template');
  expect(template.headers.get('content-type')).toContain(CSV);
  head = rowsOfCsv(Buffer.from(template.text))[0] ?? [];
});
afterAll(() => host.close());

const dayAhead = (days: number) => shanghaiDate(new Date(Date.now() + days * DAY_MS));

/** A row under the template's heads. */
function row(changes: Readonly<Record<string, string>> = {}): string[] {
  const cells: Readonly<Record<string, string>> = {
    排班编号: `I-${randomUUID().slice(0, 8)}`,
    科室编码: 'K03',
    医生编码: 'D001',
    门诊类型: '专家门诊',
    就诊日期: dayAhead(40),
    午别: '上午',
    '挂号费（元）': '25.50',
    就诊地点: '门诊楼2层',
    开始时间: '8:00',
    结束时间: '9:40',
    每时段人数: '3',
    时段分钟数: '15',
    ...changes,
  };
  return head.map((name) => cells[name] ?? '');
}

async function excelOf(rows: readonly (readonly string[])[]): Promise<Uint8Array> {
  const workbook = new ExcelJS.Workbook();
  workbook.addWorksheet('排班').addRows(rows.map((cells) => [...cells]));
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}

function upload(
  body: unknown,
  { check = false, type = CSV, key = randomUUID() as string, client = admin } = {},
): Promise<Answer> {
  const headers = { 'content-type': type, 'idempotency-key': key };
  return client.send('POST', `${IMPORT}?check=${check}`, body, headers);
}

const sheet = (...rows: readonly string[][]) => csvOf([head, ...rows]);

async function imported(body: unknown, options: Parameters<typeof upload>[1] = {}): Promise<ImportResult> {
  const answer = await upload(body, options);
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  return importResultSchema.parse(answer.body);
}

async function schedulesOn(date: string): Promise<readonly { scheduleId: string; feeFen: number }[]> {
  const { body } = await admin.get(
    `/api/slots/desk/schedules?institution=${institutionCode}&from=${date}&to=${date}`,
  );
  return deskSchedulePageSchema.parse(body).items;
}

function untilSchedules(date: string, count: number) {
  return until(`${count} schedules on ${date}`, async () => {
    const found = await schedulesOn(date);
    return found.length >= count && found;
  });
}

describe('an import of schedules', () => {
  it('writes nothing when it is only checked', async () => {
    const date = dayAhead(41);
    const result = await imported(sheet(row({ 就诊日期: date })), { check: true });
    expect(result).toMatchObject({ rows: 1, accepted: 1, refused: 0, written: false });
    expect(result.items[0]).toMatchObject({
      row: 2,
      outcome: 'new',
      problems: ['最后10分钟不足一个时段，未生成号源'],
    });
    expect(await schedulesOn(date)).toEqual([]);
  });

  it.each([
    ['CSV', CSV],
    ['Excel', EXCEL],
  ])('makes slots of every row of a %s sheet', async (_name, type) => {
    const date = dayAhead(type === CSV ? 42 : 43);
    const rows = [
      row({ 就诊日期: date }),
      row({ 就诊日期: date, 午别: '下午', 开始时间: '13:00', 结束时间: '15:00' }),
    ];
    const body = type === CSV ? sheet(...rows) : await excelOf([head, ...rows]);
    expect(await imported(body, { type })).toMatchObject({ accepted: 2, written: true });
    const found = await untilSchedules(date, 2);
    expect(found.map(({ feeFen }) => feeFen)).toEqual([2550, 2550]);
    expect(found.map(({ scheduleId }) => scheduleId).sort()).toEqual(rows.map(([id]) => id).sort());
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ total: 18 }),
        expect.objectContaining({ total: 24 }),
      ]),
    );
  });

  it('changes nothing when it comes again, under the same key or another', async () => {
    const body = sheet(row());
    const key = randomUUID();
    expect((await imported(body, { key })).items[0]?.outcome).toBe('new');
    expect((await imported(body)).items[0]?.outcome).toBe('unchanged');
    expect((await imported(body, { key })).items[0]?.outcome).toBe('new');
  });

  it('is all or nothing: one bad row keeps the good ones out, and every row says why', async () => {
    const date = dayAhead(44);
    const good = row({ 就诊日期: date });
    const result = await imported(
      sheet(
        good,
        row({ 就诊日期: date, 排班编号: good[0] ?? '', 开始时间: '13:00', 结束时间: '14:00' }),
        row({ 就诊日期: date, 开始时间: '09:00', 结束时间: '10:00' }),
        row({ 就诊日期: date, 医生编码: 'D999', 开始时间: '15:00', 结束时间: '16:00' }),
        row({ 就诊日期: '2020-01-01' }),
        row({ 门诊类型: '随便看看' }),
        row({ 每时段人数: '0' }),
      ),
    );
    expect(result).toMatchObject({ rows: 7, accepted: 1, refused: 6, written: false });
    expect(result.items.map(({ outcome }) => outcome)).toEqual(['new', ...Array(6).fill('refused')]);
    const problems = result.items.map((item) => item.problems.join());
    expect(problems[1]).toBe('排班编号与第2行重复');
    expect(problems[2]).toBe('医生在第2行的同一时间已有排班');
    expect(problems[3]).toContain('D999');
    expect(problems[6]).toBe('每时段人数：每时段至少1人');
    expect(await schedulesOn(date)).toEqual([]);
  });

  it.each([
    ['a sheet without the template’s head', () => csvOf([['排班编号'], ['X']]), CSV, [422, 'sheet-head']],
    ['a head without rows', () => sheet(), CSV, [422, 'sheet-empty']],
    [
      'more rows than are taken',
      () => sheet(...Array.from({ length: 10_001 }, () => ['X'])),
      CSV,
      [422, 'sheet-too-long'],
    ],
    ['something that is no Excel sheet', () => 'hello', EXCEL, [422, 'sheet-unreadable']],
    ['JSON', () => ({ rows: [] }), 'application/json', [415, 'sheet-type']],
    ['more than five megabytes', () => 'x'.repeat(5 * 1024 * 1024 + 1), CSV, [413, 'body-too-large']],
  ])('refuses %s', async (_name, body, type, expected) => {
    const answer = await upload(body(), { type });
    expect([answer.status, field(answer, 'code')]).toEqual(expected);
  });

  it('is a hospital’s own affair', async () => {
    const district = await DeskClient.signIn(host.url, 'district-admin');
    const coordinator = await DeskClient.signIn(host.url, 'coordinator');
    const answers = [
      await upload(sheet(row()), { client: district }),
      await upload(sheet(row()), { client: coordinator }),
    ];
    expect(answers.map((answer) => [answer.status, field(answer, 'code')])).toEqual([
      [403, 'own-institution-only'],
      [403, 'forbidden'],
    ]);
  });
});
