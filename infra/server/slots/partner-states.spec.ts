import { randomUUID } from 'node:crypto';
import { type BookingResult, bookingDetailSchema } from '@qingpu/contracts/http/slots';
import {
  bookingStateBatchResultSchema,
  bookingStateResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';

const TARGET = '/api/partner/v1/booking-states';
const people = new SyntheticPeople();
let host: TestHost;
let hospital: PartnerClient;
let other: PartnerClient;
let resident: BookingResident;
let institutionCode: string;
/** The days of visits, each of which takes one booking of the resident. */
let day = 0;

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  other = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
  institutionCode = hospital.partner.institutionCode;
  await registerHospital(hospital);
  await registerHospital(other);
  resident = await BookingResident.register(host.url, 'newcomer-1', people.grownUp());
});
afterAll(() => host.close());
afterEach(() => {
  vi.useRealTimers();
});

/** A booking of 08:00 on a day of its own, and what that day is. */
async function booked(): Promise<BookingResult & { readonly date: string }> {
  day += 1;
  const date = inDays(day);
  const schedule = sampleSchedule(institutionCode, `S${day}-${randomUUID().slice(0, 8)}`, { date });
  return { ...(await resident.book(await registerSchedule(hospital, schedule))), date };
}

/** Lets the platform, and everybody with it, believe that it is that time in Shanghai. */
function at(date: string, time: string): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(new Date(`${date}T${time}:00+08:00`));
}

const report = (
  orderNumber: string,
  state: string,
  more: object = {},
  idempotencyKey: string = randomUUID(),
) => hospital.post(TARGET, { institutionCode, orderNumber, state, ...more }, { idempotencyKey });
const outcomeOf = (answer: Answer) =>
  answer.status === 200 ? bookingStateResultSchema.parse(answer.body).outcome : field(answer, 'code');

async function detailOf({ bookingId }: BookingResult, after: Answer) {
  const desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
  const { position } = bookingStateResultSchema.parse(after.body);
  const { body } = await desk.get(`/api/slots/desk/bookings/${bookingId}?after=${position}`);
  return bookingDetailSchema.parse(body);
}

describe('a report on a booking', () => {
  it('takes it from check-in over registration to its end', async () => {
    const booking = await booked();
    at(booking.date, '07:50');
    expect(outcomeOf(await report(booking.orderNumber, 'checkedIn'))).toBe('recorded');
    const registration = { registrationNumber: 'GH-1' };
    expect(outcomeOf(await report(booking.orderNumber, 'registered', registration))).toBe('recorded');
    const last = await report(booking.orderNumber, 'fulfilled');
    expect(outcomeOf(last)).toBe('recorded');
    expect(await detailOf(booking, last)).toMatchObject({
      booking: { state: 'closed', outcome: 'fulfilled' },
      registrationNumber: 'GH-1',
    });
  });

  it('that comes again changes nothing, and under the same key answers the same', async () => {
    const booking = await booked();
    at(booking.date, '07:50');
    const key = randomUUID();
    const first = await report(booking.orderNumber, 'checkedIn', {}, key);
    expect((await report(booking.orderNumber, 'checkedIn', {}, key)).body).toEqual(first.body);
    expect(outcomeOf(await report(booking.orderNumber, 'checkedIn'))).toBe('unchanged');
    expect(outcomeOf(await report(booking.orderNumber, 'fulfilled', {}, key))).toBe('idempotency-key-reused');
  });

  it('of a no-show counts only after the interval, and only for who did not check in', async () => {
    const booking = await booked();
    at(booking.date, '08:10');
    expect(outcomeOf(await report(booking.orderNumber, 'noShow'))).toBe('report-too-early');
    at(booking.date, '08:20');
    expect(outcomeOf(await report(booking.orderNumber, 'noShow'))).toBe('recorded');
  });

  it('that differs from what was reported needs a reason, and is its correction then', async () => {
    const booking = await booked();
    at(booking.date, '09:00');
    await report(booking.orderNumber, 'noShow');
    expect(outcomeOf(await report(booking.orderNumber, 'fulfilled'))).toBe('outcome-stands');
    const key = randomUUID();
    const reason = { reason: '漏登记，已就诊' };
    const corrected = await report(booking.orderNumber, 'fulfilled', reason, key);
    expect(outcomeOf(corrected)).toBe('recorded');
    expect((await report(booking.orderNumber, 'fulfilled', reason, key)).body).toEqual(corrected.body);
    expect((await detailOf(booking, corrected)).booking.outcome).toBe('fulfilled');
  });

  it('of a cancellation is the hospital’s own and names why', async () => {
    const booking = await booked();
    expect((await report(booking.orderNumber, 'cancelled')).status).toBe(422);
    const cancelled = await report(booking.orderNumber, 'cancelled', { reason: '设备故障' });
    expect(outcomeOf(cancelled)).toBe('recorded');
    expect((await detailOf(booking, cancelled)).booking.outcome).toBe('cancelledByHospital');
    expect(outcomeOf(await report(booking.orderNumber, 'cancelled', { reason: '设备故障' }))).toBe(
      'unchanged',
    );
    expect(outcomeOf(await report(booking.orderNumber, 'checkedIn'))).toBe('booking-over');
  });

  it('is refused for an order of another hospital, or of nobody', async () => {
    const { orderNumber } = await booked();
    const foreign = { institutionCode: other.partner.institutionCode, orderNumber, state: 'checkedIn' };
    expect(outcomeOf(await other.post(TARGET, foreign))).toBe('booking-unknown');
    expect(outcomeOf(await other.post(TARGET, { ...foreign, institutionCode }))).toBe('foreign-institution');
    expect(outcomeOf(await report('QP0000000000000000', 'checkedIn'))).toBe('booking-unknown');
    expect(outcomeOf(await report(orderNumber, 'registered'))).toBe('invalid-request');
  });

  it('finds an order of which the hospital heard this very moment', async () => {
    const { orderNumber, date } = await booked();
    at(date, '07:50');
    expect(outcomeOf(await report(orderNumber, 'checkedIn'))).toBe('recorded');
  });
});

describe('a batch of reports', () => {
  const batch = (items: readonly object[], idempotencyKey: string = randomUUID()) =>
    hospital.post(`${TARGET}/batch`, { items }, { idempotencyKey });
  const of = (orderNumber: string, state: string, more: object = {}) => ({
    institutionCode,
    orderNumber,
    state,
    ...more,
  });

  it('answers each, takes those of one order in turn, and answers the same again', async () => {
    const [first, second] = [await booked(), await booked()];
    at(second.date, '07:50');
    const items = [
      of(second.orderNumber, 'checkedIn'),
      of(second.orderNumber, 'registered', { registrationNumber: 'GH-2' }),
      of('QP0000000000000000', 'checkedIn'),
      of(first.orderNumber, 'noShow'),
      of(second.orderNumber, 'fulfilled'),
    ];
    const key = randomUUID();
    const answer = bookingStateBatchResultSchema.parse((await batch(items, key)).body);
    expect(answer.items.map(({ outcome, problem }) => problem ?? outcome)).toEqual([
      'recorded',
      'recorded',
      'booking-unknown',
      'recorded',
      'recorded',
    ]);
    expect([answer.accepted, answer.refused]).toEqual([4, 1]);
    expect((await batch(items, key)).body).toEqual(answer);
    expect(outcomeOf(await batch(items.slice(1), key))).toBe('idempotency-key-reused');
  });

  it('of two hospitals is refused as a whole', async () => {
    const { orderNumber } = await booked();
    const foreign = { ...of(orderNumber, 'checkedIn'), institutionCode: other.partner.institutionCode };
    expect(outcomeOf(await batch([of(orderNumber, 'checkedIn'), foreign]))).toBe('foreign-institution');
  });
});

describe('reports at the same time', () => {
  it('of the same leave one fact, however many come', async () => {
    const booking = await booked();
    at(booking.date, '07:50');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => report(booking.orderNumber, 'checkedIn')),
    );
    const outcomes = answers.map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['recorded', 'unchanged']));
  });

  it('under the same key answer the same', async () => {
    const booking = await booked();
    at(booking.date, '07:50');
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => report(booking.orderNumber, 'checkedIn', {}, key)),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('that contradict each other and a cancellation leave exactly one end', async () => {
    const booking = await booked();
    at(booking.date, '09:00');
    const answers = await Promise.all([
      report(booking.orderNumber, 'noShow'),
      report(booking.orderNumber, 'fulfilled'),
      report(booking.orderNumber, 'cancelled', { reason: '停诊' }),
    ]);
    const recorded = answers.filter((answer) => outcomeOf(answer) === 'recorded');
    expect(recorded.length).toBeGreaterThan(0);
    const [last] = recorded;
    if (!last) throw new Error('nothing was recorded');
    const furthest = recorded.reduce((one, two) =>
      BigInt(String(field(one, 'position'))) > BigInt(String(field(two, 'position'))) ? one : two,
    );
    const { timeline, booking: now } = await detailOf(booking, furthest);
    expect(now.state).toBe('closed');
    expect(timeline.length).toBe(1 + recorded.length);
  });
});
