import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { OfferReturnedSlotCommand } from '@qingpu/contracts/commands/slots';
import {
  type BookingFacts,
  type SlotFacts,
  slotEvents,
  waitlistEvents,
} from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { isOpen } from '@qingpu/contracts/slots/release';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { actOnLedger, actOnSlot, actOnWaitlist, stepOf } from './acting.ts';
import type { BookingPorts } from './booking.ts';
import { type BookingPolicy, endOf, plusMinutes } from './booking-policy.ts';
import { bookingOver, claimVoided } from './rejections.ts';
import { currentDoctor, type KnownSchedule, slotFactsOf } from './schedule.ts';
import { slot } from './slot.ts';
import { slotStream, waitlistStream } from './streams.ts';
import { offeredAs, type WaitlistEntry, type WaitlistState, waitingFor, waitlist } from './waitlist.ts';

/** Most people who are asked for one slot; whoever comes after has to wait for the next. */
const MOST_ASKED = 20;

type OfferPorts = Pick<BookingPorts, 'handling' | 'schedules' | 'policies' | 'withholdings'>;

interface Returned {
  readonly known: KnownSchedule;
  readonly slot: SlotFacts;
  readonly policy: BookingPolicy;
  readonly until: string;
}

interface Asked {
  readonly entry: WaitlistEntry;
  readonly booking: BookingFacts;
  readonly envelope: CommandEnvelope;
}

/**
 * Offers a slot that came back to who has waited longest and may book: claims it on the person's ledger, holds it, and
 * only then says so on the waitlist. Cut short anywhere, the same command finds what was done; a hold that nobody was
 * told of expires, and the slot comes back once more.
 */
export class WaitlistOffers {
  readonly #ports: OfferPorts;

  constructor(ports: OfferPorts) {
    this.#ports = ports;
  }

  async offer(command: OfferReturnedSlotCommand, envelope: CommandEnvelope): Promise<void> {
    const { institutionCode, scheduleId, slotId, endedBookingId: bookingId } = command;
    const { handling } = this.#ports;
    const state = await readStream(handling.log, waitlistStream(command), waitlistEvents, waitlist);
    if (offeredAs(state, bookingId)) {
      const lapse = { type: 'LapseOffer', institutionCode, scheduleId, bookingId } as const;
      await actOnWaitlist(handling, command, lapse, stepOf(envelope, 'lapse'));
    }
    if (slotId === null || isOffered(state, envelope)) return;
    const returned = await this.#returned(command, slotId);
    if (!returned) return;
    for (const entry of waitingFor(state, returned.slot.start).slice(0, MOST_ASKED))
      if ((await this.#ask(returned, entry, envelope)) !== 'next') return;
  }

  /** Undefined when the slot is not for those who wait: over, still kept for others, or withheld. */
  async #returned(command: OfferReturnedSlotCommand, slotId: string): Promise<Returned | undefined> {
    const { handling, schedules, policies, withholdings } = this.#ports;
    const known = await schedules.find(command);
    const facts = known && slotFactsOf(known, slotId);
    const now = handling.clock.now();
    // A hospital in shared mode hands out what comes back itself.
    if (known?.mode === 'shared') return undefined;
    if (!facts || endOf(facts) <= now || !isOpen(known.plan, facts.tier, 'public', now)) return undefined;
    if (await withholdings.covers(facts)) return undefined;
    const until = plusMinutes(now, bookingSafeguards.waitlistOfferMinutes);
    return { known, slot: facts, policy: await policies.for(facts), until: shanghaiTimestamp(until) };
  }

  /** `next`: not this person. `over`: offered, or the slot is gone. */
  async #ask(returned: Returned, entry: WaitlistEntry, envelope: CommandEnvelope): Promise<'next' | 'over'> {
    const booking = bookingFor(entry, returned, offeredBookingId(envelope, entry));
    const asked = { entry, booking, envelope: { ...envelope, commandId: booking.bookingId } };
    // Who may not book now is passed over, and keeps the place.
    if (await this.#claim(returned, asked)) return 'next';
    const refusal = await this.#hold(returned, asked);
    if (!refusal) return this.#tell(returned, asked);
    const { handling } = this.#ports;
    const { bookingId, personId } = booking;
    const tried = [returned.slot.slotId];
    const release = { type: 'ReleaseClaim', personId, bookingId, tried, cause: refusal.code } as const;
    await actOnLedger(handling, personId, release, stepOf(asked.envelope, 'release'));
    // These are about the booking; everything else is about the slot.
    const other = refusal.code === claimVoided().code || refusal.code === bookingOver('expired').code;
    return other ? 'next' : 'over';
  }

  #claim({ slot: facts, policy }: Returned, { booking, envelope }: Asked): Promise<Rejection | undefined> {
    return refusalIn(
      actOnLedger(
        this.#ports.handling,
        booking.personId,
        { type: 'ClaimSlot', slot: facts, booking, policy, tier: 'public', byStaff: false, override: null },
        envelope,
      ),
    );
  }

  #hold({ slot: facts, until }: Returned, { booking, envelope }: Asked): Promise<Rejection | undefined> {
    return refusalIn(
      actOnSlot(
        this.#ports.handling,
        facts,
        { type: 'HoldSlot', slot: facts, booking, purpose: 'waitlist', until },
        stepOf(envelope, 'hold'),
      ),
    );
  }

  async #tell(returned: Returned, { entry, booking, envelope }: Asked): Promise<'next' | 'over'> {
    const { handling } = this.#ports;
    const { institutionCode, scheduleId, slotId } = returned.slot;
    const { bookingId } = booking;
    // The hold may be that of an earlier run, whose end was another.
    const state = await readStream(handling.log, slotStream(returned.slot), slotEvents, slot);
    const hold = state.live?.booking.bookingId === bookingId ? state.live.hold : null;
    if (!hold) return 'over';
    const key = { institutionCode, scheduleId };
    const { entryId, personId } = entry;
    const offer = {
      type: 'OfferPlace',
      ...key,
      entryId,
      personId,
      slotId,
      bookingId,
      until: hold.until,
    } as const;
    const refusal = await refusalIn(actOnWaitlist(handling, key, offer, stepOf(envelope, 'tell')));
    // Whoever left meanwhile does not keep the slot from the next: its cancellation brings it back here.
    if (refusal) await this.#giveBack(returned, bookingId, stepOf(envelope, 'give back'));
    return 'over';
  }

  async #giveBack(
    { known, slot: facts, policy }: Returned,
    bookingId: string,
    envelope: CommandEnvelope,
  ): Promise<void> {
    const { institutionCode, scheduleId, slotId } = facts;
    const address = { institutionCode, scheduleId, slotId, bookingId };
    const reason = '候补已结束';
    const doctor = currentDoctor(known);
    await refusalIn(
      actOnSlot(
        this.#ports.handling,
        address,
        { type: 'CancelBooking', ...address, by: 'patient', reason, policy, currentDoctor: doctor },
        envelope,
      ),
    );
  }
}

/** The booking that a command's offer to somebody would be. */
function offeredBookingId({ commandId }: CommandEnvelope, { entryId }: WaitlistEntry): string {
  return stepCommandId(commandId, `offer ${entryId}`);
}

/** Whether an earlier run of the same command has come to its end. */
function isOffered({ entries }: WaitlistState, envelope: CommandEnvelope): boolean {
  return [...entries.values()].some((entry) => entry.offer?.bookingId === offeredBookingId(envelope, entry));
}

function bookingFor(
  { personId, accountId }: WaitlistEntry,
  { policy }: Returned,
  bookingId: string,
): BookingFacts {
  return {
    bookingId,
    orderNumber: orderNumberOf(bookingId),
    personId,
    accountId,
    cardId: null,
    channel: 'districtPortal',
    policyVersion: policy.version,
    replaces: null,
  };
}

/** The domain's no, where it said no. @throws whatever else goes wrong */
async function refusalIn(acting: Promise<unknown>): Promise<Rejection | undefined> {
  try {
    await acting;
    return undefined;
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}
