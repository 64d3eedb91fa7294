import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { givenUpDeliveries } from '@qingpu/read-models-delivery-worklist/queries';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeskClient, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const people = new SyntheticPeople();
const person = people.grownUp();
let host: TestHost;
let hospital: PartnerClient;
let resident: BookingResident;

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital);
  resident = await BookingResident.register(host.url, 'newcomer-1', person);
});
afterAll(() => host.close());
afterEach(() => {
  host.host.hospitals?.reset();
  host.host.channels?.reset();
});

let schedules = 0;
const nextSchedule = (changes: Parameters<typeof sampleSchedule>[2] = {}) => {
  schedules += 1;
  return registerSchedule(
    hospital,
    sampleSchedule(hospital.partner.institutionCode, `S${schedules}`, {
      date: inDays(schedules),
      ...changes,
    }),
  );
};
const orderOf = (orderNumber: string) =>
  host.host.hospitals?.orders().find((order) => order.orderNumber === orderNumber);
const noticesOf = (orderNumber: string) =>
  (host.host.channels?.notices() ?? [])
    .map(({ content }) => content)
    .filter((content) => 'orderNumber' in content && content.orderNumber === orderNumber);

const heard = (orderNumber: string, state: 'booked' | 'cancelled' = 'booked') =>
  until(`the hospital knows ${orderNumber} as ${state}`, async () => {
    const order = orderOf(orderNumber);
    return order?.state === state && order;
  });

async function auditText(): Promise<string> {
  const folder = join(host.folder, 'data', 'audit');
  const files = await readdir(folder);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('');
}

describe('a booking', () => {
  it('reaches the hospital with who comes and under which card, and leaves a trace of the disclosure', async () => {
    const card = {
      personId: resident.personId,
      kind: 'healthCode',
      number: 'QP1234567890',
      institutionCode: null,
    };
    const { cardId } = (await resident.post('/api/residents/cards', card)).body as { cardId: string };
    const schedule = await nextSchedule();
    const { orderNumber, slotId } = await resident.book(schedule, { cardId });
    const order = await heard(orderNumber);
    expect(order.booked).toMatchObject({
      slotId,
      departmentCode: 'K03',
      person: { name: person.name, identityNumber: person.identityNumber, mobile: person.mobile },
      card: { kind: 'healthCode', number: 'QP1234567890' },
    });
    const audit = await auditText();
    expect(audit).toMatch(
      new RegExp(`DELIVER booking-order ${schedule.institutionCode}.*${resident.personId}`),
    );
    expect(audit).not.toContain(person.name);
  });

  it('is told to the service channels with a masked name and the sentence to send', async () => {
    const { orderNumber } = await resident.book(await nextSchedule());
    const [notice] = await until('the channels have the notice', async () => {
      const found = noticesOf(orderNumber);
      return found.length > 0 && found;
    });
    expect(notice).toMatchObject({
      occasion: 'booked',
      person: { maskedName: expect.stringMatching(/^.\*+$/), mobile: person.mobile },
      words: expect.stringMatching(/预约成功：.*08:00-08:15 内科 张三/),
    });
    expect(JSON.stringify(notice)).not.toContain(person.name);
  });

  it('and its cancellation reach hospital and channels in this order', async () => {
    const booking = await resident.book(await nextSchedule());
    const { orderNumber } = booking;
    await resident.cancel(booking);
    const { messages } = await heard(orderNumber, 'cancelled');
    expect(messages.map(({ state, passedOver }) => [state, passedOver])).toEqual([
      ['booked', false],
      ['cancelled', false],
    ]);
    await until('the channels have both', async () => noticesOf(orderNumber).length === 2);
    expect(noticesOf(orderNumber).map(({ occasion }) => occasion)).toEqual(['booked', 'cancelled']);
  });
});

describe('a hospital', () => {
  it.each([
    ['is down', { kind: 'status', status: 503, times: 1 }],
    ['takes the order and cuts the connection', { kind: 'drop', times: 1, recorded: true }],
    [
      'takes the order and says that it is another',
      { kind: 'lie', how: 'otherDelivery', times: 1, recorded: true },
    ],
    ['answers nonsense', { kind: 'lie', how: 'malformed', times: 1 }],
    ['answers only after the time-out', { kind: 'lag', ms: 600_000, times: 1 }],
  ] as const)('that %s has the order once in the end', async (_what, fault) => {
    const schedule = await nextSchedule();
    host.host.hospitals?.setFault(fault);
    const booking = await resident.book(schedule);
    await resident.cancel(booking);
    const { messages } = await heard(booking.orderNumber, 'cancelled');
    expect(messages.map(({ state, passedOver }) => [state, passedOver])).toEqual([
      ['booked', false],
      ['cancelled', false],
    ]);
  });

  it('that is down keeps neither the channels nor another hospital waiting', async () => {
    const other = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
    await registerHospital(other);
    const elsewhere = await registerSchedule(other, sampleSchedule(other.partner.institutionCode, 'E1'));
    host.host.hospitals?.setFault({
      kind: 'status',
      status: 503,
      institutionCode: hospital.partner.institutionCode,
    });
    const here = await resident.book(await nextSchedule());
    const there = await resident.book(elsewhere);
    await heard(there.orderNumber);
    await until('the channels know of both', async () =>
      [here, there].every(({ orderNumber }) => noticesOf(orderNumber).length > 0),
    );
    expect(orderOf(here.orderNumber)).toBeUndefined();
  });
});

describe('a person who was erased before the delivery', () => {
  it('is named to nobody, and the delivery ends there', async () => {
    const gone = people.grownUp();
    const leaving = await BookingResident.register(host.url, 'newcomer-2', gone);
    const schedule = await nextSchedule();
    host.host.hospitals?.setFault({ kind: 'status', status: 503 });
    host.host.channels?.setFault({ kind: 'status', status: 503 });
    const { orderNumber } = await leaving.book(schedule);
    const admin = await DeskClient.signIn(host.url, 'district-admin');
    const erasure = `/api/residents/desk/persons/${leaving.personId}/erasure`;
    const erased = await admin.send(
      'POST',
      erasure,
      { reason: '本人申请' },
      { 'idempotency-key': randomUUID() },
    );
    expect(erased.status).toBe(200);
    host.host.hospitals?.reset();
    host.host.channels?.reset();
    await until('both deliveries are given up', async () => {
      const given = await givenUpDeliveries(host.host.worklist, 100);
      return given.filter(({ fault }) => fault === 'person-erased').length === 2;
    });
    expect(orderOf(orderNumber)).toBeUndefined();
    expect(noticesOf(orderNumber)).toEqual([]);
  });
});
