import type { OrderState, PaymentState as Standing } from '@qingpu/contracts/codes/payment-tables';
import { isOpen, type Order, type PaymentState, payableOrder, settlingOrder } from './payment.ts';

/** Where a payment stands for whoever pays; `order` is the one that says so. Undefined when there is nothing to say. */
export function standingOf(
  state: PaymentState,
  now: Date,
): { readonly state: Standing; readonly order: Order } | undefined {
  const settling = settlingOrder(state);
  if (settling) return { state: paidStanding(settling), order: settling };
  const payable = payableOrder(state, now);
  if (payable) return { state: 'toPay', order: payable };
  const returned = state.orders.findLast(({ refunds }) => refunds.length > 0);
  return returned && { state: paidStanding(returned), order: returned };
}

/** Where one order stands for the desk. */
export function orderStateOf(order: Order): OrderState {
  if (isOpen(order)) return 'open';
  if (order.status === 'closed' || order.status === 'failed') return order.status;
  return paidStanding(order);
}

function paidStanding({ refunds }: Order) {
  switch (refunds.at(-1)?.status) {
    case undefined:
      return 'paid';
    case 'succeeded':
      return 'refunded';
    case 'refused':
      return 'refundRefused';
    case 'settledByHand':
      return 'refundedByHand';
    default:
      return 'refunding';
  }
}
