import type { PaymentState } from '@qingpu/contracts/codes/payment-tables';
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
  readonly state: PaymentState;
  readonly amountFen: number;
}

/** A refund that the gateway refused: a task for a person. */
export interface RefusedRefund {
  readonly paymentId: string;
  readonly bookingId: string;
  readonly institutionCode: string;
  readonly orderNumber: string;
  readonly refundNumber: string;
  readonly amountFen: number;
  readonly refundCause: NonNullable<OrderDocument['refundCause']>;
  /** The gateway's code. */
  readonly refusal: string;
  readonly paidAt: string;
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

  /** Refunds that the gateway refused, newest first. @throws PositionBeyondHead */
  async refusedRefunds(institution: string | undefined, request: PageRequest): Promise<Page<RefusedRefund>> {
    const window = windowOf(request);
    const after = request.after === undefined ? undefined : BigInt(request.after);
    const fresh = await this.#reader.freshness(after);
    const filter = {
      refund: 'refused',
      ...(institution !== undefined && { institutionCode: institution }),
    };
    const query = { filter, sort: { requestedAt: -1 } } as const;
    const { found, total } = await this.#reader.page<OrderDocument>('orders', query, window);
    return pageShape(window, fresh, found.map(refusedRefund), total);
  }
}

/** Money that pays for the booking outweighs an order that can be paid, and that outweighs what went back. */
function standingOf(orders: readonly OrderDocument[], now: Date): PaymentStanding | undefined {
  const settling = orders.find(({ settles }) => settles);
  if (settling) return { state: stateOfPaid(settling), amountFen: settling.amountFen };
  const payable = orders.find(
    ({ status, until }) => (status === 'requested' || status === 'opened') && now.getTime() < until,
  );
  if (payable) return { state: 'toPay', amountFen: payable.amountFen };
  const returned = orders.filter(({ refund }) => refund !== undefined);
  const newest = returned.toSorted((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))[0];
  return newest && { state: stateOfPaid(newest), amountFen: newest.paidFen ?? newest.amountFen };
}

function stateOfPaid({ refund }: OrderDocument): PaymentState {
  switch (refund) {
    case undefined:
      return 'paid';
    case 'succeeded':
      return 'refunded';
    case 'refused':
      return 'refundRefused';
    default:
      return 'refunding';
  }
}

function refusedRefund(order: OrderDocument): RefusedRefund {
  const { _id, paymentId, bookingId, institutionCode, amountFen, paidFen } = order;
  const { refundNumber = '', refundCause = 'bookingCancelled', refusal, paidAt = '' } = order;
  return {
    paymentId,
    bookingId,
    institutionCode,
    orderNumber: _id,
    refundNumber,
    amountFen: paidFen ?? amountFen,
    refundCause,
    refusal: refusal ?? '',
    paidAt,
  };
}
