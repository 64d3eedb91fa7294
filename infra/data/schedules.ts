import type { Session, Tier } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleDetails } from '@qingpu/contracts/events/slots';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import type { SyntheticInstitution } from './district.ts';
import { randomOf } from './random.ts';

type Clinic = Registration<'clinic'>;
type Quota = Readonly<Record<Tier, number>>;

/** How often a kind of clinic is held, and how many patients it takes in a quarter of an hour. */
interface Rhythm {
  /** Half-days a week; every half-day of the working week when left out. */
  readonly halfDays?: number;
  readonly perInterval: number;
}

const RHYTHMS: Readonly<Record<Clinic['details']['kind'], Rhythm>> = {
  general: { perInterval: 2 },
  disease: { halfDays: 2, perInterval: 2 },
  expert: { halfDays: 3, perInterval: 1 },
  special: { halfDays: 1, perInterval: 1 },
};

const INTERVAL_MINUTES = 15;
const HOURS: Readonly<Record<'morning' | 'afternoon', readonly [from: string, until: string]>> = {
  morning: ['08:00', '11:30'],
  afternoon: ['13:30', '16:30'],
};
const HALF_DAYS = [1, 2, 3, 4, 5].flatMap((weekday) => [
  { weekday, session: 'morning' as const },
  { weekday, session: 'afternoon' as const },
]);
const DAY_MS = 86_400_000;
/** What an institution without a filed rule keeps: everything for the public. */
const NO_QUOTA: Quota = { referral: 0, community: 0, contracted: 0, public: 100 };

export interface SchedulesOptions {
  /** First day of visits, YYYY-MM-DD. */
  readonly from: string;
  readonly days: number;
}

/**
 * The schedules of an institution for a span of days: general clinics every half-day of the working week, others on
 * some half-days that stay the same every week. The same institution and day always give the same schedules.
 */
export function schedulesOf(
  institution: SyntheticInstitution,
  { from, days }: SchedulesOptions,
): readonly ScheduleRegistration[] {
  const quota = institution.entries.bookingRule[0]?.details.quotaPercent ?? NO_QUOTA;
  return Array.from({ length: days }, (_none, index) => dayAfter(from, index)).flatMap((date) =>
    institution.entries.clinic.flatMap((clinic) =>
      sessionsOf(clinic, weekdayOf(date)).map((session) => scheduleOf(clinic, date, session, quota)),
    ),
  );
}

function sessionsOf(clinic: Clinic, weekday: number): readonly ('morning' | 'afternoon')[] {
  const { halfDays } = RHYTHMS[clinic.details.kind];
  const held =
    halfDays === undefined
      ? HALF_DAYS
      : randomOf(`${clinic.institutionCode}/${clinic.code}/half-days`).sample(HALF_DAYS, halfDays);
  return held.filter((half) => half.weekday === weekday).map(({ session }) => session);
}

function scheduleOf(
  { institutionCode, code, details }: Clinic,
  date: string,
  session: 'morning' | 'afternoon',
  quota: Quota,
): ScheduleRegistration {
  return {
    institutionCode,
    scheduleId: `${code}-${date.slice(2).replaceAll('-', '')}${session === 'morning' ? 'A' : 'P'}`,
    details: {
      departmentCode: details.departmentCode,
      clinicCode: code,
      doctorCode: details.doctorCode,
      kind: details.kind,
      date,
      session: session satisfies Session,
      feeFen: details.feeFen,
      location: details.location === '' ? '门诊楼' : details.location,
      intervals: intervalsOf(session, RHYTHMS[details.kind].perInterval, quota),
    },
  };
}

/** Quarters of an hour; the quota is spread evenly over them, each share rounded down and the rest left to the public. */
export function intervalsOf(
  session: 'morning' | 'afternoon',
  perInterval: number,
  quota: Quota,
): ScheduleDetails['intervals'] {
  const [from, until] = HOURS[session];
  const count = (minutesOf(until) - minutesOf(from)) / INTERVAL_MINUTES;
  const tiers = tiersOf(count * perInterval, quota);
  return Array.from({ length: count }, (_none, index) => ({
    start: clockOf(minutesOf(from) + index * INTERVAL_MINUTES),
    end: clockOf(minutesOf(from) + (index + 1) * INTERVAL_MINUTES),
    slots: Array.from({ length: perInterval }, (_slot, place) => {
      const number = index * perInterval + place;
      return { slotId: `N${String(number + 1).padStart(3, '0')}`, tier: tiers[number] ?? 'public' };
    }),
  }));
}

/** The tier of each of `total` slots: every tier comes round as regularly as its share allows. */
function tiersOf(total: number, quota: Quota): readonly Tier[] {
  const kept = (['referral', 'community', 'contracted'] as const).map((tier) => ({
    tier,
    count: Math.floor((total * quota[tier]) / 100),
  }));
  const tiers: Tier[] = Array.from({ length: total }, () => 'public');
  for (const { tier, count } of kept) {
    const open = tiers.flatMap((each, index) => (each === 'public' ? [index] : []));
    for (let n = 0; n < count; n += 1) {
      const place = open[Math.floor((n * open.length) / count)];
      if (place !== undefined) tiers[place] = tier;
    }
  }
  return tiers;
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 is Sunday. */
function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}
