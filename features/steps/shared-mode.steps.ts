import assert from 'node:assert/strict';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { BOOKABILITY, differencePageSchema, schedulesPageSchema } from '@qingpu/contracts/http/slots';
import type { SharedOrder } from '@qingpu/simulators/shared-book';
import type { SharedFaultOrder } from '@qingpu/simulators/shared-desk';
import { bodyOf, problemOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Hospitals in shared mode, which the platform asks in real time (F1.08–F1.15). */

/** The platform asks again for what is open after a third of a minute. */
const ANSWER_LIMIT_MS = 45_000;
/** The comparison of the day starts within half a minute of a clock that was put forward. */
const LONG_STEP = { timeout: 60_000 };

const FAULTS: Readonly<Record<string, SharedFaultOrder>> = {
  记录预约后中断连接: { kind: 'drop', call: 'book', recorded: true, times: 1 },
  没有收到预约就中断连接: { kind: 'drop', call: 'book', times: 1 },
  已接受预约却答复号源已被约走: { kind: 'lie', how: 'denies', call: 'book', times: 1 },
  答复预约成功后丢失预约单: { kind: 'lie', how: 'forgets', call: 'book', times: 1 },
  重复收到同一次预约: { kind: 'duplicate', call: 'book', times: 1 },
  不能查询余号: { kind: 'status', status: 503, call: 'slots' },
};

const shared = ({ installation }: QingpuWorld) => installation.simulator.shared;

When('医院系统{string}', function (this: QingpuWorld, how: string) {
  const order = FAULTS[how];
  assert.ok(order, `医院系统不会“${how}”`);
  const { institutionCode } = this.hospital;
  shared(this).faults.set({ ...order, institutionCode });
});

When('医院系统恢复正常', function (this: QingpuWorld) {
  shared(this).reset();
});

/** Sells the first slots of an interval, or of all where no interval is named. */
function sell(world: QingpuWorld, scheduleId: string, count: number, start?: string): void {
  const { institutionCode, details } = world.visits.schedule(scheduleId);
  const slotIds = details.intervals
    .filter((interval) => start === undefined || interval.start === start)
    .flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
  for (const slotId of slotIds.slice(0, count))
    assert.ok(shared(world).book.sellAtWindow({ institutionCode, scheduleId, slotId }));
}

Given(
  '医院窗口卖出{string}的{string}的{int}个号',
  function (this: QingpuWorld, scheduleId: string, start: string, count: number) {
    sell(this, scheduleId, count, start);
  },
);

Given('医院窗口卖完{string}的全部号', function (this: QingpuWorld, scheduleId: string) {
  sell(this, scheduleId, Number.POSITIVE_INFINITY);
});

Given('医院挂失了{person}的社会保障卡', function (this: QingpuWorld, account: string) {
  // As the synthetic district registers cards.
  const number = `YS${holderOf(account).identityNumber.slice(6, 17)}`;
  shared(this).book.refuseCard(number, 'suspended');
});

Then('提示正在与医院确认', function (this: QingpuWorld) {
  const { answer } = this.visits.attempt;
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
});

Then('医院答复后预约状态为{string}', LONG_STEP, async function (this: QingpuWorld, state: string) {
  const words = { 待就诊: ['booked', null], 未成立: ['closed', 'expired'] } as const;
  const expected = words[state as keyof typeof words];
  await eventually(async () => {
    const { booking } = await this.visits.detail(this.visits.booking);
    assert.deepEqual([booking.state, booking.outcome], expected);
  }, ANSWER_LIMIT_MS);
});

Then('用同一次提交再试时提示{string}', async function (this: QingpuWorld, advice: string) {
  const { account, schedule, start, personId, key } = this.visits.attempt;
  const { cards } = (await this.visits.persons(account)).find((each) => each.personId === personId) ?? {};
  const cardId = cards?.find(({ institutionCode }) => institutionCode === null)?.cardId ?? null;
  const { answer } = await this.visits.book(account, { schedule, start, personId, key, cardId });
  assert.ok(problemOf(answer).detail.includes(advice), JSON.stringify(answer.body));
});

const STATES: Readonly<Record<string, SharedOrder['state']>> = {
  已预约: 'booked',
  已取消: 'cancelled',
  已作废: 'void',
};

Then('医院系统中这张预约单为{string}', async function (this: QingpuWorld, state: string) {
  const { orderNumber, slotId, schedule } = this.visits.booking;
  await eventually(() => {
    const found = shared(this)
      .book.orders()
      .filter((order) => order.orderNumber === orderNumber);
    assert.deepEqual(
      found.map((order) => order.state),
      [STATES[state]],
    );
    if (state !== '已作废')
      assert.deepEqual([found[0]?.scheduleId, found[0]?.slotId], [schedule.scheduleId, slotId]);
  });
});

Then('公众看到就诊日的门诊为:', async function (this: QingpuWorld, table: DataTable) {
  const visitor = await this.visits.user('visitor');
  const { institutionCode } = this.hospital;
  await eventually(async () => {
    const answer = await visitor.get('/api/slots/schedules', {
      institution: institutionCode,
      date: this.visitDay,
      after: this.visits.position,
    });
    const { items } = schedulesPageSchema.parse(bodyOf(answer));
    const seen = items.map(({ scheduleId, free, total, bookability }) => ({
      排班: scheduleId,
      余号: `${free}/${total}`,
      状态: BOOKABILITY[bookability],
    }));
    assert.deepEqual(
      seen.toSorted((one, other) => (one.排班 < other.排班 ? -1 : 1)),
      table.hashes(),
    );
  });
});

const DIFFERENCES = { missingAtHospital: '医院没有', missingAtPlatform: '平台没有' } as const;

Then('平台与该医院的落地差异为:', LONG_STEP, async function (this: QingpuWorld, table: DataTable) {
  const admin = await this.visits.user('district-admin');
  const { date } = this.visits.booking.schedule.details;
  const institution = this.hospital.institutionCode;
  await eventually(async () => {
    const answer = await admin.get('/api/slots/desk/differences', { institution, from: date, to: date });
    const { items } = differencePageSchema.parse(bodyOf(answer));
    const seen = items.map(({ orderNumber, kind, platform, hospital }) => ({
      排班: this.visits.bookings.find((made) => made.orderNumber === orderNumber)?.schedule.scheduleId,
      差异: DIFFERENCES[kind as keyof typeof DIFFERENCES],
      平台: platform ?? '—',
      医院: hospital ?? '—',
    }));
    assert.deepEqual(seen, table.hashes());
  }, ANSWER_LIMIT_MS);
});

When(
  '{person}用手机打开{string}的时段页',
  async function (this: QingpuWorld, account: string, scheduleId: string) {
    const { institutionCode } = this.visits.schedule(scheduleId);
    await this.visits.persons(account);
    await this.open('phone', account, `/portal/booking/${institutionCode}/schedules/${scheduleId}`);
  },
);

Then('医院答复后页面显示{string}', LONG_STEP, async function (this: QingpuWorld, text: string) {
  const shown = this.screen.page.getByRole('main').getByText(text).first();
  await shown.waitFor({ timeout: ANSWER_LIMIT_MS });
});
