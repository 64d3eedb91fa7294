import { randomUUID } from 'node:crypto';
import { paymentDetailSchema, paymentOrderPageSchema } from '@qingpu/contracts/http/payments';
import {
  type BookingDetail,
  type BookingResult,
  bookingDetailSchema,
  bookingResultSchema,
  type PaymentAnswer,
  paymentSchema,
  registrationResultSchema,
} from '@qingpu/contracts/http/slots';
import type {
  PaymentFaultOrder,
  PaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const people = new SyntheticPeople();
let host: TestHost;
let hospital: PartnerClient;
let residents: readonly { readonly account: string; readonly personId: string }[];
/** Who is signed in at the time of the visit. */
let resident: DeskClient;
let stranger: DeskClient;
let gateway: PaymentGatewaySimulator;
let bookings = 0;

beforeAll(async () => {
  host = await startTestHost({ QINGPU_SIGN_INS_PER_MINUTE: '1000' });
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital);
  residents = await Promise.all(
    ['newcomer-1', 'newcomer-2', 'newcomer-3', 'newcomer-4', 'newcomer-5'].map(async (account) => ({
      account,
      personId: (await BookingResident.register(host.url, account, people.grownUp())).personId,
    })),
  );
  const simulated = host.host.paymentGateway;
  if (!simulated) throw new Error('simulators are on');
  gateway = simulated;
});
afterAll(() => host.close());
afterEach(() => {
  gateway.reset();
  vi.useRealTimers();
});

/** Lets the platform, and everybody with it, believe that it is that time in Shanghai. */
function at(date: string, time: string): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(new Date(`${date}T${time}:00+08:00`));
}

/** A booking of 08:00 on a day that has come: each resident has one a day. */
async function bookedForToday(feeFen = 2500): Promise<BookingResult & { readonly date: string }> {
  const { account, personId } = residentAt(bookings);
  const date = inDays(1 + Math.floor(bookings / residents.length));
  bookings += 1;
  at(date, '07:30');
  // Sessions last eight hours, and days go by.
  resident = await DeskClient.signIn(host.url, account);
  stranger = await DeskClient.signIn(host.url, residentAt(bookings).account);
  const { institutionCode } = hospital.partner;
  const scheduleId = `F${bookings}-${randomUUID().slice(0, 8)}`;
  await registerSchedule(hospital, sampleSchedule(institutionCode, scheduleId, { date, feeFen }));
  const answer = await post(resident, '/api/slots/bookings', {
    institutionCode,
    scheduleId,
    start: '08:00',
    personId,
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text} ${date}`);
  return { ...bookingResultSchema.parse(answer.body), date };
}

function residentAt(number: number) {
  const found = residents[number % residents.length];
  if (!found) throw new Error('somebody registered');
  return found;
}

const post = (client: DeskClient, target: string, body: unknown, key: string = randomUUID()) =>
  client.send('POST', target, body, { 'idempotency-key': key });
const register = ({ bookingId }: BookingResult, key?: string) =>
  post(resident, `/api/slots/bookings/${bookingId}/registration`, {}, key);
const cancel = ({ bookingId }: BookingResult) =>
  post(resident, `/api/slots/bookings/${bookingId}/registration-cancellation`, {});

async function payable(booking: BookingResult): Promise<PaymentAnswer> {
  const answer = await register(booking);
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  const { payment } = registrationResultSchema.parse(answer.body);
  if (!payment) throw new Error('a fee is due');
  return payment;
}

async function paymentOf({ bookingId }: BookingResult): Promise<PaymentAnswer> {
  const { body } = await resident.get(`/api/slots/bookings/${bookingId}/payment`);
  return paymentSchema.parse(body);
}

async function detailOf({ bookingId }: BookingResult): Promise<BookingDetail> {
  return bookingDetailSchema.parse((await resident.get(`/api/slots/bookings/${bookingId}`)).body);
}

const orderOf = ({ paymentId }: PaymentAnswer) => {
  const start = paymentId.replaceAll('-', '').toUpperCase().slice(0, 12);
  const order = gateway.orders().findLast(({ orderNumber }) => orderNumber.startsWith(`ZF${start}`));
  if (!order) throw new Error('the gateway has no such order');
  return order;
};
const refundsOf = (payment: PaymentAnswer) =>
  gateway
    .refunds()
    .filter(({ orderNumber }) => orderNumber.startsWith(orderOf(payment).orderNumber.slice(0, 22)));

const stateIs = (booking: BookingResult, state: PaymentAnswer['state']) =>
  until(`the payment is ${state}`, async () => (await paymentOf(booking)).state === state);
const registered = (booking: BookingResult) =>
  until('it is registered', async () => (await detailOf(booking)).booking.state === 'registered');

/** The views follow: the booking's page says so in the end. */
const shown = (booking: BookingResult, expected: object) =>
  vi.waitFor(async () => expect((await detailOf(booking)).booking).toMatchObject(expected), {
    timeout: 60_000,
    interval: 50,
  });

/** Time goes on: the platform asks the gateway about one payment every two seconds at the most. */
async function laterOn(minutes = 0): Promise<void> {
  vi.setSystemTime(Date.now() + minutes * 60_000 + 3_000);
}

/** Like `until`, while the clock is moved on. */
async function untilLater(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let time = 0; time < 100; time++) {
    await laterOn();
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not so in time: ${what}`);
}

describe('registering', () => {
  it('without a fee asks nobody for money', async () => {
    const booking = await bookedForToday(0);
    const answer = await register(booking);
    expect(answer.status).toBe(200);
    expect(registrationResultSchema.parse(answer.body).payment).toBeNull();
    await registered(booking);
    expect((await detailOf(booking)).booking.payment).toBeNull();
    const none = await resident.get(`/api/slots/bookings/${booking.bookingId}/payment`);
    expect([none.status, field(none, 'code')]).toEqual([404, 'payment-unknown']);
  });

  it('with a fee is done once it is paid on the gateway’s page', async () => {
    const booking = await bookedForToday();
    const payment = await payable(booking);
    expect(payment).toMatchObject({ state: 'toPay', amountFen: 2500, registrationNumber: null });
    await shown(booking, { payment: { paymentId: payment.paymentId, state: 'toPay', amountFen: 2500 } });
    const page = await fetch(payment.payUrl ?? '');
    expect(await page.text()).toContain('¥25.00');
    const paid = await fetch(payment.payUrl ?? '', { method: 'POST' });
    expect(await paid.text()).toContain('支付成功');
    await registered(booking);
    await stateIs(booking, 'paid');
    expect((await paymentOf(booking)).registrationNumber).toMatch(/^GH/);
    const may = { register: false, cancel: false, cancelRegistration: true };
    await shown(booking, { payment: { state: 'paid', amountFen: 2500 }, may });
    const again = await register(booking);
    expect([again.status, field(again, 'code')]).toEqual([409, 'already-paid']);
  });

  it('is the same order under the same key, and under another', async () => {
    const booking = await bookedForToday();
    const key = randomUUID();
    const first = registrationResultSchema.parse((await register(booking, key)).body);
    expect(registrationResultSchema.parse((await register(booking, key)).body)).toEqual(first);
    expect((await payable(booking)).payUrl).toBe(first.payment?.payUrl);
  });

  it('is nobody else’s business, and not before the day', async () => {
    const booking = await bookedForToday();
    for (const part of ['registration', 'registration-cancellation']) {
      const strange = await post(stranger, `/api/slots/bookings/${booking.bookingId}/${part}`, {});
      expect([strange.status, field(strange, 'code')]).toEqual([404, 'booking-unknown']);
    }
    const strange = await stranger.get(`/api/slots/bookings/${booking.bookingId}/payment`);
    expect(strange.status).toBe(404);
    at(booking.date, '08:20');
    expect(field(await register(booking), 'code')).toBe('interval-over');
    expect(field(await cancel(booking), 'code')).toBe('not-registered');
  });
});

describe('giving a registration back', () => {
  async function paidBooking() {
    const booking = await bookedForToday();
    const payment = await payable(booking);
    expect(gateway.pay(orderOf(payment).orderNumber)).toBe(true);
    await registered(booking);
    return { booking, payment };
  }

  it('returns what was paid, once', async () => {
    const { booking, payment } = await paidBooking();
    const answer = await cancel(booking);
    expect(answer.status).toBe(200);
    await untilLater('the refund is made', async () => {
      return (await paymentOf(booking)).state === 'refunded';
    });
    expect(await paymentOf(booking)).toMatchObject({ amountFen: 2500, refundReason: '退号退费' });
    expect(refundsOf(payment)).toMatchObject([{ amountFen: 2500, state: 'succeeded' }]);
    expect((await cancel(booking)).status).toBe(200);
    await laterOn();
    await paymentOf(booking);
    expect(refundsOf(payment)).toHaveLength(1);
    await shown(booking, { payment: { state: 'refunded', amountFen: 2500 } });
  });

  it('works at the desk also after check-in', async () => {
    const { booking, payment } = await paidBooking();
    const desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
    const checkIn = await post(resident, `/api/slots/bookings/${booking.bookingId}/check-in`, {});
    expect(checkIn.status).toBe(200);
    expect(field(await cancel(booking), 'code')).toBe('booking-checked-in');
    const answer = await desk.send(
      'POST',
      `/api/slots/desk/bookings/${booking.bookingId}/registration-cancellation`,
      { reason: '患者要求退号' },
      { 'idempotency-key': randomUUID() },
    );
    expect(answer.status).toBe(200);
    await untilLater('the refund is made', async () => {
      return (await paymentOf(booking)).state === 'refunded';
    });
    expect(refundsOf(payment)).toHaveLength(1);
  });

  async function refusedRefund() {
    const { booking, payment } = await paidBooking();
    gateway.setFault({ kind: 'refuse', on: 'refund', times: 1 });
    await cancel(booking);
    await untilLater('the refund is refused', async () => {
      return (await paymentOf(booking)).state === 'refundRefused';
    });
    const desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
    const other = await DeskClient.signIn(host.url, 'zhujiajiao-admin');
    return { booking, payment, desk, other };
  }
  const ofDesk = ({ paymentId }: PaymentAnswer) => `/api/slots/desk/payments/${paymentId}`;
  const detailAtDesk = async (desk: DeskClient, payment: PaymentAnswer) =>
    paymentDetailSchema.parse((await desk.get(ofDesk(payment))).body);

  it('becomes a task of the desk when the gateway refuses, which can be tried again', async () => {
    const { booking, payment, desk, other } = await refusedRefund();
    const listed = async (client: DeskClient) => {
      const { body } = await client.get('/api/slots/desk/payments?state=refundRefused');
      return paymentOrderPageSchema.parse(body).items;
    };
    const [task] = await until('the desk is shown the task', async () => {
      const items = await listed(desk);
      return items.length > 0 && items;
    });
    expect(task).toMatchObject({ paymentId: payment.paymentId, amountFen: 2500, refundReason: '退号退费' });
    expect(await listed(other)).toEqual([]);
    const { tasks } = await detailAtDesk(desk, payment);
    expect(tasks).toMatchObject([{ amountFen: 2500 }]);
    expect((await other.get(ofDesk(payment))).status).toBe(403);
    const retry = (client: DeskClient) =>
      post(client, `${ofDesk(payment)}/refund-retry`, { refundNumber: tasks[0]?.refundNumber });
    expect((await retry(other)).status).toBe(403);
    expect((await retry(desk)).status).toBe(200);
    expect(field(await retry(desk), 'code')).toBe('refund-not-refused');
    await untilLater('the refund is made', async () => {
      return (await paymentOf(booking)).state === 'refunded';
    });
    expect(refundsOf(payment).map(({ state }) => state)).toEqual(['refused', 'succeeded']);
  });

  it('that the gateway refused can be settled by hand, with a reason', async () => {
    const { booking, payment, desk, other } = await refusedRefund();
    const refundNumber = (await detailAtDesk(desk, payment)).tasks[0]?.refundNumber;
    const settle = (client: DeskClient, reason: string, key = randomUUID()) =>
      post(client, `${ofDesk(payment)}/refund-settlement`, { refundNumber, reason }, key);
    expect((await settle(other, '已在窗口退还现金')).status).toBe(403);
    expect((await settle(desk, '')).status).toBe(422);
    const key = randomUUID();
    expect((await settle(desk, '已在窗口退还现金', key)).status).toBe(200);
    expect((await settle(desk, '已在窗口退还现金', key)).status).toBe(200);
    expect(field(await settle(desk, '已在窗口退还现金'), 'code')).toBe('refund-not-refused');
    const { state, tasks, orders, timeline } = await detailAtDesk(desk, payment);
    expect({ state, tasks }).toEqual({ state: 'refundedByHand', tasks: [] });
    expect(orders).toMatchObject([{ state: 'refundedByHand', refunds: [{ state: 'settledByHand' }] }]);
    expect(timeline.at(-1)).toMatchObject({
      what: '已线下退款',
      actor: '工作人员',
      detail: '已在窗口退还现金',
    });
    await stateIs(booking, 'refundedByHand');
    expect(refundsOf(payment).map(({ state: each }) => each)).toEqual(['refused']);
  });

  it('is known by nothing but its own id', async () => {
    const desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
    for (const id of [randomUUID(), 'no-id'])
      expect(field(await desk.get(`/api/slots/desk/payments/${id}`), 'code')).toBe('payment-unknown');
    const reversed = await desk.get('/api/slots/desk/payments?from=2026-03-02&to=2026-03-01');
    expect([reversed.status, field(reversed, 'code')]).toEqual([422, 'span-reversed']);
  });

  it('before it was paid leaves money that comes in all the same to be returned', async () => {
    const booking = await bookedForToday();
    const payment = await payable(booking);
    gateway.setFault({ kind: 'lag', ms: 400, on: 'callback' });
    expect(gateway.pay(orderOf(payment).orderNumber)).toBe(true);
    expect((await post(resident, `/api/slots/bookings/${booking.bookingId}/cancellation`, {})).status).toBe(
      200,
    );
    await untilLater('the refund is made', async () => {
      return (await paymentOf(booking)).state === 'refunded';
    });
    expect(refundsOf(payment)).toHaveLength(1);
    await shown(booking, { outcome: 'lateCancelled' });
  });
});

describe('a gateway in trouble', () => {
  const faults: readonly PaymentFaultOrder[] = [
    { kind: 'status', status: 503, on: 'open', times: 2 },
    { kind: 'drop', on: 'open', times: 2 },
    { kind: 'lag', ms: 2_500, on: 'open', times: 2 },
    { kind: 'lie', how: 'malformed', on: 'open', times: 2 },
    { kind: 'lie', how: 'otherNumber', on: 'open', times: 2 },
    { kind: 'lie', how: 'absent', on: 'find', times: 1 },
    { kind: 'status', status: 500, on: 'find', times: 2 },
  ];
  it.each(faults)(
    'opens one order in spite of $kind $how on $on',
    async (fault) => {
      const booking = await bookedForToday();
      gateway.setFault(fault);
      const payment = await payable(booking);
      await untilLater('it can be paid', async () => {
        return (await paymentOf(booking)).payUrl !== null;
      });
      const { payUrl } = await paymentOf(booking);
      expect(payUrl).toBe(orderOf(payment).payUrl);
      gateway.pay(orderOf(payment).orderNumber);
      await registered(booking);
    },
    20_000,
  );

  const reports: readonly PaymentFaultOrder[] = [
    { kind: 'lie', how: 'twice', on: 'callback', times: 1 },
    { kind: 'lie', how: 'wrongAmount', on: 'callback', times: 1 },
    { kind: 'drop', on: 'callback', times: 1 },
    { kind: 'lag', ms: 300, on: 'callback', times: 1 },
    { kind: 'lie', how: 'closed', on: 'find', times: 1 },
    { kind: 'lie', how: 'open', on: 'find', times: 1 },
  ];
  it.each(reports)('registers once in spite of $kind $how on $on', async (fault) => {
    const booking = await bookedForToday();
    const payment = await payable(booking);
    await laterOn();
    gateway.setFault(fault);
    gateway.pay(orderOf(payment).orderNumber);
    await untilLater('it is registered', async () => {
      await paymentOf(booking);
      return (await detailOf(booking)).booking.state === 'registered';
    });
    expect(refundsOf(payment)).toEqual([]);
    expect((await paymentOf(booking)).state).toBe('paid');
  });

  it('an order that nobody pays is closed after a quarter of an hour, and another can be paid then', async () => {
    const booking = await bookedForToday();
    const first = await payable(booking);
    const { orderNumber } = orderOf(first);
    await laterOn(15);
    expect(await paymentOf(booking)).toMatchObject({ state: null, payUrl: null });
    expect(orderOf(first).state).toBe('closed');
    expect(gateway.pay(orderNumber)).toBe(false);
    const second = await payable(booking);
    expect(orderOf(second).orderNumber).not.toBe(orderNumber);
    gateway.pay(orderOf(second).orderNumber);
    await registered(booking);
  });

  it('an order that the gateway does not take says so, and can be asked for again', async () => {
    const booking = await bookedForToday();
    gateway.setFault({ kind: 'refuse', on: 'open', times: 1 });
    expect(await payable(booking)).toMatchObject({ state: null, payUrl: null });
    expect(await payable(booking)).toMatchObject({ state: 'toPay', payUrl: expect.stringContaining('http') });
  });
});

describe('a report', () => {
  const report = {
    reference: randomUUID(),
    orderNumber: 'ZF0000000000000000000001',
    gatewayTradeNumber: 'T1',
    state: 'paid',
    amountFen: 2500,
    paidAt: '2026-03-16T08:00:00+08:00',
  };

  it('counts only under the gateway’s signature', async () => {
    const unsigned = await post(DeskClient.visitor(host.url), '/api/partner/v1/payment-results', report);
    expect([unsigned.status, field(unsigned, 'code')]).toEqual([401, 'signature-required']);
    const hospitals: Answer = await hospital.post('/api/partner/v1/payment-results', report);
    expect([hospitals.status, field(hospitals, 'code')]).toEqual([401, 'signature-invalid']);
  });
});
