import type {
  CallOffCause,
  ClosingCause,
  PaymentPurpose,
  RefundCause,
  RefundState,
} from '@qingpu/contracts/codes/payment-tables';
import type { PaidSlot, PaymentEvent } from '@qingpu/contracts/events/payments';
import type { PaymentPolicy } from '@qingpu/contracts/rules/payment-policy';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import type { RefundFound } from './ports.ts';
import {
  alreadyPaid,
  amountDiffers,
  orderUnknown,
  paymentCalledOff,
  refundNotRefused,
  refundUnknown,
  tooManyOrders,
  tradeDiffers,
} from './rejections.ts';
import { gatewayOrderNumber, refundNumberOf } from './streams.ts';

/** What is to be paid for, and how much. */
export interface WhatIsPaid {
  readonly paymentId: string;
  readonly bookingId: string;
  readonly personId: string;
  readonly slot: PaidSlot;
  readonly purpose: PaymentPurpose;
  /** From the schedule, never from whoever pays. */
  readonly amountFen: number;
}

/** What the gateway says was paid under an order. */
export interface PaidReport {
  readonly orderNumber: string;
  readonly gatewayTradeNumber: string;
  readonly amountFen: number;
  /** ISO 8601 with offset. */
  readonly paidAt: string;
  /** Whether it told us by itself, or answered a question of ours. */
  readonly source: 'callback' | 'query';
}

export type PaymentCommand =
  | (WhatIsPaid & { readonly type: 'RequestPayment' })
  | {
      readonly type: 'RecordOpened';
      readonly orderNumber: string;
      readonly gatewayOrderNumber: string;
      readonly payUrl: string;
    }
  | { readonly type: 'RecordFailed'; readonly orderNumber: string; readonly cause: string }
  | (PaidReport & { readonly type: 'RecordPaid' })
  /** A report that RecordPaid would not believe is kept, once. */
  | (PaidReport & { readonly type: 'KeepRefusedReport'; readonly cause: 'amountDiffers' | 'tradeDiffers' })
  | { readonly type: 'RecordClosed'; readonly orderNumber: string; readonly cause: ClosingCause }
  | { readonly type: 'CallOff'; readonly cause: CallOffCause }
  | {
      readonly type: 'RecordRefund';
      readonly refundNumber: string;
      readonly found: Exclude<RefundFound, { readonly state: 'absent' }>;
    }
  /** Somebody at the desk has cleared up why the gateway refused. */
  | { readonly type: 'RetryRefund'; readonly refundNumber: string }
  /** Somebody at the desk gave the money back otherwise. */
  | { readonly type: 'SettleRefundByHand'; readonly refundNumber: string; readonly reason: string };
type CommandOf<Type extends PaymentCommand['type']> = Extract<PaymentCommand, { type: Type }>;

export interface Refund {
  readonly refundNumber: string;
  readonly amountFen: number;
  readonly cause: RefundCause;
  readonly status: RefundState;
}

/** One order at the gateway. */
export interface Order {
  readonly orderNumber: string;
  readonly amountFen: number;
  readonly until: string;
  readonly status: 'requested' | 'opened' | 'paid' | 'failed' | 'closed';
  /** Where it is paid; null until the gateway has taken it. */
  readonly payUrl: string | null;
  readonly trade: { readonly number: string; readonly amountFen: number; readonly settles: boolean } | null;
  readonly refunds: readonly Refund[];
  /** Trade number and amount of reports that were not believed. */
  readonly refusedReports: ReadonlySet<string>;
}

export interface PaymentState {
  readonly what: WhatIsPaid | null;
  /** In the order in which they were asked for. */
  readonly orders: readonly Order[];
  readonly calledOff: CallOffCause | null;
}

export type PaymentContext = DecisionTime & { readonly policy: PaymentPolicy };

/**
 * The payment of one booking. Whatever the gateway says in whatever order: money that came in either pays for the
 * booking, once, or a refund of it stands in the same append.
 */
export const payment: Decider<PaymentState, PaymentCommand, PaymentEvent, PaymentContext> = {
  initialState: { what: null, orders: [], calledOff: null },
  evolve,
  decide(state, command, context) {
    switch (command.type) {
      case 'RequestPayment':
        return request(state, command, context);
      case 'RecordOpened':
        return recordOpened(state, command);
      case 'RecordFailed':
        return recordFailed(state, command);
      case 'RecordPaid':
        return recordPaid(state, command);
      case 'KeepRefusedReport':
        return keepRefusedReport(state, command);
      case 'RecordClosed':
        return recordClosed(state, command);
      case 'CallOff':
        return callOff(state, command);
      case 'RecordRefund':
        return recordRefund(state, command);
      case 'RetryRefund':
        return retryRefund(state, command);
      case 'SettleRefundByHand':
        return settleRefundByHand(state, command);
    }
  },
};

/** The order whose money pays for the booking. */
export function settlingOrder({ orders }: PaymentState): Order | undefined {
  return orders.find(({ trade }) => trade?.settles);
}

/** The newest order, where somebody can still pay it. */
export function payableOrder(state: PaymentState, now: Date): Order | undefined {
  const last = state.orders.at(-1);
  return last && isOpen(last) && isWanted(state) && now < new Date(last.until) ? last : undefined;
}

/** Whether nobody has said yet what became of it. */
export function isOpen({ status }: Order): boolean {
  return status === 'requested' || status === 'opened';
}

/** Whether money is still wanted. */
export function isWanted(state: PaymentState): boolean {
  return state.calledOff === null && settlingOrder(state) === undefined;
}

/* ---- orders ---- */

function request(
  state: PaymentState,
  { type: _type, ...what }: CommandOf<'RequestPayment'>,
  { now, policy }: PaymentContext,
): readonly PaymentEvent[] {
  if (state.calledOff) throw paymentCalledOff(state.calledOff);
  if (settlingOrder(state)) throw alreadyPaid();
  if (payableOrder(state, now)) return [];
  if (state.orders.length >= policy.ordersPerPayment) throw tooManyOrders();
  const orderNumber = gatewayOrderNumber(what.paymentId, state.orders.length + 1);
  const until = shanghaiTimestamp(new Date(now.getTime() + policy.payWithinMinutes * 60_000));
  return [{ type: 'PaymentRequested', data: { ...what, orderNumber, until, policyVersion: policy.version } }];
}

function recordOpened(
  state: PaymentState,
  { orderNumber, gatewayOrderNumber: number, payUrl }: CommandOf<'RecordOpened'>,
): readonly PaymentEvent[] {
  const order = orderOf(state, orderNumber);
  if (order.status !== 'requested') return [];
  const data = { ...idsOf(state, orderNumber), gatewayOrderNumber: number, payUrl };
  return [{ type: 'PaymentOpened', data }];
}

function recordFailed(
  state: PaymentState,
  { orderNumber, cause }: CommandOf<'RecordFailed'>,
): readonly PaymentEvent[] {
  if (orderOf(state, orderNumber).status !== 'requested') return [];
  return [{ type: 'PaymentFailed', data: { ...idsOf(state, orderNumber), cause } }];
}

function recordClosed(
  state: PaymentState,
  { orderNumber, cause }: CommandOf<'RecordClosed'>,
): readonly PaymentEvent[] {
  if (!isOpen(orderOf(state, orderNumber))) return [];
  return [{ type: 'PaymentClosed', data: { ...idsOf(state, orderNumber), cause } }];
}

/* ---- money ---- */

/** Also of an order that was closed: what has come in has come in. */
function recordPaid(state: PaymentState, report: CommandOf<'RecordPaid'>): readonly PaymentEvent[] {
  const { orderNumber, gatewayTradeNumber, amountFen, paidAt, source } = report;
  const order = orderOf(state, orderNumber);
  if (order.trade?.number === gatewayTradeNumber) return [];
  if (order.trade) throw tradeDiffers();
  const fits = amountFen === order.amountFen;
  // What it tells by itself must fit; asked, it says what it has, and that goes back.
  if (!fits && source === 'callback') throw amountDiffers();
  const settles = fits && isWanted(state);
  const { slot } = whatOf(state);
  const ids = idsOf(state, orderNumber);
  const succeeded: PaymentEvent = {
    type: 'PaymentSucceeded',
    data: { ...ids, slot, gatewayTradeNumber, amountFen, paidAt, source, settles },
  };
  if (settles) return [succeeded];
  const cause = fits ? (state.calledOff ?? 'paidTwice') : 'wrongAmount';
  return [succeeded, refundRequested(state, orderNumber, { amountFen, cause, number: 1 })];
}

function keepRefusedReport(
  state: PaymentState,
  { orderNumber, gatewayTradeNumber, amountFen, source, cause }: CommandOf<'KeepRefusedReport'>,
): readonly PaymentEvent[] {
  const order = orderOf(state, orderNumber);
  if (order.refusedReports.has(reportKey(gatewayTradeNumber, amountFen))) return [];
  // A sender that invents reports must not fill the stream.
  if (order.refusedReports.size >= MOST_REFUSED_REPORTS) return [];
  const data = {
    ...idsOf(state, orderNumber),
    gatewayTradeNumber,
    reportedFen: amountFen,
    source,
    cause,
  };
  return [{ type: 'GatewayReportRefused', data }];
}

const MOST_REFUSED_REPORTS = 10;

function reportKey(gatewayTradeNumber: string, amountFen: number): string {
  return `${gatewayTradeNumber} ${amountFen}`;
}

function callOff(state: PaymentState, { cause }: CommandOf<'CallOff'>): readonly PaymentEvent[] {
  if (!state.what || state.calledOff) return [];
  const { paymentId, bookingId, personId } = state.what;
  const calledOff: PaymentEvent = {
    type: 'PaymentCalledOff',
    data: { paymentId, bookingId, personId, cause },
  };
  const settling = settlingOrder(state);
  if (!settling?.trade) return [calledOff];
  const { amountFen } = settling.trade;
  return [calledOff, refundRequested(state, settling.orderNumber, { amountFen, cause, number: 1 })];
}

/* ---- refunds ---- */

function recordRefund(
  state: PaymentState,
  { refundNumber, found }: CommandOf<'RecordRefund'>,
): readonly PaymentEvent[] {
  const { order, refund } = refundOf(state, refundNumber);
  const ids = { ...idsOf(state, order.orderNumber), refundNumber };
  // Money that was given back by hand stays so: what the gateway says otherwise is a difference for a person.
  if (refund.status === 'succeeded' || refund.status === 'settledByHand') return [];
  if (found.state === 'succeeded') {
    const { gatewayRefundNumber, refundedAt } = found;
    return [{ type: 'RefundSucceeded', data: { ...ids, gatewayRefundNumber, refundedAt } }];
  }
  if (refund.status === 'refused') return [];
  if (found.state === 'refused') return [{ type: 'RefundRefused', data: { ...ids, cause: found.cause } }];
  return refund.status === 'requested' ? [{ type: 'RefundAccepted', data: ids }] : [];
}

function retryRefund(
  state: PaymentState,
  { refundNumber }: CommandOf<'RetryRefund'>,
): readonly PaymentEvent[] {
  const { order, refund } = refusedRefundOf(state, refundNumber);
  const { amountFen, cause } = refund;
  const number = order.refunds.length + 1;
  return [refundRequested(state, order.orderNumber, { amountFen, cause, number })];
}

function settleRefundByHand(
  state: PaymentState,
  { refundNumber, reason }: CommandOf<'SettleRefundByHand'>,
): readonly PaymentEvent[] {
  const { order } = refusedRefundOf(state, refundNumber);
  return [
    { type: 'RefundSettledByHand', data: { ...idsOf(state, order.orderNumber), refundNumber, reason } },
  ];
}

function refundRequested(
  state: PaymentState,
  orderNumber: string,
  { number, ...refund }: { readonly amountFen: number; readonly cause: RefundCause; readonly number: number },
): PaymentEvent {
  const ids = idsOf(state, orderNumber);
  return {
    type: 'RefundRequested',
    data: { ...ids, refundNumber: refundNumberOf(orderNumber, number), ...refund },
  };
}

/* ---- helpers ---- */

function whatOf({ what }: PaymentState): WhatIsPaid {
  if (!what) throw orderUnknown();
  return what;
}

function orderOf({ orders }: PaymentState, orderNumber: string): Order {
  const order = orders.find((each) => each.orderNumber === orderNumber);
  if (!order) throw orderUnknown();
  return order;
}

function refundOf({ orders }: PaymentState, refundNumber: string) {
  for (const order of orders) {
    const refund = order.refunds.find((each) => each.refundNumber === refundNumber);
    if (refund) return { order, refund };
  }
  throw refundUnknown();
}

/** A refund that waits for somebody at the desk. */
function refusedRefundOf(state: PaymentState, refundNumber: string) {
  const found = refundOf(state, refundNumber);
  const isLast = found.order.refunds.at(-1) === found.refund;
  if (!isLast || found.refund.status !== 'refused') throw refundNotRefused();
  return found;
}

function idsOf(state: PaymentState, orderNumber: string) {
  const { paymentId, bookingId, personId } = whatOf(state);
  return { paymentId, bookingId, personId, orderNumber };
}

function evolve(state: PaymentState, event: PaymentEvent): PaymentState {
  switch (event.type) {
    case 'PaymentRequested': {
      const { orderNumber, until, policyVersion: _version, ...what } = event.data;
      const order: Order = {
        orderNumber,
        until,
        amountFen: what.amountFen,
        status: 'requested',
        payUrl: null,
        trade: null,
        refunds: [],
        refusedReports: new Set(),
      };
      return { ...state, what, orders: [...state.orders, order] };
    }
    case 'PaymentOpened':
      return changeOrder(state, event.data.orderNumber, () => ({
        status: 'opened',
        payUrl: event.data.payUrl,
      }));
    case 'PaymentFailed':
      return changeOrder(state, event.data.orderNumber, () => ({ status: 'failed' }));
    case 'PaymentClosed':
      return changeOrder(state, event.data.orderNumber, () => ({ status: 'closed' }));
    case 'PaymentSucceeded': {
      const { gatewayTradeNumber: number, amountFen, settles } = event.data;
      return changeOrder(state, event.data.orderNumber, () => ({
        status: 'paid',
        trade: { number, amountFen, settles },
      }));
    }
    case 'GatewayReportRefused': {
      const { gatewayTradeNumber, reportedFen } = event.data;
      const key = reportKey(gatewayTradeNumber, reportedFen);
      return changeOrder(state, event.data.orderNumber, ({ refusedReports }) => ({
        refusedReports: new Set([...refusedReports, key]),
      }));
    }
    case 'PaymentCalledOff':
      return { ...state, calledOff: event.data.cause };
    case 'RefundRequested': {
      const { refundNumber, amountFen, cause } = event.data;
      const refund: Refund = { refundNumber, amountFen, cause, status: 'requested' };
      return changeOrder(state, event.data.orderNumber, ({ refunds }) => ({ refunds: [...refunds, refund] }));
    }
    case 'RefundAccepted':
      return changeRefund(state, event.data, 'accepted');
    case 'RefundSucceeded':
      return changeRefund(state, event.data, 'succeeded');
    case 'RefundRefused':
      return changeRefund(state, event.data, 'refused');
    case 'RefundSettledByHand':
      return changeRefund(state, event.data, 'settledByHand');
  }
}

function changeOrder(
  state: PaymentState,
  orderNumber: string,
  change: (order: Order) => Partial<Order>,
): PaymentState {
  const orders = state.orders.map((order) =>
    order.orderNumber === orderNumber ? { ...order, ...change(order) } : order,
  );
  return { ...state, orders };
}

function changeRefund(
  state: PaymentState,
  { orderNumber, refundNumber }: { readonly orderNumber: string; readonly refundNumber: string },
  status: Refund['status'],
): PaymentState {
  return changeOrder(state, orderNumber, ({ refunds }) => ({
    refunds: refunds.map((refund) => (refund.refundNumber === refundNumber ? { ...refund, status } : refund)),
  }));
}
