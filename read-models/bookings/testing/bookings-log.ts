import type {
  BookingFacts,
  LandedOrder,
  LandingEvent,
  LedgerEvent,
  SlotEvent,
  SlotFacts,
  WaitlistEvent,
} from '@qingpu/contracts/events/slots';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { sampleBooking, sampleId, sampleSlotFacts } from '@qingpu/contracts/testing/sample-slots';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { type BookingsEvent, bookings } from '../projection.ts';
import { bookingsView } from '../view.ts';

export const INSTITUTION = sampleInstitutionCode(1);
export const OTHER = sampleInstitutionCode(2);
export const PERSON = sampleBooking(1).personId;
const KEY = { institutionCode: INSTITUTION, scheduleId: 'S1' };

/** Which stream an event stands in. */
function streamOf({ type, data }: BookingsEvent): string {
  if (type === 'OrdersLanded' || type === 'DifferenceSettled')
    return `landing-${data.institutionCode}.${data.date}`;
  if (type.startsWith('Waitlist') && 'entryId' in data)
    return `waitlist-${data.institutionCode}.${data.scheduleId}`;
  const place = 'slot' in data && type !== 'BookingClaimed' ? data.slot : data;
  if ('slotId' in place && 'scheduleId' in place && 'institutionCode' in place)
    return `slot-${place.institutionCode}.${place.scheduleId}.${place.slotId}`;
  return `ledger-${'personId' in data ? data.personId : ''}`;
}

export function bookingsLog(events: readonly BookingsEvent[]): ViewLog<BookingsEvent> {
  const log = new ViewLog(streamOf);
  for (const event of events) log.add(event);
  return log;
}

/** The view after these events. */
export async function viewAfter(events: readonly BookingsEvent[]) {
  const store = new FakeViewStore();
  await takeInto(bookings, store, bookingsLog(events).events);
  const reader = new ViewReader(bookingsView, store, new FakeCheckpoints(), async () => 0n);
  return { store, reader };
}

/* ---- events of slots: booking `number` is on slot N<number> unless said otherwise ---- */

export function slotOf(number: number, changes: Partial<SlotFacts> = {}): SlotFacts {
  return sampleSlotFacts({ slotId: `N${number}`, ...changes });
}

export function booked(
  number: number,
  slot: Partial<SlotFacts> = {},
  booking: Partial<BookingFacts> = {},
): SlotEvent {
  return {
    type: 'SlotBooked',
    data: { slot: slotOf(number, slot), booking: sampleBooking(number, booking), hospitalOrderNumber: null },
  };
}

export function held(
  number: number,
  purpose: 'prepayment' | 'shared' | 'waitlist' = 'prepayment',
  until = '2026-03-02T07:15:00.000+08:00',
): SlotEvent {
  return { type: 'SlotHeld', data: { slot: slotOf(number), booking: sampleBooking(number), purpose, until } };
}

export function named(number: number) {
  return { ...KEY, slotId: `N${number}`, bookingId: sampleId(number), personId: PERSON };
}

export function cancelled(
  number: number,
  outcome: 'cancelledByPatient' | 'lateCancelled' | 'cancelledByHospital' = 'cancelledByPatient',
): SlotEvent {
  const by = outcome === 'cancelledByHospital' ? 'hospital' : 'patient';
  return {
    type: 'BookingCancelled',
    data: { ...named(number), by, outcome, reason: '行程有变', returnsAt: null },
  };
}

export function displaced(number: number): SlotEvent {
  const { institutionCode, scheduleId, slotId, bookingId, personId } = named(number);
  const fence = { institutionCode, scheduleId, slotId, cause: 'suspension', causeId: sampleId(700) } as const;
  return { type: 'SlotFenced', data: { ...fence, displaced: { bookingId, personId } } };
}

export const checkedIn = (number: number, late = false): SlotEvent => ({
  type: 'PatientCheckedIn',
  data: { ...named(number), late },
});
export const registered = (number: number): SlotEvent => ({
  type: 'BookingRegistered',
  data: { ...named(number), registrationNumber: `G${number}` },
});
export const reported = (
  type: 'BookingFulfilled' | 'NoShowReported' | 'BookingUnreported' | 'HoldExpired',
  number: number,
): SlotEvent => ({ type, data: named(number) });
export const corrected = (number: number, to: 'fulfilled' | 'cancelledByHospital'): SlotEvent => ({
  type: 'OutcomeCorrected',
  data: { ...named(number), from: 'noShow', to, reason: '误报' },
});

/* ---- events of ledgers ---- */

export function claimed(
  number: number,
  override: { code: string; reason: string } | null = null,
): LedgerEvent {
  const booking = sampleBooking(number);
  return { type: 'BookingClaimed', data: { personId: PERSON, slot: slotOf(number), booking, override } };
}

export const rightsSuspended = (cause: 'noShow' | 'lateCancellation', until: string): LedgerEvent => ({
  type: 'RightsSuspended',
  data: {
    personId: PERSON,
    cause,
    bookingIds: [sampleId(1)],
    institutionCode: INSTITUTION,
    until,
    policyVersion: 'guidance@2026.1',
  },
});
export const rightsRestored: LedgerEvent = {
  type: 'RightsRestored',
  data: { personId: PERSON, cause: 'relief', reason: '住院治疗' },
};

type Block = Extract<LedgerEvent, { type: 'PersonBlocked' }>['data'];
export const blocked = (number: number, changes: Partial<Block> = {}): LedgerEvent => ({
  type: 'PersonBlocked',
  data: {
    personId: PERSON,
    blockId: sampleId(number),
    kind: 'scalping',
    source: INSTITUTION,
    scope: INSTITUTION,
    reason: '多次代约',
    from: '2026-03-01',
    until: null,
    ...changes,
  },
});
export const unblocked = (number: number): LedgerEvent => ({
  type: 'PersonUnblocked',
  data: { personId: PERSON, blockId: sampleId(number), reason: '查无实据' },
});

export const STATEMENT = { subject: `person:${PERSON}`, keyId: 'k1', box: 'c2VhbGVk' };
export const appealed = (number: number, kind: 'booking' | 'block', id: string): LedgerEvent => ({
  type: 'AppealFiled',
  data: { personId: PERSON, appealId: sampleId(number), subject: { kind, id }, statement: STATEMENT },
});
export const decided = (number: number, upheld: boolean): LedgerEvent => ({
  type: 'AppealDecided',
  data: { personId: PERSON, appealId: sampleId(number), upheld, reason: '情况属实' },
});

/* ---- waiting lists and landings ---- */

const entry = (number: number) => ({ ...KEY, entryId: sampleId(number), personId: PERSON });
const offer = (number: number) => ({ ...entry(number), slotId: 'N1', bookingId: sampleId(99) });
export const OFFERED_UNTIL = '2026-03-03T08:15:00.000+08:00';
export const waitlist = {
  joined: (number: number, personId = PERSON): WaitlistEvent => ({
    type: 'WaitlistJoined',
    data: { ...entry(number), personId, accountId: 'account-1', start: null },
  }),
  left: (number: number): WaitlistEvent => ({ type: 'WaitlistLeft', data: entry(number) }),
  offered: (number: number): WaitlistEvent => ({
    type: 'WaitlistOffered',
    data: { ...offer(number), until: OFFERED_UNTIL },
  }),
  lapsed: (number: number): WaitlistEvent => ({ type: 'WaitlistOfferLapsed', data: offer(number) }),
  served: (number: number): WaitlistEvent => ({ type: 'WaitlistServed', data: offer(number) }),
};

/** As the hospital has booking `number`. */
export function order(number: number, changes: Partial<LandedOrder> = {}): LandedOrder {
  const { orderNumber } = sampleBooking(number);
  return { orderNumber, scheduleId: 'S1', slotId: `N${number}`, state: 'booked', ...changes };
}

export function landed(
  orders: readonly LandedOrder[],
  { submission = 1, part = 1, parts = 1, date = '2026-03-16', institutionCode = INSTITUTION } = {},
): LandingEvent {
  const submissionId = sampleId(800 + submission);
  return {
    type: 'OrdersLanded',
    data: { institutionCode, date, submissionId, part, parts, orders: [...orders] },
  };
}

export const settled = (number: number): LandingEvent => ({
  type: 'DifferenceSettled',
  data: {
    institutionCode: INSTITUTION,
    date: '2026-03-16',
    orderNumber: sampleBooking(number).orderNumber,
    resolution: 'explained',
    reason: '窗口补录',
  },
});
