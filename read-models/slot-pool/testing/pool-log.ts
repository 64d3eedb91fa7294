import type { Tier } from '@qingpu/contracts/codes/slot-tables';
import type { ScheduleDetails, ScheduleEvent, SlotEvent, SlotFacts } from '@qingpu/contracts/events/slots';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import {
  sampleBooking,
  sampleId,
  samplePlan,
  sampleScheduleDetails,
  sampleSlotFacts,
} from '@qingpu/contracts/testing/sample-slots';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { slotPool } from '../projection.ts';
import { SlotPool } from '../queries.ts';
import { slotPoolView } from '../view.ts';

export type PoolEvent = ScheduleEvent | SlotEvent;
export const INSTITUTION = sampleInstitutionCode(1);

/** Which stream an event of the pool stands in. */
export function streamOf({ data }: PoolEvent): string {
  const { institutionCode, scheduleId, ...rest } = 'slot' in data ? data.slot : data;
  const slotId = 'slotId' in rest ? rest.slotId : undefined;
  const schedule = `${institutionCode}.${scheduleId}`;
  return slotId === undefined ? `schedule-${schedule}` : `slot-${schedule}.${slotId}`;
}

export function poolLog(events: readonly PoolEvent[]): ViewLog<PoolEvent> {
  const log = new ViewLog(streamOf);
  for (const event of events) log.add(event);
  return log;
}

/** The view after these events, and its queries. */
export async function poolAfter(events: readonly PoolEvent[]) {
  const store = new FakeViewStore();
  const log = poolLog(events);
  await takeInto(slotPool, store, log.events);
  const reader = new ViewReader(slotPoolView, store, new FakeCheckpoints(), async () => 0n);
  return { store, reader, pool: new SlotPool(reader), log };
}

/* ---- events ---- */

interface Key {
  readonly institutionCode: string;
  readonly scheduleId: string;
}
export const KEY: Key = { institutionCode: INSTITUTION, scheduleId: 'S1' };

export function registered(changes: Partial<ScheduleDetails> = {}, key: Partial<Key> = {}): PoolEvent {
  return { type: 'ScheduleRegistered', data: registration(changes, key) };
}

export function amended(changes: Partial<ScheduleDetails> = {}): PoolEvent {
  return { type: 'ScheduleAmended', data: registration(changes, {}) };
}

function registration(changes: Partial<ScheduleDetails>, key: Partial<Key>) {
  return {
    ...KEY,
    ...key,
    details: sampleScheduleDetails(changes),
    mode: 'hosted' as const,
    sensitivity: 'usual' as const,
    doctorTitle: '232' as const,
    plan: samplePlan(),
  };
}

export function suspended(slotIds: readonly string[], starts: readonly string[] | null = null): PoolEvent {
  const said = { cause: 'surgery', reason: '急诊手术', starts: starts && [...starts] } as const;
  return {
    type: 'ScheduleSuspended',
    data: { ...KEY, suspensionId: sampleId(700), ...said, slotIds: [...slotIds] },
  };
}

export function revoked(slotIds: readonly string[]): PoolEvent {
  return {
    type: 'SuspensionRevoked',
    data: { ...KEY, suspensionId: sampleId(700), reason: '手术取消', slotIds: [...slotIds] },
  };
}

export function withdrawn(slotIds: readonly string[]): PoolEvent {
  return {
    type: 'SlotsWithdrawn',
    data: { ...KEY, withdrawalId: sampleId(800), slotIds: [...slotIds], reason: '设备检修' },
  };
}

export function added(
  start: string,
  end: string,
  slots: readonly { slotId: string; tier: Tier }[],
): PoolEvent {
  return { type: 'SlotsAdded', data: { ...KEY, intervals: [{ start, end, slots: [...slots] }] } };
}

export const substituted: PoolEvent = {
  type: 'DoctorSubstituted',
  data: {
    ...KEY,
    substitutionId: sampleId(900),
    doctorCode: 'D2',
    doctorTitle: '231',
    cause: 'leave',
    reason: '请假',
  },
};

export const closed: PoolEvent = { type: 'ScheduleClosed', data: { ...KEY, reason: '提前结束' } };

export function booked(slotId: string, booking: number, slot: Partial<SlotFacts> = {}): PoolEvent {
  return {
    type: 'SlotBooked',
    data: {
      slot: sampleSlotFacts({ slotId, ...slot }),
      booking: sampleBooking(booking),
      hospitalOrderNumber: null,
    },
  };
}

export function held(slotId: string, booking: number): PoolEvent {
  return {
    type: 'SlotHeld',
    data: {
      slot: sampleSlotFacts({ slotId }),
      booking: sampleBooking(booking),
      purpose: 'prepayment',
      until: '2026-03-02T07:15:00.000+08:00',
    },
  };
}

/** The names of a slot's booking, as most events repeat them. */
export function ofBooking(slotId: string, booking: number) {
  return { ...KEY, slotId, bookingId: sampleId(booking), personId: sampleId(9_000_001) };
}

export function cancelled(
  slotId: string,
  booking: number,
  outcome: 'cancelledByPatient' | 'lateCancelled' | 'cancelledByHospital' = 'cancelledByPatient',
  returnsAt: string | null = '2026-03-10T09:20:00.000+08:00',
): PoolEvent {
  const by = outcome === 'cancelledByHospital' ? 'hospital' : 'patient';
  return {
    type: 'BookingCancelled',
    data: { ...ofBooking(slotId, booking), by, outcome, reason: '行程有变', returnsAt },
  };
}

export function fenced(
  slotId: string,
  displaced: number | null,
  cause: 'suspension' | 'withdrawal' = 'suspension',
): PoolEvent {
  const causeId = sampleId(cause === 'suspension' ? 700 : 800);
  const who = displaced === null ? null : { bookingId: sampleId(displaced), personId: sampleId(9_000_001) };
  return { type: 'SlotFenced', data: { ...KEY, slotId, cause, causeId, displaced: who } };
}

export function unfenced(slotId: string): PoolEvent {
  return { type: 'SlotUnfenced', data: { ...KEY, slotId, causeId: sampleId(700) } };
}
