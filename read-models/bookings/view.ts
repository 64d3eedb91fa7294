import type { BlockKind, CANCELLED_BY, Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { BookingFacts, LandedOrder, SlotFacts } from '@qingpu/contracts/events/slots';
import type { Actor } from '@qingpu/contracts/events/stored-event';
import type { BOOKING_STATES } from '@qingpu/contracts/http/slots';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

export type BookingState = keyof typeof BOOKING_STATES;
/** How far a booking is, whatever the visit itself has come to. `pending` waits for the hospital's answer. */
export type Phase = 'pending' | 'held' | 'booked' | 'closed';
export type HoldPurpose = 'prepayment' | 'shared' | 'waitlist';
export type StepName = 'held' | 'booked' | 'checkedIn' | 'registered' | 'ended' | 'corrected' | 'rehomed';

/** One thing that happened to a booking, for its timeline; what does not apply is missing. */
export interface Step {
  readonly what: StepName;
  readonly at: string;
  readonly actor: Actor;
  /** Place in the log. */
  readonly position: bigint;
  /** With `ended` and `corrected`: how the booking ended from then on. */
  readonly outcome?: Outcome;
  readonly by?: keyof typeof CANCELLED_BY;
  readonly reason?: string;
  /** The stable code of why a hospital in shared mode did not confirm it. */
  readonly refusal?: string;
  /** The suspension that called it off. */
  readonly causeId?: string;
  readonly late?: boolean;
}

/** One booking, or hold, with all that its slot says of it; `_id` is the booking's id, `guard` the log position. */
export interface BookingDocument extends ViewDocument {
  readonly slot: SlotFacts;
  readonly booking: BookingFacts;
  /** Orders and bounds all lists: date, start, booking. */
  readonly visitKey: string;
  readonly phase: Phase;
  /** Set once the booking is over. */
  readonly outcome: Outcome | null;
  readonly checkedIn: boolean;
  readonly registered: boolean;
  readonly late: boolean;
  /** Why it was held first; missing when it was booked at once. */
  readonly purpose?: HoldPurpose;
  /** Until when it is held, in milliseconds since 1970; null once it is booked. */
  readonly heldUntil: number | null;
  /** When the slot was booked; before that, when it was held. */
  readonly bookedAt: string;
  readonly updatedAt: string;
  readonly hospitalOrderNumber: string | null;
  readonly registrationNumber: string | null;
  readonly rehomedTo: string | null;
  /** Revision of its slot's stream when it last spoke of the booking. */
  readonly slotRevision: number;
  /** By their places in the log: `p<position>`. */
  readonly steps: Readonly<Record<string, Step>>;
  /** What the person's ledger counts it as; missing while it counts as active. `on` is the day that counts. */
  readonly closure?: { readonly outcome: Outcome; readonly on: string; readonly corrected?: string };
}

/** A claim on a person's ledger; `_id` is the booking's id. */
export interface ClaimDocument extends ViewDocument {
  readonly personId: string;
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly state: 'open' | 'settled' | 'released';
  /** In milliseconds since 1970. */
  readonly claimedAt: number;
  /** Why staff let it pass although a rule stood against it. */
  readonly override: { readonly code: string; readonly reason: string } | null;
  /** Why it was released; null unless it was. */
  readonly cause: string | null;
}

export interface RightsSuspension {
  readonly cause: 'noShow' | 'lateCancellation';
  readonly bookingIds: readonly string[];
  readonly institutionCode: string;
  /** The first day on which the person may book again. */
  readonly until: string;
  readonly policyVersion: string;
  readonly at: string;
  readonly position: bigint;
}

/** One person's right to book; `_id` is the person's id. Restoring lifts every suspension before it. */
export interface StandingDocument extends ViewDocument {
  /** By their places in the log: `p<position>`. */
  readonly suspensions?: Readonly<Record<string, RightsSuspension>>;
  readonly restored?: {
    readonly cause: 'relief' | 'correction' | 'appeal';
    readonly reason: string;
    readonly at: string;
    readonly position: bigint;
  };
}

/**
 * One entry of the black list; `_id` is the block's id. What suspended a person's rights for no-shows stands here too, the
 * newest of each person under the person's id. Where nothing but a relief of rights was told, only its fields are there.
 */
export interface BlockDocument extends ViewDocument {
  readonly personId: string;
  readonly kind: BlockKind;
  readonly source: string;
  readonly scope: string;
  /** Whether it came by the rule for no-shows, and not by somebody's decision. */
  readonly automatic: boolean;
  readonly reason: string;
  readonly from: string;
  readonly until: string | null;
  readonly lifted: boolean;
  readonly liftedReason: string | null;
  /** Newest first: day and id. */
  readonly listKey: string;
}

/** One appeal; `_id` is its id. What the person says stays sealed. */
export interface AppealDocument extends ViewDocument {
  readonly personId: string;
  readonly subject: { readonly kind: 'booking' | 'block'; readonly id: string };
  readonly statement: Sealed;
  readonly filedAt: string;
  readonly state: 'filed' | 'upheld' | 'dismissed';
  readonly decisionReason: string | null;
  /** Orders lists: time and id. */
  readonly listKey: string;
}

/** Who waits for a slot of a schedule; `_id` is the entry's id. */
export interface WaitlistDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly personId: string;
  readonly accountId: string | null;
  readonly start: string | null;
  readonly state: 'waiting' | 'offered' | 'served' | 'left' | 'over';
  /** Place in the log where the person joined, in 20 digits: who joined before is served before. */
  readonly joinedAt: string;
  readonly offer: { readonly slotId: string; readonly bookingId: string; readonly until: string } | null;
}

/** What a hospital submitted last of one day's orders; `_id` is the landing's stream. */
export interface LandingDayDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly date: string;
  readonly submissionId: string;
  readonly parts: number;
}

/** One part of a submission; `_id` names stream, submission and part. */
export interface LandedPartDocument extends ViewDocument {
  readonly landing: string;
  readonly submissionId: string;
  readonly part: number;
  readonly orders: readonly LandedOrder[];
  readonly position: bigint;
}

/** What was decided about a difference; `_id` names the landing's stream and the order. */
export interface SettlementDocument extends ViewDocument {
  readonly landing: string;
  readonly orderNumber: string;
  readonly resolution: 'platformRight' | 'hospitalRight' | 'explained';
  readonly reason: string;
  readonly position: bigint;
}

export const bookingsView: ViewDefinition = {
  name: VIEW_NAMES.bookings,
  version: 2,
  collections: {
    bookings: [
      { keys: { visitKey: 1 } },
      { keys: { 'booking.personId': 1, visitKey: 1 } },
      { keys: { 'slot.institutionCode': 1, visitKey: 1 } },
      { keys: { 'slot.departmentCode': 1, visitKey: 1 } },
      { keys: { 'slot.scheduleId': 1, visitKey: 1 } },
      { keys: { 'booking.orderNumber': 1 } },
      { keys: { hospitalOrderNumber: 1 } },
      { keys: { phase: 1, visitKey: 1 } },
      { keys: { phase: 1, heldUntil: 1 } },
      { keys: { 'booking.accountId': 1, guard: 1 } },
    ],
    claims: [{ keys: { state: 1, claimedAt: 1 } }],
    standings: [],
    blocks: [
      { keys: { lifted: 1, listKey: 1 } },
      { keys: { personId: 1, listKey: 1 } },
      { keys: { listKey: 1 } },
    ],
    appeals: [
      { keys: { state: 1, listKey: 1 } },
      { keys: { listKey: 1 } },
      { keys: { 'subject.id': 1 } },
      { keys: { personId: 1, listKey: 1 } },
    ],
    waitlist: [
      { keys: { personId: 1, joinedAt: 1 } },
      { keys: { institutionCode: 1, scheduleId: 1, state: 1, joinedAt: 1 } },
    ],
    landing_days: [{ keys: { institutionCode: 1, date: 1 } }, { keys: { date: 1 } }],
    landed_parts: [{ keys: { landing: 1, submissionId: 1 } }],
    settlements: [{ keys: { landing: 1 } }],
  },
};
