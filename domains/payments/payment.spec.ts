import { paymentPolicy } from '@qingpu/contracts/rules/payment-policy';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, it } from 'vitest';
import { type PaidReport, payment } from './payment.ts';
import {
  ids,
  opened,
  order,
  paid,
  REFUND,
  refund,
  requested,
  second,
  what,
} from './testing/sample-payment.ts';

const context = { now: new Date('2026-03-16T08:00:00+08:00'), policy: paymentPolicy };
const late = { ...context, now: new Date('2026-03-16T08:15:00+08:00') };
const given = specify(payment).given;
const ask = { ...what, type: 'RequestPayment' } as const;
const report = (changes: Partial<PaidReport> = {}) =>
  ({
    type: 'RecordPaid',
    orderNumber: order.orderNumber,
    gatewayTradeNumber: 'T1',
    amountFen: 2500,
    paidAt: '2026-03-16T08:01:00+08:00',
    source: 'callback',
    ...changes,
  }) as const;
const calledOff = {
  type: 'PaymentCalledOff',
  data: { ...ids, cause: 'bookingCancelled' },
} as const;

describe('asking for payment', () => {
  it('names an order of a quarter of an hour', () => given([]).when(ask, context).thenEvents([requested]));
  it('is the same order while it can be paid', () =>
    given([requested, opened]).when(ask, context).thenNothingHappened());
  it('is a further order once the time is over, or the gateway refused', () => {
    given([requested, opened])
      .when(ask, late)
      .thenEvents([second('2026-03-16T08:30:00.000+08:00')]);
    given([requested, { type: 'PaymentFailed', data: { ...order, cause: 'status-422' } }])
      .when(ask, context)
      .thenEvents([second('2026-03-16T08:15:00.000+08:00')]);
  });
  it('is refused when it is paid, or not wanted any more', () => {
    given([requested, opened, paid()]).when(ask, context).thenRejected('already-paid');
    given([requested, calledOff]).when(ask, context).thenRejected('payment-called-off');
  });
  it('has an end', () => {
    const many = Array.from({ length: paymentPolicy.ordersPerPayment }, (_, n) => ({
      ...requested,
      data: { ...requested.data, orderNumber: `ZF${n}`, until: '2026-03-16T07:00:00.000+08:00' },
    }));
    given(many).when(ask, context).thenRejected('too-many-payment-orders');
  });
});

describe('money', () => {
  it('pays for the booking, once', () => {
    given([requested, opened]).when(report(), context).thenEvents([paid()]);
    given([requested, opened, paid()]).when(report(), context).thenNothingHappened();
  });
  it('counts also after its order was closed', () =>
    given([requested, opened, { type: 'PaymentClosed', data: { ...order, cause: 'expired' } }])
      .when(report({ source: 'query' }), late)
      .thenEvents([paid({ source: 'query' })]));
  it('goes back when it came twice', () => {
    const other = second('2026-03-16T08:30:00.000+08:00');
    const { orderNumber } = other.data;
    given([requested, opened, other, paid()])
      .when(report({ orderNumber, gatewayTradeNumber: 'T2' }), late)
      .thenEvents([
        paid({ orderNumber, gatewayTradeNumber: 'T2', settles: false }),
        refund({ orderNumber, refundNumber: `${orderNumber}T01`, cause: 'paidTwice' }),
      ]);
  });
  it('goes back when nobody wants it any more', () =>
    given([requested, opened, calledOff])
      .when(report(), context)
      .thenEvents([paid({ settles: false }), refund()]));
  it('is not believed with another amount, unless the gateway was asked; then it goes back', () => {
    given([requested, opened])
      .when(report({ amountFen: 1 }), context)
      .thenRejected('amount-differs');
    given([requested, opened])
      .when(report({ amountFen: 1, source: 'query' }), context)
      .thenEvents([
        paid({ amountFen: 1, source: 'query', settles: false }),
        refund({ amountFen: 1, cause: 'wrongAmount' }),
      ]);
  });
  it('of another trade, or for an order that was never asked for, is not believed', () => {
    given([requested, paid()])
      .when(report({ gatewayTradeNumber: 'T9' }), context)
      .thenRejected('trade-differs');
    given([requested])
      .when(report({ orderNumber: 'ZF0' }), context)
      .thenRejected('payment-order-unknown');
    given([]).when(report(), context).thenRejected('payment-order-unknown');
  });
  it('that was not believed is kept, once', () => {
    const keep = { ...report({ amountFen: 1 }), type: 'KeepRefusedReport', cause: 'amountDiffers' } as const;
    const kept = {
      type: 'GatewayReportRefused',
      data: {
        ...order,
        gatewayTradeNumber: 'T1',
        reportedFen: 1,
        source: 'callback',
        cause: 'amountDiffers',
      },
    } as const;
    given([requested]).when(keep, context).thenEvents([kept]);
    given([requested, kept]).when(keep, context).thenNothingHappened();
  });
});

describe('calling off', () => {
  const off = { type: 'CallOff', cause: 'bookingCancelled' } as const;
  it('gives back what was paid, once', () => {
    given([requested, opened, paid()]).when(off, context).thenEvents([calledOff, refund()]);
    given([requested, opened, paid(), calledOff, refund()]).when(off, context).thenNothingHappened();
  });
  it('changes nothing where nothing was asked for', () => given([]).when(off, context).thenNothingHappened());
  it('keeps an order from settling anything', () =>
    given([requested]).when(off, context).thenEvents([calledOff]));
});

describe('a refund', () => {
  const before = [requested, opened, paid(), calledOff, refund()];
  const say = (found: 'processing' | 'refused') =>
    ({
      type: 'RecordRefund',
      refundNumber: REFUND.refundNumber,
      found: found === 'refused' ? { state: found, cause: 'balance' } : { state: found },
    }) as const;
  const done = {
    type: 'RecordRefund',
    refundNumber: REFUND.refundNumber,
    found: { state: 'succeeded', gatewayRefundNumber: 'R1', refundedAt: '2026-03-16T08:02:00+08:00' },
  } as const;
  const accepted = { type: 'RefundAccepted', data: REFUND } as const;
  const refused = { type: 'RefundRefused', data: { ...REFUND, cause: 'balance' } } as const;
  const succeeded = {
    type: 'RefundSucceeded',
    data: { ...REFUND, gatewayRefundNumber: 'R1', refundedAt: '2026-03-16T08:02:00+08:00' },
  } as const;

  it('is taken, then made', () => {
    given(before).when(say('processing'), context).thenEvents([accepted]);
    given([...before, accepted])
      .when(say('processing'), context)
      .thenNothingHappened();
    given([...before, accepted])
      .when(done, context)
      .thenEvents([succeeded]);
    given([...before, succeeded])
      .when(done, context)
      .thenNothingHappened();
    given([...before, succeeded])
      .when(say('refused'), context)
      .thenNothingHappened();
  });
  it('that was refused can be asked for again under a new number', () => {
    const retry = { type: 'RetryRefund', refundNumber: REFUND.refundNumber } as const;
    given(before).when(say('refused'), context).thenEvents([refused]);
    given(before).when(retry, context).thenRejected('refund-not-refused');
    const again = refund({ refundNumber: `${order.orderNumber}T02` });
    given([...before, refused])
      .when(retry, context)
      .thenEvents([again]);
    given([...before, refused, again])
      .when(retry, context)
      .thenRejected('refund-not-refused');
    given(before).when({ type: 'RetryRefund', refundNumber: 'X' }, context).thenRejected('refund-unknown');
  });
  it('that was refused can be settled by hand, which is final', () => {
    const byHand = {
      type: 'SettleRefundByHand',
      refundNumber: REFUND.refundNumber,
      reason: '已在窗口退还现金',
    } as const;
    const settled = {
      type: 'RefundSettledByHand',
      data: { ...REFUND, reason: '已在窗口退还现金' },
    } as const;
    given(before).when(byHand, context).thenRejected('refund-not-refused');
    given([...before, refused])
      .when(byHand, context)
      .thenEvents([settled]);
    const after = [...before, refused, settled];
    given(after).when(byHand, context).thenRejected('refund-not-refused');
    given(after)
      .when({ type: 'RetryRefund', refundNumber: REFUND.refundNumber }, context)
      .thenRejected('refund-not-refused');
    given(after).when(done, context).thenNothingHappened();
  });
});
