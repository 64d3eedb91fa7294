import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { RequestDelivery } from '@qingpu/domains-messaging/handlers';
import { SettleOpenClaim } from '@qingpu/domains-slots/booking.handlers';
import { reminderOf } from '@qingpu/domains-slots/channel-notices.process';
import { ChangeSchedule } from '@qingpu/domains-slots/schedule.handlers';
import { ActOnBooking } from '@qingpu/domains-slots/slot.handlers';
import type { BookingLine } from '@qingpu/read-models-bookings/lines';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import type { Platform } from '../platform.ts';
import type { SlotServices } from './slot-services.ts';

/** What one sweep takes on; the next goes on from there. */
const MOST_AT_ONCE = 500;

/**
 * What time brings about in the slot pool. Each sweep asks a view what is due and sends a command for each; a view that
 * lags only delays, and a command that finds its work done changes nothing.
 */
export class SlotSweeps {
  readonly #platform: Platform;
  readonly #slots: SlotServices;
  readonly #bus: CommandBus;
  readonly #log: ConsumerLog;

  constructor(platform: Platform, slots: SlotServices, bus: CommandBus, log: ConsumerLog) {
    this.#platform = platform;
    this.#slots = slots;
    this.#bus = bus;
    this.#log = log;
  }

  /** Looks into claims that a crash or a lost answer left open. */
  async openClaims(): Promise<void> {
    const before = new Date(this.#now().getTime() - bookingSafeguards.openClaimSeconds * 1000);
    for (const claim of await this.#slots.bookings.openClaims(before, MOST_AT_ONCE))
      await this.#try('open-claim', () =>
        this.#bus.execute(
          new SettleOpenClaim(claim, envelopeOf('open-claims', `${claim.bookingId} ${randomUUID()}`)),
        ),
      );
  }

  /** Frees slots whose hold is over. */
  async expiredHolds(): Promise<void> {
    for (const line of await this.#slots.bookings.expiredHolds(this.#now(), MOST_AT_ONCE))
      await this.#act('expired-holds', line, { type: 'ExpireHold' });
  }

  /** Marks bookings of which the hospital has said nothing in time. */
  async unreported(): Promise<void> {
    const last = plusDays(shanghaiDate(this.#now()), -bookingSafeguards.unreportedAfterDays - 1);
    for (const line of await this.#slots.bookings.unreportedUpTo(last, MOST_AT_ONCE))
      await this.#act('unreported', line, { type: 'MarkUnreported' });
  }

  /** Records that quotas have opened or returned; what is open follows from the plan, not from this. */
  async releaseSteps(): Promise<void> {
    for (const { institutionCode, scheduleId, step } of await this.#slots.pool.dueReleaseSteps(
      this.#now(),
      MOST_AT_ONCE,
    )) {
      const change =
        step === 'return'
          ? ({ type: 'RecordQuotaReturned' } as const)
          : ({ type: 'RecordTierOpened', tier: step } as const);
      const envelope = envelopeOf('release-steps', `${institutionCode} ${scheduleId} ${step}`);
      await this.#try('release-step', () =>
        this.#bus.execute(new ChangeSchedule({ institutionCode, scheduleId }, change, envelope)),
      );
    }
  }

  /** Reminds everybody who has an appointment tomorrow; asked again, it is the same delivery. */
  async reminders(): Promise<void> {
    const tomorrow = plusDays(shanghaiDate(this.#now()), 1);
    let last: BookingLine | undefined;
    for (;;) {
      const lines = await this.#slots.bookings.standingOn(tomorrow, MOST_AT_ONCE, last);
      for (const line of lines) await this.#remind(line);
      last = lines.at(-1);
      if (lines.length < MOST_AT_ONCE) return;
    }
  }

  async #remind(line: BookingLine): Promise<void> {
    const { slot, bookingId, orderNumber, personId, accountId, cardId, channel, policyVersion, replaces } =
      line;
    const booking = { bookingId, orderNumber, personId, accountId, cardId, channel, policyVersion, replaces };
    const request = reminderOf(slot, booking, this.#now());
    await this.#try('reminder', () =>
      this.#bus.execute(new RequestDelivery(request, envelopeOf('reminders', request.deliveryId))),
    );
  }

  async #act(
    sweep: string,
    line: BookingLine,
    act: { readonly type: 'ExpireHold' | 'MarkUnreported' },
  ): Promise<void> {
    const { institutionCode, scheduleId, slotId } = line.slot;
    const address = { institutionCode, scheduleId, slotId, bookingId: line.bookingId };
    const envelope = envelopeOf(sweep, `${line.bookingId} ${line.slotRevision}`);
    await this.#try(sweep, () => this.#bus.execute(new ActOnBooking(address, act, envelope)));
  }

  /** The domain's no is an answer: the view was behind, and the next sweep looks again. */
  async #try(sweep: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      this.#log.info({ sweep, rejection: error.code }, 'a sweep found its work done or not due');
    }
  }

  #now(): Date {
    return this.#platform.clock.now();
  }
}

function envelopeOf(sweep: string, what: string): CommandEnvelope {
  const commandId = reactionCommandId(`sweep ${sweep} ${what}`, NAMESPACE, 0);
  return {
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'system', id: `sweep:${sweep}` },
    correlationId: randomUUID(),
    causationId: commandId,
  };
}

/** Of the ids of what sweeps do; changing it would do things again that were done under the old ids. */
const NAMESPACE = '3c6c2b1e-6d1f-5d3b-8a54-0f5f7f1f3f10';
