import { randomUUID } from 'node:crypto';
import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { Tier } from '@qingpu/contracts/codes/slot-tables';
import { type BookingFacts, ledgerEvents, type SlotFacts, slotEvents } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  idempotencyKeyReused,
} from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { AppendOutcomeUnknown, type ExpectedRevision } from '@qingpu/domains-kernel/event-log';
import { readEvents, readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { actOnLedger, actOnSlot, stepOf } from './acting.ts';
import { activeClaims, bookingLedger, claimOf, type KnownClaim, type LedgerState } from './booking-ledger.ts';
import { brokenLimit } from './booking-limits.ts';
import { type BookingPolicy, plusMinutes } from './booking-policy.ts';
import { claimReleased, soldOut } from './ledger-rejections.ts';
import { settleOpenClaim } from './open-claims.ts';
import { HOSPITAL_REFUSALS, SHARED_HOLD_MINUTES, SharedOrders } from './orders-in-shared-mode.ts';
import type { BookingPolicies, ScheduleBook, SharedHospitals, SlotChooser, Withholdings } from './ports.ts';
import {
  claimVoided,
  hospitalCardInvalid,
  intervalOver,
  scheduleUnknown,
  slotReturning,
  slotSuspended,
  slotsWithheld,
  slotTaken,
  slotWithdrawn,
} from './rejections.ts';
import { type KnownSchedule, slotFactsOf, slotsOnOffer } from './schedule.ts';
import { type SlotCommand, slot as slotDecider } from './slot.ts';
import { ledgerStream, type ScheduleKey, slotStream } from './streams.ts';

/** Most slots that one booking tries before it is told that there is none. */
export const MOST_TRIES = 6;

/** What somebody wants: any slot of an interval. */
export interface BookingRequest extends ScheduleKey {
  /** Beginning of the interval, HH:mm. */
  readonly start: string;
  readonly personId: string;
  /** As what the person books: whose quota it may come from. */
  readonly tier: Tier;
  readonly accountId: string | null;
  readonly cardId: string | null;
  readonly channel: ChannelKind;
  /** A booking that the hospital called off and that this one stands in for. */
  readonly replaces: string | null;
  /** Why staff lets it pass although a rule stands against it. */
  readonly override: string | null;
}

export interface BookingAnswer {
  readonly bookingId: string;
  readonly orderNumber: string;
  readonly slotId: string;
  /** Of the event that booked the slot, in the log. */
  readonly position: string;
  /** `pending`: the slot is held until the hospital has answered, or something else is done. */
  readonly state: 'booked' | 'pending';
}

export interface BookingPorts {
  readonly handling: CommandHandlingPorts;
  readonly schedules: ScheduleBook;
  readonly policies: BookingPolicies;
  readonly chooser: SlotChooser;
  readonly hospitals: SharedHospitals;
  readonly withholdings: Withholdings;
}

/** One slot to try, and where its stream is believed to stand. */
interface Attempt {
  readonly slot: SlotFacts;
  readonly revision: ExpectedRevision;
}

/** A claim that stands on the ledger, by this run alone. */
interface Placing {
  readonly booking: BookingFacts;
  readonly envelope: CommandEnvelope;
  /** Whether the hospital decides itself. */
  readonly shared: boolean;
}

interface Offer {
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly policy: BookingPolicy;
  readonly shared: boolean;
}

/** The id of a booking: the same command for the same person always gives the same. */
export function bookingIdOf(commandId: string, personId: string): string {
  return stepCommandId(commandId, `booking ${personId}`);
}

/**
 * Books a slot: claims it on the person's ledger, appends the booking to the slot's stream — the point that commits —
 * and leaves the rest to the process of settlement.
 *
 * One run alone places a claim, the one whose append put it on the ledger; every other run under the same key only
 * looks what became of it. It moves on to another slot only after the one before has refused for good and the ledger
 * names the next. Whatever is cut short, `settleOpenClaim` brings to an end.
 *
 * A slot of a hospital in shared mode is held first; then the hospital is asked (`orders-in-shared-mode.ts`).
 */
export class BookingService {
  readonly #ports: BookingPorts;
  readonly #orders: SharedOrders;

  constructor(ports: BookingPorts) {
    this.#ports = ports;
    this.#orders = new SharedOrders(ports.handling, ports.hospitals);
  }

  /**
   * @throws Rejection when a rule stands against it, when no slot is left, or when the key was used for something else
   * @throws AppendOutcomeUnknown, EventLogUnavailable, RevisionConflict when it could not be told in time: the same
   * command may be sent again and answers what became of it
   */
  async book(request: BookingRequest, envelope: CommandEnvelope): Promise<BookingAnswer> {
    const bookingId = bookingIdOf(envelope.commandId, request.personId);
    const own = { ...envelope, commandId: bookingId };
    const offer = await this.#offerFor(request).catch((error: unknown) => asRefusal(error));
    // What came through before stays true when the schedule has long been full, suspended or over.
    if (offer instanceof Rejection) return this.#earlierOr(offer, request.personId, own);
    const { attempts, policy, shared } = offer;
    const [first] = attempts;
    const booking = bookingOf(bookingId, request, policy);
    const claimed = await this.#claim(request, booking, first.slot, policy, own).catch((error: unknown) => {
      this.#learn(first, { free: true, revision: first.revision });
      throw error;
    });
    if (claimed.kind === 'accepted' && !claimed.replayed)
      return this.#place({ booking, envelope: own, shared }, attempts);
    this.#learn(first, { free: true, revision: first.revision });
    return this.#whatBecameOf(request.personId, own);
  }

  /** Slots to try, none touched yet. @throws Rejection when there can be none */
  async #offerFor(request: BookingRequest): Promise<Offer> {
    const { schedules, policies, chooser, handling, withholdings } = this.#ports;
    const known = await schedules.find(request);
    if (!known) throw scheduleUnknown();
    const shared = known.mode === 'shared';
    const now = handling.clock.now();
    const offered = slotsOnOffer(known, { start: request.start, tier: request.tier, now });
    const { kind, date } = known.details;
    const { institutionCode } = known;
    if (await withholdings.covers({ institutionCode, kind })) throw slotsWithheld();
    const slots = shared ? await this.#leftAtHospital(known, offered) : offered;
    const policy = await policies.for({ institutionCode, kind, date });
    const candidates = chooser.choose({ schedule: request, slots, now }).slice(0, MOST_TRIES);
    const [first, ...more] = candidates.flatMap(({ slotId, revision }) => {
      const slot = slotFactsOf(known, slotId);
      return slot ? [{ slot, revision }] : [];
    });
    if (!first) throw soldOut();
    if (shared) await this.#checkCard(request);
    return { attempts: [first, ...more], policy, shared };
  }

  /** Without those that the hospital has sold itself; all of them when it cannot say. */
  async #leftAtHospital<Slot extends { readonly slotId: string }>(
    known: KnownSchedule,
    slots: readonly Slot[],
  ): Promise<readonly Slot[]> {
    const free = await this.#ports.hospitals.freeSlots(known);
    return free ? slots.filter(({ slotId }) => free.has(slotId)) : slots;
  }

  /** A hospital that cannot say just now looks at the card when it books. @throws Rejection */
  async #checkCard({ institutionCode, personId, cardId }: BookingRequest): Promise<void> {
    if (cardId === null) return;
    const verdict = await this.#ports.hospitals.checkCard({ institutionCode, personId, cardId });
    if (verdict === 'invalid') throw hospitalCardInvalid();
  }

  #claim(
    { personId, tier, override }: BookingRequest,
    booking: BookingFacts,
    slot: SlotFacts,
    policy: BookingPolicy,
    envelope: CommandEnvelope,
  ): Promise<AcceptedOutcome> {
    const byStaff = envelope.actor.kind === 'staff';
    return actOnLedger(
      this.#ports.handling,
      personId,
      { type: 'ClaimSlot', slot, booking, policy, tier, byStaff, override },
      envelope,
      { keeps: 'rejections', run: randomUUID(), over: (state) => this.#overOnSlots(state, slot, policy) },
    );
  }

  /**
   * Bookings that stand against a limit and that their slots know to be over: whoever has just cancelled books again
   * at once, without waiting for the process of settlement.
   */
  async #overOnSlots(
    ledger: LedgerState,
    wanted: SlotFacts,
    policy: BookingPolicy,
  ): Promise<ReadonlySet<string>> {
    const sameDay = activeClaims(ledger).filter((claim) => claim.slot.date === wanted.date);
    const over = new Set<string>();
    const slots = sameDay.map((claim) => claim.slot);
    if (!brokenLimit(slots, wanted, policy)) return over;
    for (const claim of sameDay) {
      const { bookingId } = claim.booking;
      const { log } = this.#ports.handling;
      const state = await readStream(log, slotStream(claim.slot), slotEvents, slotDecider);
      if (state.ended.has(bookingId)) over.add(bookingId);
    }
    return over;
  }

  async #place(placing: Placing, attempts: readonly Attempt[]): Promise<BookingAnswer> {
    const tried: string[] = [];
    let refusal: Rejection | undefined;
    for (const attempt of attempts) {
      if (tried.length > 0 && !(await this.#move(placing, attempt))) break;
      tried.push(attempt.slot.slotId);
      const outcome = await this.#takeSlot(placing, attempt);
      if (!(outcome instanceof Rejection))
        return placing.shared
          ? this.#askHospital(placing, attempt.slot)
          : answerOf(placing.booking, attempt.slot.slotId, outcome);
      refusal = outcome;
      if (endsThePlacing(refusal)) break;
    }
    return this.#giveUp(placing, tried, refusal ?? slotTaken());
  }

  /** False when the claim is not open any more: somebody has looked into it meanwhile. */
  async #move({ booking, envelope }: Placing, { slot: { slotId } }: Attempt): Promise<boolean> {
    const { personId, bookingId } = booking;
    try {
      const command = { type: 'MoveClaim', personId, bookingId, slotId } as const;
      await actOnLedger(this.#ports.handling, personId, command, stepOf(envelope, `move ${slotId}`));
      return true;
    } catch (error) {
      if (error instanceof Rejection && error.code === claimReleased().code) return false;
      throw error;
    }
  }

  async #askHospital({ booking, envelope }: Placing, slot: SlotFacts): Promise<BookingAnswer> {
    await this.#orders.place({ slot, booking }, stepOf(envelope, 'hospital'));
    return this.#whatBecameOf(booking.personId, envelope);
  }

  #takingOf({ booking, shared }: Placing, slot: SlotFacts): SlotCommand {
    if (!shared) return { type: 'BookSlot', slot, booking, hospitalOrderNumber: null };
    const until = plusMinutes(this.#ports.handling.clock.now(), SHARED_HOLD_MINUTES);
    return { type: 'HoldSlot', slot, booking, purpose: 'shared', until: shanghaiTimestamp(until) };
  }

  /** The slot, or the refusal: its stream has moved on, so that no append of before can arrive any more. */
  async #takeSlot(placing: Placing, attempt: Attempt): Promise<AcceptedOutcome | Rejection> {
    const { slot, revision } = attempt;
    let seenRevision: ExpectedRevision = revision;
    try {
      const outcome = await actOnSlot(
        this.#ports.handling,
        slot,
        this.#takingOf(placing, slot),
        stepOf(placing.envelope, `book ${slot.slotId}`),
        {
          believedEmpty: revision === 'no_stream',
          seen: (seen) => {
            seenRevision = seen.revision === -1 ? 'no_stream' : seen.revision;
          },
        },
      );
      this.#learn(attempt, { free: false, revision: outcome.revision });
      return outcome;
    } catch (error) {
      const refusal = asRefusal(error);
      this.#learn(attempt, { free: refusal.code === claimVoided().code, revision: seenRevision });
      return refusal;
    }
  }

  async #giveUp(
    { booking, envelope }: Placing,
    tried: readonly string[],
    refusal: Rejection,
  ): Promise<BookingAnswer> {
    const { personId, bookingId } = booking;
    const { handling } = this.#ports;
    if (refusal.code === claimVoided().code) {
      await settleOpenClaim(handling, { personId, bookingId }, stepOf(envelope, 'look'));
    } else {
      const command = { type: 'ReleaseClaim', personId, bookingId, tried, cause: refusal.code } as const;
      await actOnLedger(handling, personId, command, stepOf(envelope, 'release'));
    }
    return this.#whatBecameOf(personId, envelope);
  }

  async #earlierOr(refusal: Rejection, personId: string, envelope: CommandEnvelope): Promise<BookingAnswer> {
    const history = await this.#ports.handling.log.readStream(ledgerStream(personId));
    if (!claimIn(history, envelope)) throw refusal;
    return this.#whatBecameOf(personId, envelope);
  }

  /** What a claim that stands on the ledger has led to. @throws Rejection when to nothing */
  async #whatBecameOf(personId: string, envelope: CommandEnvelope): Promise<BookingAnswer> {
    const { log, clock } = this.#ports.handling;
    const history = await log.readStream(ledgerStream(personId));
    const claimed = claimIn(history, envelope);
    if (!claimed) throw new AppendOutcomeUnknown();
    const claim = claimOf(fold(bookingLedger, readEvents(ledgerEvents, history)), envelope.commandId);
    if (claim.standing.status === 'released') throw refusalOf(claim.standing.cause);
    const booked = await this.#findOnSlots(claim);
    if (booked) return booked;
    if (claim.standing.status !== 'open') throw new Error('a claim was settled, but no slot has its booking');
    const age = clock.now().getTime() - Date.parse(claimed.metadata.occurredAt);
    if (age < bookingSafeguards.openClaimSeconds * 1000) throw new AppendOutcomeUnknown();
    await settleOpenClaim(
      this.#ports.handling,
      { personId, bookingId: envelope.commandId },
      stepOf(envelope, `look ${randomUUID()}`),
    );
    return this.#whatBecameOf(personId, envelope);
  }

  async #findOnSlots({ slot, booking, tried }: KnownClaim): Promise<BookingAnswer | undefined> {
    for (const slotId of tried.toReversed()) {
      const history = await this.#ports.handling.log.readStream(slotStream({ ...slot, slotId }));
      const own = history.filter((stored) => isOf(stored, booking.bookingId));
      const booked = own.find(({ type }) => type === 'SlotBooked');
      const event = booked ?? own[0];
      if (!booked) checkNotRefused(history, booking.bookingId);
      if (event) return answerOf(booking, slotId, { ...event, position: String(event.position) });
    }
    return undefined;
  }

  #learn({ slot }: Attempt, seen: { readonly free: boolean; readonly revision: ExpectedRevision }): void {
    this.#ports.chooser.learn(slot, seen);
  }
}

function bookingOf(
  bookingId: string,
  { personId, accountId, cardId, channel, replaces }: BookingRequest,
  policy: BookingPolicy,
): BookingFacts {
  const orderNumber = orderNumberOf(bookingId);
  const policyVersion = policy.version;
  return { bookingId, orderNumber, personId, accountId, cardId, channel, policyVersion, replaces };
}

function answerOf(
  { bookingId, orderNumber }: BookingFacts,
  slotId: string,
  event: { readonly position: string; readonly type?: string },
): BookingAnswer {
  const state = event.type === 'SlotHeld' ? 'pending' : 'booked';
  return { bookingId, orderNumber, slotId, position: event.position, state };
}

/** The claim that a command has put on the ledger. @throws Rejection when its key was used for something else */
function claimIn(history: readonly StoredEvent[], envelope: CommandEnvelope): StoredEvent | undefined {
  const claimed = history.find(({ metadata }) => metadata.commandId === envelope.commandId);
  if (claimed && claimed.metadata.bodyHmac !== envelope.bodyHmac) throw idempotencyKeyReused();
  return claimed;
}

function isOf({ type, data }: StoredEvent, bookingId: string): boolean {
  if (type !== 'SlotBooked' && type !== 'SlotHeld') return false;
  return (data as { readonly booking: BookingFacts }).booking.bookingId === bookingId;
}

/** @throws Rejection when the hospital did not confirm what was held for it */
function checkNotRefused(history: readonly StoredEvent[], bookingId: string): void {
  for (const event of readEvents(slotEvents, history)) {
    if (event.type !== 'HoldExpired' || event.data.bookingId !== bookingId) continue;
    if (event.data.refusal !== undefined) throw refusalOf(event.data.refusal);
  }
}

/** The domain's no. @throws whatever else it is */
function asRefusal(error: unknown): Rejection {
  if (error instanceof Rejection) return error;
  throw error;
}

/** After these no other slot is worth trying: the interval is over, or somebody has made an end of the claim. */
function endsThePlacing({ code }: Rejection): boolean {
  return code === intervalOver().code || code === claimVoided().code;
}

const REFUSALS = new Map(
  [
    slotTaken,
    slotReturning,
    slotSuspended,
    slotWithdrawn,
    intervalOver,
    claimVoided,
    ...HOSPITAL_REFUSALS,
  ].map((refusal) => [refusal().code, refusal]),
);

/** The answer that belongs to the cause for which a claim was released, or a hold ended. */
function refusalOf(cause: string): Rejection {
  return (REFUSALS.get(cause) ?? claimReleased)();
}
