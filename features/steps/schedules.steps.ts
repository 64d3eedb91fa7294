import assert from 'node:assert/strict';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { SLOT_STATES, TIERS } from '@qingpu/contracts/codes/slot-tables';
import { BOOKABILITY, deskScheduleDetailSchema } from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { sharedScheduleOf } from '@qingpu/simulators/shared-book';
import { bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import type { Told } from '../support/hospital.ts';
import { causeOf, doctorCodeOf, openOutpatients, scheduleOf } from '../support/outpatient.ts';
import { type Row, registrationOf } from '../support/words.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Schedules and their slots as hospitals register and change them (F1.16–F1.19, F2.03, F2.05–F2.07). */

const OUTCOMES = { registered: '新登记', amended: '已修改', unchanged: '无变化', refused: '拒绝' } as const;
const DAYS = /^(\d+)天后$/;

Given('{string}开诊', async function (this: QingpuWorld, name: string) {
  await openOutpatients(await this.admit(name), this.day(0));
  await ruleInForce(this);
});

Given('{string}以资源共享模式开诊', async function (this: QingpuWorld, name: string) {
  await openOutpatients(await this.admit(name, { 号源模式: '资源共享模式' }), this.day(0));
  await ruleInForce(this);
});

Given('{string}开诊，预约规则为:', async function (this: QingpuWorld, name: string, table: DataTable) {
  const hospital = await this.admit(name);
  const [row = {}] = table.hashes();
  const { details } = registrationOf('bookingRule', hospital.institutionCode, row);
  await openOutpatients(hospital, this.day(0), { ...details, effectiveFrom: this.day(0) });
  await ruleInForce(this);
});

/** The platform asks for a hospital's rule once in a few seconds, so that it must find it the first time. */
async function ruleInForce({ hospital, installation }: QingpuWorld): Promise<void> {
  const visitor = await installation.user('visitor');
  const { institutionCode, position } = hospital;
  await eventually(async () => {
    const rule = await visitor.entry({ institutionCode, code: 'RULE_ALL' }, 'bookingRule', position);
    assert.ok(rule);
  });
}

Given('该医院已登记排班:', async function (this: QingpuWorld, table: DataTable) {
  await register(this, table);
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'schedules' && outcome.result.refused === 0, JSON.stringify(outcome));
});

When('医院登记排班:', async function (this: QingpuWorld, table: DataTable) {
  await register(this, table);
});

When('医院修改排班:', async function (this: QingpuWorld, table: DataTable) {
  await register(this, table);
});

async function register(world: QingpuWorld, table: DataTable): Promise<void> {
  const { institutionCode } = world.hospital;
  const schedules = table.hashes().map((row) => scheduleOf(institutionCode, row, dateOf(world, row)));
  // A hospital knows its own schedules.
  const { book } = world.installation.simulator.shared;
  for (const schedule of schedules) book.offer(sharedScheduleOf(schedule));
  await world.hospital.registerSchedules(schedules);
  reached(world);
  for (const schedule of schedules) world.visits.keep(schedule);
}

/** 今天, 明天 or 30天后; without a column the scenario's day of visits. */
function dateOf(world: QingpuWorld, { 日期 }: Row): string {
  if (日期 === undefined) return world.visitDay;
  if (日期 === '今天') return world.day(0);
  return world.day(日期 === '明天' ? 1 : Number(DAYS.exec(日期)?.[1]));
}

function reached({ hospital, visits }: QingpuWorld): void {
  if (hospital.position !== undefined) visits.reached(hospital.position);
}

Then('排班答复为:', function (this: QingpuWorld, table: DataTable) {
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'schedules', JSON.stringify(outcome));
  const told = outcome.result.items.map((item) => ({
    排班: item.scheduleId,
    结果: OUTCOMES[item.outcome],
    提示: item.outcome === 'refused' ? item.detail : '',
  }));
  const expected = table.hashes();
  assert.deepEqual(
    told.map(({ 排班, 结果 }) => ({ 排班, 结果 })),
    expected.map(({ 排班, 结果 }) => ({ 排班, 结果 })),
  );
  for (const [index, { 提示 = '' }] of expected.entries())
    assert.ok(told[index]?.提示.includes(提示), `第${index + 1}条的提示是“${told[index]?.提示}”`);
});

When('医院为{string}增加号源:', async function (this: QingpuWorld, scheduleId: string, table: DataTable) {
  const [row = {}] = table.hashes();
  const known = this.visits.schedule(scheduleId);
  const { details } = scheduleOf(
    known.institutionCode,
    { 门诊: '心内科普通门诊', ...row },
    known.details.date,
  );
  const taken = known.details.intervals.flatMap(({ slots }) => slots).length;
  // The hospital goes on counting: no id is used twice.
  const intervals = details.intervals.map(({ slots, ...interval }, index) => ({
    ...interval,
    slots: slots.map((slot, place) => ({
      ...slot,
      slotId: `N${String(taken + index * slots.length + place + 1).padStart(2, '0')}`,
    })),
  }));
  await tell(this, 'schedule-additions', known, { intervals });
});

When(
  '医院撤回{string}的号源{string}，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, slotIds: string, reason: string) {
    const known = this.visits.schedule(scheduleId);
    await tell(this, 'slot-withdrawals', known, { slotIds: slotIds.split('、'), reason });
  },
);

When(
  '医院上传{string}停诊，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, cause: string) {
    await suspend(this, scheduleId, cause, null);
  },
);

When(
  '医院上传{string}在{string}停诊，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, starts: string, cause: string) {
    await suspend(this, scheduleId, cause, starts.split('、'));
  },
);

async function suspend(world: QingpuWorld, scheduleId: string, cause: string, starts: string[] | null) {
  const content = { cause: causeOf(cause), reason: `${cause}，当日不能出诊`, starts };
  await tell(world, 'schedule-suspensions', world.visits.schedule(scheduleId), content);
}

When('医院撤销{string}的停诊', async function (this: QingpuWorld, scheduleId: string) {
  const suspensionId = told(this).id;
  await tell(this, 'suspension-revocations', this.visits.schedule(scheduleId), {
    suspensionId,
    reason: '医生可以出诊',
  });
});

When(
  '医院上传{string}由{string}替诊，原因是{string}',
  async function (this: QingpuWorld, scheduleId: string, doctor: string, cause: string) {
    const content = { doctorCode: doctorCodeOf(doctor), cause: causeOf(cause), reason: `${cause}，安排替诊` };
    await tell(this, 'schedule-substitutions', this.visits.schedule(scheduleId), content);
  },
);

type Path = 'schedule-additions' | 'slot-withdrawals' | 'schedule-suspensions' | 'suspension-revocations';

async function tell(
  world: QingpuWorld,
  path: Path | 'schedule-substitutions',
  { institutionCode, scheduleId }: ScheduleRegistration,
  content: object,
): Promise<void> {
  await world.hospital.tell(path, { institutionCode, scheduleId, ...content });
  reached(world);
}

function told({ hospital: { outcome } }: QingpuWorld): Told {
  assert.ok(outcome.kind === 'told', JSON.stringify(outcome));
  return outcome.result;
}

/* ---- what can be booked ---- */

Then('公众看到{string}各时段为:', async function (this: QingpuWorld, scheduleId: string, table: DataTable) {
  await eventually(async () => {
    const { items } = await this.visits.intervals(this.visits.schedule(scheduleId));
    const seen = items.map(({ start, end, free, total, bookability }) => ({
      时段: `${start}-${end}`,
      余号: `${free}/${total}`,
      状态: BOOKABILITY[bookability],
    }));
    assert.deepEqual(seen, table.hashes());
  });
});

Then(
  '区管理员看到{string}的号源为:',
  async function (this: QingpuWorld, scheduleId: string, table: DataTable) {
    const { institutionCode } = this.visits.schedule(scheduleId);
    const admin = await this.installation.user('district-admin');
    await eventually(async () => {
      const answer = await admin.get(`/api/slots/desk/schedules/${institutionCode}/${scheduleId}`, {
        after: this.visits.position,
      });
      const { slots } = deskScheduleDetailSchema.parse(bodyOf(answer));
      assert.deepEqual(slots.map(slotWords), table.hashes());
    });
  },
);

type Slot = ReturnType<typeof deskScheduleDetailSchema.parse>['slots'][number];

function slotWords({ slotId, start, tier, state }: Slot): Row {
  return { 号源: slotId, 时段: start, 用途: TIERS[tier], 状态: SLOT_STATES[state] };
}

Then(
  '{string}的出诊医生为{string}，标明替诊',
  async function (this: QingpuWorld, scheduleId: string, doctor: string) {
    await eventually(async () => {
      const { schedule } = await this.visits.intervals(this.visits.schedule(scheduleId));
      assert.deepEqual([schedule.doctorName, schedule.substituted], [doctor, true]);
    });
  },
);
