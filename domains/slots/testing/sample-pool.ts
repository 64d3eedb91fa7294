import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { BookingFacts, ScheduleDetails, SlotFacts } from '@qingpu/contracts/events/slots';
import { shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import type { ScheduleFacts } from '../schedule-facts.ts';

/* A made-up schedule of one morning for specs, under the district's guidance: nobody and nothing of it exists. */

export const institutionCode = sampleInstitutionCode(1);
export const scheduleKey = { institutionCode, scheduleId: 'P1' };
export const slotKey = { ...scheduleKey, slotId: 'A1' };

/** Day of the visits. */
export const DAY = '2026-03-16';
/** By the guidance: 14 days before at 07:00. */
export const PUBLIC_OPENS = '2026-03-02T07:00:00.000+08:00';
/** Five days earlier. */
export const EARLY_OPENS = '2026-02-25T07:00:00.000+08:00';
export const RETURNS = '2026-03-15T07:00:00.000+08:00';

/** An instant by the Shanghai clock; `clockTime` HH:mm. */
export const at = (date: string, clockTime: string): Date => shanghaiInstant(date, clockTime);

/** Two quarters of an hour: A1 (public) and A2 (community) at 08:00, B1 (public) at 08:15. */
export function sampleDetails(changes: Partial<ScheduleDetails> = {}): ScheduleDetails {
  return {
    departmentCode: 'K0304',
    clinicCode: 'C1',
    doctorCode: 'D1',
    kind: 'expert',
    date: DAY,
    session: 'morning',
    feeFen: 2500,
    location: '门诊楼3层',
    intervals: [
      {
        start: '08:00',
        end: '08:15',
        slots: [
          { slotId: 'A1', tier: 'public' },
          { slotId: 'A2', tier: 'community' },
        ],
      },
      { start: '08:15', end: '08:30', slots: [{ slotId: 'B1', tier: 'public' }] },
    ],
    ...changes,
  };
}

export const knownFacts: ScheduleFacts = {
  mode: 'hosted',
  sensitivity: 'usual',
  clinicActive: true,
  doctorTitle: '232',
};

export function sampleSlot(changes: Partial<SlotFacts> = {}): SlotFacts {
  const { departmentCode, clinicCode, doctorCode, kind, date, session, feeFen } = sampleDetails();
  const place = { ...slotKey, departmentCode, clinicCode, doctorCode };
  const time = { kind, date, session, start: '08:00', end: '08:15', feeFen };
  return { ...place, ...time, tier: 'public', sensitivity: 'usual', ...changes };
}

/** Another number, another id. */
export function idOf(number: number): string {
  return `3d5f2a10-7c4e-4b6d-8f21-${String(number).padStart(12, '0')}`;
}

export const personId = idOf(900);

export function sampleBooking(number: number, changes: Partial<BookingFacts> = {}): BookingFacts {
  const bookingId = idOf(number);
  return {
    bookingId,
    orderNumber: orderNumberOf(bookingId),
    personId,
    accountId: 'account-1',
    cardId: null,
    channel: 'districtPortal',
    policyVersion: 'booking-guidance@2026.1',
    replaces: null,
    ...changes,
  };
}

/** What comes around a command; another number, another command. */
export function sampleEnvelope(number: number): CommandEnvelope {
  const commandId = idOf(100_000 + number);
  const actor = { kind: 'staff', id: 'staff-1' } as const;
  return { commandId, bodyHmac: commandId, actor, correlationId: 'c', causationId: 'c' };
}
