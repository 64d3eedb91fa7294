import { randomUUID } from 'node:crypto';
import {
  EventStoreDBClient,
  type JSONEventData,
  type JSONType,
  jsonEvent,
  NO_STREAM,
} from '@eventstore/db-client';
import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import { type SlotFacts, scheduleEvents, slotEvents } from '@qingpu/contracts/events/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { forEachConcurrently } from '@qingpu/data/concurrency';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import { guidancePolicy } from '@qingpu/domains-slots/booking-policy';
import { releasePlan } from '@qingpu/domains-slots/release-plan';
import { scheduleStream, slotStream } from '@qingpu/domains-slots/streams';

const FILLERS = 64;
/** What becomes of every slot, one event each. */
const LIFE = ['SlotBooked', 'PatientCheckedIn', 'BookingRegistered', 'BookingFulfilled'] as const;

/** How many events the schedules and the lives of their slots come to. */
export function eventsOf({ details }: ScheduleRegistration): number {
  return 1 + LIFE.length * details.intervals.reduce((sum, { slots }) => sum + slots.length, 0);
}

/** Writes schedules, and slots that were booked, checked in, registered and visited, straight into an event store. */
export async function fillWithSlots(
  url: string,
  schedules: readonly ScheduleRegistration[],
): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  let written = 0;
  const append = async (stream: string, events: JSONEventData[]) => {
    await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    written += events.length;
  };
  try {
    await forEachConcurrently(streamsOf(schedules), FILLERS, undefined, async ({ stream, events }) =>
      append(stream, events()),
    );
    return written;
  } finally {
    await client.dispose();
  }
}

interface Stream {
  readonly stream: string;
  /** Made when it is their turn. */
  readonly events: () => JSONEventData[];
}

function streamsOf(schedules: readonly ScheduleRegistration[]): Stream[] {
  return schedules.flatMap((schedule) => [
    { stream: scheduleStream(schedule), events: () => [registered(schedule)] },
    ...factsOf(schedule).map((slot) => ({ stream: slotStream(slot), events: () => lifeOf(slot) })),
  ]);
}

function registered(schedule: ScheduleRegistration): JSONEventData {
  return eventOf(scheduleEvents, 'ScheduleRegistered', {
    ...schedule,
    mode: 'hosted',
    sensitivity: 'usual',
    doctorTitle: null,
    plan: releasePlan(guidancePolicy, schedule.details.date),
  });
}

function factsOf({ institutionCode, scheduleId, details }: ScheduleRegistration): SlotFacts[] {
  const { departmentCode, clinicCode, doctorCode, kind, date, session, feeFen } = details;
  const place = { institutionCode, scheduleId, departmentCode, clinicCode, doctorCode };
  const sensitivity = 'usual' as const;
  return details.intervals.flatMap(({ start, end, slots }) =>
    slots.map(({ slotId, tier }) => {
      return { ...place, slotId, kind, date, session, start, end, feeFen, tier, sensitivity };
    }),
  );
}

function lifeOf(slot: SlotFacts): JSONEventData[] {
  const [bookingId, personId] = [randomUUID(), randomUUID()];
  const { institutionCode, scheduleId, slotId } = slot;
  const ofBooking = { institutionCode, scheduleId, slotId, bookingId, personId };
  const booking = {
    bookingId,
    orderNumber: `QP${bookingId.slice(0, 8)}`,
    personId,
    accountId: `bench-${personId}`,
    cardId: null,
    channel: 'districtPortal',
    policyVersion: guidancePolicy.version,
    replaces: null,
  };
  return [
    eventOf(slotEvents, 'SlotBooked', { slot, booking, hospitalOrderNumber: null }),
    eventOf(slotEvents, 'PatientCheckedIn', { ...ofBooking, late: false }),
    eventOf(slotEvents, 'BookingRegistered', { ...ofBooking, registrationNumber: `R${slotId}` }),
    eventOf(slotEvents, 'BookingFulfilled', ofBooking),
  ];
}

function eventOf(catalogue: EventCatalogue, type: string, data: unknown): JSONEventData {
  const definition = catalogue[type];
  if (!definition) throw new Error(`there is no event ${type}`);
  const id = randomUUID();
  return jsonEvent({
    id,
    type,
    data: definition.schema.parse(data) as JSONType,
    metadata: {
      schemaVersion: definition.version,
      commandId: id,
      bodyHmac: id,
      actor: { kind: 'system', id: 'bench' },
      correlationId: id,
      causationId: id,
      occurredAt: shanghaiTimestamp(new Date()),
    },
  });
}
