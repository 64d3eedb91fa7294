import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Given, Then, When } from '@cucumber/cucumber';
import {
  CONTRACT_STANDINGS,
  type ContractInterface,
  contractKindOf,
} from '@qingpu/contracts/codes/partner-contracts';
import { CLOSED_LOOP_TAGS, OUTCOMES, type Tier } from '@qingpu/contracts/codes/slot-tables';
import type { LandedOrder } from '@qingpu/contracts/events/slots';
import { type Contract, contractsSchema, verificationSchema } from '@qingpu/contracts/http/partner-contracts';
import {
  deskScheduleDetailSchema,
  differencePageSchema,
  tracedSlotPageSchema,
} from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { institutionEntry } from '@qingpu/data/institutions';
import { bodyOf } from '../support/api-user.ts';
import {
  contractedSchedule,
  contractKindNamed,
  openInternetClinic,
  SUBSTITUTE,
} from '../support/contracted.ts';
import { eventually } from '../support/eventually.ts';
import { openOutpatients } from '../support/outpatient.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Contracts with hospitals' systems: transmission and synchronisation of slots by kind, and whose slots are withheld (I1–I5). */

const CONTRACTS = '/api/slots/desk/contracts';
const SCHEDULES = '/api/slots/desk/schedules';
const DELIVERY_LIMIT_MS = 20_000;

Given(
  '{string}按接口约定接入平台',
  { timeout: 120_000 },
  async function (this: QingpuWorld, shortName: string) {
    const { fresh, plan } = await this.speakOfContracted(shortName);
    if (!fresh) return;
    const { institutionCode, details } = institutionEntry(plan);
    await this.hospital.register(
      'institution',
      [{ institutionCode, details: { ...details, slotMode: 'hosted' } }],
      false,
    );
    assert.equal(this.hospital.outcome.kind, 'single', JSON.stringify(this.hospital.outcome));
    await openOutpatients(this.hospital, this.day(0));
    await openInternetClinic(this.hospital);
    const visitor = await this.installation.user('visitor');
    const { position } = this.hospital;
    await eventually(async () =>
      assert.ok(await visitor.entry({ institutionCode, code: 'RULE_ALL' }, 'bookingRule', position)),
    );
  },
);

Given('现在是新的一天的{int}点', async function (this: QingpuWorld, hour: number) {
  const clock = `${String(hour).padStart(2, '0')}:00:00+08:00`;
  await this.installation.travelTo(new Date(`${this.day(1)}T${clock}`));
});

/* ---- transmission ---- */

const KEPT = '该排班';
const newScheduleId = () => `C${randomUUID().slice(0, 8)}`;
const kept = ({ visits }: QingpuWorld) => visits.schedule(KEPT);

When(
  '医院上传{int}天后的{string}排班，每个时段{int}个{tier}号源',
  async function (this: QingpuWorld, days: number, kind: string, slots: number, tier: Tier) {
    await send(this, this.day(days), kind, { slots, tier }, 'registered');
  },
);

When(
  '医院在放号前把该排班改为每个时段{int}个{tier}号源',
  async function (this: QingpuWorld, slots: number, tier: Tier) {
    const { details } = kept(this);
    const kind = contractKindOf(details.kind);
    await transmit(
      this,
      contractedSchedule({
        institutionCode: this.hospital.institutionCode,
        scheduleId: kept(this).scheduleId,
        kind,
        date: details.date,
        tier,
        slots,
      }),
      'amended',
    );
  },
);

async function send(
  world: QingpuWorld,
  date: string,
  kind: string,
  slots: { readonly slots: number; readonly tier: Tier },
  expected: string,
): Promise<void> {
  const { institutionCode } = world.hospital;
  await transmit(
    world,
    contractedSchedule({
      institutionCode,
      scheduleId: newScheduleId(),
      kind: contractKindNamed(kind),
      date,
      ...slots,
    }),
    expected,
  );
}

async function transmit(world: QingpuWorld, schedule: ScheduleRegistration, expected: string): Promise<void> {
  await world.hospital.registerSchedules([schedule]);
  const { outcome } = world.hospital;
  assert.ok(outcome.kind === 'schedules', JSON.stringify(outcome));
  assert.equal(outcome.result.items[0]?.outcome, expected, JSON.stringify(outcome.result));
  reached(world);
  world.visits.keepAs(KEPT, schedule);
}

When('医院上传格式不符的{string}排班', async function (this: QingpuWorld, kind: string) {
  const { institutionCode } = this.hospital;
  const wanted = {
    institutionCode,
    scheduleId: newScheduleId(),
    kind: contractKindNamed(kind),
    date: this.day(32),
    tier: 'public',
    slots: 2,
  } as const;
  const { details, ...schedule } = contractedSchedule(wanted);
  const malformed = {
    ...details,
    intervals: details.intervals.map((interval) => ({ ...interval, end: '9点' })),
  };
  await this.hospital.registerSchedules([{ ...schedule, details: malformed }]);
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'refused' && outcome.refusal.status === 422, JSON.stringify(outcome));
});

When(
  '医院为该排班增加{int}个{tier}号源，再撤回{int}个',
  async function (this: QingpuWorld, added: number, tier: Tier, withdrawn: number) {
    const [first] = kept(this).details.intervals;
    assert.ok(first);
    const slots = Array.from({ length: added }, (_none, index) => ({ slotId: `9${index + 1}`, tier }));
    await tell(this, 'schedule-additions', { intervals: [{ ...first, slots }] });
    const slotIds = first.slots.slice(0, withdrawn).map(({ slotId }) => slotId);
    await tell(this, 'slot-withdrawals', { slotIds, reason: '设备检修' });
  },
);

When('医院上传该排班停诊', async function (this: QingpuWorld) {
  await tell(this, 'schedule-suspensions', { cause: 'surgery', reason: '急诊手术，不能出诊', starts: null });
});

When('医院撤销该排班的停诊，再上传替诊', async function (this: QingpuWorld) {
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'told');
  await tell(this, 'suspension-revocations', { suspensionId: outcome.result.id, reason: '可以出诊' });
  await tell(this, 'schedule-substitutions', {
    doctorCode: SUBSTITUTE,
    cause: 'meeting',
    reason: '紧急会议，安排替诊',
  });
});

async function tell(
  world: QingpuWorld,
  path: Parameters<QingpuWorld['hospital']['tell']>[0],
  content: object,
): Promise<void> {
  const { institutionCode, scheduleId } = kept(world);
  await world.hospital.tell(path, { institutionCode, scheduleId, ...content });
  assert.equal(world.hospital.outcome.kind, 'told', JSON.stringify(world.hospital.outcome));
  reached(world);
}

function reached({ hospital, visits }: QingpuWorld): void {
  if (hospital.position !== undefined) visits.reached(hospital.position);
}

Then(
  '号源池中该排班属于{string}，有{int}个{tier}号源可约',
  async function (this: QingpuWorld, kind: string, count: number, tier: Tier) {
    await eventually(async () => {
      const { schedule, slots } = await deskSchedule(this);
      assert.equal(contractKindOf(schedule.kind), contractKindNamed(kind));
      const free = slots.filter(({ state }) => state === 'free');
      assert.deepEqual(
        free.map((slot) => slot.tier),
        Array.from({ length: count }, () => tier),
      );
    });
  },
);

Then('该排班由替诊医生出诊', async function (this: QingpuWorld) {
  const { substitution } = await deskSchedule(this);
  assert.equal(substitution?.doctorCode, SUBSTITUTE);
});

async function deskSchedule(world: QingpuWorld) {
  const { institutionCode, scheduleId } = kept(world);
  const admin = await world.installation.user('district-admin');
  const answer = await admin.get(`${SCHEDULES}/${institutionCode}/${scheduleId}`, {
    after: world.visits.position,
  });
  return deskScheduleDetailSchema.parse(bodyOf(answer));
}

/* ---- synchronisation ---- */

const ACCOUNTS = { 居民二: 'resident-2', 居民三: 'resident-3' } as const;

When(
  /^(居民二|居民三)通过区级门户预约该排班的公众号源$/,
  async function (this: QingpuWorld, who: keyof typeof ACCOUNTS) {
    await bookAtPortal(this, ACCOUNTS[who]);
  },
);

async function bookAtPortal({ visits }: QingpuWorld, account: string) {
  const { personId } = await visits.person(account, '本人');
  const schedule = visits.schedule(KEPT);
  bodyOf((await visits.book(account, { schedule, start: '10:00', personId })).answer);
  return visits.booking;
}

When('转诊协调员通过社区预约该排班的{tier}号源', async function (this: QingpuWorld, tier: Tier) {
  await bookAtDesk(this, tier);
});

When('转诊协调员为来电居民预约该排班的{tier}号源并取消', async function (this: QingpuWorld, tier: Tier) {
  await bookAtDesk(this, tier);
  bodyOf(
    await this.visits.act('coordinator', this.visits.booking, 'cancellation', { reason: '患者要求取消' }),
  );
});

async function bookAtDesk({ visits }: QingpuWorld, tier: Tier): Promise<void> {
  const { personId } = await visits.caller();
  const wish = { schedule: visits.schedule(KEPT), start: '10:00', personId };
  bodyOf((await visits.bookAtDesk('coordinator', wish, { channel: 'community', tier })).answer);
}

const ORDER_STATES = { 已预约: 'booked', 已取消: 'cancelled' } as const;

Then(
  '医院收到这张{string}预约单，用途{tier}，状态为{string}',
  async function (this: QingpuWorld, kind: string, tier: Tier, state: string) {
    const { orderNumber } = this.visits.booking;
    const { institutionCode } = this.hospital;
    await eventually(() => {
      const found = this.installation.simulator.orders().find((order) => order.orderNumber === orderNumber);
      assert.ok(found?.booked, '医院还没有收到这张预约单');
      const { booked } = found;
      assert.deepEqual(
        [booked.institutionCode, contractKindOf(booked.kind), booked.tier, found.state],
        [institutionCode, contractKindNamed(kind), tier, ORDER_STATES[state as keyof typeof ORDER_STATES]],
      );
    }, DELIVERY_LIMIT_MS);
  },
);

When('医院依次反馈这张预约单已签到、已挂号、已就诊', async function (this: QingpuWorld) {
  const { orderNumber } = this.visits.booking;
  const { institutionCode } = this.hospital;
  for (const state of ['checkedIn', 'registered', 'fulfilled']) {
    const registrationNumber = state === 'registered' ? `GH${orderNumber.slice(-8)}` : null;
    await this.hospital.tell('booking-states', {
      institutionCode,
      orderNumber,
      state,
      registrationNumber,
      reason: null,
    });
    assert.equal(this.hospital.outcome.kind, 'told', JSON.stringify(this.hospital.outcome));
  }
  reached(this);
});

Then('这张预约单的结果为{string}', async function (this: QingpuWorld, outcome: string) {
  await eventually(async () => {
    const { booking } = await this.visits.detail(this.visits.booking);
    assert.equal(booking.outcome && OUTCOMES[booking.outcome], outcome);
  });
});

When('医院落地当天的预约单，把这一单误报为爽约', async function (this: QingpuWorld) {
  await land(this, 'noShow');
});

When('医院更正后重新落地当天的预约单', async function (this: QingpuWorld) {
  await land(this, 'fulfilled');
});

async function land(world: QingpuWorld, state: LandedOrder['state']): Promise<void> {
  const { orderNumber, slotId, schedule } = world.visits.booking;
  const { institutionCode, scheduleId, details } = schedule;
  const orders = [{ orderNumber, scheduleId, slotId, state }];
  const day = { date: details.date, submissionId: randomUUID(), part: 1, parts: 1 };
  await world.hospital.tell('booking-landings', { institutionCode, ...day, orders });
  assert.equal(world.hospital.outcome.kind, 'told', JSON.stringify(world.hospital.outcome));
  reached(world);
}

Then('落地差异中只有这一单', async function (this: QingpuWorld) {
  await differencesAre(this, [this.visits.booking.orderNumber]);
});

Then('该医院当天没有落地差异', async function (this: QingpuWorld) {
  await differencesAre(this, []);
});

async function differencesAre({ installation, hospital, visits }: QingpuWorld, expected: readonly string[]) {
  const { date } = visits.schedule(KEPT).details;
  const admin = await installation.user('district-admin');
  await eventually(async () => {
    const query = { institution: hospital.institutionCode, from: date, to: date, after: visits.position };
    const { items } = differencePageSchema.parse(
      bodyOf(await admin.get('/api/slots/desk/differences', query)),
    );
    assert.deepEqual(
      items.map(({ orderNumber }) => orderNumber),
      expected,
    );
  });
}

/* ---- what stands ---- */

When('区管理员重新验证该医院的{string}接口', async function (this: QingpuWorld, kind: string) {
  const admin = await this.installation.user('district-admin');
  const path = `${CONTRACTS}/${this.hospital.institutionCode}/verification`;
  const answer = await admin.write('POST', path, { kinds: [contractKindNamed(kind)] });
  verificationSchema.parse(bodyOf(this.visits.note(answer)));
});

Then(
  '该医院{string}的号源传输接口为{string}',
  async function (this: QingpuWorld, kind: string, standing: string) {
    await stands(this, kind, 'transmission', standing);
  },
);

Then(
  '该医院{string}的号源同步接口为{string}',
  async function (this: QingpuWorld, kind: string, standing: string) {
    await stands(this, kind, 'synchronisation', standing);
  },
);

Then(
  '该医院{string}的号源同步接口为{string}，原因是{string}',
  async function (this: QingpuWorld, kind: string, standing: string, fault: string) {
    assert.equal((await stands(this, kind, 'synchronisation', standing)).fault, fault);
  },
);

async function stands(world: QingpuWorld, kind: string, of: ContractInterface, standing: string) {
  const { lines } = await contractOf(world);
  const line = lines.find((each) => each.kind === contractKindNamed(kind) && each.interface === of);
  assert.ok(line);
  assert.equal(CONTRACT_STANDINGS[line.standing], standing, line.fault ?? '');
  return line;
}

async function contractOf(
  { installation, hospital, visits }: QingpuWorld,
  account = 'regulator',
): Promise<Contract> {
  const user = await installation.user(account);
  const answer = await user.get(CONTRACTS, { institution: hospital.institutionCode, after: visits.position });
  const [contract] = contractsSchema.parse(bodyOf(answer)).items;
  assert.ok(contract);
  return contract;
}

/* ---- withheld ---- */

const FAULTS = {
  不核对签名: { kind: 'careless', about: 'signature' },
  不核对内容: { kind: 'careless', about: 'content' },
  没有响应: { kind: 'drop' },
  没有自检接口: { kind: 'status', status: 404 },
} as const;

Given('医院的系统{string}', function (this: QingpuWorld, how: string) {
  const fault = FAULTS[how as keyof typeof FAULTS];
  assert.ok(fault, how);
  this.installation.simulator.setFault(fault);
});

Given('医院的系统恢复正常', function (this: QingpuWorld) {
  this.installation.simulator.reset();
});

When(
  '区管理员{string}该医院的{string}放号，原因是{string}',
  async function (this: QingpuWorld, act: string, kind: string, reason: string) {
    const admin = await this.installation.user('district-admin');
    const path = `${CONTRACTS}/${this.hospital.institutionCode}/${act === '暂停' ? 'withholding' : 'offering'}`;
    bodyOf(this.visits.note(await admin.write('POST', path, { kinds: [contractKindNamed(kind)], reason })));
  },
);

Then(
  '该医院{string}暂停放号，原因是{string}',
  async function (this: QingpuWorld, kind: string, reason: string) {
    const { withheld } = await contractOf(this);
    const found = withheld.find((each) => each.kind === contractKindNamed(kind));
    assert.equal(found?.reason, reason);
  },
);

Then('该医院没有暂停放号', async function (this: QingpuWorld) {
  assert.deepEqual((await contractOf(this)).withheld, []);
});

Then(
  '监管人员看到{string}的空闲号源都标为{string}',
  async function (this: QingpuWorld, scheduleId: string, tag: string) {
    const regulator = await this.installation.user('regulator');
    await eventually(async () => {
      const query = {
        institution: this.hospital.institutionCode,
        schedule: scheduleId,
        size: '100',
        after: this.visits.position,
      };
      const { items } = tracedSlotPageSchema.parse(bodyOf(await regulator.get('/api/slots/trace', query)));
      const free = items.filter(({ state }) => state === 'free');
      assert.ok(free.length > 0);
      assert.deepEqual(new Set(free.map((slot) => CLOSED_LOOP_TAGS[slot.tag])), new Set([tag]));
    });
  },
);

/* ---- screens ---- */

Given('{person}在工作台打开该医院的接口状态', async function (this: QingpuWorld, account: string) {
  await this.open('desk', account, `/desk/slots/contracts?institution=${this.hospital.institutionCode}`);
});

When('在接口状态中重新验证该医院', async function (this: QingpuWorld) {
  const { page } = this.screen;
  await page.getByRole('button', { name: `重新验证${this.hospital.name}` }).click();
});

When('展开该医院的接口明细', async function (this: QingpuWorld) {
  const row = this.screen.page.getByRole('row').filter({ hasText: this.hospital.name });
  await row
    .first()
    .getByRole('button', { name: /展开|Expand/ })
    .click();
});

Given(
  '{person}在手机上打开{string}的时段',
  async function (this: QingpuWorld, account: string, scheduleId: string) {
    const { institutionCode } = this.visits.schedule(scheduleId);
    await this.open('phone', account, `/portal/booking/${institutionCode}/schedules/${scheduleId}`);
  },
);
