import { randomUUID } from 'node:crypto';
import {
  type BookingResult,
  bookingDetailSchema,
  bookingResultSchema,
  differencePageSchema,
  intervalsSchema,
  schedulesPageSchema,
} from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import type { HospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { sharedScheduleOf } from '@qingpu/simulators/shared-book';
import type { SharedFaultOrder } from '@qingpu/simulators/shared-desk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital, SAMPLE_CODES } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

/* A hospital in shared mode over HTTP, as it should be and as it should not (F1.08–F1.15). */

const SLOTS = 2;
let host: TestHost;
let hospital: PartnerClient;
let resident: BookingResident;
let system: HospitalSimulator;
let day = 0;

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  await registerHospital(hospital, { slotMode: 'shared' });
  resident = await BookingResident.register(host.url, 'newcomer-1', new SyntheticPeople().grownUp());
  const { hospitals } = host.host;
  if (!hospitals) throw new Error('the hospitals are simulated');
  system = hospitals;
});
afterAll(() => host.close());
afterEach(() => system.shared.reset());

/** A schedule on a day of its own, which the hospital has in its book as well. */
async function schedule(date?: string): Promise<ScheduleRegistration> {
  if (date === undefined) day += 1;
  const own = sampleSchedule(hospital.partner.institutionCode, `S${day}-${randomUUID().slice(0, 8)}`, {
    date: date ?? inDays(day),
    slots: SLOTS,
  });
  system.shared.book.offer(sharedScheduleOf(own));
  return registerSchedule(hospital, own);
}

const slotsAt = ({ details }: ScheduleRegistration, start = '08:00') =>
  details.intervals
    .filter((each) => each.start === start)
    .flatMap(({ slots }) => slots.map(({ slotId }) => slotId));

function sellAtWindow({ institutionCode, scheduleId }: ScheduleRegistration, slotId = ''): void {
  expect(system.shared.book.sellAtWindow({ institutionCode, scheduleId, slotId })).toBe(true);
}

const fault = (order: SharedFaultOrder) => system.shared.faults.set(order);

function book(
  { institutionCode, scheduleId }: ScheduleRegistration,
  key: string = randomUUID(),
): Promise<Answer> {
  const wish = { institutionCode, scheduleId, start: '08:00', personId: resident.personId };
  return resident.post('/api/slots/bookings', wish, key);
}

const pendingOf = (answer: Answer): BookingResult => {
  expect(answer.status).toBe(202);
  const result = bookingResultSchema.parse(answer.body);
  expect(result.state).toBe('pending');
  return result;
};

async function detailOf({ bookingId, position }: BookingResult) {
  const { body } = await resident.client.get(`/api/slots/bookings/${bookingId}?after=${position}`);
  return bookingDetailSchema.parse(body);
}

/** Asks the hospital until the booking has come to that. */
async function becomes(result: BookingResult, state: string) {
  return until(`the booking is ${state}`, async () => {
    await host.host.sweeps.pendingOrders(0);
    const detail = await detailOf(result);
    return detail.booking.state === state && detail;
  });
}

const orderOf = ({ orderNumber }: BookingResult) =>
  system.shared.book.orders().find((order) => order.orderNumber === orderNumber);

async function intervalsOf({ institutionCode, scheduleId }: ScheduleRegistration) {
  const path = `/api/slots/schedules/${institutionCode}/${scheduleId}/intervals`;
  return until('the view has the schedule', async () => {
    const answer = await resident.client.get(path);
    return answer.status === 200 && intervalsSchema.parse(answer.body);
  });
}

describe('a booking at a hospital in shared mode', () => {
  it('is booked there under our number, and given up there when it is given up here', async () => {
    const own = await schedule();
    const booked = bookingResultSchema.parse((await book(own)).body);
    expect(booked.state).toBe('booked');
    expect(orderOf(booked)).toMatchObject({
      state: 'booked',
      scheduleId: own.scheduleId,
      slotId: booked.slotId,
    });
    await resident.cancel(booked);
    await until('the hospital has given it up', async () => orderOf(booked)?.state === 'cancelled');
    // It was never told over the way of hospitals whose slots are all here.
    expect(system.orders()).toEqual([]);
  });

  it('is refused in plain words when the hospital has just sold the slot itself', async () => {
    const own = await schedule();
    expect((await intervalsOf(own)).items[0]?.free).toBe(SLOTS);
    for (const slotId of slotsAt(own)) sellAtWindow(own, slotId);
    const key = randomUUID();
    const refusal = await book(own, key);
    expect([refusal.status, field(refusal, 'code')]).toEqual([409, 'hospital-slot-taken']);
    expect(field(await book(own, key), 'code')).toBe('hospital-slot-taken');
    await until('the interval is shown as full', async () => {
      const [interval] = (await intervalsOf(own)).items;
      return interval?.bookability === 'full' && interval.free === 0;
    });
  });

  it('whose answer is lost is pending, asked for again, and booked as the hospital has it', async () => {
    const own = await schedule();
    fault({ kind: 'drop', call: 'book', recorded: true, times: 1 });
    const key = randomUUID();
    const result = pendingOf(await book(own, key));
    expect((await detailOf(result)).booking.state).toBe('pending');
    expect(pendingOf(await book(own, key))).toEqual(result);
    await becomes(result, 'booked');
    expect(orderOf(result)?.state).toBe('booked');
    expect((await book(own, key)).status).toBe(201);
  });

  it('that the hospital never heard of is void there before the slot is free again', async () => {
    const own = await schedule();
    fault({ kind: 'status', status: 503, call: 'book', times: 1 });
    const key = randomUUID();
    const result = pendingOf(await book(own, key));
    const detail = await becomes(result, 'closed');
    expect(detail.booking.outcome).toBe('expired');
    expect(detail.timeline.at(-1)?.detail).toMatch('医院未能确认本次预约');
    expect(orderOf(result)?.state).toBe('void');
    expect(field(await book(own, key), 'code')).toBe('hospital-not-confirmed');
    expect((await book(own)).status).toBe(201);
  });

  it.each<[string, SharedFaultOrder]>([
    [
      'says that the slot is taken although it has booked it',
      { kind: 'lie', how: 'denies', call: 'book', times: 1 },
    ],
    ['hears the call twice', { kind: 'duplicate', call: 'book', times: 1 }],
    ['is slow', { kind: 'lag', ms: 300, call: 'book', times: 1 }],
  ])('is booked once where the hospital %s', async (_what, order) => {
    const own = await schedule();
    fault(order);
    const answer = await book(own);
    expect(answer.status).toBe(201);
    expect(orderOf(bookingResultSchema.parse(answer.body))?.state).toBe('booked');
  });

  it.each(['otherOrder', 'malformed'] as const)('whose answer is nonsense (%s) is none', async (how) => {
    const own = await schedule();
    fault({ kind: 'lie', how, call: 'book', times: 1 });
    const result = pendingOf(await book(own));
    await becomes(result, 'booked');
  });

  it('that never is answered ends pending after a while, and stays so while the hospital is silent', async () => {
    const own = await schedule();
    fault({ kind: 'hang', recorded: true });
    const result = pendingOf(await book(own));
    await host.host.sweeps.pendingOrders(0);
    expect(system.shared.heard.order).toBeGreaterThan(0);
    expect((await detailOf(result)).booking.state).toBe('pending');
    system.shared.reset();
    await becomes(result, 'booked');
  }, 40_000);

  it('can be given up while the answer is awaited, and is given up there as well', async () => {
    const own = await schedule();
    fault({ kind: 'drop', call: 'book', recorded: true, times: 1 });
    const result = pendingOf(await book(own));
    await resident.cancel(result);
    await until('the hospital has given it up', async () => orderOf(result)?.state === 'cancelled');
  });
});

describe('what a hospital in shared mode has left', () => {
  it('is asked of it: what it sold itself is taken', async () => {
    const own = await schedule();
    const [first] = slotsAt(own);
    sellAtWindow(own, first);
    const { hospital: said, items, schedule: line } = await intervalsOf(own);
    expect(said).toBe('answered');
    expect(items.map(({ free, total }) => [free, total])).toEqual([
      [SLOTS - 1, SLOTS],
      [1, 1],
    ]);
    expect(line.free).toBe(SLOTS);
  });

  it('is what the platform knows, and said to be so, when the hospital is silent', async () => {
    const own = await schedule();
    fault({ kind: 'status', status: 503, call: 'slots' });
    const { hospital: said, items } = await intervalsOf(own);
    expect([said, items[0]?.free]).toEqual(['silent', SLOTS]);
  });

  it('decides who can be chosen: a doctor of whom nothing is left is full', async () => {
    const own = await schedule();
    const { institutionCode, details } = own;
    await intervalsOf(own);
    for (const start of ['08:00', '08:15'])
      for (const slotId of slotsAt(own, start)) sellAtWindow(own, slotId);
    const path = `/api/slots/schedules?institution=${institutionCode}&date=${details.date}&doctor=${SAMPLE_CODES.doctor}`;
    const { items } = schedulesPageSchema.parse((await resident.client.get(path)).body);
    expect(items.map(({ scheduleId, free, bookability }) => [scheduleId, free, bookability])).toEqual([
      [own.scheduleId, 0, 'full'],
    ]);
    expect(system.shared.heard).toMatchObject({ doctors: expect.any(Number), clinics: expect.any(Number) });
  });
});

describe('the daily comparison with a hospital in shared mode', () => {
  it('lists an order that the hospital says it booked and knows nothing of', async () => {
    const own = await schedule(inDays(1));
    const other = new SyntheticPeople().grownUp();
    const second = await BookingResident.register(host.url, 'newcomer-2', other);
    fault({ kind: 'lie', how: 'forgets', call: 'book', times: 1 });
    const wish = { ...pickKey(own), start: '08:00', personId: second.personId };
    const answer = await second.post('/api/slots/bookings', wish);
    expect(answer.status).toBe(201);
    const { orderNumber } = bookingResultSchema.parse(answer.body);
    const differs = async () => (await differences()).filter((line) => line.orderNumber === orderNumber);
    expect(await differs()).toEqual([]);
    await host.host.sweeps.compareShared();
    const [line] = await until('the difference is listed', async () => {
      const lines = await differs();
      return lines.length > 0 && lines;
    });
    expect(line).toMatchObject({ kind: 'missingAtHospital', date: inDays(1), hospital: null });
  });

  it('is left for the next day when the hospital cannot be asked', async () => {
    const before = await differences();
    fault({ kind: 'status', status: 503, call: 'orders' });
    await host.host.sweeps.compareShared();
    expect(await differences()).toEqual(before);
  });
});

const pickKey = ({ institutionCode, scheduleId }: ScheduleRegistration) => ({ institutionCode, scheduleId });

async function differences() {
  const desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
  const { institutionCode } = hospital.partner;
  const path = `/api/slots/desk/differences?institution=${institutionCode}&from=${inDays(0)}&to=${inDays(14)}`;
  return differencePageSchema.parse((await desk.get(path)).body).items;
}
