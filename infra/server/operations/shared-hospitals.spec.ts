import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { sampleBooking, sampleSlot } from '@qingpu/domains-slots/testing/sample-pool';
import { afterEach, describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import { openPeople } from '../testing/open-people.ts';
import { HttpSharedHospitals, type SharedHospitalLimits } from './shared-hospitals.ts';

const UNKNOWN = { result: 'unknown' } as const;
const institutionCode = sampleInstitutionCode(1);
const booking = sampleBooking(1);
const order = { slot: sampleSlot({ institutionCode }), booking };
const key = { institutionCode, scheduleId: 'P1' };
const person = {
  name: '王小明',
  identityKind: '01',
  identityNumber: '310118198001011231',
  mobile: null,
  sex: '1',
  birthDate: '1980-01-01',
} as const;
const QUICK: Partial<SharedHospitalLimits> = { readMs: 1_000, writeMs: 1_000, pauseMs: 1 };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

interface Opened {
  readonly hospitals: HttpSharedHospitals;
  /** Paths of the calls that came. */
  readonly calls: string[];
  readonly traced: string[];
}

/** A hospital that answers like this; undefined: nothing listens at its address. */
async function open(
  listener: RequestListener | undefined,
  limits: Partial<SharedHospitalLimits> = {},
): Promise<Opened> {
  const calls: string[] = [];
  const listening = createServer((request, response) => {
    calls.push((request.url ?? '').split('/').at(-1) ?? '');
    listener?.(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  if (listener) server = listening;
  else await new Promise((resolve) => listening.close(resolve));
  const partner = { partnerId: 'his', secret: 's'.repeat(43), institutionCode, name: '医院' };
  const traced: string[] = [];
  const hospitals = new HttpSharedHospitals({
    partners: new Partners([{ ...partner, callbackUrl: `http://127.0.0.1:${port}` }]),
    people: openPeople({ [booking.personId]: person }, {}, traced),
    clock: systemClock,
    limits: { ...QUICK, ...limits },
  });
  return { hospitals, calls, traced };
}

const answering =
  (status: number, body: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
const saying = (body: object) => answering(200, JSON.stringify(body));
const hanging: RequestListener = () => undefined;
const cutting: RequestListener = (request) => void request.socket.destroy();
const endless: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (response.write(' '.repeat(65_536)));
    response.once('drain', more);
  };
  more();
};
/** Answers what is asked with the id that it came with. */
const echoing =
  (answer: object): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { requestId } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { requestId: string };
      saying({ requestId, ...answer })(request, response);
    });
  };

const { orderNumber } = booking;
const booked = { orderNumber, result: 'booked', hospitalOrderNumber: 'H1' };

describe('a booking at a hospital in shared mode', () => {
  it.each<[string, RequestListener | undefined, object]>([
    ['books it', saying(booked), { result: 'booked', hospitalOrderNumber: 'H1' }],
    [
      'refuses it',
      saying({ orderNumber, result: 'refused', code: 'taken' }),
      { result: 'refused', code: 'taken' },
    ],
    ['refuses it for a reason of its own', saying({ orderNumber, result: 'refused', code: 'whim' }), UNKNOWN],
    ['speaks of another order', saying({ ...booked, orderNumber: 'QP-2' }), UNKNOWN],
    ['is down', answering(503, ''), UNKNOWN],
    ['refuses the signature', answering(401, '{"code":"signature-wrong"}'), UNKNOWN],
    ['answers no JSON', answering(200, '{"result":'), UNKNOWN],
    ['answers without end', endless, UNKNOWN],
    ['never answers', hanging, UNKNOWN],
    ['cuts the connection', cutting, UNKNOWN],
    ['does not listen', undefined, { result: 'unsent' }],
  ])('is known or not for certain when it %s, and is sent once', async (_what, listener, result) => {
    const { hospitals, calls } = await open(listener);
    expect(await hospitals.book(order)).toEqual(result);
    expect(calls).toEqual(listener ? ['orders'] : []);
  });

  it('tells the hospital who comes, and leaves a trace of it', async () => {
    const { hospitals, traced } = await open(saying(booked));
    await hospitals.book(order);
    expect(traced).toEqual([`DELIVER shared-order ${institutionCode} ${booking.personId}`]);
  });

  it('is not sent to whom too many ask already', async () => {
    const { hospitals, calls } = await open(hanging, { mostUnderWay: 1 });
    const results = await Promise.all([hospitals.book(order), hospitals.book(order)]);
    expect(results).toEqual([UNKNOWN, { result: 'unsent' }]);
    expect(calls).toEqual(['orders']);
  });
});

describe('whatever else is asked', () => {
  it('is asked again a bounded number of times', async () => {
    const { hospitals, calls } = await open(answering(503, ''), { attempts: 3 });
    expect(await hospitals.find(order)).toEqual(UNKNOWN);
    expect(await hospitals.voidOrder(order)).toEqual(UNKNOWN);
    expect(calls).toEqual([...Array(3).fill('order-detail'), 'cancellations', 'cancellations']);
  });

  it('is not asked of a hospital whose circuit is open, until the pause is over', async () => {
    const { hospitals, calls } = await open(answering(503, ''), { failures: 2, openMs: 40 });
    await hospitals.find(order);
    expect(await hospitals.find(order)).toEqual(UNKNOWN);
    expect(await hospitals.book(order)).toEqual({ result: 'unsent' });
    expect(calls).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await hospitals.find(order);
    expect(calls).toHaveLength(3);
  });

  it('is one call for callers at the same time, and remembered for a while', async () => {
    const { hospitals, calls } = await open(
      echoing({ scheduleId: 'P1', slots: [{ slotId: 'A1', free: true }] }),
      { rememberMs: 60_000 },
    );
    const free = await Promise.all([hospitals.freeSlots(key), hospitals.freeSlots(key)]);
    expect([...free, await hospitals.freeSlots(key)]).toEqual(Array(3).fill(new Set(['A1'])));
    expect(calls).toEqual(['slots']);
    await hospitals.book(order);
    await hospitals.freeSlots(key);
    expect(calls.filter((call) => call === 'slots')).toHaveLength(2);
  });

  it('fetches every page of a day’s orders, each order once', async () => {
    const line = { scheduleId: 'P1', slotId: 'A1', state: 'booked' };
    let page = 0;
    const { hospitals } = await open((request, response) => {
      page += 1;
      const orders = [
        { orderNumber: `QP${page}`, ...line },
        { orderNumber: 'QP0', ...line },
      ];
      echoing({ page, pages: 3, orders })(request, response);
    });
    const orders = await hospitals.ordersOf(institutionCode, '2026-03-16');
    expect(orders.map((each) => each.orderNumber).toSorted()).toEqual(['QP0', 'QP1', 'QP2', 'QP3']);
  });

  it('finds a cancelled order to be none that is booked', async () => {
    const cancelled = { state: 'cancelled', hospitalOrderNumber: 'H1', scheduleId: 'P1', slotId: 'A1' };
    const { hospitals } = await open(echoing({ orderNumber, order: cancelled }));
    expect(await hospitals.find(order)).toEqual({ result: 'notBooked' });
  });
});
