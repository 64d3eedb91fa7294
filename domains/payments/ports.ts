import type { MovementSubject, RefundCause } from '@qingpu/contracts/codes/payment-tables';

/** The gateway's answer is not known: it was not reached, was too slow, or said what cannot be true. Ask again. */
export class PaymentGatewayUnavailable extends Error {
  override readonly name = 'PaymentGatewayUnavailable';
}

export interface OrderToOpen {
  readonly orderNumber: string;
  readonly paymentId: string;
  readonly bookingId: string;
  /** Whose money it is. */
  readonly institutionCode: string;
  readonly amountFen: number;
  /** ISO 8601 with offset; from then on nobody can pay it. */
  readonly until: string;
}

/** What the gateway has under one of our order numbers. */
export type OrderFound =
  | { readonly state: 'absent' | 'closed' }
  | { readonly state: 'open'; readonly gatewayOrderNumber: string; readonly payUrl: string }
  | {
      readonly state: 'paid';
      readonly gatewayTradeNumber: string;
      readonly amountFen: number;
      readonly paidAt: string;
    };

export interface RefundToMake {
  readonly refundNumber: string;
  readonly orderNumber: string;
  readonly amountFen: number;
  readonly cause: RefundCause;
}

/** What the gateway has under one of our refund numbers. */
export type RefundFound =
  | { readonly state: 'absent' | 'processing' }
  | { readonly state: 'succeeded'; readonly gatewayRefundNumber: string; readonly refundedAt: string }
  | { readonly state: 'refused'; readonly cause: string };

/** Money that came in under an order, or went back under a refund, on one day. */
export interface Movement {
  readonly subject: MovementSubject;
  /** Of the order, or of the refund. */
  readonly number: string;
  readonly orderNumber: string;
  /** What the one who tells it says it belongs to. */
  readonly paymentId: string;
  /** The gateway's number of the trade or the refund. */
  readonly gatewayNumber: string;
  readonly amountFen: number;
}

/**
 * The gateway through which people pay. It knows orders and refunds by our numbers, so that everything may be asked for
 * again. Every function throws PaymentGatewayUnavailable when the outcome is not known.
 */
export interface PaymentGateway {
  /** Whether there is one at all. */
  readonly connected: boolean;
  /** `refused`: the gateway has said for good that it does not take the order. */
  open(order: OrderToOpen): Promise<OrderFound | { readonly state: 'refused'; readonly cause: string }>;
  find(orderNumber: string): Promise<OrderFound>;
  /** Makes an open order one that cannot be paid any more; tells what became of it. */
  close(orderNumber: string): Promise<OrderFound>;
  refund(refund: RefundToMake): Promise<RefundFound>;
  findRefund(refundNumber: string): Promise<RefundFound>;
  /**
   * Everything that moved on a calendar day in Shanghai at an institution, by the gateway's times, each number once.
   * Undefined until the gateway has drawn up its statement.
   */
  statement(institutionCode: string, date: string): Promise<readonly Movement[] | undefined>;
}

/** Our own movements are not known just now: what lists them lags. */
export class OwnMovementsUnknown extends Error {
  override readonly name = 'OwnMovementsUnknown';
}

/** What moved on a calendar day in Shanghai at an institution, by the gateway's times, as our payments have it. */
export interface OwnMovements {
  /** @throws OwnMovementsUnknown */
  onDay(institutionCode: string, date: string): Promise<readonly Movement[]>;
}

export const PAYMENT_GATEWAY_PORT = Symbol('PaymentGateway');
export const OWN_MOVEMENTS = Symbol('OwnMovements');
