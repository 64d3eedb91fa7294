import assert from 'node:assert/strict';
import { Given, Then, When } from '@cucumber/cucumber';
import { PAYMENT_STATES, STATEMENT_STATES } from '@qingpu/contracts/codes/payment-tables';
import { statementPageSchema } from '@qingpu/contracts/http/payments';
import { type PaymentAnswer, paymentSchema, registrationResultSchema } from '@qingpu/contracts/http/slots';
import type { PaymentFaultOrder } from '@qingpu/simulators/payment-gateway-simulator';
import { bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Registering on the day of the visit, paying for it, and getting the money back (A1.14, A1.16, A4.02, A4.03). */

const PORTAL = '/api/slots/bookings';
/** The platform asks the gateway every few seconds, and more seldom while nothing changes. */
const GATEWAY_LIMIT_MS = 45_000;
const GATEWAY_STEP = { timeout: 60_000 };

async function register(world: QingpuWorld): Promise<PaymentAnswer | null> {
  const { booking } = world.visits;
  world.answer = await world.visits.act(booking.account, booking, 'registration');
  const { status, body } = world.answer;
  return status === 200 || status === 202 ? registrationResultSchema.parse(body).payment : null;
}

/** The newest order of a payment at the gateway: its number begins with the payment's own digits. */
function orderOf({ installation }: QingpuWorld, { paymentId }: Pick<PaymentAnswer, 'paymentId'>) {
  const start = `ZF${paymentId.replaceAll('-', '').toUpperCase().slice(0, 12)}`;
  const order = installation.payments.orders().findLast(({ orderNumber }) => orderNumber.startsWith(start));
  assert.ok(order, '支付平台没有这个订单');
  return order;
}

async function paymentOf({ visits }: QingpuWorld): Promise<PaymentAnswer> {
  const { account, bookingId } = visits.booking;
  const user = await visits.user(account);
  return paymentSchema.parse(bodyOf(await user.get(`${PORTAL}/${bookingId}/payment`)));
}

async function pay(world: QingpuWorld): Promise<void> {
  const { orderNumber } = orderOf(world, await paymentOf(world));
  assert.ok(world.installation.payments.pay(orderNumber), '订单不能支付');
}

Given('{person}已实名注册', async function (this: QingpuWorld, account: string) {
  await this.visits.persons(account);
});

When('居民申请挂号', async function (this: QingpuWorld) {
  await register(this);
});

When('居民转为挂号', async function (this: QingpuWorld) {
  if (await register(this)) await pay(this);
});

Then('得到{string}的待支付订单', GATEWAY_STEP, async function (this: QingpuWorld, fee: string) {
  await eventually(async () => {
    const { state, amountFen, payUrl } = await paymentOf(this);
    assert.deepEqual([state, `¥${(amountFen / 100).toFixed(2)}`], ['toPay', fee]);
    assert.ok(payUrl);
  }, GATEWAY_LIMIT_MS);
});

When('居民在支付平台付款', async function (this: QingpuWorld) {
  await pay(this);
});

When('居民已经不能支付这个订单', async function (this: QingpuWorld) {
  const { orderNumber } = orderOf(this, await paymentOf(this));
  assert.equal(this.installation.payments.pay(orderNumber), false);
});

When('居民取消挂号', async function (this: QingpuWorld) {
  const { booking } = this.visits;
  this.answer = await this.visits.act(booking.account, booking, 'registration-cancellation');
});

When('窗口取消挂号', async function (this: QingpuWorld) {
  const body = { reason: '患者到窗口退号' };
  const { booking } = this.visits;
  this.answer = await this.visits.act(
    'coordinator',
    { ...booking, account: 'coordinator' },
    'registration-cancellation',
    body,
  );
});

Then('支付状态为{string}', GATEWAY_STEP, async function (this: QingpuWorld, state: string) {
  await eventually(async () => {
    const { booking } = await this.visits.detail(this.visits.booking);
    assert.equal(booking.payment && PAYMENT_STATES[booking.payment.state], state);
  }, GATEWAY_LIMIT_MS);
});

Then('没有需要支付的费用', async function (this: QingpuWorld) {
  const { booking } = await this.visits.detail(this.visits.booking);
  assert.equal(booking.payment, null);
});

Then('支付平台恰好退款一次，共{string}', async function (this: QingpuWorld, fee: string) {
  const { orderNumber } = orderOf(this, await paymentOf(this));
  const made = this.installation.payments.refunds().filter((refund) => refund.orderNumber === orderNumber);
  assert.deepEqual(
    made.map(({ state, amountFen }) => [state, `¥${(amountFen / 100).toFixed(2)}`]),
    [['succeeded', fee]],
  );
});

Then('支付平台没有退款', async function (this: QingpuWorld) {
  const { orderNumber } = orderOf(this, await paymentOf(this));
  assert.ok(!this.installation.payments.refunds().some((refund) => refund.orderNumber === orderNumber));
});

const FAULTS: Readonly<Record<string, PaymentFaultOrder>> = {
  支付结果通知丢失: { kind: 'drop', on: 'callback', times: 1 },
  支付结果重复通知: { kind: 'lie', how: 'twice', on: 'callback', times: 1 },
  支付结果通知金额不符: { kind: 'lie', how: 'wrongAmount', on: 'callback', times: 1 },
  '下单超时，订单其实已经建立': { kind: 'drop', on: 'open', times: 2 },
  '查询答复订单已关闭，其实已经支付': { kind: 'lie', how: 'closed', on: 'find', times: 1 },
  账单少一笔: { kind: 'lie', how: 'missingLine', on: 'statement' },
  拒绝退款: { kind: 'refuse', on: 'refund', times: 1 },
  退款请求没有答复: { kind: 'drop', on: 'refund', times: 2 },
};

Given('支付平台将出现故障：{word}', function (this: QingpuWorld, fault: string) {
  const order = FAULTS[fault];
  assert.ok(order, `没有这种故障：${fault}`);
  this.installation.payments.setFault(order);
});

Given('{person}在工作台打开该预约的详情', async function (this: QingpuWorld, account: string) {
  await this.open('desk', account, `/desk/appointments/${this.visits.booking.bookingId}`);
});

When('在工作台打开该预约的支付详情', async function (this: QingpuWorld) {
  const { paymentId } = await paymentOf(this);
  const { orderNumber } = orderOf(this, { paymentId });
  await this.screen.page.goto(`/desk/payments?state=refundRefused&order=${orderNumber}`);
  await this.screen.judge('工作台-支付退费');
  await this.screen.click('link', orderNumber);
});

Given('支付平台恢复正常', function (this: QingpuWorld) {
  this.installation.payments.reset();
});

Then('该医院昨天的对账结果为{string}', GATEWAY_STEP, async function (this: QingpuWorld, state: string) {
  const admin = await this.installation.user('district-admin');
  const query = { institution: this.hospital.institutionCode };
  await eventually(async () => {
    const { items } = statementPageSchema.parse(bodyOf(await admin.get('/api/slots/desk/statements', query)));
    const states = items.map((statement) => STATEMENT_STATES[statement.state]);
    assert.deepEqual(states, [state]);
  }, GATEWAY_LIMIT_MS);
});

When('{person}在工作台打开该医院的支付对账', async function (this: QingpuWorld, account: string) {
  await this.open('desk', account, `/desk/payments/statements?institution=${this.hospital.institutionCode}`);
});
