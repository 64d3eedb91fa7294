import { type PaymentEvent, paymentEvents } from '@qingpu/contracts/events/payments';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { paymentsView } from './view.ts';

type Fields = ViewWrite['set'];

/** Folds the life of payments into one document an order. */
export const payments: Projection<typeof paymentEvents> = {
  view: paymentsView,
  catalogue: paymentEvents,
  async project(event, place) {
    const guard = BigInt(place.revision);
    if (event.type === 'PaymentCalledOff') {
      const { paymentId, cause } = event.data;
      return [{ collection: 'payments', id: paymentId, guard, set: { calledOff: cause } }];
    }
    return [{ collection: 'orders', id: event.data.orderNumber, guard, set: orderFields(event, place) }];
  },
};

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
        requestedOn: shanghaiDateAt(new Date(metadata.occurredAt)),
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
      const { settles, amountFen, paidAt } = event.data;
      return { status: 'paid', state: 'paid', settles, paidFen: amountFen, paidAt, unsettled: false };
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
    case 'RefundSucceeded':
      return { state: 'refunded', refund: 'succeeded', unsettled: false };
    case 'RefundRefused':
      return { state: 'refundRefused', refund: 'refused', refusal: event.data.cause, unsettled: false };
    case 'RefundSettledByHand':
      return { state: 'refundedByHand', refund: 'settledByHand', unsettled: false };
  }
}
