import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrderState } from '@qingpu/contracts/codes/payment-tables';
import { type PaymentOrder, paymentOrderPageSchema } from '@qingpu/contracts/http/payments';
import { bookingDetailSchema } from '@qingpu/contracts/http/slots';
import {
  type PaymentGatewaySimulator,
  startPaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aheadOfTime } from '../testing/ahead-of-time.ts';
import { DeskClient, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { createDataFolder, type DataFolder, partnerOf } from '../testing/data-folder.ts';
import { type HostProcess, hostIsBuilt, startHostProcess } from '../testing/host-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

/*
 * The platform dies while people register, pay and give back; the gateway, another process, goes on. Nobody asks about
 * anything afterwards: the platform finds out by itself.
 */

const ACCOUNTS = ['newcomer-1', 'newcomer-2', 'newcomer-3', 'newcomer-4', 'newcomer-5'];
const HOSPITALS = ['中山医院', '朱家角'];
/** Visits that are given back in the end. */
const GIVEN_BACK = 5;
const FEE_FEN = 2500;

interface Visit {
  readonly account: string;
  readonly bookingId: string;
}

let data: DataFolder;
let environment: Readonly<Record<string, string>>;
let host: HostProcess;
let gateway: PaymentGatewaySimulator;
let visits: readonly Visit[];

async function start(): Promise<void> {
  host = await startHostProcess(environment);
}

/** It is seven o'clock tomorrow for everybody: what is booked at eight can be registered at once. */
async function prepare(): Promise<void> {
  const date = inDays(1);
  const seven = new Date(`${date}T07:00:00+08:00`);
  const ahead = aheadOfTime(seven.getTime() - Date.now());
  vi.useFakeTimers({ toFake: ['Date'], now: seven, shouldAdvanceTime: true });
  data = await createDataFolder();
  const secret = randomUUID() + randomUUID();
  const secretFile = join(data.folder, 'payment-gateway-secret');
  await writeFile(secretFile, secret, { mode: 0o600 });
  gateway = await startPaymentGatewaySimulator({ secret, now: () => Date.now(), reportPauseMs: 100 });
  environment = {
    ...data.environment,
    ...ahead,
    QINGPU_DEVELOPMENT_SIGN_IN: 'true',
    QINGPU_PAYMENT_GATEWAY_URL: gateway.url,
    QINGPU_PAYMENT_GATEWAY_SECRET: secretFile,
  };
  await start();
  const schedules = await Promise.all(
    HOSPITALS.map(async (name) => {
      const hospital = new PartnerClient(host.url, partnerOf(data, name));
      await registerHospital(hospital);
      const { institutionCode } = hospital.partner;
      const details = { date, feeFen: FEE_FEN, slots: ACCOUNTS.length };
      return registerSchedule(hospital, sampleSchedule(institutionCode, 'STORM', details));
    }),
  );
  const people = new SyntheticPeople();
  const booked = ACCOUNTS.map(async (account) => {
    const resident = await BookingResident.register(host.url, account, people.grownUp());
    const made: Visit[] = [];
    for (const schedule of schedules) {
      const { bookingId } = await resident.book(schedule);
      made.push({ account, bookingId });
    }
    return made;
  });
  visits = (await Promise.all(booked)).flat();
}

/** Everybody does it at once, under the key of before where they did it already; whether the platform answered all. */
async function storm(part: string, those: readonly Visit[], ok: readonly number[]): Promise<boolean> {
  const answers = await Promise.all(
    those.map(async ({ account, bookingId }) => {
      try {
        const resident = await DeskClient.signIn(host.url, account);
        const headers = { 'idempotency-key': `${part}-${bookingId}` };
        const { status } = await resident.send(
          'POST',
          `/api/slots/bookings/${bookingId}/${part}`,
          {},
          headers,
        );
        return ok.includes(status);
      } catch (error) {
        // What fetch throws for a broken connection.
        if (error instanceof TypeError) return false;
        throw error;
      }
    }),
  );
  return answers.every(Boolean);
}

/** Until it can be seen at the gateway; then the platform dies in the middle of the storm, and starts again. */
async function stormUntil(seen: () => boolean, part: string, those: readonly Visit[]): Promise<void> {
  const storming = storm(part, those, []);
  await until('the gateway has seen enough', async () => seen());
  await host.end('SIGKILL');
  await storming;
  await start();
}

/** People pay whatever can be paid. Answers how many have paid by now. */
function payAll(): number {
  for (const { orderNumber, state } of gateway.orders()) if (state === 'open') gateway.pay(orderNumber);
  return paidOrders().length;
}

const paidOrders = () => gateway.orders().filter(({ state }) => state === 'paid');
const refundsMade = () => gateway.refunds().filter(({ state }) => state === 'succeeded');

/** What the desk is shown, which asks the gateway nothing. */
async function ordersAtDesk(): Promise<readonly PaymentOrder[]> {
  const desk = await DeskClient.signIn(host.url, 'district-admin');
  return paymentOrderPageSchema.parse((await desk.get('/api/slots/desk/payments?size=100')).body).items;
}

async function settled(expected: Partial<Record<OrderState, number>>): Promise<void> {
  await until(`the desk is shown ${JSON.stringify(expected)}`, async () => {
    const found = Object.groupBy(await ordersAtDesk(), ({ state }) => state);
    const states = Object.keys(found) as OrderState[];
    return (
      states.length === Object.keys(expected).length &&
      states.every((state) => found[state]?.length === expected[state])
    );
  });
}

async function statesOf(those: readonly Visit[]): Promise<string[]> {
  return Promise.all(
    those.map(async ({ account, bookingId }) => {
      const resident = await DeskClient.signIn(host.url, account);
      const { booking } = bookingDetailSchema.parse(
        (await resident.get(`/api/slots/bookings/${bookingId}`)).body,
      );
      return booking.outcome ?? booking.state;
    }),
  );
}

describe.skipIf(!hostIsBuilt)('payments and kill -9 (skipped until the host is built)', () => {
  beforeAll(prepare);
  afterAll(async () => {
    await host?.end('SIGKILL');
    await gateway?.close();
    vi.useRealTimers();
    await rm(data.folder, { recursive: true });
  });

  it('every visit is paid for once and registered, and what is given back goes back once', async () => {
    // Killed while orders are opened, paid and reported.
    await stormUntil(() => payAll() >= 3, 'registration', visits);
    await until('everybody has asked to register', () => storm('registration', visits, [202, 409]));
    await until('everybody has paid', async () => payAll() === visits.length);
    await settled({ paid: visits.length });
    await until('every visit is registered', async () =>
      (await statesOf(visits)).every((state) => state === 'registered'),
    );
    expect(paidOrders()).toHaveLength(visits.length);
    expect(gateway.refunds()).toEqual([]);
    // Killed while money goes back.
    const givenBack = visits.slice(0, GIVEN_BACK);
    const part = 'registration-cancellation';
    await stormUntil(() => gateway.refunds().length >= 1, part, givenBack);
    await until('everybody has given back', () => storm(part, givenBack, [200]));
    await settled({ paid: visits.length - GIVEN_BACK, refunded: GIVEN_BACK });
    expect(refundsMade().map(({ amountFen }) => amountFen)).toEqual(Array(GIVEN_BACK).fill(FEE_FEN));
    expect(new Set(refundsMade().map(({ orderNumber }) => orderNumber)).size).toBe(GIVEN_BACK);
    await until('the bookings agree', async () => {
      const states = await statesOf(visits);
      return states.every((state, place) => (state === 'registered') === place >= GIVEN_BACK);
    });
  });
});
