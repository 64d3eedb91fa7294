/**
 * Kinds of delivery; payloads hold no personal data in clear.
 * `filing-receipt` → partners/hospital/filing-receipt, `booking-order` → partners/hospital/booking-order,
 * `booking-notice` → partners/channel/booking-notice, `credit-appeal` → partners/credit-platform/appeal-outcome.
 */
export const DELIVERY_KINDS = ['filing-receipt', 'booking-order', 'booking-notice', 'credit-appeal'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** Asks for something to be delivered to a partner, at least once, in order per `order`. */
export interface RequestDeliveryCommand {
  readonly type: 'RequestDelivery';
  /** Known to the receiver, which answers a repeated delivery as the first time. */
  readonly deliveryId: string;
  readonly kind: DeliveryKind;
  /** Institution code of the partner, or the name of a gateway such as the service channels'. */
  readonly recipient: string;
  /** Deliveries with the same order reach the receiver one after the other. */
  readonly order: string;
  readonly payload: unknown;
}
