import type { DirectoryKind, InstitutionsEvent } from '@qingpu/contracts/events/institutions';
import type { Actor } from '@qingpu/contracts/events/stored-event';
import {
  type DirectoryQuery,
  entryPageSchemas,
  entrySchemas,
  historyPageSchema,
  ruleAnalysisSchema,
  ruleVersionPageSchema,
  searchResultSchema,
} from '@qingpu/contracts/http/institutions';
import { bookingGuidance } from '@qingpu/contracts/rules/booking-guidance';
import {
  sampleBookingRule,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  sampleInternetClinic,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { viewConsumer } from '@qingpu/read-models-kernel/view';
import { PositionBeyondHead, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { describe, expect, it } from 'vitest';
import { VISITOR, type Viewer } from './entry-filter.ts';
import { InstitutionDirectory } from './queries.ts';
import { DirectoryLog, minuteOf, sealPerson, takeIn } from './testing/directory-log.ts';
import { institutionDirectoryView } from './view.ts';

const ZHONGSHAN = sampleInstitutionCode(1);
const ZHUJIAJIAO = sampleInstitutionCode(2, 'B100');
const CLOSED = sampleInstitutionCode(3);
const DISTRICT = { staff: true, persons: true };

const registered = (
  kind: 'Institution' | 'Department' | 'Clinic' | 'InternetClinic',
  institutionCode: string,
  code: string,
  details: unknown,
) => ({ type: `${kind}Registered`, data: { institutionCode, code, details } }) as InstitutionsEvent;
const hospital = (code: string, name: string, shortName: string) =>
  registered('Institution', code, code, sampleInstitution(code, { name, shortName }));
const doctor = (
  institutionCode: string,
  code: string,
  name: string,
  details = sampleDoctor(),
): InstitutionsEvent => ({
  type: 'DoctorRegistered',
  data: { institutionCode, code, details, ...sealPerson(institutionCode, code, samplePerson({ name })) },
});
const because = (type: InstitutionsEvent['type'], institutionCode: string, code: string) =>
  ({ type, data: { institutionCode, code, reason: '机构调整' } }) as InstitutionsEvent;

function district(): DirectoryLog {
  const log = new DirectoryLog();
  const heart = sampleDepartment({ name: '心血管内科', level: 2, parentCode: 'K03', subjectCode: '03.04' });
  return [
    hospital(ZHONGSHAN, '复旦大学附属中山医院青浦分院', '青浦中山医院'),
    hospital(ZHUJIAJIAO, '朱家角镇社区卫生服务中心', '朱家角社区'),
    hospital(CLOSED, '已停业医院', '停业'),
    registered('Department', ZHONGSHAN, 'K03', sampleDepartment()),
    registered('Department', ZHONGSHAN, 'K0304', heart),
    registered('Department', CLOSED, 'K03', sampleDepartment({ name: '停业内科' })),
    doctor(ZHONGSHAN, 'D1', '单雄信', sampleDoctor({ departmentCodes: ['K0304'] })),
    doctor(ZHONGSHAN, 'D2', '欧阳修远', sampleDoctor({ title: '233', expert: false })),
    doctor(ZHONGSHAN, 'D3', '吕布'),
    doctor(ZHUJIAJIAO, 'D1', '中山'),
    doctor(CLOSED, 'D9', '吕停业'),
    registered('Clinic', ZHONGSHAN, 'C1', sampleClinic({ departmentCode: 'K0304', doctorCode: 'D1' })),
    registered('InternetClinic', ZHONGSHAN, 'N1', sampleInternetClinic({ departmentCode: 'K0304' })),
    because('DoctorDeactivated', ZHONGSHAN, 'D3'),
    because('InstitutionDeactivated', CLOSED, CLOSED),
  ].reduce((filled, event) => filled.add(event), log);
}

async function queriesOn(log: DirectoryLog) {
  const store = new FakeViewStore();
  const checkpoints = new FakeCheckpoints();
  await takeIn(store, log.events);
  const last = log.events.at(-1);
  const consumer = viewConsumer(institutionDirectoryView, institutionDirectoryView.version);
  const fence = (await checkpoints.acquire(consumer, 'spec', 60_000)) ?? 0;
  if (last)
    await checkpoints.save(consumer, fence, {
      position: last.position,
      asOf: last.metadata.occurredAt,
      events: log.events.length,
    });
  const head = async () => (last?.position ?? 0n) + 1n;
  const reader = new ViewReader(institutionDirectoryView, store, checkpoints, head, { waitMs: 1, pollMs: 1 });
  return new InstitutionDirectory(reader);
}

const asked = (query: Partial<DirectoryQuery> = {}): DirectoryQuery => ({ page: 1, size: 20, ...query });

async function codes(kind: DirectoryKind, query: Partial<DirectoryQuery>, viewer = VISITOR) {
  const page = await (await queriesOn(district())).listEntries(kind, asked(query), viewer);
  expect(page.total).toBe(page.items.length);
  return page.items.map(
    ({ institutionCode, code }) => `${institutionCode === ZHONGSHAN ? '' : `${institutionCode}.`}${code}`,
  );
}

describe('lists', () => {
  it('answer the published shape of every kind', async () => {
    const queries = await queriesOn(district());
    for (const kind of [
      'institution',
      'department',
      'doctor',
      'clinic',
      'internetClinic',
      'channel',
      'bookingRule',
    ] as const) {
      for (const viewer of [VISITOR, DISTRICT]) {
        const page = await queries.listEntries(kind, asked(), viewer);
        expect(entryPageSchemas[kind].parse(page)).toEqual(page);
      }
    }
  });

  it('look the names of other entries up', async () => {
    const queries = await queriesOn(district());
    const [clinic] = (await queries.listEntries('clinic', asked(), VISITOR)).items;
    expect(clinic).toMatchObject({
      institutionName: '复旦大学附属中山医院青浦分院',
      departmentName: '心血管内科',
      doctorName: '单雄信',
    });
    const departments = (await queries.listEntries('department', asked(), VISITOR)).items;
    expect(departments.map((entry) => entry.kind === 'department' && [entry.code, entry.parentName])).toEqual(
      [
        ['K03', null],
        ['K0304', '内科'],
      ],
    );
    expect(await queries.findEntry('doctor', ZHONGSHAN, 'D2', VISITOR)).toMatchObject({
      departmentNames: ['内科'],
    });
    expect(await queries.findEntry('institution', ZHUJIAJIAO, ZHUJIAJIAO, VISITOR)).toMatchObject({
      category: 'B100',
      categoryName: '社区卫生服务中心',
    });
  });

  it('are ordered by the sound of the name', async () => {
    expect(await codes('doctor', {})).toEqual(['D2', 'D1', `${ZHUJIAJIAO}.D1`]);
  });

  it('show visitors only active entries of active institutions, whatever they ask for', async () => {
    expect(await codes('doctor', { status: 'all' })).toEqual(['D2', 'D1', `${ZHUJIAJIAO}.D1`]);
    expect(await codes('doctor', { status: 'inactive' })).not.toContain('D3');
    expect(await codes('doctor', { institution: CLOSED, status: 'all' })).toEqual([]);
    expect(await codes('institution', { status: 'all' })).toEqual(
      [ZHONGSHAN, ZHUJIAJIAO].map((code) => (code === ZHONGSHAN ? code : `${code}.${code}`)),
    );
  });

  it('show staff of the district every status they ask for, by default the active ones', async () => {
    expect(await codes('doctor', {}, DISTRICT)).toEqual([`${CLOSED}.D9`, 'D2', 'D1', `${ZHUJIAJIAO}.D1`]);
    expect(await codes('doctor', { status: 'inactive' }, DISTRICT)).toEqual(['D3']);
    expect(await codes('doctor', { status: 'all' }, DISTRICT)).toHaveLength(5);
  });

  it('show staff of an institution its entries in full and the others as visitors see them', async () => {
    const own = { staff: true, scope: ZHONGSHAN };
    expect(await codes('doctor', { status: 'all' }, own)).toEqual(['D3', 'D2', 'D1', `${ZHUJIAJIAO}.D1`]);
    expect(await codes('doctor', { status: 'inactive' }, own)).toEqual(['D3']);
    expect(await codes('doctor', { status: 'all', institution: CLOSED }, own)).toEqual([]);
    expect(await codes('doctor', { status: 'all', institution: ZHONGSHAN }, own)).toEqual(['D3', 'D2', 'D1']);
    expect(await codes('doctor', { status: 'inactive', institution: ZHUJIAJIAO }, own)).toEqual([
      `${ZHUJIAJIAO}.D1`,
    ]);
  });

  it('show the masked person only to staff who may see persons, within their scope', async () => {
    const queries = await queriesOn(district());
    const withPerson = async (viewer: Viewer) => {
      const { items } = await queries.listEntries('doctor', asked(), viewer);
      return items.filter((item) => 'person' in item).map(({ institutionCode }) => institutionCode);
    };
    expect(await withPerson(VISITOR)).toEqual([]);
    expect(await withPerson({ staff: true })).toEqual([]);
    expect(await withPerson({ staff: false, persons: true })).toEqual([]);
    const own = await withPerson({ staff: true, persons: true, scope: ZHONGSHAN });
    expect(new Set(own)).toEqual(new Set([ZHONGSHAN]));
    expect(new Set(await withPerson(DISTRICT))).toEqual(new Set([ZHONGSHAN, ZHUJIAJIAO, CLOSED]));
    const { items } = await queries.listEntries('doctor', asked(), DISTRICT);
    expect(items[0]).toMatchObject({ person: { mobile: '138****1234' } });
  });

  it('narrow by department with those below it, title, expert and category', async () => {
    expect(await codes('doctor', { institution: ZHONGSHAN, department: 'K0304' })).toEqual(['D1']);
    expect(await codes('doctor', { institution: ZHONGSHAN, department: 'K03' })).toEqual(['D2', 'D1']);
    expect(await codes('department', { institution: ZHONGSHAN, department: 'K03' })).toEqual(['K0304']);
    expect(await codes('doctor', { title: '233' })).toEqual(['D2']);
    expect(await codes('doctor', { expert: 'false' })).toEqual(['D2']);
    expect(await codes('doctor', { expert: 'true', institution: ZHONGSHAN })).toEqual(['D1']);
    expect(await codes('institution', { category: 'A100' })).toEqual([ZHONGSHAN]);
  });

  it('page within hard limits', async () => {
    const queries = await queriesOn(district());
    const second = await queries.listEntries('doctor', asked({ page: 2, size: 2 }), VISITOR);
    expect(second).toMatchObject({ page: 2, size: 2, total: 3, stale: false, asOf: minuteOf(14) });
    expect(second.items.map(({ name }) => name)).toEqual(['中山']);
    expect(await queries.listEntries('doctor', asked({ size: 5_000 }), VISITOR)).toMatchObject({ size: 100 });
    expect(await queries.listEntries('doctor', asked({ page: 5_000 }), VISITOR)).toMatchObject({
      page: 1000,
      items: [],
    });
    expect(await queries.listEntries('doctor', asked({ page: -1, size: Number.NaN }), VISITOR)).toMatchObject(
      { page: 1, size: 1 },
    );
  });

  it('say so when they have not reached the wanted position, and refuse one beyond the log', async () => {
    const queries = await queriesOn(district());
    expect(await queries.listEntries('doctor', asked({ after: '15' }), VISITOR)).toMatchObject({
      stale: false,
    });
    expect(await queries.listEntries('doctor', asked({ after: '16' }), VISITOR)).toMatchObject({
      stale: true,
    });
    await expect(queries.listEntries('doctor', asked({ after: '17' }), VISITOR)).rejects.toThrow(
      PositionBeyondHead,
    );
  });
});

describe('searching within a list', () => {
  it.each([
    ['雄信', 'part of a name'],
    ['单', 'first character'],
    ['shan', 'sound of a surname'],
    ['SHAN xiong', 'pinyin with spaces and capitals'],
    ['xiongxin', 'pinyin from the middle'],
    ['sxx', 'initials'],
    ['xx', 'initials from the middle'],
  ])('%s: %s', async (q) => {
    expect(await codes('doctor', { q, institution: ZHONGSHAN })).toEqual(['D1']);
  });

  it('finds by the start of a code, not by its middle', async () => {
    expect(await codes('department', { q: 'k0304' })).toEqual(['K0304']);
    expect(await codes('department', { q: '0304' })).toEqual([]);
  });

  it('reads full-width letters and ü', async () => {
    expect(await codes('department', { q: 'Ｋ０３０４' })).toEqual(['K0304']);
    expect(await codes('doctor', { q: 'lü', status: 'inactive' }, DISTRICT)).toEqual(['D3']);
  });

  it.each(['.*', '^', '(', '[', '\\', '$', '|', '.'])(
    'takes %s as it stands: nothing is found',
    async (q) => {
      expect(await codes('doctor', { q })).toEqual([]);
      expect((await (await queriesOn(district())).search(q, 20)).items).toEqual([]);
    },
  );

  it('does not read a pattern out of a text that also holds letters', async () => {
    expect(await codes('doctor', { q: 'd.*1|d' })).toEqual([]);
    expect(await codes('doctor', { q: '欧.远' })).toEqual([]);
  });
});

describe('searching everything', () => {
  const found = async (q: string, limit = 20) => {
    const result = await (await queriesOn(district())).search(q, limit);
    expect(searchResultSchema.parse(result)).toEqual(result);
    return result.items.map(({ kind, name }) => `${kind} ${name}`);
  };

  it('puts institutions first, then exact matches', async () => {
    expect(await found('中山')).toEqual(['institution 复旦大学附属中山医院青浦分院', 'doctor 中山']);
    expect(await found('心')).toEqual([
      'institution 朱家角镇社区卫生服务中心',
      'department 心血管内科',
      'clinic 心内科专家门诊',
      'internetClinic 心内科互联网门诊',
    ]);
    expect(await found('d1')).toEqual(['doctor 单雄信', 'doctor 中山']);
    expect(await found('内科')).toEqual([
      'department 内科',
      'department 心血管内科',
      'clinic 心内科专家门诊',
      'internetClinic 心内科互联网门诊',
    ]);
  });

  it('ranks an exact match above partial ones that come first by kind or sound', async () => {
    const log = district()
      .add(hospital(sampleInstitutionCode(6), '爱中山医院', '爱中山'))
      .add(hospital(sampleInstitutionCode(7), '远郊医院', '中山'))
      .add(registered('Department', ZHONGSHAN, 'K09', sampleDepartment({ name: '中山特需科' })));
    const { items } = await (await queriesOn(log)).search('中山', 20);
    expect(items.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'institution 远郊医院',
      'institution 爱中山医院',
      'institution 复旦大学附属中山医院青浦分院',
      'doctor 中山',
      'department 中山特需科',
    ]);
  });

  it('finds an institution by its short name', async () => {
    expect(await found('青浦中山')).toEqual(['institution 复旦大学附属中山医院青浦分院']);
  });

  it('keeps to the limit, from 1 to 50', async () => {
    expect(await found('内科', 2)).toHaveLength(2);
    expect(await found('内科', 0)).toHaveLength(1);
  });

  it('shows nothing inactive and nothing of an inactive institution', async () => {
    expect(await found('吕')).toEqual([]);
    expect(await found('停业')).toEqual([]);
  });

  it('names the department of a clinic, and of nothing else', async () => {
    const { items } = await (await queriesOn(district())).search('心', 20);
    expect(items.map(({ kind, departmentCode }) => [kind, departmentCode])).toEqual([
      ['institution', null],
      ['department', null],
      ['clinic', 'K0304'],
      ['internetClinic', 'K0304'],
    ]);
  });

  it('says beneath the name what tells entries apart', async () => {
    const queries = await queriesOn(district());
    const summaries = async (q: string) => (await queries.search(q, 20)).items.map(({ summary }) => summary);
    expect(await summaries('复旦')).toEqual(['三级甲等 · 公园路1号']);
    expect(await summaries('单雄信')).toEqual(['主任医师 · 心血管内科']);
    expect(await summaries('心')).toEqual([
      '三级甲等 · 公园路1号',
      '内科 · 门诊楼2层',
      '专家门诊 · 心血管内科 · ¥25.00',
      '图文问诊、视频问诊 · 心血管内科 · ¥18.00',
    ]);
  });
});

describe('one entry', () => {
  it('answers the published shape, or undefined when the viewer may not see it', async () => {
    const queries = await queriesOn(district());
    const seen = await queries.findEntry('doctor', ZHONGSHAN, 'D1', DISTRICT);
    expect(entrySchemas.doctor.parse(seen)).toEqual(seen);
    expect(await queries.findEntry('doctor', ZHONGSHAN, 'D3', VISITOR)).toBeUndefined();
    expect(
      await queries.findEntry('doctor', ZHONGSHAN, 'D3', { staff: true, scope: ZHUJIAJIAO }),
    ).toBeUndefined();
    expect(
      await queries.findEntry('doctor', ZHONGSHAN, 'D3', { staff: true, scope: ZHONGSHAN }),
    ).toMatchObject({ status: 'inactive' });
    expect(await queries.findEntry('doctor', CLOSED, 'D9', VISITOR)).toBeUndefined();
    expect(await queries.findEntry('doctor', ZHONGSHAN, 'D404', DISTRICT)).toBeUndefined();
  });

  it('shows an erased doctor to staff as 已注销, without a person', async () => {
    const queries = await queriesOn(district().add(because('DoctorErased', ZHONGSHAN, 'D1')));
    const erased = await queries.findEntry('doctor', ZHONGSHAN, 'D1', DISTRICT);
    expect(entrySchemas.doctor.parse(erased)).toEqual(erased);
    expect(erased).toMatchObject({ name: '已注销', status: 'erased', listing: { sex: '' } });
    expect(erased).not.toHaveProperty('person');
    expect(await queries.findEntry('doctor', ZHONGSHAN, 'D1', VISITOR)).toBeUndefined();
    expect(await queries.findEntry('clinic', ZHONGSHAN, 'C1', VISITOR)).toMatchObject({
      doctorName: '已注销',
    });
  });

  it('hands out the envelope of a doctor until the doctor is erased', async () => {
    const { person } = sealPerson(ZHONGSHAN, 'D1', samplePerson({ name: '单雄信' }));
    expect(await (await queriesOn(district())).sealedPersonOf(ZHONGSHAN, 'D1')).toEqual(person);
    const later = await queriesOn(district().add(because('DoctorErased', ZHONGSHAN, 'D1')));
    expect(await later.sealedPersonOf(ZHONGSHAN, 'D1')).toBeUndefined();
    expect(await later.sealedPersonOf(ZHONGSHAN, 'D404')).toBeUndefined();
  });
});

describe('the timeline of an entry', () => {
  const history = async (
    log: DirectoryLog,
    kind: DirectoryKind,
    code: string,
    page = { page: 1, size: 20 },
  ) => {
    const answer = await (await queriesOn(log)).historyOf(kind, ZHONGSHAN, code, page);
    expect(historyPageSchema.parse(answer)).toEqual(answer);
    return answer;
  };
  const change = (field: string, label: string, before: string, after: string) => ({
    field,
    label,
    before,
    after,
  });

  it('tells in words what changed between two snapshots', async () => {
    const details = sampleClinic({
      departmentCode: 'K03',
      doctorCode: null,
      kind: 'special',
      feeFen: 30050,
      location: '2号楼',
    });
    const log = district().add({
      type: 'ClinicChanged',
      data: { institutionCode: ZHONGSHAN, code: 'C1', details },
    });
    const { items, total } = await history(log, 'clinic', 'C1');
    expect(total).toBe(2);
    expect(items.map(({ revision, eventType, summary }) => [revision, eventType, summary])).toEqual([
      [1, 'ClinicChanged', '修改门诊'],
      [0, 'ClinicRegistered', '登记门诊'],
    ]);
    expect(items[0]?.changes).toEqual([
      change('departmentCode', '所属科室', '心血管内科', '内科'),
      change('doctorCode', '出诊医生', '单雄信', '无'),
      change('kind', '类型', '专家门诊', '特需门诊'),
      change('feeFen', '费用', '¥25.00', '¥300.50'),
      change('location', '位置', '门诊楼3层', '2号楼'),
    ]);
    expect(items[1]?.changes).toEqual([]);
  });

  it('tells of tables, lists, yes and no', async () => {
    const log = district()
      .add({
        type: 'InstitutionChanged',
        data: {
          institutionCode: ZHONGSHAN,
          code: ZHONGSHAN,
          details: sampleInstitution(ZHONGSHAN, {
            name: '复旦大学附属中山医院青浦分院',
            shortName: '青浦中山医院',
            grade: '2B',
            slotMode: 'shared',
            example: false,
            introduction: '始建于1950年',
          }),
        },
      })
      .add({
        type: 'InternetClinicChanged',
        data: {
          institutionCode: ZHONGSHAN,
          code: 'N1',
          details: sampleInternetClinic({ departmentCode: 'K0304', services: ['voice'] }),
        },
      })
      .add({
        type: 'DepartmentChanged',
        data: {
          institutionCode: ZHONGSHAN,
          code: 'K0304',
          details: sampleDepartment({ name: '心血管内科', subjectCode: '03.03' }),
        },
      });
    expect((await history(log, 'institution', ZHONGSHAN)).items[0]?.changes).toEqual([
      change('grade', '医院等级', '三级甲等', '二级乙等'),
      change('slotMode', '号源模式', '托管模式', '资源共享模式'),
      change('introduction', '简介', '无', '始建于1950年'),
      change('example', '示例数据', '是', '否'),
    ]);
    expect((await history(log, 'internetClinic', 'N1')).items[0]?.changes).toEqual([
      change('services', '服务方式', '图文问诊、视频问诊', '语音问诊'),
    ]);
    expect((await history(log, 'department', 'K0304')).items[0]?.changes).toEqual([
      change('level', '科室级别', '二级科室', '一级科室'),
      change('parentCode', '上级科室', '内科', '无'),
      change('subjectCode', '诊疗科目', '心血管内科', '神经内科'),
    ]);
  });

  it('tells the numbers of a rule with their units, nested ones by their path', async () => {
    const filed = (ruleVersion: number, details = sampleBookingRule()): InstitutionsEvent => ({
      type: 'BookingRuleFiled',
      data: {
        institutionCode: ZHONGSHAN,
        code: 'R1',
        ruleVersion,
        filingNumber: `QP-${ruleVersion}`,
        details,
      },
    });
    const quotaPercent = { referral: 10, community: 30, contracted: 10, public: 50 };
    const log = district()
      .add(filed(1))
      .add(filed(2, sampleBookingRule({ horizonDays: 21, clinicKind: 'expert', quotaPercent })));
    const { items } = await history(log, 'bookingRule', 'R1');
    expect(items.map(({ summary }) => summary)).toEqual(['备案预约规则（第2版）', '备案预约规则（第1版）']);
    expect(items[0]?.changes).toEqual([
      change('clinicKind', '适用门诊', '全部门诊', '专家门诊'),
      change('horizonDays', '预约周期', '14天', '21天'),
      change('quotaPercent.community', '社区占比', '40%', '30%'),
      change('quotaPercent.public', '公众占比', '40%', '50%'),
    ]);
  });

  it('tells that a doctor’s person changed, never what', async () => {
    const moved = {
      institutionCode: ZHONGSHAN,
      code: 'D1',
      details: sampleDoctor({ departmentCodes: ['K03', 'K0304'] }),
    };
    const same = sealPerson(ZHONGSHAN, 'D1', samplePerson({ name: '单雄信' }));
    const other = sealPerson(ZHONGSHAN, 'D1', samplePerson({ name: '单雄信', mobile: '13900005678' }));
    const log = district()
      .add({ type: 'DoctorChanged', data: { ...moved, ...same } })
      .add({ type: 'DoctorChanged', data: { ...moved, ...other } });
    const { items } = await history(log, 'doctor', 'D1');
    expect(items[0]?.changes).toEqual([change('person', '个人信息', '原信息', '已更新')]);
    expect(items[1]?.changes).toEqual([
      change('departmentCodes', '所属科室', '心血管内科', '内科、心血管内科'),
    ]);
  });

  it('tells changes of status with their reason, and compares across them', async () => {
    const log = district()
      .add(because('DoctorReactivated', ZHONGSHAN, 'D3'))
      .add({
        type: 'DoctorChanged',
        data: {
          institutionCode: ZHONGSHAN,
          code: 'D3',
          details: sampleDoctor({ title: '232' }),
          ...sealPerson(ZHONGSHAN, 'D3', samplePerson({ name: '吕布' })),
        },
      })
      .add(because('DoctorErased', ZHONGSHAN, 'D3'));
    const { items } = await history(log, 'doctor', 'D3');
    expect(items.map(({ summary, reason, changes }) => [summary, reason, changes])).toEqual([
      ['注销医生个人信息', '机构调整', [change('status', '状态', '启用', '已注销')]],
      ['修改医生', null, [change('title', '职称', '主任医师', '副主任医师')]],
      ['重新启用医生', '机构调整', [change('status', '状态', '停用', '启用')]],
      ['停用医生', '机构调整', [change('status', '状态', '启用', '停用')]],
      ['登记医生', null, []],
    ]);
  });

  it('tells the same on every page size', async () => {
    const log = district();
    const fee = (feeFen: number): InstitutionsEvent => ({
      type: 'ClinicChanged',
      data: {
        institutionCode: ZHONGSHAN,
        code: 'C1',
        details: sampleClinic({ departmentCode: 'K0304', doctorCode: 'D1', feeFen }),
      },
    });
    for (const round of [1, 2, 3])
      log
        .add(fee(round * 1000))
        .add(because('ClinicDeactivated', ZHONGSHAN, 'C1'))
        .add(because('ClinicReactivated', ZHONGSHAN, 'C1'));
    const { items: whole } = await history(log, 'clinic', 'C1');
    expect(whole).toHaveLength(10);
    for (const size of [1, 2, 3, 4, 7]) {
      const pages = await Promise.all(
        Array.from({ length: Math.ceil(10 / size) }, (_, index) =>
          history(log, 'clinic', 'C1', { page: index + 1, size }),
        ),
      );
      expect(pages.flatMap(({ items }) => items)).toEqual(whole);
    }
  });

  it('names actors without naming people', async () => {
    const actors: Actor[] = [
      { kind: 'partner', id: 'p-1', institutionCode: ZHONGSHAN },
      { kind: 'partner', id: 'p-2' },
      { kind: 'staff', id: 's-1', institutionCode: ZHUJIAJIAO },
      { kind: 'staff', id: 's-2' },
      { kind: 'system', id: 'x' },
      { kind: 'resident', id: 'r' },
    ];
    const log = district();
    for (const [index, actor] of actors.entries())
      log.add(because(index % 2 === 0 ? 'ClinicDeactivated' : 'ClinicReactivated', ZHONGSHAN, 'C1'), actor);
    const { items } = await history(log, 'clinic', 'C1', { page: 1, size: 6 });
    expect(items.map(({ actor }) => actor).reverse()).toEqual([
      '复旦大学附属中山医院青浦分院系统',
      '医疗机构系统',
      '朱家角镇社区卫生服务中心工作人员',
      '工作人员',
      '平台系统',
      '居民',
    ]);
  });

  it('is empty for an entry that never was', async () => {
    expect(await history(district(), 'clinic', 'C404')).toMatchObject({ items: [], total: 0 });
  });
});

const file = (
  institutionCode: string,
  code: string,
  ruleVersion: number,
  changes = {},
): InstitutionsEvent => ({
  type: 'BookingRuleFiled',
  data: {
    institutionCode,
    code,
    ruleVersion,
    filingNumber: `QP-${code}-V${ruleVersion}`,
    details: sampleBookingRule(changes),
  },
});

describe('versions of a booking rule', () => {
  const log = () =>
    district()
      .add(file(ZHONGSHAN, 'R1', 1, { effectiveFrom: '2026-01-01' }))
      .add(file(ZHONGSHAN, 'R1', 2, { effectiveFrom: '2026-06-01' }))
      .add(file(ZHONGSHAN, 'R1', 3, { effectiveFrom: '2026-03-01' }));
  /** States of the versions 1, 2 and 3. */
  const states = async (filled: DirectoryLog, today: string) => {
    const page = await (await queriesOn(filled)).ruleVersions(ZHONGSHAN, 'R1', { page: 1, size: 20 }, today);
    expect(ruleVersionPageSchema.parse(page)).toEqual(page);
    expect(page.items.map(({ ruleVersion }) => ruleVersion)).toEqual([3, 2, 1]);
    return page.items.map(({ state }) => state).reverse();
  };

  it('the newest that has begun is in force, newer ones are to come, older ones are superseded', async () => {
    expect(await states(log(), '2025-12-31')).toEqual(['upcoming', 'upcoming', 'upcoming']);
    expect(await states(log(), '2026-02-28')).toEqual(['inForce', 'upcoming', 'upcoming']);
    expect(await states(log(), '2026-03-01')).toEqual(['superseded', 'superseded', 'inForce']);
    expect(await states(log(), '2026-06-01')).toEqual(['superseded', 'superseded', 'inForce']);
  });

  it('none is in force while the rule is inactive', async () => {
    const inactive = log().add(because('BookingRuleDeactivated', ZHONGSHAN, 'R1'));
    expect(await states(inactive, '2026-02-28')).toEqual(['superseded', 'upcoming', 'upcoming']);
    expect(await states(inactive, '2026-03-01')).toEqual(['superseded', 'superseded', 'superseded']);
  });

  it('come in pages', async () => {
    const queries = await queriesOn(log());
    const page = await queries.ruleVersions(ZHONGSHAN, 'R1', { page: 2, size: 2 }, '2026-03-01');
    expect(page).toMatchObject({
      page: 2,
      size: 2,
      total: 3,
      items: [{ ruleVersion: 1, state: 'superseded' }],
    });
  });
});

describe('the analysis of filed rules (F2.04)', () => {
  const LATER = sampleInstitutionCode(4);
  const NOTICED = sampleInstitutionCode(5);

  /**
   * 中山: R1 keeps to the guidance, R2 has 30-minute intervals and 30% for the community: two deviations.
   * 朱家角: nothing in force, its only rule is inactive. LATER: filed, begins tomorrow. NOTICED: 40 days ahead: one notice.
   * The closed hospital's rule does not count.
   */
  const log = () =>
    district()
      .add(hospital(LATER, '明日医院', '明日'))
      .add(hospital(NOTICED, '远期医院', '远期'))
      .add(file(ZHONGSHAN, 'R1', 1, { horizonDays: 60 }))
      .add(file(ZHONGSHAN, 'R1', 2))
      .add(
        file(ZHONGSHAN, 'R2', 1, {
          name: '专家规则',
          intervalMinutes: 30,
          quotaPercent: { referral: 10, community: 30, contracted: 10, public: 50 },
        }),
      )
      .add(file(ZHUJIAJIAO, 'R1', 1))
      .add(because('BookingRuleDeactivated', ZHUJIAJIAO, 'R1'))
      .add(file(LATER, 'R1', 1, { effectiveFrom: '2026-03-02' }))
      .add(file(NOTICED, 'R1', 1, { horizonDays: 40 }))
      .add(file(CLOSED, 'R1', 1, { intervalMinutes: 60 }));
  const analysis = async () => (await queriesOn(log())).ruleAnalysis('2026-03-01');

  it('answers the published shape, with the guidance that it judged by', async () => {
    const answer = await analysis();
    expect(ruleAnalysisSchema.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      date: '2026-03-01',
      asOf: minuteOf(24),
      guidanceVersion: bookingGuidance.version,
    });
  });

  it('counts and judges every active institution', async () => {
    const { totals, institutions } = await analysis();
    expect(totals).toEqual({ institutions: 4, filed: 2, unfiled: 2, compliant: 1, deviating: 1 });
    expect(
      institutions.map(({ institutionName, rulesInForce, verdict }) => [
        institutionName,
        rulesInForce,
        verdict,
      ]),
    ).toEqual([
      ['复旦大学附属中山医院青浦分院', 2, 'deviation'],
      ['明日医院', 0, 'unfiled'],
      ['远期医院', 1, 'notice'],
      ['朱家角镇社区卫生服务中心', 0, 'unfiled'],
    ]);
  });

  it('names every finding with what was filed and what is expected', async () => {
    const { institutions } = await analysis();
    expect(institutions.flatMap(({ findings }) => findings)).toEqual([
      {
        ruleCode: 'R2',
        ruleName: '专家规则',
        guidanceId: 'interval',
        field: 'intervalMinutes',
        label: '就诊时段',
        severity: 'deviation',
        value: 30,
        expected: '不超过15分钟',
        advice: '就诊时段应精确到15分钟以内',
      },
      expect.objectContaining({
        ruleCode: 'R2',
        guidanceId: 'community-share',
        value: 30,
        expected: '不少于40%',
      }),
      expect.objectContaining({
        ruleCode: 'R1',
        guidanceId: 'horizon-max',
        severity: 'notice',
        value: 40,
        expected: '不超过28天',
      }),
    ]);
  });

  it('spreads the filed values over the rules in force', async () => {
    const { distribution } = await analysis();
    const of = (field: string) => distribution.find((line) => line.field === field);
    expect(of('intervalMinutes')).toEqual({
      field: 'intervalMinutes',
      label: '就诊时段',
      unit: '分钟',
      values: [
        { value: 15, rules: 2 },
        { value: 30, rules: 1 },
      ],
    });
    expect(of('horizonDays')?.values).toEqual([
      { value: 14, rules: 2 },
      { value: 40, rules: 1 },
    ]);
    expect(of('quotaPercent.community')).toMatchObject({
      label: '社区占比',
      unit: '%',
      values: [
        { value: 30, rules: 1 },
        { value: 40, rules: 2 },
      ],
    });
  });

  it('counts how often each line of the guidance is missed, most often first', async () => {
    const { misses } = await analysis();
    expect(misses).toHaveLength(bookingGuidance.guidance.length);
    expect(
      misses.filter(({ rules }) => rules > 0).map(({ guidanceId, rules }) => [guidanceId, rules]),
    ).toEqual([
      ['interval', 1],
      ['horizon-max', 1],
      ['community-share', 1],
    ]);
    expect(misses.slice(0, 3).every(({ rules }) => rules === 1)).toBe(true);
  });

  it('every line of the guidance names a number of a booking rule with a label', async () => {
    for (const { label, guidanceId } of (await analysis()).misses)
      expect(label, guidanceId).toMatch(/\p{sc=Han}/u);
  });
});
