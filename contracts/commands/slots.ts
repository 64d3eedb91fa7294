import type { Outcome, SuspensionReason } from '../codes/slot-tables.ts';

/*
 * Commands that process managers and other contexts send to the slot pool. Repeating one changes nothing:
 * each finds what it would do done.
 */

interface OfPerson {
  readonly personId: string;
  readonly bookingId: string;
}

interface OfSchedule {
  readonly institutionCode: string;
  readonly scheduleId: string;
}

interface OfSlot extends OfSchedule {
  readonly slotId: string;
}

/** The claim has come through: the slot's stream has the booking. */
export interface SettleClaimCommand extends OfPerson {
  readonly type: 'SettleClaim';
}

/** The booking is over. `on`: the day, YYYY-MM-DD in Shanghai, on which it was said; a no-show's own day is that of the claimed visit. */
export interface CloseBookingCommand extends OfPerson {
  readonly type: 'CloseBooking';
  readonly outcome: Outcome;
  readonly on: string;
}

/** The outcome was another one. */
export interface CorrectClosureCommand extends OfPerson {
  readonly type: 'CorrectClosure';
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Another booking of the person stands in for this one, which the hospital had called off; the ledger knows its slot. */
export interface MarkRehomedCommand extends OfPerson {
  readonly type: 'MarkRehomed';
  readonly toBookingId: string;
}

/** Nothing more can be claimed of the slot. A suspension calls its booking off, a withdrawal leaves it. */
export interface FenceSlotCommand extends OfSlot {
  readonly type: 'FenceSlot';
  readonly cause: 'suspension' | 'withdrawal';
  /** Of the suspension or the withdrawal. */
  readonly causeId: string;
}

export interface UnfenceSlotCommand extends OfSlot {
  readonly type: 'UnfenceSlot';
  readonly causeId: string;
}

/** Residents are told that a doctor does not hold a clinic, or that another one does (F3.08). */
export interface AnnounceScheduleChangeCommand extends OfSchedule {
  readonly type: 'AnnounceScheduleChange';
  readonly announcementId: string;
  readonly kind: 'suspension' | 'substitution';
  readonly cause: SuspensionReason;
  /** Beginnings of the intervals that it touches; null for the whole schedule. */
  readonly starts: readonly string[] | null;
}

/** An announcement no longer holds. */
export interface WithdrawAnnouncementCommand {
  readonly type: 'WithdrawAnnouncement';
  readonly announcementId: string;
  readonly reason: string;
}

/** The appeal was upheld: what was said against the person is taken back on the booking's slot, where it was a booking. */
export interface CorrectAppealedCommand {
  readonly type: 'CorrectAppealed';
  readonly personId: string;
  readonly appealId: string;
  readonly reason: string;
}

/** The person was erased: nothing more is booked for them, and what is booked is called off. */
export interface CloseLedgerCommand {
  readonly type: 'CloseLedger';
  readonly personId: string;
}

/** A booking or a hold is over; who waits is offered the slot, where it came back. */
export interface OfferReturnedSlotCommand extends OfSchedule {
  readonly type: 'OfferReturnedSlot';
  /** Null when it stays fenced. */
  readonly slotId: string | null;
  /** It may have been an offer itself. */
  readonly endedBookingId: string;
}

/** The booking's fee has been paid: it becomes a registration, or the slot writes down why not. */
export interface RegisterPaidVisitCommand extends OfSlot, OfPerson {
  readonly type: 'RegisterPaidVisit';
  readonly paymentId: string;
}

/** What the process managers of the slot pool ask of the ledgers. */
export type LedgerProcessCommand = SettleClaimCommand | CloseBookingCommand | CorrectClosureCommand;

/** A booking is over: if a booking platform made it under a quota, it may sell another. */
export interface ReturnAllotmentCommand extends OfSchedule {
  readonly type: 'ReturnAllotment';
  readonly bookingId: string;
}
