import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { CorrectAppealedCommand, LedgerProcessCommand } from '@qingpu/contracts/commands/slots';
import { personSubject } from '@qingpu/contracts/events/sealed';
import { ledgerEvents, slotEvents } from '@qingpu/contracts/events/slots';
import type {
  AcceptedOutcome,
  CommandEnvelope,
  CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { PersonErasedError, type Sealer } from '@qingpu/domains-kernel/sealing';
import { COMMAND_HANDLING_PORTS, SEALER } from '@qingpu/domains-kernel/tokens';
import { actOnLedger, actOnSlot } from './acting.ts';
import {
  type BlockPerson as BlockPersonCommand,
  bookingLedger,
  type FileAppeal as FileAppealCommand,
  type LedgerCommand,
  type LedgerState,
  newestNoShow,
} from './booking-ledger.ts';
import type { BookingPolicy } from './booking-policy.ts';
import { closeLedger } from './closing-ledger.ts';
import { appealUnknown, personErased } from './ledger-rejections.ts';
import { BOOKING_POLICIES, type BookingPolicies } from './ports.ts';
import { slot } from './slot.ts';
import { ledgerStream, slotStream } from './streams.ts';

/** The process of settlement carries to the ledger what a slot has decided. */
export class FollowSlot extends Command<AcceptedOutcome> {
  constructor(
    readonly command: LedgerProcessCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Staff gives somebody the right to book back before the time is up. */
export class RestoreRights extends Command<AcceptedOutcome> {
  constructor(
    readonly personId: string,
    readonly reason: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** A hospital or the district puts somebody on the black list (F1.22, A5.26). */
export class BlockPerson extends Command<AcceptedOutcome> {
  constructor(
    readonly block: Omit<BlockPersonCommand, 'type'>,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export interface Unblocking {
  readonly personId: string;
  readonly blockId: string;
  /** Who lifts it: an institution's code, or `district`. */
  readonly by: string;
  readonly reason: string;
}

/** Takes somebody off the black list (A5.27). */
export class UnblockPerson extends Command<AcceptedOutcome> {
  constructor(
    readonly unblocking: Unblocking,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody objects to a no-show, a late cancellation or a block (F3.07, F1.23); `statement` in clear, sealed here. */
export class FileAppeal extends Command<AcceptedOutcome> {
  constructor(
    readonly appeal: Omit<FileAppealCommand, 'type' | 'statement'> & { readonly statement: string },
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export interface AppealDecision {
  readonly personId: string;
  readonly appealId: string;
  readonly upheld: boolean;
  readonly reason: string;
}

/** Staff decides an appeal. */
export class DecideAppeal extends Command<AcceptedOutcome> {
  constructor(
    readonly decision: AppealDecision,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of appeals takes back on the slot what was said against somebody. */
export class CorrectAppealed extends Command<AcceptedOutcome | undefined> {
  constructor(
    readonly command: CorrectAppealedCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of erasure closes a person's ledger and calls off what they had booked. */
export class CloseLedger extends Command<AcceptedOutcome> {
  constructor(
    readonly personId: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class LedgerHandler {
  constructor(@Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts) {}

  /** On behalf of people, whose repeated commands answer as the first time. */
  protected handle(
    personId: string,
    command: LedgerCommand,
    envelope: CommandEnvelope,
  ): Promise<AcceptedOutcome> {
    return actOnLedger(this.ports, personId, command, envelope, { keeps: 'outcomes' });
  }
}

@CommandHandler(FollowSlot)
export class FollowSlotHandler implements ICommandHandler<FollowSlot> {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts,
    @Inject(BOOKING_POLICIES) private readonly policies: BookingPolicies,
  ) {}

  execute({ command, envelope }: FollowSlot): Promise<AcceptedOutcome> {
    return actOnLedger(this.ports, command.personId, command, envelope, {
      noShowRule: (state) => this.#noShowRule(state, command),
    });
  }

  async #noShowRule(state: LedgerState, command: LedgerProcessCommand): Promise<BookingPolicy | null> {
    if (command.type === 'SettleClaim') return null;
    const newest = newestNoShow(state, command);
    return newest ? this.policies.for(newest) : null;
  }
}

@CommandHandler(CloseLedger)
export class CloseLedgerHandler implements ICommandHandler<CloseLedger> {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts,
    @Inject(BOOKING_POLICIES) private readonly policies: BookingPolicies,
  ) {}

  execute({ personId, envelope }: CloseLedger): Promise<AcceptedOutcome> {
    return closeLedger(this.ports, this.policies, personId, envelope);
  }
}

@CommandHandler(RestoreRights)
export class RestoreRightsHandler extends LedgerHandler implements ICommandHandler<RestoreRights> {
  execute({ personId, reason, envelope }: RestoreRights): Promise<AcceptedOutcome> {
    return this.handle(personId, { type: 'RestoreRights', personId, reason }, envelope);
  }
}

@CommandHandler(BlockPerson)
export class BlockPersonHandler extends LedgerHandler implements ICommandHandler<BlockPerson> {
  execute({ block, envelope }: BlockPerson): Promise<AcceptedOutcome> {
    return this.handle(block.personId, { type: 'BlockPerson', ...block }, envelope);
  }
}

@CommandHandler(UnblockPerson)
export class UnblockPersonHandler extends LedgerHandler implements ICommandHandler<UnblockPerson> {
  execute({ unblocking, envelope }: UnblockPerson): Promise<AcceptedOutcome> {
    return this.handle(unblocking.personId, { type: 'UnblockPerson', ...unblocking }, envelope);
  }
}

@CommandHandler(FileAppeal)
export class FileAppealHandler extends LedgerHandler implements ICommandHandler<FileAppeal> {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) ports: CommandHandlingPorts,
    @Inject(SEALER) private readonly sealer: Sealer,
  ) {
    super(ports);
  }

  async execute({ appeal, envelope }: FileAppeal): Promise<AcceptedOutcome> {
    const statement = await this.#seal(appeal.personId, appeal.statement);
    return this.handle(appeal.personId, { type: 'FileAppeal', ...appeal, statement }, envelope);
  }

  async #seal(personId: string, statement: string) {
    try {
      return await this.sealer.seal(personSubject(personId), { statement });
    } catch (error) {
      if (error instanceof PersonErasedError) throw personErased();
      throw error;
    }
  }
}

@CommandHandler(DecideAppeal)
export class DecideAppealHandler extends LedgerHandler implements ICommandHandler<DecideAppeal> {
  execute({ decision, envelope }: DecideAppeal): Promise<AcceptedOutcome> {
    return this.handle(decision.personId, { type: 'DecideAppeal', ...decision }, envelope);
  }
}

/** What becomes of an outcome when an appeal against it is upheld. */
const TAKEN_BACK: Partial<Record<Outcome, Outcome>> = {
  noShow: 'unreported',
  lateCancelled: 'cancelledByPatient',
};

@CommandHandler(CorrectAppealed)
export class CorrectAppealedHandler implements ICommandHandler<CorrectAppealed> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  /** Undefined when there is nothing to take back: a block, or an outcome that was corrected already. */
  async execute({ command, envelope }: CorrectAppealed): Promise<AcceptedOutcome | undefined> {
    const { personId, appealId, reason } = command;
    const ledger = await readStream(this.ports.log, ledgerStream(personId), ledgerEvents, bookingLedger);
    const subject = ledger.appeals.get(appealId)?.subject;
    if (!subject) throw appealUnknown();
    const claim = subject.kind === 'booking' ? ledger.claims.get(subject.id) : undefined;
    if (!claim) return undefined;
    const { institutionCode, scheduleId, slotId } = claim.slot;
    const address = { institutionCode, scheduleId, slotId, bookingId: subject.id };
    const state = await readStream(this.ports.log, slotStream(address), slotEvents, slot);
    const outcome = state.ended.get(subject.id)?.outcome;
    const to = outcome && TAKEN_BACK[outcome];
    if (!to) return undefined;
    return actOnSlot(
      this.ports,
      address,
      { type: 'CorrectOutcome', ...address, to, reason, because: 'appeal' },
      envelope,
    );
  }
}
