import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import type { ScheduleKind, Tier } from '@qingpu/contracts/codes/slot-tables';
import type { BookingFacts, SlotFacts } from '@qingpu/contracts/events/slots';
import type { SharedRefusal } from '@qingpu/contracts/partners/hospital/shared-resources';
import type { ExpectedRevision } from '@qingpu/domains-kernel/event-log';
import type { BookingPolicy } from './booking-policy.ts';
import type { KnownSchedule } from './schedule.ts';
import type { NamedBySchedule, ScheduleFacts } from './schedule-facts.ts';
import type { ScheduleKey, SlotKey } from './streams.ts';

/*
 * What the slot pool needs from outside, beside the kernel's ports. The host provides each under its token.
 */

/** The directory as schedules need it. Clinics of the kind `internet` are internet clinics. */
export interface ScheduleReferences {
  factsOf(institutionCode: string, named: NamedBySchedule): Promise<ScheduleFacts>;
  /** Null when the doctor is not registered or not active. */
  titleOf(institutionCode: string, doctorCode: string): Promise<DoctorTitle | null>;
}

/** The rules on file, or the district's guidance where there is none. */
export interface BookingPolicies {
  /** The policy in force on a day of visits, YYYY-MM-DD. */
  for(of: {
    readonly institutionCode: string;
    readonly kind: ScheduleKind;
    readonly date: string;
  }): Promise<BookingPolicy>;
}

/**
 * Schedules by their key. May come from a cache that lags: a suspension fences every slot, so that a schedule that is
 * older than its stream leads to a conflict and never to a booking.
 */
export interface ScheduleBook {
  find(key: ScheduleKey): Promise<KnownSchedule | undefined>;
}

/** A slot believed free, and where its stream is believed to stand. */
export interface SlotCandidate {
  readonly slotId: string;
  readonly revision: ExpectedRevision;
}

export interface SlotWish {
  readonly schedule: ScheduleKey;
  /** Slots that may be had, those to be used up first coming first. */
  readonly slots: readonly { readonly slotId: string; readonly tier: Tier }[];
  readonly now: Date;
}

/**
 * Picks slots that are believed free. Only a hint: the streams decide. Callers at the same time are handed different
 * slots, so that they seldom meet.
 */
export interface SlotChooser {
  /** Slots to try in this order; none when all are believed taken. */
  choose(wish: SlotWish): readonly SlotCandidate[];
  /** Where a slot's stream turned out to stand, so that the next caller does not try in vain. */
  learn(slot: SlotKey, seen: { readonly free: boolean; readonly revision: ExpectedRevision }): void;
}

/** An order at a hospital in shared mode: whose it is and for which slot. */
export interface SharedOrder {
  readonly slot: SlotFacts;
  readonly booking: BookingFacts;
}

interface BookedAtHospital {
  readonly result: 'booked';
  /** The hospital's own number. */
  readonly hospitalOrderNumber: string;
}
/** Nobody knows what became of the call. */
interface UnknownAtHospital {
  readonly result: 'unknown';
}

/** What a hospital made of a booking. `unsent`: it never heard of it. */
export type SharedBooking =
  | BookedAtHospital
  | UnknownAtHospital
  | { readonly result: 'refused'; readonly code: SharedRefusal }
  | { readonly result: 'unsent' };

/**
 * Hospitals in shared mode (资源共享), which decide themselves who gets a slot (F1.08–F1.13). An order is known by the
 * platform's number and is booked once at most, however often it is asked for. Answers never throw for what a hospital
 * says or fails to say.
 */
export interface SharedHospitals {
  /** Slots of a schedule that the hospital still has, a few seconds old; undefined when it cannot say just now. */
  freeSlots(key: ScheduleKey): Promise<ReadonlySet<string> | undefined>;
  /** Whether the hospital takes the card for that person. */
  checkCard(of: {
    readonly institutionCode: string;
    readonly personId: string;
    readonly cardId: string;
  }): Promise<'valid' | 'invalid' | 'unknown'>;
  book(order: SharedOrder): Promise<SharedBooking>;
  find(order: SharedOrder): Promise<BookedAtHospital | UnknownAtHospital | { readonly result: 'notBooked' }>;
  /** In one step: an order that is not booked can never be booked from then on; one that is stays. */
  voidOrder(
    order: SharedOrder,
  ): Promise<BookedAtHospital | UnknownAtHospital | { readonly result: 'voided' }>;
}

export const SHARED_HOSPITALS = Symbol('SharedHospitals');
/**
 * Hospitals whose slots are not offered because their interface is not verified. May lag by a moment: what was booked in
 * between stands.
 */
export interface Withholdings {
  covers(of: { readonly institutionCode: string; readonly kind: ScheduleKind }): Promise<boolean>;
}

export const SCHEDULE_REFERENCES = Symbol('ScheduleReferences');
export const BOOKING_POLICIES = Symbol('BookingPolicies');
export const SCHEDULE_BOOK = Symbol('ScheduleBook');
export const SLOT_CHOOSER = Symbol('SlotChooser');
export const WITHHOLDINGS = Symbol('Withholdings');
