import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { OfferReturnedSlotCommand } from '@qingpu/contracts/commands/slots';
import { waitlistEvents } from '@qingpu/contracts/events/slots';
import type {
  AcceptedOutcome,
  CommandEnvelope,
  CommandHandlingPorts,
} from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { COMMAND_HANDLING_PORTS } from '@qingpu/domains-kernel/tokens';
import { actOnSlot, actOnWaitlist, stepOf } from './acting.ts';
import type { BookingAnswer } from './booking.ts';
import { endOf } from './booking-policy.ts';
import { noOffer, offerLapsed, waitlistNotShared } from './ledger-rejections.ts';
import {
  BOOKING_POLICIES,
  type BookingPolicies,
  SCHEDULE_BOOK,
  type ScheduleBook,
  WITHHOLDINGS,
  type Withholdings,
} from './ports.ts';
import { intervalOver, intervalUnknown, scheduleClosed, scheduleUnknown } from './rejections.ts';
import { currentDoctor } from './schedule.ts';
import { type ScheduleKey, waitlistStream } from './streams.ts';
import {
  entryOf,
  type JoinWaitlist as JoinWaitlistCommand,
  type WaitlistEntry,
  waitlist,
} from './waitlist.ts';
import { WaitlistOffers } from './waitlist-offers.ts';

export interface EntryAddress extends ScheduleKey {
  readonly entryId: string;
  readonly personId: string;
}

/** Somebody waits for a slot of a full schedule to come back. */
export class JoinWaitlist extends Command<AcceptedOutcome> {
  constructor(
    readonly entry: Omit<JoinWaitlistCommand, 'type'>,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody does not wait any more, and gives back what was offered. */
export class LeaveWaitlist extends Command<AcceptedOutcome> {
  constructor(
    readonly entry: EntryAddress,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody who waited takes what was offered. */
export class ConfirmOffer extends Command<BookingAnswer> {
  constructor(
    readonly entry: EntryAddress,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** The process of the waitlist offers a slot that came back to who has waited longest. */
export class OfferReturnedSlot extends Command<void> {
  constructor(
    readonly command: OfferReturnedSlotCommand,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

@CommandHandler(JoinWaitlist)
export class JoinWaitlistHandler implements ICommandHandler<JoinWaitlist> {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts,
    @Inject(SCHEDULE_BOOK) private readonly schedules: ScheduleBook,
  ) {}

  async execute({ entry, envelope }: JoinWaitlist): Promise<AcceptedOutcome> {
    await this.#checkSchedule(entry);
    return actOnWaitlist(this.ports, entry, { type: 'JoinWaitlist', ...entry }, envelope, 'outcomes');
  }

  /** @throws Rejection when nothing can come back there any more */
  async #checkSchedule(entry: Omit<JoinWaitlistCommand, 'type'>): Promise<void> {
    const known = await this.schedules.find(entry);
    if (!known) throw scheduleUnknown();
    if (known.status === 'closed') throw scheduleClosed();
    if (known.mode === 'shared') throw waitlistNotShared();
    const { date, intervals } = known.details;
    const last = intervals.findLast(({ start }) => entry.start === null || start === entry.start);
    if (!last) throw intervalUnknown(entry.start ?? '');
    if (endOf({ date, end: last.end }) <= this.ports.clock.now()) throw intervalOver();
  }
}

@CommandHandler(LeaveWaitlist)
export class LeaveWaitlistHandler implements ICommandHandler<LeaveWaitlist> {
  constructor(
    @Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts,
    @Inject(SCHEDULE_BOOK) private readonly schedules: ScheduleBook,
    @Inject(BOOKING_POLICIES) private readonly policies: BookingPolicies,
  ) {}

  async execute({ entry, envelope }: LeaveWaitlist): Promise<AcceptedOutcome> {
    const known = await entryIn(this.ports, entry);
    if (known.standing === 'offered') await this.#giveBack(entry, known, envelope);
    return actOnWaitlist(this.ports, entry, { type: 'LeaveWaitlist', ...entry }, envelope, 'outcomes');
  }

  /** The hold is cancelled, then the offer has lapsed: the slot goes to who comes next. */
  async #giveBack(entry: EntryAddress, { offer }: WaitlistEntry, envelope: CommandEnvelope): Promise<void> {
    const schedule = await this.schedules.find(entry);
    if (!offer || !schedule) throw noOffer();
    const { institutionCode, scheduleId } = entry;
    const { slotId, bookingId } = offer;
    const address = { institutionCode, scheduleId, slotId, bookingId };
    const { kind, date } = schedule.details;
    await actOnSlot(
      this.ports,
      address,
      {
        type: 'CancelBooking',
        ...address,
        by: 'patient',
        reason: '放弃候补号源',
        policy: await this.policies.for({ institutionCode, kind, date }),
        currentDoctor: currentDoctor(schedule),
      },
      stepOf(envelope, 'cancel'),
    );
    await actOnWaitlist(
      this.ports,
      entry,
      { type: 'LapseOffer', institutionCode, scheduleId, bookingId },
      stepOf(envelope, 'lapse'),
    );
  }
}

@CommandHandler(ConfirmOffer)
export class ConfirmOfferHandler implements ICommandHandler<ConfirmOffer> {
  constructor(@Inject(COMMAND_HANDLING_PORTS) private readonly ports: CommandHandlingPorts) {}

  async execute({ entry, envelope }: ConfirmOffer): Promise<BookingAnswer> {
    const { offer, standing } = await entryIn(this.ports, entry);
    if (standing === 'lapsed') throw offerLapsed();
    if (!offer) throw noOffer();
    const { institutionCode, scheduleId } = entry;
    const { slotId, bookingId } = offer;
    const address = { institutionCode, scheduleId, slotId, bookingId };
    const confirmed = await actOnSlot(
      this.ports,
      address,
      { type: 'ConfirmHold', ...address, hospitalOrderNumber: null },
      envelope,
      { keeps: 'outcomes' },
    );
    const serve = { type: 'ServeEntry', ...entry, bookingId } as const;
    await actOnWaitlist(this.ports, entry, serve, stepOf(envelope, 'serve'));
    const { position } = confirmed;
    return { bookingId, orderNumber: orderNumberOf(bookingId), slotId, position, state: 'booked' };
  }
}

@CommandHandler(OfferReturnedSlot)
export class OfferReturnedSlotHandler implements ICommandHandler<OfferReturnedSlot> {
  readonly #offers: WaitlistOffers;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) ports: CommandHandlingPorts,
    @Inject(SCHEDULE_BOOK) schedules: ScheduleBook,
    @Inject(BOOKING_POLICIES) policies: BookingPolicies,
    @Inject(WITHHOLDINGS) withholdings: Withholdings,
  ) {
    this.#offers = new WaitlistOffers({ handling: ports, schedules, policies, withholdings });
  }

  execute({ command, envelope }: OfferReturnedSlot): Promise<void> {
    return this.#offers.offer(command, envelope);
  }
}

async function entryIn(ports: CommandHandlingPorts, entry: EntryAddress): Promise<WaitlistEntry> {
  const state = await readStream(ports.log, waitlistStream(entry), waitlistEvents, waitlist);
  return entryOf(state, entry);
}
