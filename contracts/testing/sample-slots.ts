import type { Tier } from '../codes/slot-tables.ts';
import type { BookingFacts, ReleasePlan, ScheduleDetails, SlotFacts } from '../events/slots.ts';
import { sampleInstitutionCode } from './sample-directory.ts';

/** Made-up schedules, slots and bookings for specs. Every value fits its schema; nobody and nothing of them exists. */

/** A quarter of an hour with slots of these tiers; ids go on from `first` as N01, N02, … */
export function sampleInterval(start: string, end: string, tiers: readonly Tier[], first: number) {
  const slots = tiers.map((tier, index) => ({
    slotId: `N${String(first + index).padStart(2, '0')}`,
    tier,
  }));
  return { start, end, slots };
}

/** A morning of two quarters of an hour: N01 to N03 at 08:00, N04 to N06 at 08:15. */
export function sampleScheduleDetails(changes: Partial<ScheduleDetails> = {}): ScheduleDetails {
  return {
    departmentCode: 'K0304',
    clinicCode: 'C1',
    doctorCode: 'D1',
    kind: 'expert',
    date: '2026-03-16',
    session: 'morning',
    feeFen: 2500,
    location: '门诊楼2楼 心内科诊室',
    intervals: [
      sampleInterval('08:00', '08:15', ['public', 'public', 'community'], 1),
      sampleInterval('08:15', '08:30', ['public', 'community', 'referral'], 4),
    ],
    ...changes,
  };
}

/** The public two weeks before 2026-03-16 at 07:00, others five days earlier; what is left returns the day before. */
export function samplePlan(changes: Partial<ReleasePlan> = {}): ReleasePlan {
  const early = '2026-02-25T07:00:00.000+08:00';
  return {
    policyVersion: 'guidance@2026.1',
    opensAt: {
      referral: early,
      community: early,
      contracted: early,
      public: '2026-03-02T07:00:00.000+08:00',
    },
    returnsAt: '2026-03-15T07:00:00.000+08:00',
    ...changes,
  };
}

export function sampleSlotFacts(changes: Partial<SlotFacts> = {}): SlotFacts {
  return {
    institutionCode: sampleInstitutionCode(1),
    scheduleId: 'S1',
    slotId: 'N01',
    departmentCode: 'K0304',
    clinicCode: 'C1',
    doctorCode: 'D1',
    kind: 'expert',
    date: '2026-03-16',
    session: 'morning',
    start: '08:00',
    end: '08:15',
    feeFen: 2500,
    tier: 'public',
    sensitivity: 'usual',
    ...changes,
  };
}

/** Another number gives another id; the same number the same. */
export function sampleId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Booking `number` of person 1 through the district's portal. */
export function sampleBooking(number: number, changes: Partial<BookingFacts> = {}): BookingFacts {
  return {
    bookingId: sampleId(number),
    orderNumber: `QP${String(number).padStart(16, '0')}`,
    personId: sampleId(9_000_001),
    accountId: 'account-1',
    cardId: null,
    channel: 'districtPortal',
    policyVersion: 'guidance@2026.1',
    replaces: null,
    ...changes,
  };
}
