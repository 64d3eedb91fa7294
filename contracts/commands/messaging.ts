/** Kinds of delivery and what each carries; payloads hold no personal data in clear. */
export const DELIVERY_KINDS = ['filing-receipt'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** Asks for something to be delivered to a partner, at least once, in order per `order`. */
export interface RequestDeliveryCommand {
  readonly type: 'RequestDelivery';
  /** Known to the receiver, which answers a repeated delivery as the first time. */
  readonly deliveryId: string;
  readonly kind: DeliveryKind;
  /** Institution code of the partner. */
  readonly recipient: string;
  /** Deliveries with the same order reach the receiver one after the other. */
  readonly order: string;
  readonly payload: unknown;
}
