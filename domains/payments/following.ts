import type { ClosingCause } from '@qingpu/contracts/codes/payment-tables';
import { paymentEvents } from '@qingpu/contracts/events/payments';
import { paymentPolicy } from '@qingpu/contracts/rules/payment-policy';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
  type Keeping,
} from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import {
  isOpen,
  isWanted,
  type Order,
  type PaymentCommand,
  type PaymentState,
  payment,
  type Refund,
} from './payment.ts';
import { type Movement, type OrderFound, type PaymentGateway, PaymentGatewayUnavailable } from './ports.ts';
import { paymentStream } from './streams.ts';

/** Decides a command on a payment's stream. Repeating one finds its work done; the command ledger need not know of most. */
export function actOnPayment(
  ports: CommandHandlingPorts,
  paymentId: string,
  command: PaymentCommand,
  envelope: CommandEnvelope,
  keeps: Keeping = 'nothing',
): Promise<AcceptedOutcome> {
  return handleCommand(ports, envelope, {
    stream: paymentStream(paymentId),
    catalogue: paymentEvents,
    decider: payment,
    command,
    context: async () => ({ policy: paymentPolicy }),
    keeps,
  });
}

export function readPayment(
  { log }: Pick<CommandHandlingPorts, 'log'>,
  paymentId: string,
): Promise<PaymentState> {
  return readStream(log, paymentStream(paymentId), paymentEvents, payment);
}

/**
 * Brings a payment as far as the gateway lets it: opens what stands asked for, asks what became of what is open, closes
 * what nobody wants or paid in time, makes and follows refunds. What it does not know it asks; nothing is assumed.
 */
export class PaymentFollower {
  readonly #ports: CommandHandlingPorts;
  readonly #gateway: PaymentGateway;

  constructor(ports: CommandHandlingPorts, gateway: PaymentGateway) {
    this.#ports = ports;
    this.#gateway = gateway;
  }

  /** @throws PaymentGatewayUnavailable after everything else that could be done was done */
  async follow(paymentId: string, envelope: CommandEnvelope): Promise<void> {
    const state = await readPayment(this.#ports, paymentId);
    const act: Act = async (command) => {
      const step = { ...envelope, commandId: stepCommandId(envelope.commandId, nameOf(command)) };
      await actOnPayment(this.#ports, paymentId, command, step);
    };
    const faults: PaymentGatewayUnavailable[] = [];
    for (const work of this.#work(state, act)) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof PaymentGatewayUnavailable)) throw error;
        faults.push(error);
      }
    }
    if (faults[0]) throw faults[0];
  }

  /**
   * Asks the gateway about one order or refund, also one that counted as over: what its statement has must be known here.
   * Numbers that are not ours lead to nothing. @throws PaymentGatewayUnavailable
   */
  async ask({ subject, number, orderNumber, paymentId }: Movement, envelope: CommandEnvelope): Promise<void> {
    const { orders } = await readPayment(this.#ports, paymentId);
    const order = orders.find((each) => each.orderNumber === orderNumber);
    if (!order) return;
    if (subject === 'payment') {
      const found = await this.#gateway.find(number);
      if (found.state !== 'paid') return;
      await actOnPayment(this.#ports, paymentId, paidCommand(number, found), envelope);
      return;
    }
    if (!order.refunds.some(({ refundNumber }) => refundNumber === number)) return;
    const found = await this.#gateway.findRefund(number);
    if (found.state === 'absent') return;
    const command = { type: 'RecordRefund', refundNumber: number, found } as const;
    await actOnPayment(this.#ports, paymentId, command, envelope);
  }

  #work(state: PaymentState, act: Act): readonly (() => Promise<void>)[] {
    const open = state.orders.filter(isOpen).map((order) => () => this.#followOrder(state, order, act));
    const refunds = state.orders.flatMap((order) =>
      order.refunds.filter(isUnderWay).map((refund) => () => this.#followRefund(order, refund, act)),
    );
    return [...open, ...refunds];
  }

  async #followOrder(state: PaymentState, order: Order, act: Act): Promise<void> {
    const { orderNumber } = order;
    const wanted = this.#isPayable(state, order);
    const found = await this.#gateway.find(orderNumber);
    if (found.state === 'paid') return act(paidCommand(orderNumber, found));
    if (!wanted) return this.#close(state, order, act);
    if (found.state === 'absent') return this.#open(state, order, act);
    if (found.state !== 'open') return this.#close(state, order, act);
    const { gatewayOrderNumber, payUrl } = found;
    await act({ type: 'RecordOpened', orderNumber, gatewayOrderNumber, payUrl });
  }

  /** Only the newest order is to be paid, while it lasts. */
  #isPayable(state: PaymentState, order: Order): boolean {
    return (
      isWanted(state) && state.orders.at(-1) === order && this.#ports.clock.now() < new Date(order.until)
    );
  }

  async #open({ what }: PaymentState, { orderNumber, until }: Order, act: Act): Promise<void> {
    if (!what) return;
    const { paymentId, bookingId, amountFen, slot } = what;
    const { institutionCode } = slot;
    const wanted = { orderNumber, paymentId, bookingId, institutionCode, amountFen, until };
    const opened = await this.#gateway.open(wanted);
    switch (opened.state) {
      case 'open':
        return act({ ...opened, type: 'RecordOpened', orderNumber });
      case 'paid':
        return act(paidCommand(orderNumber, opened));
      case 'refused':
        return act({ type: 'RecordFailed', orderNumber, cause: opened.cause });
      default:
        throw new PaymentGatewayUnavailable('wrong-answer');
    }
  }

  /** Believed closed only when the gateway says so to somebody who closes: a mere question may have been answered too soon. */
  async #close(state: PaymentState, order: Order, act: Act): Promise<void> {
    const { orderNumber, until } = order;
    const found = await this.#gateway.close(orderNumber);
    if (found.state === 'paid') return act(paidCommand(orderNumber, found));
    if (found.state === 'open') throw new PaymentGatewayUnavailable('wrong-answer');
    // One that never arrived may still arrive, until the gateway itself would not take it any more.
    if (found.state === 'absent' && this.#ports.clock.now() < new Date(until)) return;
    await act({ type: 'RecordClosed', orderNumber, cause: this.#closingCause(state, order) });
  }

  #closingCause(state: PaymentState, { until }: Order): ClosingCause {
    if (state.calledOff) return 'calledOff';
    if (!isWanted(state)) return 'superseded';
    return this.#ports.clock.now() < new Date(until) ? 'gateway' : 'expired';
  }

  async #followRefund({ orderNumber }: Order, refund: Refund, act: Act): Promise<void> {
    const { refundNumber, amountFen, cause } = refund;
    const asked = await this.#gateway.findRefund(refundNumber);
    const found =
      asked.state === 'absent'
        ? await this.#gateway.refund({ refundNumber, orderNumber, amountFen, cause })
        : asked;
    if (found.state === 'absent') throw new PaymentGatewayUnavailable('wrong-answer');
    await act({ type: 'RecordRefund', refundNumber, found });
  }
}

type FollowCommand = Extract<PaymentCommand, { orderNumber: string } | { refundNumber: string }>;
type Act = (command: FollowCommand) => Promise<void>;

function nameOf(command: FollowCommand): string {
  return `${command.type} ${'orderNumber' in command ? command.orderNumber : command.refundNumber}`;
}

function isUnderWay({ status }: Refund): boolean {
  return status === 'requested' || status === 'accepted';
}

function paidCommand(
  orderNumber: string,
  { state: _state, ...paid }: Extract<OrderFound, { state: 'paid' }>,
): FollowCommand {
  return { ...paid, type: 'RecordPaid', orderNumber, source: 'query' };
}
