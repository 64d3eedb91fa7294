import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { type BookingAnswer, type BookingRequest, BookingService } from './booking.ts';
import type { ClaimStanding } from './booking-ledger.ts';
import { type ClaimAddress, settleOpenClaim } from './open-claims.ts';
import {
  BOOKING_POLICIES,
  type BookingPolicies,
  SCHEDULE_BOOK,
  type ScheduleBook,
  SLOT_CHOOSER,
  type SlotChooser,
} from './ports.ts';

/** Somebody books an appointment (F3.02). The same envelope again answers what the first led to. */
export class BookAppointment extends Command<BookingAnswer> {
  constructor(
    readonly request: BookingRequest,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The scheduler looks into a claim that has been open for too long; answers how it stands now. */
export class SettleOpenClaim extends Command<ClaimStanding['status']> {
  constructor(
    readonly claim: ClaimAddress,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(BookAppointment)
export class BookAppointmentHandler implements ICommandHandler<BookAppointment> {
  readonly #service: BookingService;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) handling: CommandHandlingPorts,
    @Inject(SCHEDULE_BOOK) schedules: ScheduleBook,
    @Inject(BOOKING_POLICIES) policies: BookingPolicies,
    @Inject(SLOT_CHOOSER) chooser: SlotChooser,
  ) {
    this.#service = new BookingService({ handling, schedules, policies, chooser });
  }

  execute({ request, envelope }: BookAppointment): Promise<BookingAnswer> {
    return this.#service.book(request, envelope);
  }
}

@CommandHandler(SettleOpenClaim)
export class SettleOpenClaimHandler implements ICommandHandler<SettleOpenClaim> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ claim, envelope }: SettleOpenClaim): Promise<ClaimStanding['status']> {
    return settleOpenClaim(this.ports, claim, envelope);
  }
}
