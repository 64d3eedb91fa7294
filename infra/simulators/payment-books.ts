import { randomUUID } from 'node:crypto';
import type {
  GatewayOrder,
  GatewayRefund,
  GatewayStatementLine,
  GatewayStatementPage,
  NewOrder,
  NewRefund,
  PaymentResult,
} from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { STATEMENT_PAGE_LINES } from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';

/** Orders and refunds of which the books keep track; the oldest are forgotten. */
const MOST_KEPT = 10_000;

interface KeptOrder {
  readonly order: NewOrder;
  readonly gatewayOrderNumber: string;
  closed: boolean;
  paid: { readonly gatewayTradeNumber: string; readonly paidAt: string } | undefined;
}

/** What the gateway truly has, whatever it tells. */
export class PaymentBooks {
  readonly #orders = new Map<string, KeptOrder>();
  readonly #refunds = new Map<string, GatewayRefund>();
  readonly #pageUrl: (gatewayOrderNumber: string) => string;
  readonly #now: () => number;

  constructor(pageUrl: (gatewayOrderNumber: string) => string, now: () => number) {
    this.#pageUrl = pageUrl;
    this.#now = now;
  }

  /** The order; undefined when the number stands for another one, or nobody could pay it any more. */
  open(order: NewOrder): GatewayOrder | undefined {
    const known = this.#orders.get(order.orderNumber);
    if (known) return isSame(known.order, order) ? this.#told(known) : undefined;
    if (Date.parse(order.expiresAt) <= this.#now()) return undefined;
    const gatewayOrderNumber = `G${randomUUID().replaceAll('-', '')}`;
    const kept: KeptOrder = { order, gatewayOrderNumber, closed: false, paid: undefined };
    keep(this.#orders, order.orderNumber, kept);
    return this.#told(kept);
  }

  find(orderNumber: string): GatewayOrder | undefined {
    const kept = this.#orders.get(orderNumber);
    return kept && this.#told(kept);
  }

  close(orderNumber: string): GatewayOrder | undefined {
    const kept = this.#orders.get(orderNumber);
    if (kept && !kept.paid) kept.closed = true;
    return kept && this.#told(kept);
  }

  /** What the gateway has to report once somebody has paid; undefined when it cannot be paid. */
  pay(orderNumber: string): PaymentResult | undefined {
    const kept = this.#orders.get(orderNumber);
    if (!kept || this.#told(kept).state !== 'open') return undefined;
    const gatewayTradeNumber = `T${randomUUID().replaceAll('-', '')}`;
    kept.paid = { gatewayTradeNumber, paidAt: new Date(this.#now()).toISOString() };
    const { reference, amountFen } = kept.order;
    return { reference, orderNumber, amountFen, state: 'paid', ...kept.paid };
  }

  /** The refund; undefined when the number stands for another one. Never more than was paid goes back. */
  refund(refund: NewRefund, refused: boolean): GatewayRefund | undefined {
    const { refundNumber, orderNumber, amountFen } = refund;
    const known = this.#refunds.get(refundNumber);
    if (known) return known.orderNumber === orderNumber && known.amountFen === amountFen ? known : undefined;
    const cause = refused ? 'balance-insufficient' : this.#objection(orderNumber, amountFen);
    const made: GatewayRefund = {
      refundNumber,
      orderNumber,
      amountFen,
      gatewayRefundNumber: `R${randomUUID().replaceAll('-', '')}`,
      state: cause === null ? 'succeeded' : 'refused',
      cause,
      refundedAt: cause === null ? new Date(this.#now()).toISOString() : null,
    };
    keep(this.#refunds, refundNumber, made);
    return made;
  }

  findRefund(refundNumber: string): GatewayRefund | undefined {
    return this.#refunds.get(refundNumber);
  }

  byGatewayNumber(
    gatewayOrderNumber: string,
  ): { readonly order: NewOrder; readonly told: GatewayOrder } | undefined {
    for (const kept of this.#orders.values())
      if (kept.gatewayOrderNumber === gatewayOrderNumber)
        return { order: kept.order, told: this.#told(kept) };
    return undefined;
  }

  orders(): readonly GatewayOrder[] {
    return [...this.#orders.values()].map((kept) => this.#told(kept));
  }

  /** One page of a day at a merchant; undefined while the day is not over, or for a page that is not there. */
  statement(merchant: string, date: string, page: number): GatewayStatementPage | undefined {
    if (shanghaiDateAt(new Date(this.#now())) <= date) return undefined;
    const lines = [...this.#paymentLines(merchant), ...this.#refundLines(merchant)].filter(
      ({ at }) => shanghaiDateAt(new Date(at)) === date,
    );
    const pages = Math.max(1, Math.ceil(lines.length / STATEMENT_PAGE_LINES));
    if (!(page >= 1 && page <= pages)) return undefined;
    return {
      merchant,
      date,
      page,
      pages,
      totals: totalsOf(lines),
      lines: lines.slice((page - 1) * STATEMENT_PAGE_LINES, page * STATEMENT_PAGE_LINES),
    };
  }

  #paymentLines(merchant: string): GatewayStatementLine[] {
    return [...this.#orders.values()].flatMap(({ order, paid }) => {
      if (!paid || order.merchant !== merchant) return [];
      const { reference, orderNumber, amountFen } = order;
      const { gatewayTradeNumber, paidAt: at } = paid;
      return [{ kind: 'payment' as const, reference, orderNumber, amountFen, at, gatewayTradeNumber }];
    });
  }

  #refundLines(merchant: string): GatewayStatementLine[] {
    return this.refunds().flatMap(
      ({ refundNumber, orderNumber, amountFen, gatewayRefundNumber, refundedAt }) => {
        const order = this.#orders.get(orderNumber)?.order;
        if (refundedAt === null || order?.merchant !== merchant) return [];
        const { reference } = order;
        const told = { reference, orderNumber, amountFen, at: refundedAt };
        return [{ kind: 'refund' as const, ...told, refundNumber, gatewayRefundNumber }];
      },
    );
  }

  orderToReport(orderNumber: string): NewOrder | undefined {
    return this.#orders.get(orderNumber)?.order;
  }

  refunds(): readonly GatewayRefund[] {
    return [...this.#refunds.values()];
  }

  #objection(orderNumber: string, amountFen: number): string | null {
    const kept = this.#orders.get(orderNumber);
    if (!kept?.paid) return 'order-not-paid';
    const gone = this.refunds()
      .filter((each) => each.orderNumber === orderNumber && each.state === 'succeeded')
      .reduce((sum, each) => sum + each.amountFen, 0);
    return gone + amountFen > kept.order.amountFen ? 'more-than-paid' : null;
  }

  #told({ order, gatewayOrderNumber, closed, paid }: KeptOrder): GatewayOrder {
    const over = closed || Date.parse(order.expiresAt) <= this.#now();
    const state = paid ? 'paid' : over ? 'closed' : 'open';
    return {
      orderNumber: order.orderNumber,
      gatewayOrderNumber,
      state,
      amountFen: order.amountFen,
      payUrl: state === 'open' ? this.#pageUrl(gatewayOrderNumber) : null,
      gatewayTradeNumber: paid?.gatewayTradeNumber ?? null,
      paidAt: paid?.paidAt ?? null,
    };
  }
}

/** What the lines of a day add up to. */
export function totalsOf(lines: readonly GatewayStatementLine[]): GatewayStatementPage['totals'] {
  const sum = (those: readonly GatewayStatementLine[]) =>
    those.reduce((total, { amountFen }) => total + amountFen, 0);
  const payments = lines.filter(({ kind }) => kind === 'payment');
  const refunds = lines.filter(({ kind }) => kind === 'refund');
  return {
    payments: payments.length,
    paymentsFen: sum(payments),
    refunds: refunds.length,
    refundsFen: sum(refunds),
  };
}

function isSame(one: NewOrder, other: NewOrder): boolean {
  return one.reference === other.reference && one.amountFen === other.amountFen;
}

function keep<Value>(kept: Map<string, Value>, key: string, value: Value): void {
  kept.set(key, value);
  if (kept.size <= MOST_KEPT) return;
  const oldest = kept.keys().next().value;
  if (oldest !== undefined) kept.delete(oldest);
}
