import type { PaymentPurpose } from '@qingpu/contracts/codes/payment-tables';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';

/** The payment of a booking: one for each purpose, however often somebody tries to pay. */
export function paymentIdOf(bookingId: string, purpose: PaymentPurpose): string {
  return stepCommandId(bookingId, `payment ${purpose}`);
}

export function paymentStream(paymentId: string): string {
  return `payment-${paymentId}`;
}

/** Our number of one order at the gateway, such as ZF3F…01: 80 bits of the payment's id, then which order it is. */
export function gatewayOrderNumber(paymentId: string, order: number): string {
  const hex = paymentId.replaceAll('-', '').toUpperCase();
  // The middle holds the version and the variant, which are the same in all of them.
  return `ZF${hex.slice(0, 12)}${hex.slice(-8)}${String(order).padStart(2, '0')}`;
}

/** Our number of one refund of an order. A further one is tried only after the gateway has refused the one before. */
export function refundNumberOf(orderNumber: string, refund: number): string {
  return `${orderNumber}T${String(refund).padStart(2, '0')}`;
}

/** The gateway's statement of one calendar day (YYYY-MM-DD) at one institution. */
export function statementStream(institutionCode: string, date: string): string {
  return `statement-${institutionCode}-${date}`;
}
