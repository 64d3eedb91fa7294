import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallOffPaymentCommand } from '@qingpu/contracts/commands/payments';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { actOnPayment, PaymentFollower } from './following.ts';
import type { PaidReport, WhatIsPaid } from './payment.ts';
import { PAYMENT_GATEWAY_PORT, type PaymentGateway } from './ports.ts';
import { amountDiffers, tradeDiffers } from './rejections.ts';
import { paymentIdOf } from './streams.ts';

/** Somebody wants to pay. The order stands in the log then; FollowPayment takes it to the gateway. */
export class RequestPayment extends Command<AcceptedOutcome> {
  constructor(
    readonly what: WhatIsPaid,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Brings a payment on at the gateway. @throws PaymentGatewayUnavailable when something is still unknown */
export class FollowPayment extends Command<void> {
  constructor(
    readonly paymentId: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The gateway reports by itself that an order was paid. */
export class ReportPaid extends Command<AcceptedOutcome> {
  constructor(
    readonly paymentId: string,
    readonly report: PaidReport,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of registrations wants no money, or the money back. */
export class CallOffPayment extends Command<AcceptedOutcome> {
  constructor(
    readonly command: CallOffPaymentCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody at the desk has a refund tried again that the gateway refused. */
export class RetryRefund extends Command<AcceptedOutcome> {
  constructor(
    readonly paymentId: string,
    readonly refundNumber: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody at the desk gave the money of a refused refund back otherwise. */
export class SettleRefundByHand extends Command<AcceptedOutcome> {
  constructor(
    readonly paymentId: string,
    readonly refundNumber: string,
    readonly reason: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(RequestPayment)
export class RequestPaymentHandler implements ICommandHandler<RequestPayment> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ what, envelope }: RequestPayment): Promise<AcceptedOutcome> {
    return actOnPayment(
      this.ports,
      what.paymentId,
      { ...what, type: 'RequestPayment' },
      envelope,
      'outcomes',
    );
  }
}

@CommandHandler(FollowPayment)
export class FollowPaymentHandler implements ICommandHandler<FollowPayment> {
  readonly #follower: PaymentFollower;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) ports: CommandHandlingPorts,
    @Inject(PAYMENT_GATEWAY_PORT) gateway: PaymentGateway,
  ) {
    this.#follower = new PaymentFollower(ports, gateway);
  }

  execute({ paymentId, envelope }: FollowPayment): Promise<void> {
    return this.#follower.follow(paymentId, envelope);
  }
}

/** What is not believed is kept in the log all the same, so that it can be cleared up with the gateway. */
@CommandHandler(ReportPaid)
export class ReportPaidHandler implements ICommandHandler<ReportPaid> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  async execute({ paymentId, report, envelope }: ReportPaid): Promise<AcceptedOutcome> {
    try {
      return await actOnPayment(this.ports, paymentId, { ...report, type: 'RecordPaid' }, envelope);
    } catch (error) {
      const cause = error instanceof Rejection ? DISBELIEVED.get(error.code) : undefined;
      if (cause) {
        const step = { ...envelope, commandId: stepCommandId(envelope.commandId, 'refused report') };
        await actOnPayment(this.ports, paymentId, { ...report, type: 'KeepRefusedReport', cause }, step);
      }
      throw error;
    }
  }
}

const DISBELIEVED = new Map([
  [amountDiffers().code, 'amountDiffers'],
  [tradeDiffers().code, 'tradeDiffers'],
] as const);

@CommandHandler(CallOffPayment)
export class CallOffPaymentHandler implements ICommandHandler<CallOffPayment> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ command: { bookingId, cause }, envelope }: CallOffPayment): Promise<AcceptedOutcome> {
    const paymentId = paymentIdOf(bookingId, 'registration');
    return actOnPayment(this.ports, paymentId, { type: 'CallOff', cause }, envelope);
  }
}

@CommandHandler(RetryRefund)
export class RetryRefundHandler implements ICommandHandler<RetryRefund> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ paymentId, refundNumber, envelope }: RetryRefund): Promise<AcceptedOutcome> {
    const command = { type: 'RetryRefund', refundNumber } as const;
    return actOnPayment(this.ports, paymentId, command, envelope, 'outcomes');
  }
}

@CommandHandler(SettleRefundByHand)
export class SettleRefundByHandHandler implements ICommandHandler<SettleRefundByHand> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ paymentId, refundNumber, reason, envelope }: SettleRefundByHand): Promise<AcceptedOutcome> {
    const command = { type: 'SettleRefundByHand', refundNumber, reason } as const;
    return actOnPayment(this.ports, paymentId, command, envelope, 'outcomes');
  }
}
