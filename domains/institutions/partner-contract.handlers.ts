import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { partnerContractEvents } from '@qingpu/contracts/events/partner-contracts';
import { contractChecks } from '@qingpu/contracts/rules/contract-checks';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { type PartnerContractCommand, partnerContract, partnerContractStream } from './partner-contract.ts';

/** The platform, or a manager of the district, says something of a contract with a hospital's system. */
export class ActOnContract extends Command<AcceptedOutcome> {
  constructor(
    readonly command: PartnerContractCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(ActOnContract)
export class ActOnContractHandler implements ICommandHandler<ActOnContract> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ command, envelope }: ActOnContract): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: partnerContractStream(command.institutionCode),
      catalogue: partnerContractEvents,
      decider: partnerContract,
      command,
      context: async () => ({ checks: contractChecks }),
    });
  }
}
