import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SuspensionReason, Tier } from '@qingpu/contracts/codes/slot-tables';
import { type ScheduleDetails, scheduleEvents } from '@qingpu/contracts/events/slots';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import {
  BOOKING_POLICIES,
  type BookingPolicies,
  SCHEDULE_REFERENCES,
  type ScheduleReferences,
} from './ports.ts';
import { scheduleUnknown } from './rejections.ts';
import { type ScheduleCommand, schedule } from './schedule.ts';
import { type ScheduleKey, scheduleStream } from './streams.ts';

/** The hospital, or the desk's import, says how a schedule is (F1.16, F1.17). */
export class RegisterSchedule extends Command<AcceptedOutcome> {
  constructor(
    readonly key: ScheduleKey,
    readonly details: ScheduleDetails,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** What may be done to a schedule that is registered. The command's id becomes that of the suspension, substitution or withdrawal. */
export type ScheduleChange =
  | { readonly type: 'AddSlots'; readonly intervals: ScheduleDetails['intervals'] }
  | { readonly type: 'WithdrawSlots'; readonly slotIds: readonly string[]; readonly reason: string }
  | {
      readonly type: 'SuspendSchedule';
      readonly cause: SuspensionReason;
      readonly reason: string;
      readonly starts: readonly string[] | null;
    }
  | { readonly type: 'RevokeSuspension'; readonly suspensionId: string; readonly reason: string }
  | {
      readonly type: 'SubstituteDoctor';
      readonly doctorCode: string;
      readonly cause: SuspensionReason;
      readonly reason: string;
    }
  | { readonly type: 'CloseSchedule'; readonly reason: string }
  | { readonly type: 'RecordTierOpened'; readonly tier: Tier }
  | { readonly type: 'RecordQuotaReturned' };

/** The hospital or the desk does something to a schedule (F1.18, F1.19, F2.03, F2.06, F2.07). */
export class ChangeSchedule extends Command<AcceptedOutcome> {
  constructor(
    readonly key: ScheduleKey,
    readonly change: ScheduleChange,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class ScheduleHandler {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts,
    @Inject(SCHEDULE_REFERENCES) protected readonly references: ScheduleReferences,
    @Inject(BOOKING_POLICIES) protected readonly policies: BookingPolicies,
  ) {}

  protected handle(command: ScheduleCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: scheduleStream(command),
      catalogue: scheduleEvents,
      decider: schedule,
      command,
      context: async () => ({}),
    });
  }
}

@CommandHandler(RegisterSchedule)
export class RegisterScheduleHandler extends ScheduleHandler implements ICommandHandler<RegisterSchedule> {
  async execute({ key, details, envelope }: RegisterSchedule): Promise<AcceptedOutcome> {
    const { institutionCode, scheduleId } = key;
    const { kind, date } = details;
    const [facts, policy] = await Promise.all([
      this.references.factsOf(institutionCode, details),
      this.policies.for({ institutionCode, kind, date }),
    ]);
    return this.handle(
      { type: 'RegisterSchedule', institutionCode, scheduleId, details, facts, policy },
      envelope,
    );
  }
}

@CommandHandler(ChangeSchedule)
export class ChangeScheduleHandler extends ScheduleHandler implements ICommandHandler<ChangeSchedule> {
  async execute({ key, change, envelope }: ChangeSchedule): Promise<AcceptedOutcome> {
    return this.handle(await this.#commandOf(key, change, envelope.commandId), envelope);
  }

  async #commandOf(
    { institutionCode, scheduleId }: ScheduleKey,
    change: ScheduleChange,
    id: string,
  ): Promise<ScheduleCommand> {
    const key = { institutionCode, scheduleId };
    switch (change.type) {
      case 'AddSlots':
        return { ...key, ...change, policy: await this.#policyOf(key) };
      case 'WithdrawSlots':
        return { ...key, ...change, withdrawalId: id };
      case 'SuspendSchedule':
        return { ...key, ...change, suspensionId: id };
      case 'SubstituteDoctor': {
        const doctorTitle = await this.references.titleOf(institutionCode, change.doctorCode);
        return { ...key, ...change, substitutionId: id, doctorTitle };
      }
      default:
        return { ...key, ...change };
    }
  }

  async #policyOf(key: ScheduleKey) {
    const known = await readStream(this.ports.log, scheduleStream(key), scheduleEvents, schedule);
    if (known.status === 'absent') throw scheduleUnknown();
    const { kind, date } = known.details;
    return this.policies.for({ institutionCode: key.institutionCode, kind, date });
  }
}
