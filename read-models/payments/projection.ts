import type { StatementState } from '@qingpu/contracts/codes/payment-tables';
import {
  type PaymentEvent,
  paymentEvents,
  type StatementDifference,
  type StatementEvent,
  statementEvents,
} from '@qingpu/contracts/events/payments';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { paymentsView } from './view.ts';

type Fields = ViewWrite['set'];

const catalogue = { ...paymentEvents, ...statementEvents };

/** Folds the life of payments into one document an order, and that of statements into one a day and institution. */
export const payments: Projection<typeof catalogue> = {
  view: paymentsView,
  catalogue,
  async project(event, place) {
    const guard = BigInt(place.revision);
    if (event.type === 'PaymentCalledOff') {
      const { paymentId, cause } = event.data;
      return [{ collection: 'payments', id: paymentId, guard, set: { calledOff: cause } }];
    }
    if (isOfStatement(event)) {
      const { institutionCode, date } = event.data;
      const id = statementId(institutionCode, date);
      return [{ collection: 'statements', id, guard, set: statementFields(event, place) }];
    }
    return [{ collection: 'orders', id: event.data.orderNumber, guard, set: orderFields(event, place) }];
  },
};

export function statementId(institutionCode: string, date: string): string {
  return `${institutionCode}-${date}`;
}

function isOfStatement(event: PaymentEvent | StatementEvent): event is StatementEvent {
  return Object.hasOwn(statementEvents, event.type);
}

function statementFields(event: StatementEvent, { metadata }: EventPlace): Fields {
  switch (event.type) {
    case 'StatementDue':
      return { ...event.data, state: 'awaited' };
    case 'StatementCompared': {
      const { differences, open } = event.data;
      const state = differences.length === 0 ? 'same' : stateOf(open);
      return { ...event.data, state, comparedAt: metadata.occurredAt };
    }
    case 'StatementDifferenceSettled': {
      const { difference, reason, open } = event.data;
      const settlement = { difference, reason, at: metadata.occurredAt };
      return { state: stateOf(open), open, [`settlements.${keyOf(difference)}`]: settlement };
    }
  }
}

function stateOf(open: number): StatementState {
  return open === 0 ? 'settled' : 'different';
}

/** Tells a difference of a day from every other; no number has a dot. */
export function keyOf({ subject, number }: Pick<StatementDifference, 'subject' | 'number'>): string {
  return `${subject}-${number}`;
}

/** The calendar day of a moment in Shanghai. */
function dayOf(moment: string): string {
  return shanghaiDateAt(new Date(moment));
}

function orderFields(
  event: Exclude<PaymentEvent, { type: 'PaymentCalledOff' }>,
  { metadata }: EventPlace,
): Fields {
  switch (event.type) {
    case 'PaymentRequested': {
      const { paymentId, bookingId, slot, amountFen, until } = event.data;
      return {
        paymentId,
        bookingId,
        institutionCode: slot.institutionCode,
        amountFen,
        requestedAt: metadata.occurredAt,
        requestedOn: dayOf(metadata.occurredAt),
        state: 'open',
        until: Date.parse(until),
        status: 'requested',
        unsettled: true,
      };
    }
    case 'PaymentOpened':
      return { status: 'opened' };
    case 'PaymentFailed':
      return { status: 'failed', state: 'failed', unsettled: false };
    case 'PaymentClosed':
      return { status: 'closed', state: 'closed', unsettled: false };
    case 'PaymentSucceeded': {
      const { settles, amountFen, paidAt, gatewayTradeNumber } = event.data;
      return {
        status: 'paid',
        state: 'paid',
        settles,
        paidFen: amountFen,
        paidAt,
        paidOn: dayOf(paidAt),
        gatewayTradeNumber,
        unsettled: false,
      };
    }
    case 'GatewayReportRefused':
      return {};
    case 'RefundRequested': {
      const { refundNumber, cause } = event.data;
      return {
        state: 'refunding',
        refund: 'requested',
        refundNumber,
        refundCause: cause,
        refusal: null,
        unsettled: true,
      };
    }
    case 'RefundAccepted':
      return { refund: 'accepted' };
    case 'RefundSucceeded': {
      const { refundNumber, gatewayRefundNumber, refundedAt } = event.data;
      return {
        state: 'refunded',
        refund: 'succeeded',
        refundNumber,
        gatewayRefundNumber,
        refundedOn: dayOf(refundedAt),
        unsettled: false,
      };
    }
    case 'RefundRefused':
      return { state: 'refundRefused', refund: 'refused', refusal: event.data.cause, unsettled: false };
    case 'RefundSettledByHand':
      return { state: 'refundedByHand', refund: 'settledByHand', unsettled: false };
  }
}
