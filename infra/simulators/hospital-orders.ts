import type { BookingOrder } from '@qingpu/contracts/partners/hospital/booking-order';
import type { Received } from './received-book.ts';

/** What a hospital heard of an order, in order of arrival. */
export interface OrderMessage {
  readonly revision: number;
  readonly state: BookingOrder['state'];
  readonly receivedAt: string;
  readonly repeats: number;
  /** It was older than what the hospital knew already, so that nothing came of it. */
  readonly passedOver: boolean;
}

/** An order as the hospital has it. */
export interface HospitalOrder {
  readonly partnerId: string;
  readonly orderNumber: string;
  readonly state: BookingOrder['state'];
  readonly revision: number;
  /** Who comes when and to whom; null when the hospital heard only that it was cancelled, which is of a hold. */
  readonly booked: Extract<BookingOrder, { state: 'booked' }> | null;
  readonly messages: readonly OrderMessage[];
}

/** A message is known by its order and revision, whatever delivery brings it. */
export function orderKey({ orderNumber, revision }: BookingOrder): string {
  return `${orderNumber} ${revision}`;
}

/** The orders that follow from the messages, in the order in which the hospitals first heard of them. */
export function ordersOf(messages: readonly Received<BookingOrder>[]): readonly HospitalOrder[] {
  const orders = new Map<string, HospitalOrder>();
  for (const message of messages) {
    const key = `${message.partnerId} ${message.content.orderNumber}`;
    orders.set(key, orderAfter(orders.get(key), message));
  }
  return [...orders.values()];
}

function orderAfter(
  known: HospitalOrder | undefined,
  { content, partnerId, receivedAt, repeats }: Received<BookingOrder>,
): HospitalOrder {
  const { orderNumber, revision, state } = content;
  const passedOver = known !== undefined && revision < known.revision;
  const messages = [...(known?.messages ?? []), { revision, state, receivedAt, repeats, passedOver }];
  if (passedOver) return { ...known, messages };
  const booked = content.state === 'booked' ? content : (known?.booked ?? null);
  return { partnerId, orderNumber, state, revision, booked, messages };
}
