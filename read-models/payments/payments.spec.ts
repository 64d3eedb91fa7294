import { type PaymentEvent, paymentEvents } from '@qingpu/contracts/events/payments';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { describe, expect, it } from 'vitest';
import { payments } from './projection.ts';
import { type OrderFilter, Payments } from './queries.ts';
import { paymentsView } from './view.ts';

const NOW = new Date('2026-03-01T08:05:00+08:00');
const DAY = '2026-03-01';
const LATER = new Date('2026-03-01T08:15:00+08:00');
const INSTITUTION = '1234567890123456789012';
const slot = { institutionCode: INSTITUTION, scheduleId: 'S1', slotId: 'N1' };
const idOf = (letter: string, number: number) => `${letter}0000000-0000-4000-8000-00000000000${number}`;
const paymentOf = (booking: number) => ({
  paymentId: idOf('c', booking),
  bookingId: idOf('b', booking),
  personId: idOf('a', 1),
});
const orderOf = (booking: number, order = 1) => ({
  ...paymentOf(booking),
  orderNumber: `ZF${booking}${order}`,
});

const requested = (booking = 1, order = 1): PaymentEvent => ({
  type: 'PaymentRequested',
  data: {
    ...orderOf(booking, order),
    purpose: 'registration',
    slot,
    amountFen: 2500,
    until: '2026-03-01T08:15:00.000+08:00',
    policyVersion: '2026.1',
  },
});
const opened: PaymentEvent = {
  type: 'PaymentOpened',
  data: { ...orderOf(1), gatewayOrderNumber: 'G1', payUrl: 'https://pay.example/1' },
};
const paid = (settles: boolean, order = 1, amountFen = 2500): PaymentEvent => ({
  type: 'PaymentSucceeded',
  data: {
    ...orderOf(1, order),
    slot,
    gatewayTradeNumber: `T${order}`,
    amountFen,
    paidAt: '2026-03-01T08:03:00+08:00',
    source: 'callback',
    settles,
  },
});
const closed: PaymentEvent = { type: 'PaymentClosed', data: { ...orderOf(1), cause: 'expired' } };
const failed: PaymentEvent = { type: 'PaymentFailed', data: { ...orderOf(1), cause: 'status-422' } };
const calledOff: PaymentEvent = {
  type: 'PaymentCalledOff',
  data: { ...paymentOf(1), cause: 'bookingCancelled' },
};
const disbelieved: PaymentEvent = {
  type: 'GatewayReportRefused',
  data: {
    ...orderOf(1),
    gatewayTradeNumber: 'T1',
    reportedFen: 1,
    source: 'callback',
    cause: 'amountDiffers',
  },
};
const refund = { ...orderOf(1), refundNumber: 'ZF11T01' };
const refunding: PaymentEvent = {
  type: 'RefundRequested',
  data: { ...refund, amountFen: 2500, cause: 'bookingCancelled' },
};
const accepted: PaymentEvent = { type: 'RefundAccepted', data: refund };
const refunded: PaymentEvent = {
  type: 'RefundSucceeded',
  data: { ...refund, gatewayRefundNumber: 'R1', refundedAt: '2026-03-01T08:04:00+08:00' },
};
const refused: PaymentEvent = { type: 'RefundRefused', data: { ...refund, cause: 'balance' } };
const byHand: PaymentEvent = { type: 'RefundSettledByHand', data: { ...refund, reason: '已在窗口退还现金' } };
const EVERYTHING = [
  requested(),
  opened,
  disbelieved,
  paid(true),
  calledOff,
  refunding,
  accepted,
  refused,
  refunding,
  refunded,
  requested(2),
  { ...failed, data: { ...failed.data, ...orderOf(2) } } as PaymentEvent,
  requested(3),
  {
    ...refused,
    data: { ...refund, ...orderOf(3), refundNumber: 'ZF31T01', cause: 'balance' },
  } as PaymentEvent,
  { ...byHand, data: { ...byHand.data, ...orderOf(3), refundNumber: 'ZF31T01' } } as PaymentEvent,
  requested(2, 2),
  { ...closed, data: { ...closed.data, ...orderOf(2, 2) } } as PaymentEvent,
];

async function viewAfter(events: readonly PaymentEvent[], batches = [events.length]) {
  const log = new ViewLog<PaymentEvent>(({ data }) => `payment-${data.paymentId}`);
  for (const event of events) log.add(event);
  const store = new FakeViewStore();
  let from = 0;
  for (const until of [...batches, events.length]) {
    await takeInto(payments, store, log.events.slice(from, until));
    // A crash makes a view take in some events again.
    from = Math.max(0, until - 2);
  }
  const queries = new Payments(new ViewReader(paymentsView, store, new FakeCheckpoints(), async () => 0n));
  return { store, queries };
}

const STANDING = { paymentId: idOf('c', 1) };
const standingAfter = async (events: readonly PaymentEvent[], now = NOW) =>
  (await (await viewAfter(events)).queries.ofBookings([idOf('b', 1)], now)).get(idOf('b', 1));

describe('the standing of a booking', () => {
  it.each([
    ['nothing', [], NOW, undefined],
    ['an order that can be paid', [requested(), opened], NOW, 'toPay'],
    ['one whose time is over', [requested(), opened], LATER, undefined],
    ['one that was closed, or not taken', [requested(), closed], NOW, undefined],
    ['one that was not taken', [requested(), failed], NOW, undefined],
    ['money', [requested(), opened, paid(true)], LATER, 'paid'],
    ['a refund that was asked for', [requested(), paid(true), calledOff, refunding], NOW, 'refunding'],
    ['one that the gateway took', [requested(), paid(true), refunding, accepted], NOW, 'refunding'],
    ['one that was made', [requested(), paid(true), refunding, refunded], NOW, 'refunded'],
    ['one that was refused', [requested(), paid(true), refunding, refused], NOW, 'refundRefused'],
    [
      'one that the desk settled',
      [requested(), paid(true), refunding, refused, byHand],
      NOW,
      'refundedByHand',
    ],
    ['one that is tried again', [requested(), paid(true), refunding, refused, refunding], NOW, 'refunding'],
    ['money that nobody wanted', [requested(), calledOff, paid(false), refunding, refunded], NOW, 'refunded'],
  ] as const)('%s', async (_what, events, now, state) => {
    expect((await standingAfter(events, now))?.state).toBe(state);
  });

  it('is that of the order which pays for it, whatever becomes of others', async () => {
    const twice = [requested(), requested(1, 2), paid(true, 2), paid(false), refunding, refunded];
    expect(await standingAfter(twice)).toEqual({ ...STANDING, state: 'paid', amountFen: 2500 });
  });

  it('tells the amount that went back', async () => {
    const wrong = [requested(), paid(false, 1, 7), refunding, refunded];
    expect(await standingAfter(wrong)).toEqual({ ...STANDING, state: 'refunded', amountFen: 7 });
  });
});

it('names what the gateway still has to be asked about, and nothing else', async () => {
  const { queries } = await viewAfter([requested(1), requested(2), opened, paid(true)]);
  expect(await queries.unsettled(10)).toEqual([idOf('c', 2)]);
  expect(await (await viewAfter([requested(1), paid(true), refunding])).queries.unsettled(10)).toHaveLength(
    1,
  );
  expect(await (await viewAfter(EVERYTHING)).queries.unsettled(10)).toEqual([]);
});

describe('the list of orders', () => {
  const page = { page: 1, size: 10 };
  const EVENTS = [requested(), paid(true), refunding, refused, requested(2), requested(3)];
  const numbersOf = async (filter: OrderFilter) =>
    (await (await viewAfter(EVENTS)).queries.orders(filter, page)).items.map(
      ({ orderNumber }) => orderNumber,
    );

  it('tells what a person has to know of each', async () => {
    const { items } = await (await viewAfter(EVENTS)).queries.orders({ state: 'refundRefused' }, page);
    expect(items).toMatchObject([
      { orderNumber: 'ZF11', state: 'refundRefused', amountFen: 2500, refundCause: 'bookingCancelled' },
    ]);
  });

  it.each<[string, OrderFilter, readonly string[]]>([
    ['nothing', {}, ['ZF31', 'ZF21', 'ZF11']],
    ['state', { state: 'open' }, ['ZF31', 'ZF21']],
    ['institution', { institution: INSTITUTION, order: 'ZF21' }, ['ZF21']],
    ['another institution', { institution: 'another' }, []],
    ['days', { from: DAY, to: DAY }, ['ZF31', 'ZF21', 'ZF11']],
    ['earlier days', { to: '2026-01-01' }, []],
  ])('is narrowed by %s', async (_what, filter, expected) => {
    expect((await numbersOf(filter)).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ['open', [requested()]],
    ['failed', [requested(), failed]],
    ['closed', [requested(), closed]],
    ['paid', [requested(), paid(true)]],
    ['refunding', [requested(), paid(true), refunding, accepted]],
    ['refunded', [requested(), paid(true), refunding, refunded]],
    ['refunding', [requested(), paid(true), refunding, refused, refunding]],
    ['refundedByHand', [requested(), paid(true), refunding, refused, byHand]],
  ] as const)('says %s', async (state, events) => {
    const { items } = await (await viewAfter(events)).queries.orders({}, page);
    expect(items.map((item) => item.state)).toEqual([state]);
  });
});

it('is the same however its events come in batches, and again', async () => {
  expect(new Set(EVERYTHING.map(({ type }) => type))).toEqual(new Set([...Object.keys(paymentEvents)]));
  const whole = await contentOf(paymentsView, (await viewAfter(EVERYTHING)).store);
  for (let cut = 1; cut < EVERYTHING.length; cut++)
    expect(await contentOf(paymentsView, (await viewAfter(EVERYTHING, [cut])).store)).toEqual(whole);
});
