import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type {
  AnnounceScheduleChangeCommand,
  WithdrawAnnouncementCommand,
} from '@qingpu/contracts/commands/slots';
import { announcementEvents, scheduleEvents } from '@qingpu/contracts/events/slots';
import { shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import {
  type AnnouncementCommand,
  announcement,
  scheduleChangeWords,
  type WrittenAnnouncement,
} from './announcement.ts';
import { scheduleUnknown } from './rejections.ts';
import { schedule } from './schedule.ts';
import { announcementStream, scheduleStream } from './streams.ts';

/** The desk publishes an announcement, which gets the command's id (F3.08). */
export class PublishAnnouncement extends Command<AcceptedOutcome> {
  constructor(
    readonly text: Omit<WrittenAnnouncement, 'announcementId'>,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class ReviseAnnouncement extends Command<AcceptedOutcome> {
  constructor(
    readonly text: WrittenAnnouncement,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class WithdrawAnnouncement extends Command<AcceptedOutcome> {
  constructor(
    readonly command: WithdrawAnnouncementCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of suspensions tells residents. */
export class AnnounceScheduleChange extends Command<AcceptedOutcome> {
  constructor(
    readonly command: AnnounceScheduleChangeCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class AnnouncementHandler {
  constructor(@Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts) {}

  protected handle(command: AnnouncementCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: announcementStream(command.announcementId),
      catalogue: announcementEvents,
      decider: announcement,
      command,
      context: async () => ({}),
    });
  }
}

@CommandHandler(PublishAnnouncement)
export class PublishAnnouncementHandler
  extends AnnouncementHandler
  implements ICommandHandler<PublishAnnouncement>
{
  execute({ text, envelope }: PublishAnnouncement): Promise<AcceptedOutcome> {
    const announcementId = envelope.commandId;
    return this.handle({ type: 'PublishAnnouncement', ...text, announcementId }, envelope);
  }
}

@CommandHandler(ReviseAnnouncement)
export class ReviseAnnouncementHandler
  extends AnnouncementHandler
  implements ICommandHandler<ReviseAnnouncement>
{
  execute({ text, envelope }: ReviseAnnouncement): Promise<AcceptedOutcome> {
    return this.handle({ type: 'ReviseAnnouncement', ...text }, envelope);
  }
}

@CommandHandler(WithdrawAnnouncement)
export class WithdrawAnnouncementHandler
  extends AnnouncementHandler
  implements ICommandHandler<WithdrawAnnouncement>
{
  execute({ command, envelope }: WithdrawAnnouncement): Promise<AcceptedOutcome> {
    return this.handle(command, envelope);
  }
}

@CommandHandler(AnnounceScheduleChange)
export class AnnounceScheduleChangeHandler
  extends AnnouncementHandler
  implements ICommandHandler<AnnounceScheduleChange>
{
  async execute({ command, envelope }: AnnounceScheduleChange): Promise<AcceptedOutcome> {
    const known = await readStream(this.ports.log, scheduleStream(command), scheduleEvents, schedule);
    if (known.status === 'absent') throw scheduleUnknown();
    const { announcementId, kind, institutionCode, scheduleId } = command;
    const shownUntil = shanghaiTimestamp(shanghaiInstant(known.details.date, '24:00'));
    const words = scheduleChangeWords(command, known.details);
    const text = { announcementId, kind, institutionCode, scheduleId, ...words, shownFrom: null, shownUntil };
    return this.handle({ type: 'PublishAnnouncement', ...text }, envelope);
  }
}
