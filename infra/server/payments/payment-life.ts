import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import {
  CALL_OFF_CAUSES,
  CLOSING_CAUSES,
  PAYMENT_PURPOSES,
  REFUND_CAUSES,
} from '@qingpu/contracts/codes/payment-tables';
import { type PaymentEvent, paymentEvents } from '@qingpu/contracts/events/payments';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { PaymentDetail } from '@qingpu/contracts/http/payments';
import { fold } from '@qingpu/domains-kernel/decider';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { type Order, payment, type Refund } from '@qingpu/domains-payments/payment';
import { orderStateOf, standingOf } from '@qingpu/domains-payments/standing';
import { actorWords } from '../slots/actor-words.ts';

interface Surroundings {
  readonly institutionName: string;
  readonly now: Date;
}

/** All orders of one payment and what happened to them, in words, from the stream itself. */
export function paymentLife(
  stored: readonly StoredEvent[],
  { institutionName, now }: Surroundings,
): PaymentDetail {
  const state = fold(payment, readEvents(paymentEvents, stored));
  const { what, orders } = state;
  if (!what) throw new Error('a payment begins with what is paid for');
  return {
    paymentId: what.paymentId,
    bookingId: what.bookingId,
    bookingNumber: orderNumberOf(what.bookingId),
    institutionCode: what.slot.institutionCode,
    institutionName,
    purpose: PAYMENT_PURPOSES[what.purpose],
    amountFen: what.amountFen,
    state: standingOf(state, now)?.state ?? null,
    orders: orders.map(orderItem),
    tasks: orders.flatMap(taskOf),
    timeline: stored.flatMap((event) => stepOf(event, institutionName)),
  };
}

function orderItem(order: Order): PaymentDetail['orders'][number] {
  const { orderNumber, amountFen, until, trade, refunds } = order;
  return {
    orderNumber,
    state: orderStateOf(order),
    amountFen: trade?.amountFen ?? amountFen,
    until,
    gatewayTradeNumber: trade?.number ?? null,
    refunds: refunds.map(refundItem),
  };
}

function refundItem({ refundNumber, amountFen, cause, status }: Refund) {
  return { refundNumber, amountFen, reason: REFUND_CAUSES[cause], state: status };
}

function taskOf({ refunds }: Order): PaymentDetail['tasks'] {
  const last = refunds.at(-1);
  if (last?.status !== 'refused') return [];
  return [{ refundNumber: last.refundNumber, amountFen: last.amountFen }];
}

function stepOf(stored: StoredEvent, institutionName: string): PaymentDetail['timeline'] {
  const { actor, occurredAt } = stored.metadata;
  return readEvents(paymentEvents, [stored]).map((event) => ({
    at: occurredAt,
    actor: actorWords(actor, institutionName),
    ...wordsOf(event),
  }));
}

function wordsOf({ type, data }: PaymentEvent): { readonly what: string; readonly detail: string | null } {
  switch (type) {
    case 'PaymentRequested':
      return { what: '发起支付', detail: `${data.orderNumber}，${yuan(data.amountFen)}` };
    case 'PaymentOpened':
      return { what: '支付平台已受理', detail: `支付平台订单号 ${data.gatewayOrderNumber}` };
    case 'PaymentFailed':
      return { what: '支付平台未受理', detail: `原因代码 ${data.cause}` };
    case 'PaymentSucceeded':
      return {
        what: data.settles ? '支付成功' : '收到款项，不用于本次挂号',
        detail: `${yuan(data.amountFen)}，支付平台交易号 ${data.gatewayTradeNumber}`,
      };
    case 'PaymentClosed':
      return { what: '支付单关闭', detail: CLOSING_CAUSES[data.cause] };
    case 'PaymentCalledOff':
      return { what: '不再收费', detail: CALL_OFF_CAUSES[data.cause] };
    case 'GatewayReportRefused':
      return {
        what: '支付通知未采信',
        detail: `${REFUSED_REPORTS[data.cause]}：通知金额 ${yuan(data.reportedFen)}，交易号 ${data.gatewayTradeNumber}`,
      };
    case 'RefundRequested':
      return { what: '发起退款', detail: `${yuan(data.amountFen)}，${REFUND_CAUSES[data.cause]}` };
    case 'RefundAccepted':
      return { what: '支付平台已受理退款', detail: null };
    case 'RefundSucceeded':
      return { what: '退款成功', detail: `支付平台退款号 ${data.gatewayRefundNumber}` };
    case 'RefundRefused':
      return { what: '支付平台拒绝退款', detail: `原因代码 ${data.cause}` };
    case 'RefundSettledByHand':
      return { what: '已线下退款', detail: data.reason };
  }
}

const REFUSED_REPORTS = { amountDiffers: '金额不符', tradeDiffers: '交易号不符' } as const;

function yuan(fen: number): string {
  return `¥${(fen / 100).toFixed(2)}`;
}
