import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { MODIFIERS, OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import { BOOKING_STATES, type BookingDetail, bookingPageSchema } from '@qingpu/contracts/http/slots';
import { bodyOf, problemOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { departmentName } from '../support/outpatient.ts';
import { type Attempt, holderOf, type Made } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Residents who book, look at their bookings and give them back (F3.02–F3.06). */

const PORTAL = '/api/slots/bookings';

Given(
  '{person}已为{relation}预约{string}的{string}',
  async function (this: QingpuWorld, account: string, relation: string, scheduleId: string, start: string) {
    bodyOf((await book(this, account, relation, scheduleId, start)).answer);
  },
);

When(
  '{person}为{relation}预约{string}的{string}',
  async function (this: QingpuWorld, account: string, relation: string, scheduleId: string, start: string) {
    await book(this, account, relation, scheduleId, start);
  },
);

async function book(
  { visits }: QingpuWorld,
  account: string,
  relation: string,
  scheduleId: string,
  start: string,
): Promise<Attempt> {
  const { personId, cards } = await visits.person(account, relation);
  const cardId = cards.find(({ institutionCode }) => institutionCode === null)?.cardId ?? null;
  return visits.book(account, { schedule: visits.schedule(scheduleId), start, personId, cardId });
}

When('访客预约{string}的{string}', async function (this: QingpuWorld, scheduleId: string, start: string) {
  const { personId } = await this.visits.person('resident-2', '本人');
  await this.visits.book('visitor', { schedule: this.visits.schedule(scheduleId), start, personId });
});

When(
  '{person}为不相干的人预约{string}的{string}',
  async function (this: QingpuWorld, account: string, scheduleId: string, start: string) {
    const { personId } = await this.visits.caller();
    await this.visits.book(account, { schedule: this.visits.schedule(scheduleId), start, personId });
  },
);

When(
  '{person}为{relation}改约{string}的{string}',
  async function (this: QingpuWorld, account: string, relation: string, scheduleId: string, start: string) {
    const { personId } = await this.visits.person(account, relation);
    const replaces = this.visits.booking.bookingId;
    await this.visits.book(account, {
      schedule: this.visits.schedule(scheduleId),
      start,
      personId,
      replaces,
    });
  },
);

When(
  '{person}为来电居民预约{string}的{string}，渠道{channel}，用途{tier}',
  async function (
    this: QingpuWorld,
    staff: string,
    scheduleId: string,
    start: string,
    channel: string,
    tier: string,
  ) {
    const { personId } = await this.visits.caller(staff);
    const wish = { schedule: this.visits.schedule(scheduleId), start, personId };
    await this.visits.bookAtDesk(staff, wish, { channel, tier });
  },
);

Given(
  '来电居民已预约{string}的{string}',
  async function (this: QingpuWorld, scheduleId: string, starts: string) {
    for (const start of starts.split('、')) {
      const { personId, resident } = await this.visits.caller();
      const wish = { schedule: this.visits.schedule(scheduleId), start, personId };
      const { answer } = await this.visits.bookAtDesk('coordinator', wish, { channel: 'phone' });
      bodyOf(answer);
      this.callers = [...this.callers, resident];
    }
  },
);

When('区管理员注销该来电居民的个人信息', async function (this: QingpuWorld) {
  const { personId } = this.visits.booking;
  const admin = await this.installation.user('district-admin');
  const path = `/api/residents/desk/persons/${personId}/erasure`;
  bodyOf(this.visits.note(await admin.write('POST', path, { reason: '本人申请注销' })));
});

/* ---- many at once ---- */

When(
  '{int}位居民同时预约{string}的{string}',
  async function (this: QingpuWorld, count: number, scheduleId: string, start: string) {
    const schedule = this.visits.schedule(scheduleId);
    const callers = await Promise.all(Array.from({ length: count }, () => this.visits.caller()));
    this.crowd = await Promise.all(
      callers.map(({ personId }) =>
        this.visits.bookAtDesk('coordinator', { schedule, start, personId }, { channel: 'phone' }),
      ),
    );
  },
);

/** Long enough apart that each has reached the platform before the next. */
const BEHIND_EACH_OTHER_MS = 80;

When(
  '{int}位居民先后排队预约{string}的{string}',
  async function (this: QingpuWorld, count: number, scheduleId: string, start: string) {
    const schedule = this.visits.schedule(scheduleId);
    const callers = await Promise.all(Array.from({ length: count }, () => this.visits.caller()));
    const answers = callers.map(async ({ personId }, place) => {
      await pause(place * BEHIND_EACH_OTHER_MS);
      return this.visits.bookAtDesk('coordinator', { schedule, start, personId }, { channel: 'phone' });
    });
    this.crowd = await Promise.all(answers);
  },
);

Then('恰好{int}人预约成功，号源各不相同', function (this: QingpuWorld, winners: number) {
  const won = this.crowd.filter(({ answer }) => answer.status === 201);
  assert.equal(won.length, winners);
  assert.equal(new Set(this.visits.bookings.slice(-winners).map(({ slotId }) => slotId)).size, winners);
});

Then('其余{int}人都被告知{string}', function (this: QingpuWorld, losers: number, advice: string) {
  const lost = this.crowd.filter(({ answer }) => answer.status !== 201);
  assert.equal(lost.length, losers);
  for (const { answer } of lost) {
    assert.equal(answer.status, 409, JSON.stringify(answer.body));
    assert.ok(problemOf(answer).detail.includes(advice), problemOf(answer).detail);
  }
});

Then('最先到的{int}人预约成功', function (this: QingpuWorld, winners: number) {
  const won = this.crowd.map(({ answer }) => answer.status === 201);
  assert.deepEqual(
    won,
    won.map((_won, place) => place < winners),
  );
});

Then('预约成功，得到预约单号', function (this: QingpuWorld) {
  const { answer } = this.visits.attempt;
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  assert.match(this.visits.booking.orderNumber, /^QP/);
});

Then('预约被{int}拒绝并提示{string}', function (this: QingpuWorld, status: number, advice: string) {
  const { answer } = this.visits.attempt;
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.ok(problemOf(answer).detail.includes(advice), problemOf(answer).detail);
});

When('网络中断，居民用同一次提交再试', async function (this: QingpuWorld) {
  const { account, schedule, start, personId, key } = this.visits.attempt;
  const { cards } = (await this.visits.persons(account)).find((each) => each.personId === personId) ?? {};
  const cardId = cards?.find(({ institutionCode }) => institutionCode === null)?.cardId ?? null;
  await this.visits.book(account, { schedule, start, personId, key, cardId });
});

Then('两次得到同一张预约单', function (this: QingpuWorld) {
  const [first, second] = this.visits.bookings.slice(-2);
  assert.ok(first && second);
  assert.equal(second.orderNumber, first.orderNumber);
  assert.equal(second.slotId, first.slotId);
});

/* ---- what became of it ---- */

function wordOf({ booking: { state, outcome } }: BookingDetail): string {
  return outcome === null ? BOOKING_STATES[state] : OUTCOMES[outcome];
}

function standsAs(
  { visits }: QingpuWorld,
  made: Made,
  state: string,
  modifiers: readonly string[],
): Promise<void> {
  return eventually(async () => {
    const detail = await visits.detail(made);
    const told = detail.booking.modifiers.map((modifier) => MODIFIERS[modifier]);
    assert.deepEqual([wordOf(detail), told], [state, modifiers]);
  });
}

Then('预约状态为{string}', async function (this: QingpuWorld, state: string) {
  await standsAs(this, this.visits.booking, state, []);
});

Then('预约状态为{string}，备注{string}', async function (this: QingpuWorld, state: string, modifier: string) {
  await standsAs(this, this.visits.booking, state, [modifier]);
});

Then(
  '{string}的预约状态为{string}，备注{string}',
  async function (this: QingpuWorld, scheduleId: string, state: string, modifier: string) {
    await standsAs(this, this.visits.bookingOf(scheduleId), state, [modifier]);
  },
);

Then('{string}的预约状态为{string}', async function (this: QingpuWorld, scheduleId: string, state: string) {
  await standsAs(this, this.visits.bookingOf(scheduleId), state, []);
});

When('居民退号', async function (this: QingpuWorld) {
  await act(this, 'cancellation');
});

When('居民签到', async function (this: QingpuWorld) {
  await act(this, 'check-in');
});

async function act(world: QingpuWorld, what: string): Promise<void> {
  const { booking } = world.visits;
  world.answer = await world.visits.act(booking.account, booking, what);
}

Then('退号结果为{string}', function (this: QingpuWorld, outcome: string) {
  assert.ok(this.answer);
  const { outcome: told } = bodyOf(this.answer) as { readonly outcome: keyof typeof OUTCOMES };
  assert.equal(OUTCOMES[told], outcome);
});

const VIEWS = { 待就诊: 'upcoming', 历史: 'past', 挂号: 'registered' } as const;

Then(
  '{person}的{string}预约中有这张预约单',
  async function (this: QingpuWorld, account: string, view: string) {
    const user = await this.visits.user(account);
    const { orderNumber } = this.visits.booking;
    await eventually(async () => {
      const answer = await user.get(PORTAL, {
        view: VIEWS[view as keyof typeof VIEWS],
        size: '100',
        after: this.visits.position,
      });
      const { items } = bookingPageSchema.parse(bodyOf(answer));
      assert.ok(items.some((item) => item.orderNumber === orderNumber));
    });
  },
);

Then('预约单的内容为:', async function (this: QingpuWorld, table: DataTable) {
  const { booking } = await this.visits.detail(this.visits.booking);
  const told = {
    医院: booking.institutionName,
    科室: booking.departmentName,
    医生: booking.doctorName,
    职称: booking.doctorTitle,
    时段: `${booking.start}-${booking.end}`,
    挂号费: `¥${(booking.feeFen / 100).toFixed(2)}`,
    渠道: CHANNEL_KINDS[booking.channel],
  };
  assert.deepEqual(told, table.hashes()[0]);
});

Then('预约单的经过为:', async function (this: QingpuWorld, table: DataTable) {
  await eventually(async () => {
    const { timeline } = await this.visits.detail(this.visits.booking);
    assert.deepEqual(
      timeline.map(({ what, actor }) => ({ 经过: what, 经办: actor })),
      table.hashes(),
    );
  });
});

/* ---- at the hospital ---- */

const ORDER_STATES = { 已预约: 'booked', 已取消: 'cancelled' } as const;

Then('医院收到这张预约单，状态为{string}', async function (this: QingpuWorld, state: string) {
  await orderAtHospital(this, state);
});

Then(
  '医院收到这张预约单，状态为{string}，就诊人和就诊卡与居民登记的一致',
  async function (this: QingpuWorld, state: string) {
    const { booked } = await orderAtHospital(this, state);
    const { account, start, schedule, slotId } = this.visits.booking;
    const { name, identityKind, identityNumber, mobile } = holderOf(account);
    assert.ok(booked);
    assert.deepEqual(booked.person, { name, identityKind, identityNumber, mobile });
    const { scheduleId } = schedule;
    assert.deepEqual(
      { scheduleId: booked.scheduleId, slotId: booked.slotId, date: booked.date, start: booked.start },
      { scheduleId, slotId, date: schedule.details.date, start },
    );
    assert.equal(booked.card?.kind, 'socialSecurity');
  },
);

/** Deliveries that failed come again after a pause. */
const DELIVERY_LIMIT_MS = 20_000;

function orderAtHospital({ installation, visits }: QingpuWorld, state: string) {
  const { orderNumber } = visits.booking;
  return eventually(() => {
    const found = installation.simulator.orders().find((order) => order.orderNumber === orderNumber);
    assert.ok(found, '医院还没有收到这张预约单');
    assert.equal(found.state, ORDER_STATES[state as keyof typeof ORDER_STATES]);
    return found;
  }, DELIVERY_LIMIT_MS);
}

const OCCASIONS = {
  预约成功: 'booked',
  就诊提醒: 'reminder',
  退号: 'cancelled',
  医院取消: 'calledOff',
  预约未成立: 'notConfirmed',
} as const;
type NoticedOccasion = keyof typeof OCCASIONS;

/** Reminders wait for the sweep of the platform, which looks every half minute by its own clock. */
const NOTICE_LIMIT_MS = 45_000;

Then(
  '服务渠道收到这张预约单的{string}通知，发给居民登记的手机',
  { timeout: 60_000 },
  async function (this: QingpuWorld, occasion: NoticedOccasion) {
    const notice = await noticeAtChannels(this, occasion);
    const { mobile, name } = holderOf(this.visits.booking.account);
    assert.equal(notice.person.mobile, mobile);
    assert.notEqual(notice.person.maskedName, name);
    assert.ok(notice.words.includes(this.visits.booking.orderNumber), notice.words);
  },
);

Then(
  '服务渠道收到这张预约单的{string}通知，写明医院、科室、日期和{string}',
  { timeout: 60_000 },
  async function (this: QingpuWorld, occasion: NoticedOccasion, start: string) {
    const { words } = await noticeAtChannels(this, occasion);
    const { date, departmentCode } = this.visits.booking.schedule.details;
    for (const part of [this.hospital.name, departmentName(departmentCode), date, start])
      assert.ok(words.includes(part), `「${words}」没有写明${part}`);
  },
);

function noticeAtChannels({ installation, visits }: QingpuWorld, occasion: NoticedOccasion) {
  const { orderNumber } = visits.booking;
  return eventually(() => {
    const found = installation.channels
      .notices()
      .flatMap(({ content }) => ('orderNumber' in content ? [content] : []))
      .filter((content) => content.orderNumber === orderNumber && content.occasion === OCCASIONS[occasion]);
    assert.equal(found.length, 1, `服务渠道收到${found.length}条${occasion}通知`);
    return found[0] as (typeof found)[number];
  }, NOTICE_LIMIT_MS);
}

Then('{person}查询这张预约单时被404拒绝', async function (this: QingpuWorld, account: string) {
  const user = await this.visits.user(account);
  const answer = await user.get(`${PORTAL}/${this.visits.booking.bookingId}`, {
    after: this.visits.position,
  });
  assert.equal(answer.status, 404);
});

/* ---- standing ---- */

Then(
  '{person}的{relation}没有违约记录',
  async function (this: QingpuWorld, account: string, relation: string) {
    const { personId } = await this.visits.person(account, relation);
    const { noShows } = await this.visits.standing(account, personId);
    assert.deepEqual(
      noShows.filter(({ bookingId }) => bookingId === this.visits.booking.bookingId),
      [],
    );
  },
);

Then(
  '{person}的{relation}有{int}条违约记录{string}',
  async function (this: QingpuWorld, account: string, relation: string, count: number, outcome: string) {
    const { personId } = await this.visits.person(account, relation);
    await eventually(async () => {
      const { noShows } = await this.visits.standing(account, personId);
      const made = new Set(this.visits.bookings.map(({ bookingId }) => bookingId));
      const told = noShows.filter(({ bookingId }) => made.has(bookingId));
      assert.deepEqual(
        told.map((each) => OUTCOMES[each.outcome]),
        Array.from({ length: count }, () => outcome),
      );
    });
  },
);
