import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { landingEvents } from '@qingpu/contracts/events/slots';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { type LandedPart, type LandingCommand, landing, type Settlement } from './landing.ts';
import { landingStream } from './streams.ts';

/** The hospital sends what it has of a day's orders, in parts (F1.20). */
export class LandOrders extends Command<AcceptedOutcome> {
  constructor(
    readonly part: LandedPart,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The desk decides who was right about one order. */
export class SettleDifference extends Command<AcceptedOutcome> {
  constructor(
    readonly settlement: Settlement,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class LandingHandler {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  protected handle(command: LandingCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: landingStream(command.institutionCode, command.date),
      catalogue: landingEvents,
      decider: landing,
      command,
      context: async () => ({}),
    });
  }
}

@CommandHandler(LandOrders)
export class LandOrdersHandler extends LandingHandler implements ICommandHandler<LandOrders> {
  execute({ part, envelope }: LandOrders): Promise<AcceptedOutcome> {
    return this.handle({ type: 'LandOrders', ...part }, envelope);
  }
}

@CommandHandler(SettleDifference)
export class SettleDifferenceHandler extends LandingHandler implements ICommandHandler<SettleDifference> {
  execute({ settlement, envelope }: SettleDifference): Promise<AcceptedOutcome> {
    return this.handle({ type: 'SettleDifference', ...settlement }, envelope);
  }
}
