import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import { MAX_LANDED_ORDERS } from '@qingpu/contracts/partners/hospital/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { RequestDelivery } from '@qingpu/domains-messaging/handlers';
import { SettleOpenClaim, SettleSharedOrder } from '@qingpu/domains-slots/booking.handlers';
import { plusMinutes } from '@qingpu/domains-slots/booking-policy';
import { reminderOf } from '@qingpu/domains-slots/channel-notices.process';
import { LandOrders } from '@qingpu/domains-slots/landing.handlers';
import { SHARED_HOLD_MINUTES } from '@qingpu/domains-slots/orders-in-shared-mode';
import { ChangeSchedule } from '@qingpu/domains-slots/schedule.handlers';
import { ActOnBooking } from '@qingpu/domains-slots/slot.handlers';
import type { BookingLine } from '@qingpu/read-models-bookings/lines';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { NotAsked } from '../operations/shared-hospitals.ts';
import type { Platform } from '../platform.ts';
import type { SlotServices } from './slot-services.ts';

/** Within this time the request that held a slot has its answer, or will never have it; in milliseconds. */
const ANSWERED_WITHIN_MS = 20_000;
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

  /**
   * Asks hospitals in shared mode what became of orders whose answer never came (F1.12), each hospital one by one.
   * @param answeredWithinMs orders that are younger are left to the request that placed them
   */
  async pendingOrders(answeredWithinMs = ANSWERED_WITHIN_MS): Promise<void> {
    const held = new Date(this.#now().getTime() - answeredWithinMs);
    const ending = plusMinutes(held, SHARED_HOLD_MINUTES);
    const lines = await this.#slots.bookings.pendingOrders(ending, MOST_AT_ONCE);
    const byHospital = Map.groupBy(lines, ({ slot }) => slot.institutionCode);
    await Promise.all([...byHospital.values()].map((each) => this.#settleOrders(each)));
  }

  /**
   * Fetches what each hospital in shared mode has of today's and tomorrow's visits (F1.11), so that what differs from
   * the platform stands in the list of differences.
   */
  async compareShared(): Promise<void> {
    const today = shanghaiDate(this.#now());
    for (const { institutionCode } of this.#platform.partners.all()) {
      if ((await this.#slots.references.modeOf(institutionCode)) !== 'shared') continue;
      for (const date of [today, plusDays(today, 1)]) await this.#landOrders(institutionCode, date);
    }
  }

  async #settleOrders(lines: readonly BookingLine[]): Promise<void> {
    for (const { slot, bookingId } of lines) {
      const { institutionCode, scheduleId, slotId } = slot;
      const address = { institutionCode, scheduleId, slotId, bookingId };
      const envelope = envelopeOf('pending-orders', `${bookingId} ${randomUUID()}`);
      await this.#try('pending-orders', () => this.#bus.execute(new SettleSharedOrder(address, envelope)));
    }
  }

  async #landOrders(institutionCode: string, date: string): Promise<void> {
    try {
      const orders = await this.#slots.hospitals.ordersOf(institutionCode, date);
      const submissionId = randomUUID();
      const batches = Math.max(1, Math.ceil(orders.length / MAX_LANDED_ORDERS));
      for (let part = 1; part <= batches; part += 1) {
        const some = orders.slice((part - 1) * MAX_LANDED_ORDERS, part * MAX_LANDED_ORDERS);
        const landed = { institutionCode, date, submissionId, part, parts: batches, orders: some };
        const envelope = envelopeOf('compare-shared', `${submissionId} ${part}`);
        await this.#try('compare-shared', () => this.#bus.execute(new LandOrders(landed, envelope)));
      }
    } catch (error) {
      // One hospital that cannot be asked keeps no other from being compared; tomorrow it is asked again.
      if (!(error instanceof DeliveryFault || error instanceof NotAsked)) throw error;
      this.#log.warn({ institutionCode, date, error: error.message }, 'orders could not be compared');
    }
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
