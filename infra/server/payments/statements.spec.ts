import { randomUUID } from 'node:crypto';
import {
  paymentOrderPageSchema,
  statementDetailSchema,
  statementPageSchema,
} from '@qingpu/contracts/http/payments';
import { bookingResultSchema, paymentSchema, registrationResultSchema } from '@qingpu/contracts/http/slots';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import type {
  PaymentFaultOrder,
  PaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

/*
 * One day on which two visits were paid, one of them without a report, and one was given back; on the day after, its
 * statement is fetched from a gateway in every kind of trouble.
 */

const people = new SyntheticPeople();
let host: TestHost;
let gateway: PaymentGatewaySimulator;
let day: { readonly institutionCode: string; readonly date: string };
let desk: DeskClient;
let other: DeskClient;
/** Of the visit that was paid without a report. */
let silent: { readonly orderNumber: string };

/** Lets the platform, and everybody with it, believe that it is that time in Shanghai. */
function at(date: string, time: string): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(new Date(`${date}T${time}:00+08:00`));
}

const post = (client: DeskClient, target: string, body: unknown, key: string = randomUUID()) =>
  client.send('POST', target, body, { 'idempotency-key': key });

async function payable(account: string, personId: string, scheduleId: string) {
  const resident = await DeskClient.signIn(host.url, account);
  const wish = { institutionCode: day.institutionCode, scheduleId, start: '08:00', personId };
  const booked = bookingResultSchema.parse((await post(resident, '/api/slots/bookings', wish)).body);
  const { bookingId } = booked;
  const answer = await post(resident, `/api/slots/bookings/${bookingId}/registration`, {});
  const { payment } = registrationResultSchema.parse(answer.body);
  const start = `ZF${payment?.paymentId.replaceAll('-', '').toUpperCase().slice(0, 12)}`;
  const order = gateway.orders().find(({ orderNumber }) => orderNumber.startsWith(start));
  if (!order) throw new Error('the gateway has the order');
  return { resident, bookingId, orderNumber: order.orderNumber };
}

const stateOf = async ({ resident, bookingId }: { resident: DeskClient; bookingId: string }) =>
  paymentSchema.parse((await resident.get(`/api/slots/bookings/${bookingId}/payment`)).body).state;

beforeAll(async () => {
  host = await startTestHost({ QINGPU_SIGN_INS_PER_MINUTE: '1000' });
  const hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital);
  const { institutionCode } = hospital.partner;
  const persons = await Promise.all(
    ['newcomer-1', 'newcomer-2'].map(async (account) => ({
      account,
      personId: (await BookingResident.register(host.url, account, people.grownUp())).personId,
    })),
  );
  const simulated = host.host.paymentGateway;
  if (!simulated) throw new Error('simulators are on');
  gateway = simulated;
  day = { institutionCode, date: inDays(1) };
  at(day.date, '07:30');
  await registerSchedule(
    hospital,
    sampleSchedule(institutionCode, 'STATEMENT', { date: day.date, feeFen: 2500, slots: 4 }),
  );
  const [first, second] = persons;
  if (!first || !second) throw new Error('two persons registered');
  const returned = await payable(first.account, first.personId, 'STATEMENT');
  gateway.pay(returned.orderNumber);
  await until('it is paid', async () => (await stateOf(returned)) === 'paid');
  await until('it is given back', async () => {
    const path = `/api/slots/bookings/${returned.bookingId}/registration-cancellation`;
    return (await post(returned.resident, path, {})).status === 200;
  });
  await until('it is refunded', async () => {
    vi.setSystemTime(Date.now() + 3_000);
    return (await stateOf(returned)) === 'refunded';
  });
  const quiet = await payable(second.account, second.personId, 'STATEMENT');
  gateway.setFault({ kind: 'drop', on: 'callback', times: 1 });
  gateway.pay(quiet.orderNumber);
  silent = quiet;
}, 120_000);
beforeEach(() => gateway.reset());
afterAll(async () => {
  vi.useRealTimers();
  await host.close();
});

const list = async (client: DeskClient, query = '') =>
  statementPageSchema.parse((await client.get(`/api/slots/desk/statements${query}`)).body).items;
const pathOf = () => `/api/slots/desk/statements/${day.institutionCode}/${day.date}`;
const detail = async (after?: string) =>
  statementDetailSchema.parse((await desk.get(`${pathOf()}${after ? `?after=${after}` : ''}`)).body);
const compare = (client = desk, key?: string) => post(client, `${pathOf()}/comparison`, {}, key);
const BOTH = { payments: 2, paymentsFen: 5000, refunds: 1, refundsFen: 2500 };

async function compared() {
  const answer = await until('the views are there', async () => {
    const each = await compare();
    return each.status !== 503 && each;
  });
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return detail(String(field(answer, 'position')));
}

describe('a day', () => {
  it('is awaited once it is over, asked for until the gateway answers, and then compared', async () => {
    const next = plusDays(day.date, 1);
    at(next, '09:50');
    desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
    other = await DeskClient.signIn(host.url, 'zhujiajiao-admin');
    await host.host.statements.run();
    expect(await list(desk)).toEqual([]);
    at(next, '10:00');
    gateway.setFault({ kind: 'status', status: 503, on: 'statement' });
    await host.host.statements.run();
    const [awaited] = await until('it is awaited', async () => {
      const items = await list(desk);
      return items.length > 0 && items;
    });
    expect(awaited).toMatchObject({ ...day, state: 'awaited', here: null, there: null, open: 0 });
    expect(field(await compare(), 'code')).toBe('payment-gateway-unavailable');
    gateway.reset();
    await until('it is compared', async () => {
      vi.setSystemTime(Date.now() + 60_000);
      await host.host.statements.run();
      const [found] = await list(desk);
      return found?.state === 'same';
    });
    // The visit that nobody reported as paid is known by now.
    expect(await list(desk)).toMatchObject([{ here: BOTH, there: BOTH, open: 0 }]);
    const { body } = await desk.get(`/api/slots/desk/payments?order=${silent.orderNumber}`);
    expect(paymentOrderPageSchema.parse(body).items).toMatchObject([{ state: 'paid' }]);
  }, 60_000);

  it('is nobody else’s business', async () => {
    expect(await list(other)).toEqual([]);
    for (const answer of [await other.get(pathOf()), await compare(other)]) expect(answer.status).toBe(403);
    for (const strange of ['2026-01-01', 'no-date']) {
      const target = `/api/slots/desk/statements/${day.institutionCode}/${strange}`;
      const found = await desk.get(target);
      expect([found.status, field(found, 'code')]).toEqual([404, 'statement-unknown']);
      expect((await post(desk, `${target}/comparison`, {})).status).toBe(404);
    }
  });

  it('is compared under one key once', async () => {
    await compared();
    const key = randomUUID();
    const first = await compare(desk, key);
    gateway.setFault({ kind: 'lie', how: 'foreignLine', on: 'statement' });
    expect((await compare(desk, key)).body).toEqual(first.body);
  });

  const LIES: readonly [PaymentFaultOrder & { kind: 'lie' }, object][] = [
    [
      { kind: 'lie', how: 'missingLine' },
      { kind: 'missingThere', hereFen: 2500, thereFen: null },
    ],
    [
      { kind: 'lie', how: 'foreignLine' },
      { kind: 'missingHere', hereFen: null, thereFen: 1200 },
    ],
    [
      { kind: 'lie', how: 'wrongAmount' },
      { kind: 'amountDiffers', hereFen: 2500, thereFen: 2501 },
    ],
  ];
  it.each(LIES)(
    'says what a statement has wrong ($how), and what was decided about it',
    async (lie, expected) => {
      gateway.setFault({ ...lie, on: 'statement' });
      const { state, open, differences } = await compared();
      expect({ state, open }).toEqual({ state: 'different', open: 1 });
      expect(differences).toMatchObject([{ subject: 'payment', ...expected, settled: null }]);
      const [wrong] = differences;
      const settle = (client: DeskClient, reason: string) =>
        post(client, `${pathOf()}/settlement`, { subject: 'payment', number: wrong?.number, reason });
      expect((await settle(other, '已与支付平台核实')).status).toBe(403);
      expect((await settle(desk, '')).status).toBe(422);
      const answer = await settle(desk, '已与支付平台核实');
      expect(answer.status).toBe(200);
      expect(field(await settle(desk, '已与支付平台核实'), 'code')).toBe('difference-settled');
      const after = await detail(String(field(answer, 'position')));
      expect(after).toMatchObject({ state: 'settled', open: 0 });
      expect(after.differences).toMatchObject([{ settled: { reason: '已与支付平台核实' } }]);
      gateway.reset();
      expect(await compared()).toMatchObject({
        state: 'same',
        open: 0,
        differences: [],
        here: BOTH,
        there: BOTH,
      });
    },
  );

  it.each<PaymentFaultOrder>([
    { kind: 'lie', how: 'malformed' },
    { kind: 'lie', how: 'wrongTotals' },
    { kind: 'lie', how: 'otherNumber' },
    { kind: 'drop' },
  ])('is not compared with what is no statement: $kind $how', async (fault) => {
    const before = await compared();
    gateway.setFault({ ...fault, on: 'statement' });
    const answer = await compare();
    expect([answer.status, field(answer, 'code')]).toEqual([503, 'payment-gateway-unavailable']);
    expect(await detail()).toEqual(before);
  });
});
