import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { type BookingAnswer, type BookingRequest, BookingService } from './booking.ts';
import type { ClaimStanding } from './booking-ledger.ts';
import { type ClaimAddress, settleOpenClaim } from './open-claims.ts';
import { SharedOrders, type SharedStanding } from './orders-in-shared-mode.ts';
import {
  BOOKING_POLICIES,
  type BookingPolicies,
  SCHEDULE_BOOK,
  type ScheduleBook,
  SHARED_HOSPITALS,
  type SharedHospitals,
  SLOT_CHOOSER,
  type SlotChooser,
  WITHHOLDINGS,
  type Withholdings,
} from './ports.ts';
import type { BookingAddress } from './slot.handlers.ts';

/** Somebody books an appointment (F3.02). The same envelope again answers what the first led to. */
export class BookAppointment extends Command<BookingAnswer> {
  constructor(
    readonly request: BookingRequest,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The scheduler asks a hospital in shared mode what became of an order whose answer never came (F1.12). */
export class SettleSharedOrder extends Command<SharedStanding> {
  constructor(
    readonly address: BookingAddress,
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
    @Inject(SHARED_HOSPITALS) hospitals: SharedHospitals,
    @Inject(WITHHOLDINGS) withholdings: Withholdings,
  ) {
    const ports = { handling, schedules, policies, chooser, hospitals, withholdings };
    this.#service = new BookingService(ports);
  }

  execute({ request, envelope }: BookAppointment): Promise<BookingAnswer> {
    return this.#service.book(request, envelope);
  }
}

@CommandHandler(SettleSharedOrder)
export class SettleSharedOrderHandler implements ICommandHandler<SettleSharedOrder> {
  readonly #orders: SharedOrders;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) handling: CommandHandlingPorts,
    @Inject(SHARED_HOSPITALS) hospitals: SharedHospitals,
  ) {
    this.#orders = new SharedOrders(handling, hospitals);
  }

  execute({ address, envelope }: SettleSharedOrder): Promise<SharedStanding> {
    return this.#orders.settle(address, envelope);
  }
}

@CommandHandler(SettleOpenClaim)
export class SettleOpenClaimHandler implements ICommandHandler<SettleOpenClaim> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  execute({ claim, envelope }: SettleOpenClaim): Promise<ClaimStanding['status']> {
    return settleOpenClaim(this.ports, claim, envelope);
  }
}
