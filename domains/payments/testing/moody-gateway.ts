import {
  type Movement,
  type OrderFound,
  type OrderToOpen,
  type PaymentGateway,
  PaymentGatewayUnavailable,
  type RefundFound,
  type RefundToMake,
} from '../ports.ts';

/**
 * How the next call goes wrong. `lost`: it is done, and the answer never comes. `stale`, `absent`, `closed`: a question is
 * answered with what is not, or no longer, true. `refusing`: an order is not taken.
 */
export type Mood = 'away' | 'lost' | 'stale' | 'absent' | 'closed' | 'refusing';

interface KeptOrder {
  readonly order: OrderToOpen;
  state: 'open' | 'paid' | 'closed';
}

/** A gateway in memory that keeps its books truly and answers as its moods are. */
export class MoodyGateway implements PaymentGateway {
  readonly connected = true;
  readonly #orders = new Map<string, KeptOrder>();
  readonly #refunds = new Map<string, { readonly refund: RefundToMake; state: RefundFound['state'] }>();
  readonly #moods: Mood[] = [];
  /** How the next refunds end. */
  readonly endings: ('succeeded' | 'refused')[] = [];
  /** What the next statements make of the truth; undefined: not drawn up yet. */
  misstate: (truth: readonly Movement[]) => readonly Movement[] | undefined = (truth) => truth;

  constructor(private readonly now: () => Date) {}

  worsen(moods: readonly Mood[]): void {
    this.#moods.push(...moods);
  }

  calm(): void {
    this.#moods.length = 0;
    this.endings.length = 0;
  }

  /** The customer pays an order, where that is possible. */
  pay(place: number): string | undefined {
    const order = [...this.#orders.values()][place];
    if (order?.state !== 'open' || this.now() >= new Date(order.order.until)) return undefined;
    order.state = 'paid';
    return order.order.orderNumber;
  }

  /** Orders that were paid, with what went back of each. */
  books(): { readonly orderNumber: string; readonly amountFen: number; readonly refundedFen: number }[] {
    return [...this.#orders.values()]
      .filter(({ state }) => state === 'paid')
      .map(({ order: { orderNumber, amountFen } }) => ({
        orderNumber,
        amountFen,
        refundedFen: [...this.#refunds.values()]
          .filter(({ refund, state }) => refund.orderNumber === orderNumber && state === 'succeeded')
          .reduce((sum, { refund }) => sum + refund.amountFen, 0),
      }));
  }

  async open(
    order: OrderToOpen,
  ): Promise<OrderFound | { readonly state: 'refused'; readonly cause: string }> {
    if (this.#moods.at(-1) === 'refusing' && !this.#orders.has(order.orderNumber)) {
      this.#moods.pop();
      return { state: 'refused', cause: 'status-422' };
    }
    return this.#answer(() => {
      if (!this.#orders.has(order.orderNumber)) this.#orders.set(order.orderNumber, { order, state: 'open' });
      return this.#found(order.orderNumber);
    });
  }

  async find(orderNumber: string): Promise<OrderFound> {
    const mood = this.#moods.at(-1);
    if (mood === 'absent' || mood === 'closed') {
      this.#moods.pop();
      return { state: mood };
    }
    if (mood === 'stale' && this.#orders.has(orderNumber)) {
      this.#moods.pop();
      return { state: 'open', gatewayOrderNumber: orderNumber, payUrl: 'https://pay.example/' };
    }
    return this.#answer(() => this.#found(orderNumber));
  }

  async close(orderNumber: string): Promise<OrderFound> {
    return this.#answer(() => {
      const order = this.#orders.get(orderNumber);
      if (order?.state === 'open') order.state = 'closed';
      return this.#found(orderNumber);
    });
  }

  async refund(refund: RefundToMake): Promise<RefundFound> {
    return this.#answer(() => {
      if (!this.#refunds.has(refund.refundNumber))
        this.#refunds.set(refund.refundNumber, { refund, state: 'processing' });
      return this.#refundFound(refund.refundNumber);
    });
  }

  async findRefund(refundNumber: string): Promise<RefundFound> {
    return this.#answer(() => {
      const kept = this.#refunds.get(refundNumber);
      if (kept?.state === 'processing') kept.state = this.endings.pop() ?? 'succeeded';
      return this.#refundFound(refundNumber);
    });
  }

  /** Truly, and all in one day, unless `misstate` changes it. */
  async statement(): Promise<readonly Movement[] | undefined> {
    return this.#answer(() => this.misstate(this.#movements()));
  }

  #movements(): Movement[] {
    const payments = [...this.#orders.values()]
      .filter(({ state }) => state === 'paid')
      .map(({ order: { orderNumber, paymentId, amountFen } }) => ({
        subject: 'payment' as const,
        number: orderNumber,
        orderNumber,
        paymentId,
        gatewayNumber: `T${orderNumber}`,
        amountFen,
      }));
    const refunds = [...this.#refunds.values()]
      .filter(({ state }) => state === 'succeeded')
      .map(({ refund: { refundNumber, orderNumber, amountFen } }) => ({
        subject: 'refund' as const,
        number: refundNumber,
        orderNumber,
        paymentId: this.#orders.get(orderNumber)?.order.paymentId ?? '',
        gatewayNumber: `R${refundNumber}`,
        amountFen,
      }));
    return [...payments, ...refunds];
  }

  async #answer<Found>(work: () => Found): Promise<Found> {
    const mood = this.#moods.pop();
    await Promise.resolve();
    if (mood === 'away') throw new PaymentGatewayUnavailable('unreachable');
    const found = work();
    if (mood === 'lost') throw new PaymentGatewayUnavailable('unreachable');
    return found;
  }

  #found(orderNumber: string): OrderFound {
    const kept = this.#orders.get(orderNumber);
    if (!kept) return { state: 'absent' };
    if (kept.state === 'closed') return { state: 'closed' };
    if (kept.state === 'open')
      return { state: 'open', gatewayOrderNumber: orderNumber, payUrl: 'https://pay.example/' };
    const { amountFen } = kept.order;
    const paidAt = '2026-03-16T08:01:00+08:00';
    return { state: 'paid', gatewayTradeNumber: `T${orderNumber}`, amountFen, paidAt };
  }

  #refundFound(refundNumber: string): RefundFound {
    const kept = this.#refunds.get(refundNumber);
    switch (kept?.state) {
      case undefined:
        return { state: 'absent' };
      case 'succeeded':
        return {
          state: 'succeeded',
          gatewayRefundNumber: `R${refundNumber}`,
          refundedAt: '2026-03-16T08:05:00+08:00',
        };
      case 'refused':
        return { state: 'refused', cause: 'balance' };
      default:
        return { state: 'processing' };
    }
  }
}
