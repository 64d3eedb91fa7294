import type { ScheduleDetails } from '@qingpu/contracts/events/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { type SyntheticInstitution, syntheticDistrict } from '@qingpu/data/district';
import { intervalsOf } from '@qingpu/data/schedules';

/** How large the world is that the bench books in. */
export interface WorldSize {
  readonly residents: number;
  /** Departments of the steady mix. */
  readonly departments: number;
  /** Slots of each quarter of an hour of the steady mix. */
  readonly perInterval: number;
  /** Slots that everybody rushes for. */
  readonly rushSlots: number;
}

/** A resident who is registered and signed in. */
export interface BenchResident {
  readonly accountId: string;
  readonly personId: string;
  /** Of the session's cookie. */
  readonly token: string;
  readonly csrfToken: string;
}

/** Where one slot can be had. */
export interface Seat {
  readonly institutionCode: string;
  readonly departmentCode: string;
  readonly scheduleId: string;
  readonly date: string;
  readonly start: string;
}

export interface BenchSchedules {
  readonly steady: readonly ScheduleRegistration[];
  readonly rush: readonly ScheduleRegistration[];
}

/** What was prepared, as it stands beside the platform's data. */
export interface World extends BenchSchedules {
  readonly size: WorldSize;
  readonly residents: readonly BenchResident[];
}

/** Every institution's rule has these days open to the public. */
const DAYS = 4;
const RUSH_INTERVALS = 10;
const RUSH_PER_INTERVAL = 10;
const PUBLIC_ONLY = { referral: 0, community: 0, contracted: 0, public: 100 };

/**
 * Schedules of general clinics in many departments, and those of one department more that all residents want at once.
 * Every slot is the public's and open.
 * @param today YYYY-MM-DD in Shanghai
 */
export function benchSchedules(size: WorldSize, today: string): BenchSchedules {
  const clinics = hostedClinics();
  const [rushClinic, ...others] = clinics;
  if (!rushClinic || others.length < size.departments)
    throw new RangeError(`the district has ${others.length} departments to book in`);
  const days = Array.from({ length: DAYS }, (_none, index) => plusDays(today, index + 1));
  return {
    steady: days.flatMap((date) =>
      others.slice(0, size.departments).flatMap((clinic) => bothSessions(clinic, date, size.perInterval)),
    ),
    rush: rushSchedules(rushClinic, days.at(-1) ?? today, size.rushSlots),
  };
}

type Clinic = SyntheticInstitution['entries']['clinic'][number];

/** General clinics, one a department, the institutions taking turns. */
function hostedClinics(): readonly Clinic[] {
  const hosted = syntheticDistrict().filter(
    ({ entries }) => entries.institution[0]?.details.slotMode === 'hosted',
  );
  const byInstitution = hosted.map(({ entries }) =>
    entries.clinic.filter(({ details }) => details.kind === 'general'),
  );
  const most = Math.max(...byInstitution.map(({ length }) => length));
  return Array.from({ length: most }, (_none, index) => index).flatMap((index) =>
    byInstitution.flatMap((clinics) => clinics[index] ?? []),
  );
}

function bothSessions(clinic: Clinic, date: string, perInterval: number): ScheduleRegistration[] {
  return (['morning', 'afternoon'] as const).map((session) =>
    scheduleOf(clinic, `B-${clinic.code}-${date.slice(8)}${session === 'morning' ? 'A' : 'P'}`.slice(-32), {
      date,
      session,
      intervals: intervalsOf(session, perInterval, PUBLIC_ONLY),
    }),
  );
}

function rushSchedules(clinic: Clinic, date: string, slots: number): ScheduleRegistration[] {
  const perSchedule = RUSH_INTERVALS * RUSH_PER_INTERVAL;
  return Array.from({ length: Math.ceil(slots / perSchedule) }, (_none, index) => {
    const left = Math.min(slots - index * perSchedule, perSchedule);
    const intervals = intervalsOf('morning', RUSH_PER_INTERVAL, PUBLIC_ONLY);
    const details = { date, session: 'morning' as const, intervals: firstSlots(intervals, left) };
    return scheduleOf(clinic, `RUSH-${index + 1}`, details);
  });
}

/** The first so many slots; the last interval may be left with fewer. */
function firstSlots(intervals: ScheduleDetails['intervals'], count: number): ScheduleDetails['intervals'] {
  let left = count;
  return intervals.flatMap((interval) => {
    const slots = interval.slots.slice(0, left);
    left -= slots.length;
    return slots.length === 0 ? [] : [{ ...interval, slots }];
  });
}

function scheduleOf(
  { institutionCode, code, details }: Clinic,
  scheduleId: string,
  when: Pick<ScheduleDetails, 'date' | 'session' | 'intervals'>,
): ScheduleRegistration {
  const { departmentCode, doctorCode, kind, feeFen, location } = details;
  const place = { departmentCode, clinicCode: code, doctorCode, kind, feeFen };
  return {
    institutionCode,
    scheduleId,
    details: { ...place, ...when, location: location === '' ? '门诊楼' : location },
  };
}

/** One seat for each slot, schedule by schedule. */
export function seatsOf(schedules: readonly ScheduleRegistration[]): Seat[] {
  return schedules.flatMap(({ institutionCode, scheduleId, details: { departmentCode, date, intervals } }) =>
    intervals.flatMap(({ start, slots }) =>
      slots.map(() => ({ institutionCode, departmentCode, scheduleId, date, start })),
    ),
  );
}

/** Names the interval of a seat. */
export function intervalKey({ institutionCode, scheduleId, start }: Seat): string {
  return `${institutionCode}.${scheduleId} ${start}`;
}
