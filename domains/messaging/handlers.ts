import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import { messagingEvents } from '@qingpu/contracts/events/messaging';
import { deliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { type DeliveryCommand, delivery, deliveryStream } from './delivery.ts';

export class RequestDelivery extends Command<AcceptedOutcome> {
  constructor(
    readonly request: RequestDeliveryCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Why an attempt failed; `final` when no further one can bring the delivery. */
export interface AttemptFault {
  readonly fault: string;
  readonly final: boolean;
}

/** What became of one attempt; `failure` is missing when the receiver took it. */
export class RecordAttempt extends Command<AcceptedOutcome> {
  constructor(
    readonly deliveryId: string,
    readonly attempt: number,
    readonly failure: AttemptFault | undefined,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class DeliveryHandler {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  /** A repeated command finds in the delivery's own stream what it led to: the command ledger need not know of it. */
  protected handle(
    command: DeliveryCommand,
    envelope: CommandEnvelope,
    believedEmpty = false,
  ): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: deliveryStream(command.deliveryId),
      catalogue: messagingEvents,
      decider: delivery,
      command,
      context: async () => ({ policy: deliveryPolicy }),
      keeps: 'nothing',
      believedEmpty,
    });
  }
}

@CommandHandler(RequestDelivery)
export class RequestDeliveryHandler extends DeliveryHandler implements ICommandHandler<RequestDelivery> {
  execute({ request, envelope }: RequestDelivery): Promise<AcceptedOutcome> {
    return this.handle(request, envelope, true);
  }
}

@CommandHandler(RecordAttempt)
export class RecordAttemptHandler extends DeliveryHandler implements ICommandHandler<RecordAttempt> {
  execute({ deliveryId, attempt, failure, envelope }: RecordAttempt): Promise<AcceptedOutcome> {
    return this.handle({ type: 'RecordAttempt', deliveryId, attempt, ...failure }, envelope);
  }
}
