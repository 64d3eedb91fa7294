import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import type { ScheduleKind, Tier } from '@qingpu/contracts/codes/slot-tables';
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

export const SCHEDULE_REFERENCES = Symbol('ScheduleReferences');
export const BOOKING_POLICIES = Symbol('BookingPolicies');
export const SCHEDULE_BOOK = Symbol('ScheduleBook');
export const SLOT_CHOOSER = Symbol('SlotChooser');
