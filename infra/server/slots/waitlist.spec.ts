import { randomUUID } from 'node:crypto';
import { personResultSchema } from '@qingpu/contracts/http/residents';
import { bookingResultSchema, type WaitlistItem, waitlistPageSchema } from '@qingpu/contracts/http/slots';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import {
  bookingBody,
  registerSchedule,
  SAMPLE_START,
  type SampleSchedule,
} from '../testing/sample-schedule.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';
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

interface Resident {
  readonly client: DeskClient;
  readonly personId: string;
}

async function residentOf(account: string): Promise<Resident> {
  const client = await DeskClient.signIn(host.url, account);
  const answer = await post(client, '/api/residents/registration', { person: typedIn(people.grownUp()) });
  return { client, personId: personResultSchema.parse(answer.body).personId };
}

function post(client: DeskClient, target: string, body: object, key: string = randomUUID()): Promise<Answer> {
  return client.send('POST', target, body, { 'idempotency-key': key });
}

function waitBody({ institutionCode, scheduleId }: SampleSchedule, { personId }: Resident) {
  return { institutionCode, scheduleId, personId, start: null };
}

async function mine({ client }: Resident, { scheduleId }: SampleSchedule): Promise<WaitlistItem | undefined> {
  const { body } = await client.get('/api/slots/waitlist?size=100');
  return waitlistPageSchema.parse(body).items.find((item) => item.scheduleId === scheduleId);
}

const stateOf = async (resident: Resident, schedule: SampleSchedule) =>
  (await mine(resident, schedule))?.state;

it('offers a slot that came back to who waited first, and to the next when it is given back', async () => {
  const schedule = await registerSchedule(hospital, 1);
  const [holder, first, second] = await Promise.all([
    residentOf('newcomer-1'),
    residentOf('newcomer-2'),
    residentOf('newcomer-3'),
  ]);
  const booked = await post(holder.client, '/api/slots/bookings', bookingBody(schedule, holder.personId));
  const { bookingId } = bookingResultSchema.parse(booked.body);
  expect((await post(first.client, '/api/slots/waitlist', waitBody(schedule, first))).status).toBe(201);
  expect((await post(second.client, '/api/slots/waitlist', waitBody(schedule, second))).status).toBe(201);
  await until('two wait', async () => (await mine(second, schedule))?.ahead === 1);
  expect(await mine(first, schedule)).toMatchObject({
    state: 'waiting',
    ahead: 0,
    offer: null,
    doctorTitle: expect.any(String),
  });

  expect((await post(holder.client, `/api/slots/bookings/${bookingId}/cancellation`, {})).status).toBe(200);
  await until('the first has an offer', async () => (await stateOf(first, schedule)) === 'offered');
  expect(await mine(first, schedule)).toMatchObject({ offer: { start: SAMPLE_START } });
  expect(await stateOf(second, schedule)).toBe('waiting');

  const entry = (await mine(first, schedule))?.entryId;
  const key = randomUUID();
  const left = await post(first.client, `/api/slots/waitlist/${entry}/departure`, {}, key);
  expect(left.status).toBe(200);
  expect((await post(first.client, `/api/slots/waitlist/${entry}/departure`, {}, key)).body).toEqual(
    left.body,
  );
  await until('the second has an offer', async () => (await stateOf(second, schedule)) === 'offered');

  const taken = (await mine(second, schedule))?.entryId;
  const strange = await post(first.client, `/api/slots/waitlist/${taken}/confirmation`, {});
  expect([strange.status, field(strange, 'code')]).toEqual([404, 'waitlist-entry-unknown']);
  const confirmed = await post(second.client, `/api/slots/waitlist/${taken}/confirmation`, {});
  expect(bookingResultSchema.parse(confirmed.body)).toMatchObject({ state: 'booked', slotId: 'S1' });
  await until('the second is served', async () => (await stateOf(second, schedule)) === 'served');
  const late = await post(holder.client, '/api/slots/bookings', bookingBody(schedule, holder.personId));
  expect([late.status, field(late, 'code')]).toEqual([409, 'sold-out']);
});

it('lets nobody wait for a stranger, or twice', async () => {
  const schedule = await registerSchedule(hospital, 1);
  const [own, other] = await Promise.all([residentOf('newcomer-4'), residentOf('newcomer-5')]);
  const foreign = await post(own.client, '/api/slots/waitlist', waitBody(schedule, other));
  expect([foreign.status, field(foreign, 'code')]).toEqual([403, 'foreign-person']);
  const key = randomUUID();
  const once = await post(own.client, '/api/slots/waitlist', waitBody(schedule, own), key);
  expect((await post(own.client, '/api/slots/waitlist', waitBody(schedule, own), key)).body).toEqual(
    once.body,
  );
  const twice = await post(own.client, '/api/slots/waitlist', waitBody(schedule, own));
  expect([twice.status, field(twice, 'code')]).toEqual([409, 'waiting-already']);
});
