import { randomUUID } from 'node:crypto';
import { bookingResultSchema, type WaitlistItem, waitlistPageSchema } from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

let host: TestHost;
let hospital: PartnerClient;
const people = new SyntheticPeople();

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital);
});
afterAll(() => host.close());

const residentOf = (account: string) => BookingResident.register(host.url, account, people.grownUp());

/** A schedule with one slot at 08:00. */
function smallSchedule(): Promise<ScheduleRegistration> {
  const scheduleId = `W-${randomUUID().slice(0, 8)}`;
  return registerSchedule(
    hospital,
    sampleSchedule(hospital.partner.institutionCode, scheduleId, { slots: 1 }),
  );
}

function waitBody({ institutionCode, scheduleId }: ScheduleRegistration, { personId }: BookingResident) {
  return { institutionCode, scheduleId, personId, start: null };
}

async function mine(
  { client }: BookingResident,
  { scheduleId }: ScheduleRegistration,
): Promise<WaitlistItem | undefined> {
  const { body } = await client.get('/api/slots/waitlist?size=100');
  return waitlistPageSchema.parse(body).items.find((item) => item.scheduleId === scheduleId);
}

const stateOf = async (resident: BookingResident, schedule: ScheduleRegistration) =>
  (await mine(resident, schedule))?.state;

it('offers a slot that came back to who waited first, and to the next when it is given back', async () => {
  const schedule = await smallSchedule();
  const [holder, first, second] = await Promise.all([
    residentOf('newcomer-1'),
    residentOf('newcomer-2'),
    residentOf('newcomer-3'),
  ]);
  const booking = await holder.book(schedule);
  expect((await first.post('/api/slots/waitlist', waitBody(schedule, first))).status).toBe(201);
  expect((await second.post('/api/slots/waitlist', waitBody(schedule, second))).status).toBe(201);
  await until('two wait', async () => (await mine(second, schedule))?.ahead === 1);
  expect(await mine(first, schedule)).toMatchObject({
    state: 'waiting',
    ahead: 0,
    offer: null,
    doctorTitle: expect.any(String),
  });

  await holder.cancel(booking);
  await until('the first has an offer', async () => (await stateOf(first, schedule)) === 'offered');
  expect(await mine(first, schedule)).toMatchObject({ offer: { start: '08:00' } });
  expect(await stateOf(second, schedule)).toBe('waiting');

  const entry = (await mine(first, schedule))?.entryId;
  const key = randomUUID();
  const left = await first.post(`/api/slots/waitlist/${entry}/departure`, {}, key);
  expect(left.status).toBe(200);
  expect((await first.post(`/api/slots/waitlist/${entry}/departure`, {}, key)).body).toEqual(left.body);
  await until('the second has an offer', async () => (await stateOf(second, schedule)) === 'offered');

  const taken = (await mine(second, schedule))?.entryId;
  const strange = await first.post(`/api/slots/waitlist/${taken}/confirmation`, {});
  expect([strange.status, field(strange, 'code')]).toEqual([404, 'waitlist-entry-unknown']);
  const confirmed = await second.post(`/api/slots/waitlist/${taken}/confirmation`, {});
  expect(bookingResultSchema.parse(confirmed.body)).toMatchObject({
    state: 'booked',
    slotId: booking.slotId,
  });
  await until('the second is served', async () => (await stateOf(second, schedule)) === 'served');
  await expect(holder.book(schedule)).rejects.toThrow('sold-out');
});

it('lets nobody wait for a stranger, or twice', async () => {
  const schedule = await smallSchedule();
  const [own, other] = await Promise.all([residentOf('newcomer-4'), residentOf('newcomer-5')]);
  const foreign = await own.post('/api/slots/waitlist', waitBody(schedule, other));
  expect([foreign.status, field(foreign, 'code')]).toEqual([404, 'person-unknown']);
  const key = randomUUID();
  const once = await own.post('/api/slots/waitlist', waitBody(schedule, own), key);
  expect((await own.post('/api/slots/waitlist', waitBody(schedule, own), key)).body).toEqual(once.body);
  const twice = await own.post('/api/slots/waitlist', waitBody(schedule, own));
  expect([twice.status, field(twice, 'code')]).toEqual([409, 'waiting-already']);
});
