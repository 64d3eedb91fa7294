import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CANCELLED_BY, Outcome } from '@qingpu/contracts/codes/slot-tables';
import type {
  FenceSlotCommand,
  MarkRehomedCommand,
  RegisterPaidVisitCommand,
  UnfenceSlotCommand,
} from '@qingpu/contracts/commands/slots';
import { ledgerEvents, scheduleEvents, slotEvents } from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { readEvents, readStream } from '@qingpu/domains-kernel/read-stream';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { claimedSlot } from './claimed-slot.ts';
import { BOOKING_POLICIES, type BookingPolicies } from './ports.ts';
import { bookingUnknown } from './rejections.ts';
import { currentDoctor, schedule } from './schedule.ts';
import { bookingOn, type SlotCommand, slot } from './slot.ts';
import { ledgerStream, type SlotKey, scheduleStream, slotStream } from './streams.ts';

/** A booking and the slot that it stands on. */
export interface BookingAddress extends SlotKey {
  readonly bookingId: string;
}

/** What may be done to a booking once it stands. */
export type BookingAct =
  | {
      readonly type: 'CancelBooking';
      readonly by: keyof typeof CANCELLED_BY;
      readonly reason: string;
      readonly registeredOnly?: boolean;
    }
  | { readonly type: 'CheckIn'; readonly by: 'patient' | 'hospital' }
  | {
      readonly type: 'RegisterVisit';
      readonly by: 'patient' | 'hospital';
      readonly registrationNumber: string;
    }
  | { readonly type: 'ReportOutcome'; readonly outcome: 'fulfilled' | 'noShow' }
  | { readonly type: 'MarkUnreported' }
  | {
      readonly type: 'CorrectOutcome';
      readonly to: Outcome;
      readonly reason: string;
      readonly because: 'report' | 'appeal';
    }
  | { readonly type: 'ConfirmHold'; readonly hospitalOrderNumber: string | null }
  | { readonly type: 'ExpireHold' };

/** Patients, desks, hospitals and the scheduler act on a booking (F1.21, F3.06, F3.11). */
export class ActOnBooking extends Command<AcceptedOutcome> {
  constructor(
    readonly address: BookingAddress,
    readonly act: BookingAct,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of suspensions puts up a fence, or takes it down. */
export class SetFence extends Command<AcceptedOutcome> {
  constructor(
    readonly command: FenceSlotCommand | UnfenceSlotCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of settlement tells a booking that was called off which other one stands in for it. */
export class MarkRehomed extends Command<AcceptedOutcome> {
  constructor(
    readonly command: MarkRehomedCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of payments has the money of a registration. */
export class RegisterPaidVisit extends Command<AcceptedOutcome> {
  constructor(
    readonly command: RegisterPaidVisitCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

abstract class SlotHandler {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts,
    @Inject(BOOKING_POLICIES) protected readonly policies: BookingPolicies,
  ) {}

  protected handle(key: SlotKey, command: SlotCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: slotStream(key),
      catalogue: slotEvents,
      decider: slot,
      command,
      context: async () => ({ safeguards: bookingSafeguards, chance: Math.random() }),
    });
  }
}

@CommandHandler(ActOnBooking)
export class ActOnBookingHandler extends SlotHandler implements ICommandHandler<ActOnBooking> {
  async execute({ address, act, envelope }: ActOnBooking): Promise<AcceptedOutcome> {
    return this.handle(address, await this.#commandOf(address, act), envelope);
  }

  async #commandOf(address: BookingAddress, act: BookingAct): Promise<SlotCommand> {
    switch (act.type) {
      case 'CancelBooking': {
        const [policy, doctor] = await Promise.all([this.#policyOf(address), this.#doctorOf(address)]);
        return { ...address, ...act, policy, currentDoctor: doctor };
      }
      case 'CheckIn':
        return { ...address, ...act, policy: await this.#policyOf(address) };
      default:
        return { ...address, ...act };
    }
  }

  async #policyOf(address: BookingAddress) {
    const state = await readStream(this.ports.log, slotStream(address), slotEvents, slot);
    const claim = bookingOn(state, address.bookingId);
    if (!claim) throw bookingUnknown();
    return this.policies.for(claim.slot);
  }

  async #doctorOf(address: BookingAddress): Promise<string | null> {
    const known = await readStream(this.ports.log, scheduleStream(address), scheduleEvents, schedule);
    return known.status === 'absent' ? null : currentDoctor(known);
  }
}

@CommandHandler(SetFence)
export class SetFenceHandler extends SlotHandler implements ICommandHandler<SetFence> {
  execute({ command, envelope }: SetFence): Promise<AcceptedOutcome> {
    return this.handle(command, command, envelope);
  }
}

@CommandHandler(RegisterPaidVisit)
export class RegisterPaidVisitHandler extends SlotHandler implements ICommandHandler<RegisterPaidVisit> {
  execute({ command, envelope }: RegisterPaidVisit): Promise<AcceptedOutcome> {
    return this.handle(command, command, envelope);
  }
}

@CommandHandler(MarkRehomed)
export class MarkRehomedHandler extends SlotHandler implements ICommandHandler<MarkRehomed> {
  async execute({ command, envelope }: MarkRehomed): Promise<AcceptedOutcome> {
    const { personId, bookingId, toBookingId } = command;
    const ledger = await this.ports.log.readStream(ledgerStream(personId));
    const key = claimedSlot(readEvents(ledgerEvents, ledger), bookingId);
    if (!key) throw bookingUnknown();
    return this.handle(key, { type: 'MarkRehomed', ...key, bookingId, toBookingId }, envelope);
  }
}
