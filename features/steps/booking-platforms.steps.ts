import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Given, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS, SLOT_MODES } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import { bookingDetailSchema } from '@qingpu/contracts/http/slots';
import type { PoolBook } from '@qingpu/contracts/partners/booking-platform/pool';
import type { BookingPlatformSimulator } from '@qingpu/simulators/booking-platform-simulator';
import { PlatformRefusal } from '@qingpu/simulators/platform-errors';
import { bodyOf } from '../support/api-user.ts';
import { contractKindNamed } from '../support/contracted.ts';
import { eventually } from '../support/eventually.ts';
import { choose } from '../support/screen.ts';
import { identityOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The city's platform and third parties' (F4.01, F4.03), and a hospital docked in hosted mode (F4.02). */

const DELIVERY_LIMIT_MS = 20_000;
const NAMES = { 市级平台: 'cityPlatform', 第三方平台: 'thirdParty' } as const;
type PlatformName = keyof typeof NAMES;

interface Order {
  readonly bookingId: string;
  readonly orderNumber: string;
  readonly position: string;
}

/** What one scenario knows of a booking platform. */
class Known {
  readonly simulator: BookingPlatformSimulator;
  readonly orders: Order[] = [];
  refusal: PlatformRefusal | undefined;
  sent: { readonly wish: PoolBook; readonly key: string } | undefined;
  /** The cursor before what the scenario does. */
  backup = '0';

  constructor(simulator: BookingPlatformSimulator) {
    this.simulator = simulator;
  }

  get order(): Order {
    const last = this.orders.at(-1);
    assert.ok(last, '平台还没有预约成功');
    return last;
  }
}

const known = new WeakMap<QingpuWorld, Map<PlatformName, Known>>();

function platformOf(world: QingpuWorld, name: PlatformName): Known {
  const all = known.get(world) ?? new Map<PlatformName, Known>();
  known.set(world, all);
  const found = all.get(name) ?? new Known(world.installation.bookingPlatform(NAMES[name]));
  all.set(name, found);
  return found;
}

/** Which platform has booked last in the scenario. */
function bookedLast(world: QingpuWorld): Known {
  const found = [...(known.get(world)?.values() ?? [])].find(({ orders }) => orders.length > 0);
  assert.ok(found, '还没有平台预约成功');
  return found;
}

/* ---- looking and booking ---- */

Then(
  /^(市级平台|第三方平台)查到该医院的排班"(.*)"，余(\d+)个号$/,
  async function (this: QingpuWorld, name: PlatformName, scheduleId: string, free: string) {
    const { simulator } = platformOf(this, name);
    const { institutionCode, details } = this.visits.schedule(scheduleId);
    await eventually(async () => {
      const { items } = await simulator.schedules(institutionCode, details.date);
      const found = items.find((item) => item.scheduleId === scheduleId);
      assert.equal(found?.free, Number(free));
      assert.equal(found?.institutionName, this.hospital.name);
      const { items: intervals } = await simulator.intervals(institutionCode, scheduleId);
      assert.equal(intervals.length, details.intervals.length);
    });
    const places = await simulator.departments(institutionCode);
    assert.ok(places.items.some(({ code }) => code === details.departmentCode));
  },
);

When(
  /^(市级平台|第三方平台)为(居民|姓名不符的居民)预约"(.*)"的"(.*)"$/,
  async function (this: QingpuWorld, name: PlatformName, who: string, scheduleId: string, start: string) {
    await book(this, name, scheduleId, start, who === '居民' ? {} : { name: '不是此人' });
  },
);

async function book(
  world: QingpuWorld,
  name: PlatformName,
  scheduleId: string,
  start: string,
  changes: Partial<PoolBook['person']> = {},
): Promise<Order | undefined> {
  const person = { ...identityOf(world.installation.nextCaller()), ...changes };
  const { institutionCode } = world.hospital;
  const wish = { institutionCode, scheduleId, start, person } as PoolBook;
  return send(world, name, wish, randomUUID());
}

async function send(
  world: QingpuWorld,
  name: PlatformName,
  wish: PoolBook,
  key: string,
): Promise<Order | undefined> {
  const platform = platformOf(world, name);
  platform.sent = { wish, key };
  platform.refusal = undefined;
  try {
    const order = await platform.simulator.book(wish, key);
    platform.orders.push(order);
    world.visits.reached(order.position);
    return order;
  } catch (error) {
    if (!(error instanceof PlatformRefusal)) throw error;
    platform.refusal = error;
    return undefined;
  }
}

Then(/^(市级平台|第三方平台)预约成功$/, function (this: QingpuWorld, name: PlatformName) {
  const { refusal, order } = platformOf(this, name);
  assert.equal(refusal, undefined);
  assert.match(order.orderNumber, /^QP/);
});

Then(
  /^(市级平台|第三方平台)的预约被(\d+)拒绝并提示"(.*)"$/,
  function (this: QingpuWorld, name: PlatformName, status: string, advice: string) {
    const { refusal } = platformOf(this, name);
    assert.ok(refusal, '预约没有被拒绝');
    assert.equal(refusal.status, Number(status), refusal.message);
    assert.ok(refusal.message.includes(advice), refusal.message);
  },
);

When(
  /^网络中断，(市级平台|第三方平台)用同一次提交再试$/,
  async function (this: QingpuWorld, name: PlatformName) {
    const { sent } = platformOf(this, name);
    assert.ok(sent);
    await send(this, name, sent.wish, sent.key);
  },
);

Then('两次得到同一张平台预约单', function (this: QingpuWorld) {
  const [first, second] = bookedLast(this).orders.slice(-2);
  assert.ok(first && second);
  assert.equal(second.bookingId, first.bookingId);
});

Then(/^(市级平台|第三方平台)查不到这张预约单$/, async function (this: QingpuWorld, name: PlatformName) {
  const { bookingId, position } = bookedLast(this).order;
  await assert.rejects(
    platformOf(this, name).simulator.order(bookingId, position),
    (error) => error instanceof PlatformRefusal && error.status === 404,
  );
});

When(/^(市级平台|第三方平台)退号$/, async function (this: QingpuWorld, name: PlatformName) {
  const { simulator, order } = platformOf(this, name);
  const { position } = await simulator.cancel(order.bookingId);
  this.visits.reached(position);
});

Then(
  /^(市级平台|第三方平台)看到预约单的结果为"(.*)"$/,
  async function (this: QingpuWorld, name: PlatformName, outcome: string) {
    const { simulator, order } = platformOf(this, name);
    const found = await simulator.order(order.bookingId, this.visits.position);
    assert.equal(found.outcome && OUTCOMES[found.outcome], outcome);
  },
);

const ORDER_STATES = { 已预约: 'booked', 已取消: 'cancelled' } as const;

Then(
  '医院收到这张平台预约单，渠道为{string}，状态为{string}',
  async function (this: QingpuWorld, channel: string, state: string) {
    const { orderNumber } = bookedLast(this).order;
    await eventually(() => {
      const found = this.installation.simulator.orders().find((order) => order.orderNumber === orderNumber);
      assert.ok(found?.booked, '医院还没有收到这张预约单');
      assert.equal(CHANNEL_KINDS[found.booked.channel], channel);
      assert.equal(found.state, ORDER_STATES[state as keyof typeof ORDER_STATES]);
    }, DELIVERY_LIMIT_MS);
  },
);

Then('区管理员看到这张平台预约单，渠道为{string}', async function (this: QingpuWorld, channel: string) {
  const { bookingId } = bookedLast(this).order;
  const admin = await this.installation.user('district-admin');
  const answer = await admin.get(`/api/slots/desk/bookings/${bookingId}`, { after: this.visits.position });
  const { booking } = bookingDetailSchema.parse(bodyOf(answer));
  assert.equal(CHANNEL_KINDS[booking.channel], channel);
});

/* ---- changes ---- */

Given(/^(市级平台|第三方平台)已同步到最新$/, async function (this: QingpuWorld, name: PlatformName) {
  const platform = platformOf(this, name);
  await platform.simulator.catchUp();
  platform.backup = platform.simulator.cursor;
});

Then(
  /^(市级平台|第三方平台)同步后看到预约单的结果为"(.*)"$/,
  async function (this: QingpuWorld, name: PlatformName, outcome: string) {
    const { simulator, order } = platformOf(this, name);
    await eventually(async () => {
      await simulator.catchUp();
      const found = simulator.mirror.orders.get(order.bookingId);
      assert.equal(found?.outcome && OUTCOMES[found.outcome], outcome);
    }, DELIVERY_LIMIT_MS);
  },
);

Then(
  /^(市级平台|第三方平台)同步后看到排班"(.*)"余(\d+)个号$/,
  async function (this: QingpuWorld, name: PlatformName, scheduleId: string, free: string) {
    const { simulator } = platformOf(this, name);
    await eventually(async () => {
      await simulator.catchUp();
      const found = simulator.mirror.schedules.get(`${this.hospital.institutionCode} ${scheduleId}`);
      assert.equal(found?.free, Number(free));
    });
  },
);

When(
  /^(市级平台|第三方平台)恢复到这些变更之前的备份并重新同步，每次只取1条$/,
  async function (this: QingpuWorld, name: PlatformName) {
    const platform = platformOf(this, name);
    const { simulator } = platform;
    before.set(platform, ownOf(this, simulator));
    simulator.forgetAfter(platform.backup);
    await simulator.catchUp(1);
  },
);

const before = new WeakMap<Known, unknown>();

Then(/^(市级平台|第三方平台)得到的和先前同步的一致$/, function (this: QingpuWorld, name: PlatformName) {
  const platform = platformOf(this, name);
  assert.deepEqual(ownOf(this, platform.simulator), before.get(platform));
});

/** What a platform has of the scenario's hospital. */
function ownOf({ hospital }: QingpuWorld, { mirror }: BookingPlatformSimulator) {
  const here = ({ institutionCode }: { readonly institutionCode: string }) =>
    institutionCode === hospital.institutionCode;
  return {
    schedules: [...mirror.schedules.values()].filter(here),
    orders: [...mirror.orders.values()].filter(here),
  };
}

/* ---- quotas ---- */

Given('区管理员把市级平台在该医院的配额设为{int}%', async function (this: QingpuWorld, percent: number) {
  await setQuota(this, percent);
});

Given('区管理员取消市级平台在该医院的配额限制', async function (this: QingpuWorld) {
  await setQuota(this, null);
});

async function setQuota(
  { installation, hospital, visits }: QingpuWorld,
  percent: number | null,
): Promise<void> {
  const admin = await installation.user('district-admin');
  const body = { institutionCode: hospital.institutionCode, percent, reason: '市区两级统一调配' };
  const answer = await admin.write('POST', '/api/slots/desk/platforms/city-platform/quota', body);
  bodyOf(visits.note(answer));
}

When(
  '市级平台同时为{int}位居民预约{string}的{string}和{string}',
  async function (this: QingpuWorld, count: number, scheduleId: string, one: string, other: string) {
    const name = '市级平台';
    const wishes = Array.from({ length: count }, (_none, index) => (index % 2 === 0 ? one : other));
    rushes.set(this, await Promise.all(wishes.map((start) => tryToBook(this, name, scheduleId, start))));
  },
);

const rushes = new WeakMap<QingpuWorld, readonly (Order | PlatformRefusal)[]>();

async function tryToBook(world: QingpuWorld, name: PlatformName, scheduleId: string, start: string) {
  const person = identityOf(world.installation.nextCaller());
  const wish = { institutionCode: world.hospital.institutionCode, scheduleId, start, person } as PoolBook;
  try {
    const order = await platformOf(world, name).simulator.book(wish);
    world.visits.reached(order.position);
    return order;
  } catch (error) {
    if (error instanceof PlatformRefusal) return error;
    throw error;
  }
}

function rushOf(world: QingpuWorld) {
  const all = rushes.get(world) ?? [];
  const refused = all.filter((each) => each instanceof PlatformRefusal);
  return { refused, won: all.filter((each): each is Order => !(each instanceof PlatformRefusal)) };
}

Then('恰好{int}位预约成功，其余被告知{string}', function (this: QingpuWorld, count: number, advice: string) {
  const { won, refused } = rushOf(this);
  assert.equal(won.length, count);
  for (const { message } of refused) assert.ok(message.includes(advice), message);
});

Then('公众看到{string}的余号共{int}个', async function (this: QingpuWorld, scheduleId: string, free: number) {
  await eventually(async () => {
    const { schedule } = await this.visits.intervals(this.visits.schedule(scheduleId));
    assert.equal(schedule.free, free);
  });
});

When('市级平台退掉其中1张', async function (this: QingpuWorld) {
  const [first] = rushOf(this).won;
  assert.ok(first);
  const { position } = await platformOf(this, '市级平台').simulator.cancel(first.bookingId);
  this.visits.reached(position);
});

Then('市级平台又可以为居民预约{string}，恰好1位', async function (this: QingpuWorld, scheduleId: string) {
  // What is given back is counted a moment later; the returned slot itself waits a random while, the others are free.
  await eventually(async () => {
    const tried = await tryToBook(this, '市级平台', scheduleId, '08:15');
    const other =
      tried instanceof PlatformRefusal ? await tryToBook(this, '市级平台', scheduleId, '08:00') : tried;
    assert.ok(!(other instanceof PlatformRefusal), other instanceof PlatformRefusal ? other.message : '');
  });
  for (const start of ['08:00', '08:15']) {
    const refused = await tryToBook(this, '市级平台', scheduleId, start);
    assert.ok(refused instanceof PlatformRefusal && refused.message.includes('配额已用完'));
  }
});

Then('市级平台同步后看到该医院的配额为{int}%', async function (this: QingpuWorld, percent: number) {
  const { simulator } = platformOf(this, '市级平台');
  await eventually(async () => {
    await simulator.catchUp();
    assert.equal(simulator.mirror.quotas.get(this.hospital.institutionCode), percent);
  });
});

Then('市级平台同步后看到该医院{string}暂停放号', async function (this: QingpuWorld, kind: string) {
  const { simulator } = platformOf(this, '市级平台');
  await eventually(async () => {
    await simulator.catchUp();
    assert.deepEqual(simulator.mirror.withheld.get(this.hospital.institutionCode), [contractKindNamed(kind)]);
  });
});

/* ---- hosted mode ---- */

Then('机构目录中该医院为{string}', async function (this: QingpuWorld, mode: string) {
  const { institutionCode, position } = this.hospital;
  const visitor = await this.installation.user('visitor');
  const entry = await visitor.entry({ institutionCode, code: institutionCode }, 'institution', position);
  assert.equal(entry && SLOT_MODES[entry.details.slotMode], mode);
});

/* ---- screens ---- */

When('在画面上把市级平台在该医院的配额设为{int}%', async function (this: QingpuWorld, percent: number) {
  const { page } = this.screen;
  const row = page.getByRole('row').filter({ hasText: CHANNEL_KINDS.cityPlatform });
  await row.getByRole('button', { name: '设置配额' }).click();
  const dialog = page.getByRole('dialog');
  await choose(this.screen, dialog, '医院', this.hospital.name);
  await dialog.getByLabel('配额（%）').fill(String(percent));
  await dialog.getByRole('textbox', { name: '原因' }).fill('市区两级统一调配');
  await this.screen.click('button', '设置', dialog);
  await dialog.waitFor({ state: 'hidden' });
});
