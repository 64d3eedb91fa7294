import { randomUUID } from 'node:crypto';
import { type ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import {
  type IdentityRegisterSimulator,
  startIdentityRegisterSimulator,
} from '@qingpu/simulators/identity-register-simulator';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';

/* An installation to which no payment gateway is connected. */

const people = new SyntheticPeople();
const KEY = 'key-of-the-payment-specs';
let register: IdentityRegisterSimulator;
let host: TestHost;
let hospital: PartnerClient;
let resident: BookingResident;

beforeAll(async () => {
  const person = people.grownUp();
  register = await startIdentityRegisterSimulator({ apiKey: KEY, people: [person] });
  host = await startTestHost({
    QINGPU_SIMULATORS: 'false',
    QINGPU_IDENTITY_REGISTER_URL: register.url,
    QINGPU_IDENTITY_REGISTER_KEY: KEY,
  });
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital);
  resident = await BookingResident.register(host.url, 'newcomer-1', person);
});
afterAll(async () => {
  await host?.close();
  await register?.close();
});
afterEach(() => {
  vi.useRealTimers();
});

async function registeredOn(date: string, feeFen: number) {
  const schedule: ScheduleRegistration = sampleSchedule(
    hospital.partner.institutionCode,
    `N-${randomUUID().slice(0, 8)}`,
    { date, feeFen },
  );
  const { bookingId } = await resident.book(await registerSchedule(hospital, schedule));
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(new Date(`${date}T07:30:00+08:00`));
  const client = await DeskClient.signIn(host.url, 'newcomer-1');
  const answer = await client.send(
    'POST',
    `/api/slots/bookings/${bookingId}/registration`,
    {},
    {
      'idempotency-key': randomUUID(),
    },
  );
  vi.useRealTimers();
  return answer;
}

it('says where to pay instead, and registers what is free', async () => {
  const due = await registeredOn(inDays(1), 2500);
  expect([due.status, field(due, 'code')]).toEqual([503, 'payments-not-connected']);
  expect(field(due, 'detail')).toContain('窗口');
  const free = await registeredOn(inDays(2), 0);
  expect([free.status, field(free, 'payment')]).toEqual([200, null]);
});

it('believes no report of a payment', async () => {
  const report = await hospital.post('/api/partner/v1/payment-results', {});
  expect([report.status, field(report, 'code')]).toEqual([401, 'signature-invalid']);
});
