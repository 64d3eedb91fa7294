import { randomUUID } from 'node:crypto';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { randomOf } from '@qingpu/data/random';
import type { PlannedBooking } from './booking-plan.ts';
import { wireRequest } from './http-connection.ts';
import type { BenchResident, Seat } from './world.ts';

function sessionHeaders({ token }: BenchResident): Record<string, string> {
  return { cookie: `qingpu_session=${token}` };
}

/** Residents book as the portal does it. */
export function bookingRequest(
  url: URL,
  residents: readonly BenchResident[],
  { resident, seat }: PlannedBooking,
): string {
  const who = residentAt(residents, resident);
  const headers = {
    ...sessionHeaders(who),
    'x-csrf-token': who.csrfToken,
    'idempotency-key': randomUUID(),
  };
  const { institutionCode, scheduleId, start } = seat;
  const body = JSON.stringify({ institutionCode, scheduleId, start, personId: who.personId });
  return wireRequest(url, 'POST /api/slots/bookings', headers, body);
}

export function residentAt(residents: readonly BenchResident[], index: number): BenchResident {
  const resident = residents[index];
  if (!resident) throw new RangeError(`there is no resident ${index}`);
  return resident;
}

/** What tells that the pool of slots knows a booking: the intervals of its schedule from its position on. */
export function intervalsAfter(url: URL, { institutionCode, scheduleId }: Seat, position: string): string {
  const path = `/api/slots/schedules/${institutionCode}/${scheduleId}/intervals?after=${position}`;
  return wireRequest(url, `GET ${path}`);
}

/** What tells that the view of bookings knows it: the resident's own list from its position on. */
export function bookingsAfter(url: URL, resident: BenchResident, position: string): string {
  return wireRequest(url, `GET /api/slots/bookings?size=1&after=${position}`, sessionHeaders(resident));
}

/**
 * What people look at before they book, without end: the days of a department, its schedules of a day, the intervals
 * of a schedule.
 */
export function* availabilityRequests(url: URL, schedules: readonly ScheduleRegistration[]) {
  const random = randomOf('availability');
  for (;;) {
    const { institutionCode, scheduleId, details } = random.pick(schedules);
    const place = `institution=${institutionCode}&department=${details.departmentCode}`;
    yield wireRequest(url, `GET /api/slots/days?${place}`);
    yield wireRequest(url, `GET /api/slots/schedules?${place}&date=${details.date}`);
    yield wireRequest(url, `GET /api/slots/schedules/${institutionCode}/${scheduleId}/intervals`);
  }
}
