import type { DoctorTitle, SlotMode } from '@qingpu/contracts/codes/directory-tables';
import type {
  Outcome,
  ScheduleKind,
  Session,
  SuspensionReason,
  Tier,
} from '@qingpu/contracts/codes/slot-tables';
import type { ReleasePlan, ScheduleDetails, Sensitivity } from '@qingpu/contracts/events/slots';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

export type Intervals = ScheduleDetails['intervals'];
export type FenceCause = 'suspension' | 'withdrawal';

/**
 * What has happened to one slot, each field as the newest event left it. A slot that nobody has touched has none.
 * `free` after a cancellation, an expired hold or a suspension; `closed` when the visit took place or was missed.
 */
export interface SlotRecord {
  /** Revision of the slot's own stream; missing while only its schedule has spoken of it. */
  readonly revision?: number;
  readonly step?: 'held' | 'booked' | 'closed' | 'free';
  readonly checkedIn?: boolean;
  readonly registered?: boolean;
  /** The newest booking or hold, whether it lives or not. */
  readonly bookingId?: string;
  /** How its bookings ended, by their ids. */
  readonly outcomes?: Readonly<Record<string, Outcome>>;
  /** When a cancelled slot may be had again; ISO 8601. */
  readonly returnsAt?: string | null;
  /** Fences by the id of the suspension or withdrawal; null once lifted. */
  readonly fences?: Readonly<Record<string, FenceCause | null>>;
}

export interface Suspension {
  readonly cause: SuspensionReason;
  readonly reason: string;
  readonly starts: readonly string[] | null;
  readonly at: string;
  /** Missing until it is revoked. */
  readonly revokedAt?: string;
}

export interface Substitution {
  readonly substitutionId: string;
  readonly doctorCode: string;
  readonly doctorTitle: DoctorTitle;
  readonly cause: SuspensionReason;
  readonly reason: string;
  readonly at: string;
}

/** One schedule with everything that is known of its slots; `_id` is its stream, `guard` the log position. */
export interface ScheduleDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly departmentCode: string;
  readonly clinicCode: string | null;
  /** The doctor as registered. */
  readonly doctorCode: string | null;
  readonly doctorTitle: DoctorTitle | null;
  /** The doctor who comes instead; null without substitution. */
  readonly substituteCode: string | null;
  readonly substitution: Substitution | null;
  readonly kind: ScheduleKind;
  readonly date: string;
  readonly session: Session;
  readonly feeFen: number;
  readonly location: string;
  readonly mode: SlotMode;
  readonly sensitivity: Sensitivity;
  readonly plan: ReleasePlan;
  /** As registered or amended last, at `detailsRevision`; what was added since stands in `added`. */
  readonly intervals: Intervals;
  readonly slotIds: readonly string[];
  readonly detailsRevision: number;
  readonly added?: Readonly<Record<string, { readonly revision: number; readonly intervals: Intervals }>>;
  /** Orders and bounds all lists: date, first start, stream. */
  readonly visitKey: string;
  readonly closed: { readonly reason: string; readonly at: string } | null;
  readonly suspensions?: Readonly<Record<string, Suspension>>;
  readonly slots?: Readonly<Record<string, SlotRecord>>;
  /** Revision of the schedule's stream. */
  readonly revision: number;
  readonly registeredAt: string;
}

/** Slots that came later, so that they are found by their ids; `_id` is the event's id. */
export interface AdditionDocument extends ViewDocument {
  readonly schedule: string;
  readonly slotIds: readonly string[];
}

/** What is to be recorded at its time: a quota opens, or what is left of all returns to the public. */
export interface ReleaseStepDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly step: ReleaseStep;
  readonly plannedAt: string;
  /** The same in milliseconds since 1970. */
  readonly dueAt: number;
  /** Recorded, or no longer to be recorded because the schedule was closed. */
  readonly settled: boolean;
}
export type ReleaseStep = Tier | 'return';

export const slotPoolView: ViewDefinition = {
  name: VIEW_NAMES.slotPool,
  version: 1,
  collections: {
    schedules: [
      { keys: { visitKey: 1 } },
      { keys: { institutionCode: 1, visitKey: 1 } },
      { keys: { institutionCode: 1, departmentCode: 1, visitKey: 1 } },
      { keys: { departmentCode: 1, visitKey: 1 } },
      { keys: { doctorCode: 1, visitKey: 1 } },
      { keys: { substituteCode: 1, visitKey: 1 } },
      { keys: { clinicCode: 1, visitKey: 1 } },
      { keys: { scheduleId: 1, visitKey: 1 } },
      { keys: { slotIds: 1, visitKey: 1 } },
      { keys: { guard: 1 } },
    ],
    additions: [{ keys: { slotIds: 1 } }],
    release_steps: [{ keys: { settled: 1, dueAt: 1 } }],
  },
};
