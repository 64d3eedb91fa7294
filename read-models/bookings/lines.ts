import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { Modifier, Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { SlotFacts } from '@qingpu/contracts/events/slots';
import type { BookingDocument, BookingState, Step } from './view.ts';

/**
 * A booking as lists show it. The host joins names, the schedule's place and substitute, and what its owner may do now;
 * `substituted` is the one modifier that only the schedule knows.
 */
export interface BookingLine {
  readonly bookingId: string;
  readonly orderNumber: string;
  readonly slot: SlotFacts;
  readonly state: BookingState;
  readonly outcome: Outcome | null;
  readonly modifiers: readonly Exclude<Modifier, 'substituted'>[];
  readonly personId: string;
  readonly accountId: string | null;
  readonly cardId: string | null;
  readonly channel: ChannelKind;
  readonly policyVersion: string;
  /** The booking that this one stands in for. */
  readonly replaces: string | null;
  /** The booking that stands in for this one. */
  readonly rehomedTo: string | null;
  readonly checkedIn: boolean;
  readonly registered: boolean;
  readonly registrationNumber: string | null;
  readonly hospitalOrderNumber: string | null;
  /** ISO 8601 in UTC; null unless it is held. */
  readonly heldUntil: string | null;
  readonly bookedAt: string;
  readonly updatedAt: string;
  /** What the person's ledger counts it as, and the day that counts; null while it counts as active. */
  readonly closure: BookingDocument['closure'] | null;
  readonly slotRevision: number;
}

export interface BookingDetailLine extends BookingLine {
  /** Everything that happened to it, in its order. */
  readonly steps: readonly Step[];
}

export function bookingLine(document: BookingDocument): BookingLine {
  const { _id, slot, booking, heldUntil } = document;
  const { orderNumber, personId, accountId, cardId, channel, policyVersion, replaces } = booking;
  const { outcome, rehomedTo, checkedIn, registered, registrationNumber, hospitalOrderNumber } = document;
  const { bookedAt, updatedAt, slotRevision } = document;
  return {
    bookingId: _id,
    orderNumber,
    slot,
    state: stateOf(document),
    outcome,
    modifiers: modifiersOf(document),
    personId,
    accountId,
    cardId,
    channel,
    policyVersion,
    replaces,
    rehomedTo,
    checkedIn,
    registered,
    registrationNumber,
    hospitalOrderNumber,
    heldUntil: heldUntil === null ? null : new Date(heldUntil).toISOString(),
    bookedAt,
    updatedAt,
    closure: document.closure ?? null,
    slotRevision,
  };
}

/** A registration outweighs checking in, whichever came first. */
function stateOf({ phase, checkedIn, registered }: BookingDocument): BookingState {
  if (phase !== 'booked') return phase;
  if (registered) return 'registered';
  return checkedIn ? 'checkedIn' : 'booked';
}

/** `rehomed` stands on both ends: on the booking that was called off, and on the one that stands in for it. */
function modifiersOf({ rehomedTo, booking, late }: BookingDocument): BookingLine['modifiers'] {
  return [
    ...(rehomedTo !== null || booking.replaces !== null ? (['rehomed'] as const) : []),
    ...(late ? (['late'] as const) : []),
  ];
}

/** A booking's steps as they happened. */
export function stepsInOrder(steps: BookingDocument['steps']): Step[] {
  return Object.values(steps).sort((a, b) => (a.position < b.position ? -1 : 1));
}
