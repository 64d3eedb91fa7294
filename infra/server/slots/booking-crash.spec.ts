import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { personResultSchema } from '@qingpu/contracts/http/residents';
import { bookingResultSchema, deskScheduleDetailSchema } from '@qingpu/contracts/http/slots';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { createDataFolder, type DataFolder, partnerOf } from '../testing/data-folder.ts';
import { type HostProcess, hostIsBuilt, startHostProcess } from '../testing/host-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const PERSONS = 40;
const SLOTS = 15;
/** What is told to whose booking was cut short and looked into before it was asked for again: to book anew. */
const VOIDED = '409 claim-voided';
/** Answers after which the process is killed, in the middle of all others. */
const ANSWERS_BEFORE_KILL = [2, 9];

interface Request {
  key: string;
  readonly personId: string;
  /** The first answer that came; what was acknowledged once must never change. */
  answer?: Answer;
}

let data: DataFolder;
let host: HostProcess;
let schedule: ScheduleRegistration;
let requests: readonly Request[];

async function start(): Promise<void> {
  host = await startHostProcess({ ...data.environment, QINGPU_DEVELOPMENT_SIGN_IN: 'true' });
}

const deskOf = () => DeskClient.signIn(host.url, 'coordinator');
const isBooked = ({ answer }: Request) => answer?.status === 201;

describe.skipIf(!hostIsBuilt)('bookings and kill -9 (skipped until the host is built)', () => {
  beforeAll(async () => {
    data = await createDataFolder();
    await start();
    const hospital = new PartnerClient(host.url, partnerOf(data, '中山医院'));
    await registerHospital(hospital);
    const { institutionCode } = hospital.partner;
    schedule = await registerSchedule(hospital, sampleSchedule(institutionCode, 'RUSH', { slots: SLOTS }));
    const desk = await deskOf();
    const people = new SyntheticPeople();
    const found = Array.from({ length: PERSONS }, () => registerCaller(desk, typedIn(people.grownUp())));
    requests = (await Promise.all(found)).map((personId) => ({ key: randomUUID(), personId }));
  });
  afterAll(async () => {
    await host?.end('SIGKILL');
    await rm(data.folder, { recursive: true });
  });

  it('sells every slot once, loses nothing that was acknowledged and leaves nothing half done', {
    timeout: 180_000,
  }, async () => {
    for (const answers of ANSWERS_BEFORE_KILL) {
      await rushUntil(answers);
      await start();
    }
    await rushUntilSettled();
    const booked = requests.filter(isBooked).map(({ answer }) => bookingResultSchema.parse(answer?.body));
    expect(booked).toHaveLength(SLOTS);
    expect(new Set(booked.map(({ slotId }) => slotId)).size).toBe(SLOTS);
    const losers = requests.filter((request) => !isBooked(request)).map(({ answer }) => codeOf(answer));
    expect(new Set(losers)).toEqual(new Set(['409 sold-out']));
    await expectSlotsBooked(booked.map(({ slotId }) => slotId));
  });
});

/** People ask again while they are told to: right after a start, slots are tried that others have. */
async function rushUntilSettled(): Promise<void> {
  const desk = await deskOf();
  await until('everybody has a final answer', async () => {
    await rush(desk);
    for (const request of requests) if (codeOf(request.answer) === VOIDED) request.key = randomUUID();
    return requests.every(({ answer }) => answer?.status === 201 || codeOf(answer) === '409 sold-out');
  });
}

async function registerCaller(desk: DeskClient, person: object): Promise<string> {
  const headers = { 'idempotency-key': randomUUID() };
  const answer = await desk.send('POST', '/api/residents/desk/callers', { person }, headers);
  return personResultSchema.parse(answer.body).personId;
}

/** Everybody books at once; after so many answers the process dies. */
async function rushUntil(answers: number): Promise<void> {
  const desk = await deskOf();
  const died = Promise.withResolvers<void>();
  let left = answers;
  await rush(desk, () => {
    left -= 1;
    if (left === 0) host.end('SIGKILL').then(died.resolve, died.reject);
  });
  await died.promise;
}

/** Everybody books at once, or asks again under the key of before. */
async function rush(desk: DeskClient, answered: () => void = () => undefined): Promise<void> {
  await Promise.all(
    requests.map(async (request) => {
      const answer = await book(desk, request);
      if (!answer) return;
      // A refusal may turn into a booking when a claim of somebody who died is given back; a booking stays.
      if (isBooked(request)) expect(answer.body).toEqual(request.answer?.body);
      else request.answer = answer;
      answered();
    }),
  );
}

/** Undefined when the process died before it answered. */
async function book(desk: DeskClient, { key, personId }: Request): Promise<Answer | undefined> {
  const { institutionCode, scheduleId } = schedule;
  const body = { institutionCode, scheduleId, start: '08:00', personId, channel: 'phone' };
  try {
    return await desk.send('POST', '/api/slots/desk/bookings', body, { 'idempotency-key': key });
  } catch (error) {
    // What fetch throws for a broken connection.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const codeOf = (answer: Answer | undefined) => `${answer?.status} ${String(answer && field(answer, 'code'))}`;

/** The view agrees: these slots are booked, and nothing is held. */
async function expectSlotsBooked(slotIds: readonly string[]): Promise<void> {
  const { institutionCode, scheduleId } = schedule;
  const desk = await deskOf();
  const found = await until('the view has caught up', async () => {
    const { body } = await desk.get(`/api/slots/desk/schedules/${institutionCode}/${scheduleId}`);
    const detail = deskScheduleDetailSchema.parse(body);
    return detail.schedule.booked === SLOTS && detail;
  });
  // The slot of the later interval, which nobody wanted, is still there.
  expect(found.schedule).toMatchObject({ free: 1, held: 0, booked: slotIds.length });
}
