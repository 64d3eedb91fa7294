import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  allotmentEvents,
  type ChannelQuotaEvent,
  channelQuotaEvents,
} from '@qingpu/contracts/events/channel-quotas';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import {
  type AllotmentCommand,
  allotment,
  allotmentStream,
  channelQuota,
  channelQuotaStream,
} from './allotment.ts';

/** The district says what a booking platform may sell (F4.01). */
export class SetChannelQuota extends Command<AcceptedOutcome> {
  constructor(
    readonly quota: ChannelQuotaEvent['data'],
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** A booking platform takes one of a schedule's slots under its quota, or what it took is given back. */
export class ActOnAllotment extends Command<AcceptedOutcome> {
  constructor(
    readonly command: AllotmentCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(SetChannelQuota)
export class SetChannelQuotaHandler implements ICommandHandler<SetChannelQuota> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ quota, envelope }: SetChannelQuota): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: channelQuotaStream(quota.partnerId),
      catalogue: channelQuotaEvents,
      decider: channelQuota,
      command: { type: 'SetChannelQuota', ...quota },
      context: async () => ({}),
    });
  }
}

@CommandHandler(ActOnAllotment)
export class ActOnAllotmentHandler implements ICommandHandler<ActOnAllotment> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  /** A repeated command finds in the schedule's allotment what it would do done. */
  execute({ command, envelope }: ActOnAllotment): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: allotmentStream(command),
      catalogue: allotmentEvents,
      decider: allotment,
      command,
      context: async () => ({}),
      keeps: 'nothing',
    });
  }
}
