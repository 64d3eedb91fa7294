import type { OrderState, PaymentState, RefundCause } from '@qingpu/contracts/codes/payment-tables';
import type { Page } from '@qingpu/contracts/http/paging';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { OrderDocument } from './view.ts';

/** Most payments that a sweep is handed at once. */
const MAX_DUE = 1_000;
/** Most orders that the bookings of one list may have. */
const MAX_ORDERS = 2_000;

/** Where the payment of a booking stands. */
export interface PaymentStanding {
  readonly paymentId: string;
  readonly state: PaymentState;
  readonly amountFen: number;
}

/** Which orders a list shows. */
export interface OrderFilter {
  readonly institution?: string | undefined;
  readonly state?: OrderState | undefined;
  /** Days in Shanghai on which they were asked for, YYYY-MM-DD, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Our whole number of an order. */
  readonly order?: string | undefined;
}

/** One order at the gateway. */
export interface OrderLine {
  readonly orderNumber: string;
  readonly paymentId: string;
  readonly bookingId: string;
  readonly institutionCode: string;
  readonly state: OrderState;
  readonly amountFen: number;
  readonly requestedAt: string;
  readonly paidAt: string | null;
  readonly refundCause: RefundCause | null;
}

/** Answers about payments. */
export class Payments {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** Where the payments of these bookings stand now; bookings that nobody pays for are missing. */
  async ofBookings(bookingIds: readonly string[], now: Date): Promise<ReadonlyMap<string, PaymentStanding>> {
    if (bookingIds.length === 0) return new Map();
    const orders = await this.#reader.find<OrderDocument>('orders', {
      filter: { bookingId: { $in: bookingIds } },
      sort: { bookingId: 1 },
      limit: MAX_ORDERS,
    });
    const byBooking = [...Map.groupBy(orders, ({ bookingId }) => bookingId)];
    return new Map(
      byBooking.flatMap(([bookingId, ofBooking]) => {
        const standing = standingOf(ofBooking, now);
        return standing ? [[bookingId, standing] as const] : [];
      }),
    );
  }

  /** Payments of which something is not known yet, the oldest first. */
  async unsettled(limit: number): Promise<string[]> {
    const found = await this.#reader.find<OrderDocument>('orders', {
      filter: { unsettled: true },
      sort: { requestedAt: 1 },
      limit: Math.min(limit, MAX_DUE),
      fields: ['paymentId'],
    });
    return [...new Set(found.map(({ paymentId }) => paymentId))];
  }

  /** Orders at the gateway, the newest first. @throws PositionBeyondHead */
  async orders(wanted: OrderFilter, request: PageRequest): Promise<Page<OrderLine>> {
    const window = windowOf(request);
    const after = request.after === undefined ? undefined : BigInt(request.after);
    const fresh = await this.#reader.freshness(after);
    const query = { filter: filterOf(wanted), sort: { requestedAt: -1 } } as const;
    const { found, total } = await this.#reader.page<OrderDocument>('orders', query, window);
    return pageShape(window, fresh, found.map(orderLine), total);
  }
}

function filterOf({ institution, state, from, to, order }: OrderFilter): Readonly<Record<string, unknown>> {
  const days = { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lte: to }) };
  return {
    ...(order !== undefined && { _id: order }),
    ...(institution !== undefined && { institutionCode: institution }),
    ...(state !== undefined && { state }),
    ...(Object.keys(days).length > 0 && { requestedOn: days }),
  };
}

/** Money that pays for the booking outweighs an order that can be paid, and that outweighs what went back. */
function standingOf(orders: readonly OrderDocument[], now: Date): PaymentStanding | undefined {
  const settling = orders.find(({ settles }) => settles);
  if (settling) return standing(settling, stateOfPaid(settling), settling.amountFen);
  const payable = orders.find(
    ({ status, until }) => (status === 'requested' || status === 'opened') && now.getTime() < until,
  );
  if (payable) return standing(payable, 'toPay', payable.amountFen);
  const returned = orders.filter(({ refund }) => refund !== undefined);
  const newest = returned.toSorted((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))[0];
  return newest && standing(newest, stateOfPaid(newest), newest.paidFen ?? newest.amountFen);
}

function standing({ paymentId }: OrderDocument, state: PaymentState, amountFen: number): PaymentStanding {
  return { paymentId, state, amountFen };
}

function stateOfPaid({ refund }: OrderDocument): PaymentState {
  switch (refund) {
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

function orderLine(order: OrderDocument): OrderLine {
  const { _id, paymentId, bookingId, institutionCode, state, amountFen, paidFen, requestedAt } = order;
  return {
    orderNumber: _id,
    paymentId,
    bookingId,
    institutionCode,
    state,
    amountFen: paidFen ?? amountFen,
    requestedAt,
    paidAt: order.paidAt ?? null,
    refundCause: order.refundCause ?? null,
  };
}
