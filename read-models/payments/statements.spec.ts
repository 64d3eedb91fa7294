import {
  type PaymentEvent,
  type StatementDifference,
  type StatementEvent,
  statementEvents,
} from '@qingpu/contracts/events/payments';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { describe, expect, it } from 'vitest';
import { payments } from './projection.ts';
import { Statements } from './statement-queries.ts';
import { paymentsView } from './view.ts';

const A = '1234567890123456789012';
const B = '1234567890123456789013';
const DAY = '2026-03-01';
const paymentId = 'c0000000-0000-4000-8000-000000000001';
const PAGE = { page: 1, size: 10 };
const TOTALS = { payments: 1, paymentsFen: 2500, refunds: 0, refundsFen: 0 };
const NOTHING = { payments: 0, paymentsFen: 0, refunds: 0, refundsFen: 0 };

const difference = (number: string, thereFen = 2500): StatementDifference => ({
  subject: 'payment',
  number,
  kind: 'missingHere',
  paymentId,
  hereFen: null,
  thereFen,
});
const due = (institutionCode = A, date = DAY): StatementEvent => ({
  type: 'StatementDue',
  data: { institutionCode, date },
});
const compared = (differences: StatementDifference[], open = differences.length): StatementEvent => ({
  type: 'StatementCompared',
  data: { institutionCode: A, date: DAY, here: NOTHING, there: TOTALS, differences, unlisted: 0, open },
});
const settled = (number: string, open: number): StatementEvent => ({
  type: 'StatementDifferenceSettled',
  data: { institutionCode: A, date: DAY, difference: difference(number), reason: '已与支付平台核实', open },
});

type Known = PaymentEvent | StatementEvent;
const streamOf = ({ data }: Known) =>
  'paymentId' in data ? `payment-${data.paymentId}` : `statement-${data.institutionCode}-${data.date}`;

async function viewAfter(events: readonly Known[], batches = [events.length]) {
  const log = new ViewLog<Known>(streamOf);
  for (const event of events) log.add(event);
  const store = new FakeViewStore();
  let from = 0;
  for (const until of [...batches, events.length]) {
    await takeInto(payments, store, log.events.slice(from, until));
    // A crash makes a view take in some events again.
    from = Math.max(0, until - 2);
  }
  const reader = new ViewReader(paymentsView, store, new FakeCheckpoints(), async () => -1n);
  return { store, statements: new Statements(reader) };
}

describe('a day', () => {
  it.each<[string, readonly StatementEvent[], object]>([
    ['is awaited', [due()], { state: 'awaited', open: 0, here: null, there: null, comparedAt: null }],
    ['is the same', [due(), compared([])], { state: 'same', open: 0, here: NOTHING, there: TOTALS }],
    ['differs', [due(), compared([difference('ZF1')])], { state: 'different', open: 1 }],
    ['is settled', [due(), compared([difference('ZF1')]), settled('ZF1', 0)], { state: 'settled', open: 0 }],
    ['is the same in the end', [due(), compared([difference('ZF1')]), compared([])], { state: 'same' }],
  ])('%s', async (_what, events, expected) => {
    const { statements } = await viewAfter(events);
    expect((await statements.list({}, PAGE)).items).toMatchObject([
      { institutionCode: A, date: DAY, ...expected },
    ]);
  });

  it('tells its differences, and what was decided about each as long as it is the same', async () => {
    const events = [due(), compared([difference('ZF1'), difference('ZF2')]), settled('ZF1', 1)];
    const found = async (more: readonly StatementEvent[]) =>
      (await (await viewAfter([...events, ...more])).statements.find({ institutionCode: A, date: DAY }))
        ?.differences;
    expect(await found([])).toMatchObject([
      { number: 'ZF1', settled: { reason: '已与支付平台核实' } },
      { number: 'ZF2', settled: null },
    ]);
    expect(await found([compared([difference('ZF1')], 0)])).toMatchObject([
      { settled: { at: expect.any(String) } },
    ]);
    expect(await found([compared([difference('ZF1', 2600)])])).toMatchObject([{ settled: null }]);
    const { statements } = await viewAfter(events);
    expect(await statements.find({ institutionCode: B, date: DAY })).toBeUndefined();
  });
});

it('is found by institution, day and state', async () => {
  const { statements } = await viewAfter([due(), due(B), due(A, '2026-03-02'), compared([])]);
  const countOf = async (filter: object) => (await statements.list(filter, PAGE)).total;
  expect(await countOf({ institution: A })).toBe(2);
  expect(await countOf({ from: '2026-03-02', to: '2026-03-03' })).toBe(1);
  expect(await countOf({ state: 'awaited' })).toBe(2);
  expect(await statements.awaited()).toEqual([
    { institutionCode: B, date: DAY },
    { institutionCode: A, date: '2026-03-02' },
  ]);
});

describe('our own movements', () => {
  const order = { paymentId, bookingId: paymentId, personId: paymentId, orderNumber: 'ZF1' };
  const slot = { institutionCode: A, scheduleId: 'S1', slotId: 'N1' };
  const until = '2026-03-02T00:05:00.000+08:00';
  const requested: PaymentEvent = {
    type: 'PaymentRequested',
    data: { ...order, purpose: 'registration', slot, amountFen: 2500, until, policyVersion: '1' },
  };
  const paid: PaymentEvent = {
    type: 'PaymentSucceeded',
    data: {
      ...order,
      slot,
      gatewayTradeNumber: 'T1',
      amountFen: 2500,
      // The second of March in Shanghai.
      paidAt: '2026-03-01T16:01:00.000Z',
      source: 'callback',
      settles: true,
    },
  };
  const refund = { ...order, refundNumber: 'ZF1T01' };
  const refunded: PaymentEvent[] = [
    { type: 'RefundRequested', data: { ...refund, amountFen: 2500, cause: 'bookingCancelled' } },
    {
      type: 'RefundSucceeded',
      data: { ...refund, gatewayRefundNumber: 'R1', refundedAt: '2026-03-05T08:00:00+08:00' },
    },
  ];

  it('are those of the day by the gateway’s time in Shanghai', async () => {
    const { statements } = await viewAfter([requested, paid, ...refunded]);
    const numbersOn = async (date: string) =>
      (await statements.movements({ institutionCode: A, date }))?.map(({ number }) => number);
    expect(await numbersOn(DAY)).toEqual([]);
    expect(await numbersOn('2026-03-02')).toEqual(['ZF1']);
    expect(await numbersOn('2026-03-05')).toEqual(['ZF1T01']);
    expect(await statements.movements({ institutionCode: B, date: '2026-03-02' })).toEqual([]);
  });

  it('lead to a statement of each day on which money may have moved, until it is expected', async () => {
    const events = [requested, paid, ...refunded];
    const { statements } = await viewAfter(events);
    for (const date of [DAY, '2026-03-02', '2026-03-05'])
      expect(await statements.unexpected(date)).toEqual([A]);
    for (const date of ['2026-02-28', '2026-03-04']) expect(await statements.unexpected(date)).toEqual([]);
    expect(await (await viewAfter([...events, due()])).statements.unexpected(DAY)).toEqual([]);
  });
});

it('is the same however its events come in batches, and again', async () => {
  const events = [
    due(),
    compared([difference('ZF1')]),
    settled('ZF1', 0),
    compared([difference('ZF2')]),
    due(B),
  ];
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(statementEvents)));
  const whole = await contentOf(paymentsView, (await viewAfter(events)).store);
  for (let cut = 1; cut < events.length; cut++)
    expect(await contentOf(paymentsView, (await viewAfter(events, [cut])).store)).toEqual(whole);
});
