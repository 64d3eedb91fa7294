import assert from 'node:assert/strict';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { CLOSED_LOOP_TAGS } from '@qingpu/contracts/codes/slot-tables';
import {
  appealPageSchema,
  CREDIT_REPORTS,
  closedLoopSchema,
  type Today,
  todaySchema,
  tracedSlotPageSchema,
} from '@qingpu/contracts/http/slots';
import { REPORTED_STATES } from '@qingpu/contracts/partners/hospital/slots';
import { bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { codeIn } from '../support/outpatient.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The day of the visit and what becomes of it: reports, tags, no-shows, appeals, the day's figures (F1.21, F3.07, F3.11, A5.11–A5.16). */

/** The platform looks for what is overdue by its own clock, at most half a minute after that was put forward. */
const SWEEP_LIMIT_MS = 45_000;
const SWEEP_STEP = { timeout: 60_000 };
/** A report that was refused comes again after a pause. */
const REPORT_LIMIT_MS = 20_000;
const REPORT = { timeout: 30_000 };

Given(
  '平台的时钟可以拨动，现在是新的一天{int}:{int}',
  { timeout: 120_000 },
  async function (this: QingpuWorld, hour: number, minute: number) {
    await this.moveClock();
    await this.installation.travelTo(shanghai(this.day(1), `${two(hour)}:${two(minute)}`));
  },
);

When('时间来到{string}', async function (this: QingpuWorld, moment: string) {
  const [, days = '0', clock = ''] = /^(?:(\d+)天后)?(\d\d:\d\d)$/.exec(moment) ?? [];
  await this.installation.travelTo(shanghai(this.day(Number(days)), clock));
});

function shanghai(date: string, clock: string): Date {
  return new Date(`${date}T${clock}:00+08:00`);
}

const two = (number: number) => String(number).padStart(2, '0');

/* ---- reports ---- */

When('医院反馈:', async function (this: QingpuWorld, table: DataTable) {
  for (const { 排班 = '', 时段 = '', 状态 = '' } of table.hashes()) {
    const { orderNumber } = this.visits.bookingAt(排班, 时段);
    const state = codeIn(REPORTED_STATES, 状态);
    await this.hospital.tell('booking-states', {
      institutionCode: this.hospital.institutionCode,
      orderNumber,
      state,
      registrationNumber: state === 'registered' ? `GH${orderNumber.slice(-8)}` : null,
      reason: state === 'cancelled' ? '医生临时不能出诊' : null,
    });
    const { outcome } = this.hospital;
    assert.equal(outcome.kind, 'told', JSON.stringify(outcome));
    if (this.hospital.position !== undefined) this.visits.reached(this.hospital.position);
  }
});

When('窗口取消{string}的{string}', async function (this: QingpuWorld, scheduleId: string, start: string) {
  const made = this.visits.bookingAt(scheduleId, start);
  bodyOf(await this.visits.act('coordinator', made, 'cancellation', { reason: '患者来电要求取消' }));
});

/* ---- tags ---- */

Then('号源的闭环标签为:', SWEEP_STEP, async function (this: QingpuWorld, table: DataTable) {
  const { institutionCode } = this.hospital;
  await eventually(async () => {
    const regulator = await this.installation.user('regulator');
    const answer = await regulator.get('/api/slots/trace', {
      institution: institutionCode,
      size: '100',
      after: this.visits.position,
    });
    const { items } = tracedSlotPageSchema.parse(bodyOf(answer));
    const tagOf = new Map(items.map(({ scheduleId, slotId, tag }) => [`${scheduleId} ${slotId}`, tag]));
    const told = table.hashes().map(({ 排班 = '', 号源 = '' }) => {
      const tag = tagOf.get(`${排班} ${号源}`);
      return { 排班, 号源, 标签: tag === undefined ? '—' : CLOSED_LOOP_TAGS[tag] };
    });
    assert.deepEqual(told, table.hashes());
  }, SWEEP_LIMIT_MS);
});

Then('该医院的闭环统计中没有去向不明的号源', async function (this: QingpuWorld) {
  const regulator = await this.installation.user('regulator');
  await eventually(async () => {
    const answer = await regulator.get('/api/slots/closed-loop', {
      institution: this.hospital.institutionCode,
      from: this.day(-10),
      to: this.day(20),
      after: this.visits.position,
    });
    const { total, tags, unexplained, byInstitution } = closedLoopSchema.parse(bodyOf(answer));
    assert.ok(total > 0);
    assert.equal(unexplained, 0);
    assert.equal(
      tags.reduce((sum, { count }) => sum + count, 0),
      total,
    );
    assert.deepEqual(
      byInstitution.map((line) => line.total),
      [total],
    );
  });
});

/* ---- rights ---- */

Then(
  '{person}的{relation}可以正常预约',
  async function (this: QingpuWorld, account: string, relation: string) {
    const { personId } = await this.visits.person(account, relation);
    await eventually(async () => {
      const { suspendedUntil } = await this.visits.standing(account, personId);
      assert.equal(suspendedUntil, null);
    });
  },
);

Then(
  '{person}的{relation}因爽约暂停预约{int}天',
  async function (this: QingpuWorld, account: string, relation: string, days: number) {
    const { personId } = await this.visits.person(account, relation);
    await eventually(async () => {
      const { suspendedUntil, suspendedFor } = await this.visits.standing(account, personId);
      assert.deepEqual([suspendedUntil, suspendedFor], [this.day(days), 'noShow']);
    });
  },
);

When(
  '{person}对这条记录申诉，理由是{string}',
  async function (this: QingpuWorld, account: string, statement: string) {
    const { bookingId, personId } = this.visits.booking;
    const user = await this.visits.user(account);
    const body = { personId, subject: { kind: 'booking', id: bookingId }, statement };
    bodyOf(this.visits.note(await user.write('POST', '/api/slots/appeals', body)));
  },
);

Then('区管理员在待处理的申诉中看到{string}', async function (this: QingpuWorld, statement: string) {
  const appeal = await appealOnBooking(this);
  assert.equal(appeal.statement, statement);
  assert.equal(appeal.state, 'filed');
});

When('区管理员采纳申诉，意见是{string}', async function (this: QingpuWorld, reason: string) {
  const { appealId } = await appealOnBooking(this);
  const admin = await this.installation.user('district-admin');
  const path = `/api/slots/desk/appeals/${appealId}/decision`;
  bodyOf(this.visits.note(await admin.write('POST', path, { upheld: true, reason })));
});

Given('市级信用平台一时不通', function (this: QingpuWorld) {
  this.installation.credit.setFault({ kind: 'status', status: 503, times: 1 });
});

Then(
  '市级信用平台收到一次这条申诉成立的结果，指明{person}',
  REPORT,
  async function (this: QingpuWorld, account: string) {
    const { orderNumber } = this.visits.booking;
    const { name, identityKind, identityNumber } = holderOf(account);
    await eventually(() => {
      const told = this.installation.credit
        .outcomes()
        .flatMap(({ content }) => (content.orderNumber === orderNumber ? [content] : []));
      assert.deepEqual(
        told.map(({ result, person }) => ({ result, person })),
        [{ result: 'upheld', person: { name, identityKind, identityNumber } }],
      );
    }, REPORT_LIMIT_MS);
  },
);

Then('区管理员看到这条申诉的结果{string}', REPORT, async function (this: QingpuWorld, words: string) {
  await eventually(async () => {
    const { creditReport } = await appealOnBooking(this);
    assert.equal(creditReport && CREDIT_REPORTS[creditReport], words);
  }, REPORT_LIMIT_MS);
});

function appealOnBooking({ installation, visits }: QingpuWorld) {
  return eventually(async () => {
    const admin = await installation.user('district-admin');
    const answer = await admin.get('/api/slots/desk/appeals', { size: '100', after: visits.position });
    const { items } = appealPageSchema.parse(bodyOf(answer));
    const found = items.find(({ subject }) => subject.id === visits.booking.bookingId);
    assert.ok(found, '没有这条申诉');
    return found;
  });
}

When(
  '{person}为{person}预约{string}的{string}，渠道{channel}，用途{tier}',
  async function (
    this: QingpuWorld,
    staff: string,
    account: string,
    scheduleId: string,
    start: string,
    channel: string,
    tier: string,
  ) {
    const { personId } = await this.visits.person(account, '本人');
    const wish = { schedule: this.visits.schedule(scheduleId), start, personId };
    await this.visits.bookAtDesk(staff, wish, { channel, tier });
  },
);

/* ---- the day's figures ---- */

Then('区管理员看到该医院的今日概况为:', async function (this: QingpuWorld, table: DataTable) {
  const admin = await this.installation.user('district-admin');
  await eventually(async () => {
    const answer = await admin.get('/api/slots/desk/today', {
      institution: this.hospital.institutionCode,
      date: this.day(0),
      after: this.visits.position,
    });
    const figures = todaySchema.parse(bodyOf(answer));
    const { bookings, registrations, converted } = figures;
    const told = [
      ['预约', bookings],
      ['挂号', registrations],
      ['预约转挂号', converted],
    ] as const;
    assert.deepEqual(
      told.map(([项目, { total, byChannel }]) => ({ 项目, 合计: String(total), 渠道: sharesIn(byChannel) })),
      table.hashes(),
    );
    assert.equal(converted.of, bookings.total);
    this.figures = figures;
  });
});

function sharesIn(shares: Today['bookings']['byChannel']): string {
  return shares
    .map(({ key, count }) => `${CHANNEL_KINDS[key as keyof typeof CHANNEL_KINDS]}${count}`)
    .join('、');
}

Then('各科室为:', function (this: QingpuWorld, table: DataTable) {
  assert.ok(this.figures);
  const told = this.figures.byDepartment.map(
    ({ departmentName, bookings, registrations, cancellations }) => ({
      科室: departmentName,
      预约: String(bookings),
      挂号: String(registrations),
      取消: String(cancellations),
    }),
  );
  assert.deepEqual(told, table.hashes());
});
