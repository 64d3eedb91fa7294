import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DataTable, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import {
  type Announcement,
  announcementPageSchema,
  bookingDetailSchema,
  bookingPageSchema,
  deskScheduleDetailSchema,
  deskSchedulePageSchema,
  differencePageSchema,
  suspendResultSchema,
} from '@qingpu/contracts/http/slots';
import { type Answer, bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { causeOf, codeIn, doctorCodeOf } from '../support/outpatient.ts';
import { holderOf, type Made } from '../support/visits.ts';
import type { Row } from '../support/words.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Slots and bookings at the desk (F1.20, F2.05–F2.07, F3.08, A5.17–A5.19). */

const DESK = '/api/slots/desk';

async function read({ installation, visits }: QingpuWorld, path: string, query: Row = {}): Promise<unknown> {
  const admin = await installation.user('district-admin');
  return bodyOf(await admin.get(`${DESK}/${path}`, { ...query, after: visits.position }));
}

async function send({ installation, visits }: QingpuWorld, path: string, body: object): Promise<Answer> {
  const admin = await installation.user('district-admin');
  return visits.note(await admin.write('POST', `${DESK}/${path}`, body));
}

const pathOf = ({ visits }: QingpuWorld, scheduleId: string) =>
  `schedules/${visits.schedule(scheduleId).institutionCode}/${scheduleId}`;

/* ---- schedules ---- */

Then('区管理员查询到该医院的排班:', async function (this: QingpuWorld, table: DataTable) {
  await eventually(async () => {
    const found = await read(this, 'schedules', { institution: this.hospital.institutionCode });
    const { items } = deskSchedulePageSchema.parse(found);
    const told = items.map(({ scheduleId, tiers, booked }) => {
      const countOf = (tier: keyof typeof tiers) =>
        tiers[tier] ? `${tiers[tier].free}/${tiers[tier].total}` : '—';
      const counts = { 公众: countOf('public'), 社区: countOf('community'), 签约: countOf('contracted') };
      return { 排班: scheduleId, ...counts, 转诊: countOf('referral'), 已约: String(booked) };
    });
    assert.deepEqual(told, table.hashes());
  });
});

Then(
  '排班{string}按备案规则放号，公众就诊前{int}天、社区就诊前{int}天的{string}开放，未用的前{int}天转给公众',
  async function (
    this: QingpuWorld,
    scheduleId: string,
    publicDays: number,
    communityDays: number,
    clock: string,
    returnDays: number,
  ) {
    const { plan } = deskScheduleDetailSchema.parse(await read(this, pathOf(this, scheduleId)));
    const { date } = this.visits.schedule(scheduleId).details;
    const opening = (days: number) => `${daysBefore(date, days)}T${clock}`;
    const minuteOf = (moment: string | undefined) => moment?.slice(0, 16);
    assert.equal(minuteOf(plan.opensAt.public), opening(publicDays));
    assert.equal(minuteOf(plan.opensAt.community), opening(communityDays));
    assert.equal(minuteOf(plan.returnsAt), opening(returnDays));
    assert.ok(plan.policyVersion.includes(this.hospital.institutionCode), plan.policyVersion);
  },
);

Then('排班{string}的退号截止为就诊前一天24:00', async function (this: QingpuWorld, scheduleId: string) {
  const schedule = this.visits.schedule(scheduleId);
  const { cancelBy } = await this.visits.intervals(schedule);
  assert.equal(cancelBy.slice(0, 16), `${schedule.details.date}T00:00`);
});

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

When(
  '区管理员为{string}办理停诊，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, cause: string) {
    const body = { cause: causeOf(cause), reason: `${cause}，当日不能出诊` };
    const answer = await send(this, `${pathOf(this, scheduleId)}/suspensions`, body);
    this.suspensionId = suspendResultSchema.parse(bodyOf(answer)).suspensionId;
  },
);

When('区管理员撤销{string}的停诊', async function (this: QingpuWorld, scheduleId: string) {
  const path = `${pathOf(this, scheduleId)}/suspensions/${this.suspensionId}/revocation`;
  bodyOf(await send(this, path, { reason: '医生可以出诊' }));
});

When(
  '区管理员为{string}办理替诊，由{string}出诊，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, doctor: string, cause: string) {
    const body = { doctorCode: doctorCodeOf(doctor), cause: causeOf(cause), reason: `${cause}，安排替诊` };
    this.answer = await send(this, `${pathOf(this, scheduleId)}/substitutions`, body);
  },
);

/* ---- announcements ---- */

async function shown(world: QingpuWorld, query: Row): Promise<readonly Announcement[]> {
  const visitor = await world.installation.user('visitor');
  const answer = await visitor.get('/api/slots/announcements', {
    ...query,
    size: '100',
    after: world.visits.position,
  });
  return announcementPageSchema.parse(bodyOf(answer)).items;
}

const KINDS = { 停诊: 'suspension', 替诊: 'substitution' } as const;

function ofHospital(world: QingpuWorld, kind: string): Promise<readonly Announcement[]> {
  const query = { institution: world.hospital.institutionCode, kind: KINDS[kind as keyof typeof KINDS] };
  return shown(world, query);
}

Then('公众看到该医院的{string}公告', async function (this: QingpuWorld, kind: string) {
  await eventually(async () => {
    const found = await ofHospital(this, kind);
    assert.equal(found.length, 1);
    assert.ok(found[0]?.title.includes(kind) || found[0]?.body.includes(kind), JSON.stringify(found));
  });
});

Then('公众看不到该医院的{string}公告', async function (this: QingpuWorld, kind: string) {
  await eventually(async () => assert.deepEqual(await ofHospital(this, kind), []));
});

When(
  '区管理员发布公告{string}，内容是{string}',
  async function (this: QingpuWorld, title: string, body: string) {
    this.title = `${title}${randomUUID().slice(0, 8)}`;
    bodyOf(await send(this, 'announcements', { kind: 'notice', title: this.title, body }));
  },
);

async function announced(world: QingpuWorld): Promise<Announcement | undefined> {
  return (await shown(world, {})).find(({ title }) => title === world.title);
}

Then('公众看到公告{string}，内容是{string}', async function (this: QingpuWorld, title: string, body: string) {
  await eventually(async () => {
    const found = await announced(this);
    assert.ok(found, '没有这条公告');
    assert.ok(found.title.startsWith(title));
    assert.equal(found.body, body);
    assert.equal(found.institutionName, null);
  });
});

When('区管理员把公告内容改为{string}', async function (this: QingpuWorld, body: string) {
  const known = await announced(this);
  assert.ok(known);
  const admin = await this.installation.user('district-admin');
  const path = `${DESK}/announcements/${known.announcementId}`;
  const headers = { 'if-match': `"${known.revision}"` };
  const text = { kind: 'notice', title: known.title, body };
  bodyOf(this.visits.note(await admin.write('PUT', path, text, headers)));
});

When('区管理员撤下公告', async function (this: QingpuWorld) {
  const known = await announced(this);
  assert.ok(known);
  bodyOf(await send(this, `announcements/${known.announcementId}/withdrawal`, { reason: '安排有变' }));
});

Then('公众看不到公告{string}', async function (this: QingpuWorld, _title: string) {
  await eventually(async () => assert.equal(await announced(this), undefined));
});

/* ---- bookings ---- */

/** 居民二 is the resident's booking, 来电居民 the caller's. */
function madeBy({ visits }: QingpuWorld, who: string): Made {
  const byDesk = who === '来电居民';
  const found = visits.bookings.findLast(({ account }) => (account === 'coordinator') === byDesk);
  assert.ok(found, `${who}没有预约成功`);
  return found;
}

const RESULTS: Readonly<Record<string, readonly string[]>> = {
  没有: [],
  两单: ['来电居民', '居民二'],
};

Then('区管理员按条件筛选该医院的预约记录:', async function (this: QingpuWorld, table: DataTable) {
  for (const { 条件 = '', 值 = '', 结果 = '' } of table.hashes()) {
    const expected = (RESULTS[结果] ?? [结果]).map((who) => madeBy(this, who).orderNumber);
    await eventually(async () => {
      const told = await filtered(this, conditionOf(this, 条件, 值));
      assert.deepEqual(told.toSorted(), expected.toSorted(), `${条件}：${值}`);
    });
  }
});

function conditionOf(world: QingpuWorld, condition: string, value: string): Row {
  switch (condition) {
    case '渠道':
      return { channel: codeIn(CHANNEL_KINDS, value) };
    case '科室':
      return { department: value };
    case '医生':
      return { doctor: doctorCodeOf(value) };
    case '就诊人':
      return { patient: holderOf('resident-2').name };
    case '预约单号':
      return { order: madeBy(world, value).orderNumber };
    case '就诊日期': {
      const { date } = madeBy(world, '居民二').schedule.details;
      const day = value === '当日' ? date : daysBefore(date, -1);
      return { from: day, to: day };
    }
    default:
      throw new Error(`没有“${condition}”这个筛选条件`);
  }
}

async function filtered(world: QingpuWorld, condition: Row): Promise<string[]> {
  const body = { institution: world.hospital.institutionCode, after: world.visits.position, ...condition };
  const { items } = bookingPageSchema.parse(bodyOf(await send(world, 'bookings/search', body)));
  return items.map(({ orderNumber }) => orderNumber);
}

Then('区管理员查看居民二的预约详情，姓名已脱敏', async function (this: QingpuWorld) {
  const { bookingId, orderNumber } = madeBy(this, '居民二');
  const { booking, timeline } = bookingDetailSchema.parse(await read(this, `bookings/${bookingId}`));
  assert.equal(booking.orderNumber, orderNumber);
  const { name } = holderOf('resident-2');
  assert.equal(booking.personName, `${name.charAt(0)}${'*'.repeat(name.length - 1)}`);
  assert.ok(timeline.length > 0);
});

Then('区管理员导出该医院的预约记录，共{int}条', async function (this: QingpuWorld, count: number) {
  const admin = await this.installation.user('district-admin');
  const path = `${DESK}/bookings/export?institution=${this.hospital.institutionCode}`;
  const { status, type, text } = await admin.download(path);
  assert.deepEqual([status, type], [200, 'text/csv; charset=utf-8']);
  const [head = '', ...rows] = text.trim().split(/\r?\n/);
  assert.ok(head.includes('预约单号'));
  assert.equal(rows.length, count);
  assert.ok(!text.includes(holderOf('resident-2').name));
});

When('区管理员取消这张预约单，原因是{string}', async function (this: QingpuWorld, reason: string) {
  const { booking } = this.visits;
  bodyOf(await this.visits.act('district-admin', booking, 'cancellation', { reason }));
});

/* ---- landings ---- */

const LANDED = { 已预约: 'booked', 已取消: 'cancelled' } as const;
const OWN_ORDER = 'HIS-0001';

When('医院上传当日落地的预约单:', async function (this: QingpuWorld, table: DataTable) {
  const [{ schedule } = madeBy(this, '居民二')] = this.visits.bookings;
  const orders = table.hashes().map(({ 预约单 = '', 状态 = '' }) => {
    const own = 预约单 === '医院自有';
    const made = own ? undefined : madeBy(this, 预约单);
    return {
      orderNumber: made?.orderNumber ?? OWN_ORDER,
      scheduleId: schedule.scheduleId,
      slotId: made?.slotId ?? 'N08',
      state: LANDED[状态 as keyof typeof LANDED],
    };
  });
  const { institutionCode } = this.hospital;
  const day = { date: schedule.details.date, submissionId: randomUUID(), part: 1, parts: 1 };
  await this.hospital.tell('booking-landings', { institutionCode, ...day, orders });
  assert.equal(this.hospital.outcome.kind, 'told', JSON.stringify(this.hospital.outcome));
  if (this.hospital.position !== undefined) this.visits.reached(this.hospital.position);
});

const DIFFERENCES = {
  missingAtHospital: '医院没有',
  missingAtPlatform: '平台没有',
  otherState: '状态不一致',
  otherSlot: '号源不一致',
} as const;

Then('区管理员看到的落地差异为:', async function (this: QingpuWorld, table: DataTable) {
  const nameOf = new Map([
    ...['来电居民', '居民二'].map((who) => [madeBy(this, who).orderNumber, who] as const),
    [OWN_ORDER, '医院自有'],
  ]);
  await eventually(async () => {
    const { date } = this.visits.booking.schedule.details;
    const institution = this.hospital.institutionCode;
    const { items } = differencePageSchema.parse(
      await read(this, 'differences', { institution, from: date, to: date }),
    );
    const told = items.map(({ orderNumber, kind, platform, hospital }) => ({
      预约单: nameOf.get(orderNumber) ?? orderNumber,
      差异: DIFFERENCES[kind],
      平台: platform ?? '—',
      医院: hospital ?? '—',
    }));
    const sorted = (rows: readonly Row[]) =>
      rows.toSorted((one, other) => ((one.预约单 ?? '') < (other.预约单 ?? '') ? -1 : 1));
    assert.deepEqual(sorted(told), sorted(table.hashes()));
  });
});

When('区管理员处理{string}的差异，结论是以平台为准', async function (this: QingpuWorld, who: string) {
  const { orderNumber, schedule } = madeBy(this, who);
  const { institutionCode } = this.hospital;
  const settlement = { institutionCode, date: schedule.details.date, orderNumber };
  const decision = { resolution: 'platformRight', reason: '与居民核对，预约有效' };
  bodyOf(await send(this, 'differences/settlement', { ...settlement, ...decision }));
});
