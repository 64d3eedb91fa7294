import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { personResultSchema } from '@qingpu/contracts/http/residents';
import { bookingPageSchema } from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { sharedScheduleOf } from '@qingpu/simulators/shared-book';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { createDataFolder, type DataFolder, partnerOf } from '../testing/data-folder.ts';
import { type HostProcess, hostIsBuilt, startHostProcess } from '../testing/host-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const PERSONS = 20;
const SLOTS = 12;
/** Calls that the hospital has heard when the platform dies, each time in the middle of all others. */
const HEARD_BEFORE_KILL = [1, 8];
/** Slots that the hospital sells itself right after. */
const SOLD_AT_WINDOW = 2;
const FIRST_DAY = 3;

let data: DataFolder;
let host: HostProcess;
let system: HospitalSimulator;
let institutionCode: string;
/** One for each time that the platform dies, on a day of its own. */
let schedules: readonly ScheduleRegistration[];
let persons: readonly string[];

async function start(): Promise<void> {
  host = await startHostProcess({ ...data.environment, QINGPU_DEVELOPMENT_SIGN_IN: 'true' });
}

const deskOf = () => DeskClient.signIn(host.url, 'coordinator');

describe.skipIf(!hostIsBuilt)('shared mode and kill -9 (skipped until the host is built)', () => {
  beforeAll(async () => {
    data = await createDataFolder();
    // The hospital is another process: it goes on while the platform dies.
    system = await startHospitalSimulator({ partners: data.partners });
    const partners = data.partners.map((partner) => ({ ...partner, callbackUrl: system.url }));
    await writeFile(data.environment.QINGPU_PARTNERS ?? '', JSON.stringify(partners), { mode: 0o600 });
    await start();
    const hospital = new PartnerClient(host.url, partnerOf(data, '中山医院'));
    await registerHospital(hospital, { slotMode: 'shared' });
    institutionCode = hospital.partner.institutionCode;
    schedules = HEARD_BEFORE_KILL.map((_heard, index) =>
      sampleSchedule(institutionCode, `SHARED-${index}`, { slots: SLOTS, date: inDays(FIRST_DAY + index) }),
    );
    for (const schedule of schedules) {
      system.shared.book.offer(sharedScheduleOf(schedule));
      await registerSchedule(hospital, schedule);
    }
    const desk = await deskOf();
    const people = new SyntheticPeople();
    const found = Array.from({ length: PERSONS }, () => registerCaller(desk, typedIn(people.grownUp())));
    persons = await Promise.all(found);
  });
  afterAll(async () => {
    await host?.end('SIGKILL');
    await system?.close();
    await rm(data.folder, { recursive: true });
  });

  it('platform and hospital agree in the end, nothing is sold twice, nothing stays pending', {
    timeout: 240_000,
  }, async () => {
    for (const [round, schedule] of schedules.entries()) {
      await rushUntil(schedule, HEARD_BEFORE_KILL[round] ?? 0);
      sellSome(schedule);
      await start();
    }
    // Looked into without anybody asking, after a third of a minute.
    await until('nothing is pending', async () => (await bookedHere('pending')).length === 0);
    const answers = await until('everybody has a final answer', async () => {
      const all = (await Promise.all(schedules.map((schedule) => rush(schedule)))).flat();
      return all.every((answer) => answer?.status === 201 || answer?.status === 409) && all;
    });
    const sold = system.shared.book.orders().filter(({ state }) => state === 'booked');
    expect(new Set(sold.map(({ scheduleId, slotId }) => `${scheduleId} ${slotId}`)).size).toBe(sold.length);
    const there = sold.map(({ orderNumber }) => orderNumber).toSorted();
    expect(there.length).toBeGreaterThan(SLOTS);
    const told = answers.flatMap((answer) =>
      answer?.status === 201 ? [String(field(answer, 'orderNumber'))] : [],
    );
    expect(told.toSorted()).toEqual(there);
    await until('the list of bookings agrees', async () => {
      const here = await bookedHere('booked');
      return JSON.stringify(here) === JSON.stringify(there);
    });
  });
});

/** Everybody books at once, at a hospital that takes its time; when it has heard of so many the platform dies. */
async function rushUntil(schedule: ScheduleRegistration, heard: number): Promise<void> {
  system.shared.faults.set({ kind: 'lag', ms: 150, call: 'book' });
  const before = system.shared.heard.book;
  const rushing = rush(schedule);
  await until('the hospital has heard of some', async () => system.shared.heard.book >= before + heard);
  await host.end('SIGKILL');
  await rushing;
  system.shared.reset();
}

/** Everybody books, or asks again under the key of before; undefined where the process died before it answered. */
async function rush({ scheduleId }: ScheduleRegistration): Promise<(Answer | undefined)[]> {
  const desk = await deskOf();
  return Promise.all(
    persons.map(async (personId) => {
      const body = { institutionCode, scheduleId, start: '08:00', personId, channel: 'phone' };
      const headers = { 'idempotency-key': `${scheduleId}-${personId}` };
      try {
        return await desk.send('POST', '/api/slots/desk/bookings', body, headers);
      } catch (error) {
        // What fetch throws for a broken connection.
        if (error instanceof TypeError) return undefined;
        throw error;
      }
    }),
  );
}

function sellSome({ scheduleId, details }: ScheduleRegistration): void {
  const slotIds = details.intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
  let left = SOLD_AT_WINDOW;
  for (const slotId of slotIds.toReversed())
    if (left > 0 && system.shared.book.sellAtWindow({ institutionCode, scheduleId, slotId })) left -= 1;
}

async function registerCaller(desk: DeskClient, person: object): Promise<string> {
  const headers = { 'idempotency-key': randomUUID() };
  const answer = await desk.send('POST', '/api/residents/desk/callers', { person }, headers);
  return personResultSchema.parse(answer.body).personId;
}

/** Order numbers of the bookings in that state, as the desk's list has them. */
async function bookedHere(state: string): Promise<string[]> {
  const desk = await deskOf();
  const days = `from=${inDays(FIRST_DAY)}&to=${inDays(FIRST_DAY + schedules.length)}`;
  const query = `institution=${institutionCode}&${days}&state=${state}&size=100`;
  const { items } = bookingPageSchema.parse((await desk.get(`/api/slots/desk/bookings?${query}`)).body);
  return items.map(({ orderNumber }) => orderNumber).toSorted();
}
