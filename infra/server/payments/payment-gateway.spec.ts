import { STATEMENT_PAGE_LINES } from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { shanghaiDate, systemClock } from '@qingpu/domains-kernel/clock';
import { PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import {
  type PaymentFaultOrder,
  type PaymentGatewaySimulator,
  startPaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPaymentGateway, NoPaymentGateway } from './payment-gateway.ts';

const secret = 'secret-of-the-payment-gateway-specs';
const links = () => ({ notify: 'http://127.0.0.1:9', portal: 'http://127.0.0.1:9' });
const order = {
  orderNumber: 'ZF000000000000000000000001',
  paymentId: '5b1d6e1c-6a0f-5c7e-9a43-000000000001',
  bookingId: '5b1d6e1c-6a0f-5c7e-9a43-000000000002',
  institutionCode: '1234567890123456789012',
  amountFen: 2500,
  until: '2099-01-01T08:00:00.000+08:00',
};
const { orderNumber } = order;
const refund = {
  refundNumber: `${orderNumber}T01`,
  orderNumber,
  amountFen: 2500,
  cause: 'bookingCancelled',
} as const;

let simulator: PaymentGatewaySimulator;
let gateway: HttpPaymentGateway;
/** Waits for an answer only as long as a test may take; the other one is patient, however busy the machine. */
let hasty: HttpPaymentGateway;

beforeEach(async () => {
  simulator = await startPaymentGatewaySimulator({ secret });
  const parts = { url: simulator.url, secret, links, clock: systemClock };
  gateway = new HttpPaymentGateway(parts, { timeoutMs: 30_000, pauseMs: 1 });
  hasty = new HttpPaymentGateway(parts, { timeoutMs: 300, pauseMs: 1 });
});
afterEach(() => simulator.close());

async function faultOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof PaymentGatewayUnavailable) return error.message;
    throw error;
  }
}

describe('an order', () => {
  it('is opened once, paid, and cannot be closed any more', async () => {
    const opened = await gateway.open(order);
    expect(await gateway.open(order)).toEqual(opened);
    expect(simulator.orders()).toHaveLength(1);
    expect(simulator.pay(orderNumber)).toBe(true);
    const paid = { state: 'paid', amountFen: 2500 };
    expect(await gateway.find(orderNumber)).toMatchObject(paid);
    expect(await gateway.close(orderNumber)).toMatchObject(paid);
  });

  it('that is closed cannot be paid', async () => {
    await gateway.open(order);
    expect(await gateway.close(orderNumber)).toEqual({ state: 'closed' });
    expect(simulator.pay(orderNumber)).toBe(false);
  });

  it('is not taken after its end', async () => {
    const over = { ...order, until: '2020-01-01T08:00:00.000+08:00' };
    expect(await gateway.open(over)).toEqual({ state: 'refused', cause: 'status-409' });
    expect(await gateway.find(orderNumber)).toEqual({ state: 'absent' });
  });

  it.each<[string, PaymentFaultOrder]>([
    ['status-503', { kind: 'status', status: 503 }],
    ['unreachable', { kind: 'status', status: 302 }],
    ['unreachable', { kind: 'drop' }],
    ['unreachable', { kind: 'hang' }],
    ['unreachable', { kind: 'lag', ms: 2_000 }],
    ['wrong-answer', { kind: 'lie', how: 'otherNumber' }],
    ['wrong-answer', { kind: 'lie', how: 'malformed' }],
  ])('is not known, %s, after bounded attempts: %o', async (reason, fault) => {
    await gateway.open(order);
    simulator.setFault(fault);
    const asked = fault.kind === 'hang' || fault.kind === 'lag' ? hasty : gateway;
    expect(await faultOf(asked.find(orderNumber))).toBe(reason);
    expect(await faultOf(asked.open(order))).toBe(reason);
    simulator.reset();
    expect(simulator.orders()).toHaveLength(1);
  });

  it('is asked for again after one answer that was lost', async () => {
    simulator.setFault({ kind: 'drop', times: 1 });
    expect(await gateway.open(order)).toMatchObject({ state: 'open' });
    expect(simulator.orders()).toHaveLength(1);
  });

  it('under a wrong secret is no answer', async () => {
    const parts = { url: simulator.url, secret: `${secret}-wrong`, links, clock: systemClock };
    expect(await faultOf(new HttpPaymentGateway(parts).find(orderNumber))).toBe('status-401');
  });
});

describe('a refund', () => {
  beforeEach(async () => {
    await gateway.open(order);
  });

  it('is made once under its number, and never of more than was paid', async () => {
    simulator.pay(orderNumber);
    const made = await gateway.refund(refund);
    expect(made).toMatchObject({ state: 'succeeded' });
    expect(await gateway.refund(refund)).toEqual(made);
    expect(await gateway.findRefund(refund.refundNumber)).toEqual(made);
    const more = { ...refund, refundNumber: `${orderNumber}T02` };
    expect(await gateway.refund(more)).toEqual({ state: 'refused', cause: 'more-than-paid' });
    expect(simulator.refunds().filter(({ state }) => state === 'succeeded')).toHaveLength(1);
  });

  it('of an order that was not paid is refused', async () => {
    expect(await gateway.refund(refund)).toEqual({ state: 'refused', cause: 'order-not-paid' });
  });

  it('whose answer was lost is found by its number', async () => {
    simulator.pay(orderNumber);
    simulator.setFault({ kind: 'drop', on: 'refund', times: 2 });
    expect(await faultOf(gateway.refund(refund))).toBe('unreachable');
    expect(await gateway.findRefund(refund.refundNumber)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a statement', () => {
  const TODAY = shanghaiDate(new Date());
  const merchant = order.institutionCode;
  let later: PaymentGatewaySimulator;
  /** Days that the gateway, and who asks it, are ahead. */
  let ahead = 0;
  let dated: HttpPaymentGateway;

  beforeEach(async () => {
    ahead = 0;
    const now = () => Date.now() + ahead * 86_400_000;
    later = await startPaymentGatewaySimulator({ secret, now });
    const clock = { now: () => new Date(now()) };
    dated = new HttpPaymentGateway(
      { url: later.url, secret, links, clock },
      { timeoutMs: 2_000, pauseMs: 1 },
    );
  });
  afterEach(() => later.close());

  async function paidOrders(count: number): Promise<void> {
    for (let number = 1; number <= count; number++) {
      const each = { ...order, orderNumber: `ZF00000000${String(number).padStart(4, '0')}` };
      await dated.open(each);
      later.pay(each.orderNumber);
    }
  }

  it('is there once the day is over, with what came in and what went back', async () => {
    await paidOrders(2);
    const number = 'ZF000000000001';
    await dated.refund({ ...refund, refundNumber: `${number}T01`, orderNumber: number });
    expect(await dated.statement(merchant, TODAY)).toBeUndefined();
    ahead = 1;
    const found = await dated.statement(merchant, TODAY);
    expect(found?.map(({ subject, number: each, amountFen }) => [subject, each, amountFen])).toEqual([
      ['payment', number, 2500],
      ['payment', 'ZF000000000002', 2500],
      ['refund', `${number}T01`, 2500],
    ]);
    expect(await dated.statement('another', TODAY)).toEqual([]);
  });

  it('of many pages is read to its end', async () => {
    await paidOrders(STATEMENT_PAGE_LINES + 1);
    ahead = 1;
    expect(await dated.statement(merchant, TODAY)).toHaveLength(STATEMENT_PAGE_LINES + 1);
  }, 60_000);

  it.each<[string, PaymentFaultOrder]>([
    ['status-503', { kind: 'status', status: 503 }],
    ['unreachable', { kind: 'drop' }],
    ['wrong-answer', { kind: 'lie', how: 'malformed' }],
    ['wrong-answer', { kind: 'lie', how: 'wrongTotals' }],
    ['wrong-answer', { kind: 'lie', how: 'otherNumber' }],
  ])('is no statement, %s: %o', async (reason, fault) => {
    await paidOrders(1);
    ahead = 1;
    later.setFault({ ...fault, on: 'statement' });
    expect(await faultOf(dated.statement(merchant, TODAY))).toBe(reason);
  });
});

it('turns away more than it may have under way, instead of waiting', async () => {
  const parts = { url: simulator.url, secret, links, clock: systemClock };
  const narrow = new HttpPaymentGateway(parts, { mostUnderWay: 1, timeoutMs: 30_000 });
  simulator.setFault({ kind: 'lag', ms: 200 });
  const first = narrow.open(order);
  expect(await faultOf(narrow.find(orderNumber))).toBe('too-busy');
  expect(await first).toMatchObject({ state: 'open' });
});

it('without a gateway nobody pays', async () => {
  const none = new NoPaymentGateway();
  for (const asked of [
    none.open(),
    none.find(),
    none.close(),
    none.refund(),
    none.findRefund(),
    none.statement(),
  ])
    expect(await faultOf(asked)).toBe('not-connected');
});
