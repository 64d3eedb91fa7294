import type { Tier } from '@qingpu/contracts/codes/slot-tables';
import { TIERS } from '@qingpu/contracts/codes/slot-tables';
import type {
  DeskSchedule,
  DeskScheduleDetail,
  ScheduleItem,
  TracedSlot,
} from '@qingpu/contracts/http/slots';
import { scheduleAvailability } from './availability.ts';
import { type MaybeWithheld, type SlotNow, slotsNow } from './slots-now.ts';
import type { ScheduleDocument as StoredSchedule } from './view.ts';

type ScheduleDocument = StoredSchedule & MaybeWithheld;

/** Names of the directory: the host joins them by the codes beside them. `doctorTitle` comes as its code. */
type Names = 'institutionName' | 'departmentName' | 'clinicName' | 'doctorName';
type Nameless<Item> = Omit<Item, Names>;

export type ScheduleLine = Nameless<ScheduleItem>;
export type DeskScheduleLine = Nameless<DeskSchedule>;
export type SlotLine = Nameless<TracedSlot>;
export type DeskDetail = Omit<DeskScheduleDetail, 'schedule' | 'substitution' | 'asOf' | 'stale'> & {
  readonly schedule: DeskScheduleLine;
  readonly substitution: Omit<NonNullable<DeskScheduleDetail['substitution']>, 'doctorName'> | null;
};
export type ScheduleSummary = ReturnType<typeof summaryOf>;

/** Who sees whom, where and when. The doctor is whoever really comes. */
export function summaryOf(document: ScheduleDocument) {
  const { institutionCode, scheduleId, departmentCode, clinicCode, kind, date, session } = document;
  const { feeFen, location, substitution } = document;
  return {
    institutionCode,
    scheduleId,
    departmentCode,
    clinicCode,
    doctorCode: substitution?.doctorCode ?? document.doctorCode,
    doctorTitle: substitution?.doctorTitle ?? document.doctorTitle,
    kind,
    date,
    session,
    feeFen,
    location,
  };
}

export function scheduleLine(
  document: ScheduleDocument,
  tiers: readonly Tier[],
  now: Date,
  left?: ReadonlySet<string>,
): ScheduleLine {
  return {
    ...summaryOf(document),
    ...scheduleAvailability(document, tiers, now, left),
    substituted: document.substitution !== null,
  };
}

/** As staff see a schedule: bookability is the public's, `free` counts all quotas whether they are open yet or not. */
export function deskLine(document: ScheduleDocument, now: Date): DeskScheduleLine {
  const slots = slotsNow(document, now).filter(({ state }) => state !== 'withdrawn');
  const count = (state: SlotNow['state']) => slots.filter((slot) => slot.state === state).length;
  return {
    ...scheduleLine(document, ['public'], now),
    mode: document.mode,
    tiers: tierCounts(slots),
    booked: count('booked'),
    held: count('held'),
    fenced: count('fenced'),
    revision: document.revision,
  };
}

function tierCounts(slots: readonly SlotNow[]): DeskScheduleLine['tiers'] {
  const counts = (tier: Tier) => {
    const own = slots.filter((slot) => slot.tier === tier);
    return { total: own.length, free: own.filter(({ state }) => state === 'free').length };
  };
  const tiers = Object.keys(TIERS) as Tier[];
  return Object.fromEntries(tiers.map((tier) => [tier, counts(tier)])) as DeskScheduleLine['tiers'];
}

export function deskDetail(document: ScheduleDocument, now: Date): DeskDetail {
  const { plan, substitution } = document;
  return {
    schedule: deskLine(document, now),
    plan: { policyVersion: plan.policyVersion, opensAt: plan.opensAt, returnsAt: plan.returnsAt },
    slots: slotsNow(document, now).map(({ revision: _own, ...slot }) => slot),
    suspensions: Object.entries(document.suspensions ?? {})
      .map(([suspensionId, { cause, reason, starts, at, revokedAt }]) => ({
        suspensionId,
        cause,
        reason,
        starts: starts && [...starts],
        at,
        revoked: revokedAt !== undefined,
      }))
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    substitution: substitution && {
      doctorCode: substitution.doctorCode,
      reason: substitution.reason,
      at: substitution.at,
    },
  };
}

export function slotLine(document: ScheduleDocument, slot: SlotNow): SlotLine {
  const { slotId, start, end, tier, state, tag } = slot;
  return { ...summaryOf(document), slotId, start, end, tier, state, tag };
}
