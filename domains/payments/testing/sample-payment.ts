import type { PaymentEvent } from '@qingpu/contracts/events/payments';
import { paymentPolicy } from '@qingpu/contracts/rules/payment-policy';
import type { WhatIsPaid } from '../payment.ts';
import { gatewayOrderNumber, paymentIdOf, refundNumberOf } from '../streams.ts';

type Data<Type extends PaymentEvent['type']> = Extract<PaymentEvent, { type: Type }>['data'];
type Of<Type extends PaymentEvent['type']> = { readonly type: Type; readonly data: Data<Type> };

const bookingId = 'b0000000-0000-5000-8000-000000000001';
const paymentId = paymentIdOf(bookingId, 'registration');

export const ids = { paymentId, bookingId, personId: 'a0000000-0000-4000-8000-000000000001' };
export const what: WhatIsPaid = {
  ...ids,
  slot: { institutionCode: '1234567890123456789012', scheduleId: 'S1', slotId: 'N1' },
  purpose: 'registration',
  amountFen: 2500,
};
/** The first order, asked for at 08:00. */
export const order = { ...ids, orderNumber: gatewayOrderNumber(paymentId, 1) };
export const REFUND = { ...order, refundNumber: refundNumberOf(order.orderNumber, 1) };

export const requested: Of<'PaymentRequested'> = {
  type: 'PaymentRequested',
  data: {
    ...what,
    orderNumber: order.orderNumber,
    until: '2026-03-16T08:15:00.000+08:00',
    policyVersion: paymentPolicy.version,
  },
};
export const opened: Of<'PaymentOpened'> = {
  type: 'PaymentOpened',
  data: { ...order, gatewayOrderNumber: 'G1', payUrl: 'https://pay.example/1' },
};

/** A second order. */
export function second(until: string): Of<'PaymentRequested'> {
  const orderNumber = gatewayOrderNumber(paymentId, 2);
  return { ...requested, data: { ...requested.data, orderNumber, until } };
}

export function paid(changes: Partial<Data<'PaymentSucceeded'>> = {}): Of<'PaymentSucceeded'> {
  return {
    type: 'PaymentSucceeded',
    data: {
      ...order,
      slot: what.slot,
      gatewayTradeNumber: 'T1',
      amountFen: 2500,
      paidAt: '2026-03-16T08:01:00+08:00',
      source: 'callback',
      settles: true,
      ...changes,
    },
  };
}

export function refund(changes: Partial<Data<'RefundRequested'>> = {}): Of<'RefundRequested'> {
  return {
    type: 'RefundRequested',
    data: { ...REFUND, amountFen: 2500, cause: 'bookingCancelled', ...changes },
  };
}
