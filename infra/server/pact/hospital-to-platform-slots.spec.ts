import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MatchersV3, Verifier } from '@pact-foundation/pact';
import {
  blacklistLandingResultSchema,
  blacklistResultSchema,
  bookingStateBatchResultSchema,
  bookingStateResultSchema,
  landingResultSchema,
  scheduleActResultSchema,
  scheduleResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import {
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  samplePerson,
  sampleResidentId,
} from '@qingpu/contracts/testing/sample-directory';
import { sampleInterval } from '@qingpu/contracts/testing/sample-slots';
import { syntheticResident } from '@qingpu/data/residents';
import { commandIdOf } from '@qingpu/domains-kernel/event-ids';
import { HospitalClient, type HospitalMessagePath } from '@qingpu/simulators/hospital-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { BookingResident, inDays, sampleSchedule } from '../testing/booking-resident.ts';
import { SIGN_IN_CODE } from '../testing/data-folder.ts';
import { SAMPLE_CODES } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { signAfresh } from './fresh-signature.ts';
import { HospitalPact, parameter, problem, type State, sentence } from './hospital-pact.ts';
import { emptyPactFile, HOSPITAL, interactionsIn, PLATFORM, refusalOf } from './pact-file.ts';
import { type RunningHost, runHost } from './running-host.ts';
import { writePartners } from './test-hospitals.ts';

/*
 * The hospital's system is the consumer of the interfaces of the slot pool (F1.16–F1.24). First its real client writes
 * down what it sends and needs; then the real host is held to it. Every interaction has a hospital of its own.
 */

const { fromProviderState, integer, regex } = MatchersV3;
const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
/** So far ahead that the schedule is neither over nor released, whenever the pact is verified. */
const DATE = '2099-03-16';
const SCHEDULE = 'S1';
const SUBSTITUTE = 'D002';
const ASSISTANT = 'D003';

const file = emptyPactFile(HOSPITAL, PLATFORM, 'hospital/pacts/slots');
const pact = new HospitalPact(file);

const scheduleOf = (institutionCode: string, doctorCode: string = SAMPLE_CODES.doctor) =>
  sampleSchedule(institutionCode, SCHEDULE, { date: DATE, doctorCode });
const position = regex('^\\d{1,19}$', '7');
const uuid = (example = '7d9fb0c2-3b5e-5a0a-9c53-8a6f2f3f0001') => regex(UUID, example);
const registered = (outcome: 'registered' | 'unchanged') => ({
  scheduleId: SCHEDULE,
  outcome,
  revision: integer(0),
  position,
});
const done = (id: unknown = uuid()) => ({ scheduleId: SCHEDULE, id, revision: integer(1), position });
const directoryOf = (institutionCode: string): State => ['the directory is registered', { institutionCode }];
const scheduled = (institutionCode: string): State => ['the schedule is registered', { institutionCode }];
const booked = (institutionCode: string): State => ['somebody has booked', { institutionCode }];
/** The order's number is the platform's: it stands in the request as the state has it. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is Pact that fills the place
const orderNumber = () => fromProviderState('${orderNumber}', 'QP0123456789ABCDEF');
const anyOrder = regex('^QP[0-9A-Z]{16}$', 'QP0123456789ABCDEF');

interface Message<Schema extends z.ZodType> {
  readonly path: HospitalMessagePath | 'schedules';
  readonly description: string;
  readonly given: (institutionCode: string) => State;
  readonly body: (institutionCode: string) => object;
  /** What a 200, or a `status`, answers with. */
  readonly answer: object;
  readonly schema: Schema;
  readonly status?: number;
}

/** A message that the platform takes; answers what the hospital read from it. */
async function taken<Schema extends z.ZodType>(message: Message<Schema>): Promise<z.infer<Schema>> {
  const { description, path, given, body, answer, schema, status = 200 } = message;
  const hospital = pact.nextHospital();
  const { institutionCode } = hospital;
  const content = { institutionCode, ...body(institutionCode) };
  const idempotencyKey = `pact-${description.replaceAll(/\W+/g, '-')}`;
  const call = {
    description,
    given: [given(institutionCode)],
    hospital,
    path: `/api/partner/v1/${path}`,
    idempotencyKey,
    body: content,
    answer: { status, body: answer },
  };
  const result = await pact.promised(call, (client) =>
    client.tell(path, MatchersV3.reify(content as never), idempotencyKey, schema as never),
  );
  return result as z.infer<Schema>;
}

/** A message that the platform refuses; answers the refusal. */
async function refused(
  message: Omit<Message<z.ZodType>, 'answer' | 'schema' | 'status'>,
  status: number,
  code: string,
): Promise<unknown> {
  const { description, path, given, body } = message;
  const hospital = pact.nextHospital();
  const { institutionCode } = hospital;
  const content = { institutionCode, ...body(institutionCode) };
  const idempotencyKey = `pact-${description.replaceAll(/\W+/g, '-')}`;
  const call = {
    description,
    given: [given(institutionCode)],
    hospital,
    path: `/api/partner/v1/${path}`,
    idempotencyKey,
    body: content,
    answer: problem(status, code),
  };
  return pact.promised(call, (client) =>
    refusalOf(client.tell(path, MatchersV3.reify(content as never), idempotencyKey, scheduleActResultSchema)),
  );
}

const ofSchedule = () => ({ scheduleId: SCHEDULE });

describe('what the hospital’s system needs to register its slots', () => {
  it('registers a schedule with its intervals and slots', async () => {
    const result = await taken({
      path: 'schedules',
      description: 'a registration of a schedule',
      given: directoryOf,
      body: scheduleOf,
      answer: registered('registered'),
      schema: scheduleResultSchema,
      status: 201,
    });
    expect(result.outcome).toBe('registered');
  });

  it('hears that the same schedule again changed nothing', async () => {
    const result = await taken({
      path: 'schedules',
      description: 'a registration of a schedule that is registered already',
      given: scheduled,
      body: scheduleOf,
      answer: registered('unchanged'),
      schema: scheduleResultSchema,
    });
    expect(result.outcome).toBe('unchanged');
  });

  it('learns which schedules of a batch were refused, and why', async () => {
    const hospital = pact.nextHospital();
    const { institutionCode } = hospital;
    const adrift = { ...scheduleOf(institutionCode, 'D999'), scheduleId: 'S2' };
    const items = [scheduleOf(institutionCode), adrift];
    const refusal = {
      scheduleId: 'S2',
      outcome: 'refused',
      problem: 'doctor-not-registered',
      detail: sentence('请先登记该医生'),
    };
    const result = await pact.promised(
      {
        description: 'a batch of schedules of which one names an unknown doctor',
        given: [directoryOf(institutionCode)],
        hospital,
        path: '/api/partner/v1/schedules/batch',
        idempotencyKey: 'pact-schedules-partly-refused',
        body: { items },
        answer: {
          status: 200,
          body: { accepted: 1, refused: 1, items: [registered('registered'), refusal] },
        },
      },
      (client) => client.registerSchedules(items, 'pact-schedules-partly-refused'),
    );
    expect(result).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('is told that another hospital’s schedules are none of its business', async () => {
    const foreign = pact.nextHospital();
    const refusal = await refused(
      {
        path: 'schedules',
        description: 'a registration of a schedule of another hospital',
        given: directoryOf,
        body: () => scheduleOf(foreign.institutionCode),
      },
      403,
      'foreign-institution',
    );
    expect(refusal).toMatchObject({ status: 403, code: 'foreign-institution' });
  });
});

describe('what the hospital’s system needs to change a schedule', () => {
  it('adds slots', async () => {
    const intervals = [sampleInterval('08:30', '08:45', ['public'], 21)];
    const result = await taken({
      path: 'schedule-additions',
      description: 'more slots of a schedule',
      given: scheduled,
      body: () => ({ ...ofSchedule(), intervals }),
      answer: done(),
      schema: scheduleActResultSchema,
    });
    expect(result.scheduleId).toBe(SCHEDULE);
  });

  it('takes slots back', async () => {
    await taken({
      path: 'slot-withdrawals',
      description: 'a withdrawal of slots',
      given: scheduled,
      body: () => ({ ...ofSchedule(), slotIds: ['N01'], reason: '诊室维修' }),
      answer: done(),
      schema: scheduleActResultSchema,
    });
  });

  it('suspends it, and gets the number under which it can be revoked', async () => {
    const result = await taken({
      path: 'schedule-suspensions',
      description: 'a suspension of a schedule',
      given: scheduled,
      body: () => ({ ...ofSchedule(), cause: 'travel', reason: '外出会议', starts: null }),
      answer: done(),
      schema: scheduleActResultSchema,
    });
    expect(result.id).not.toBeNull();
  });

  it('revokes a suspension by that number', async () => {
    const idempotencyKey = 'pact-state-of-a-suspension';
    const suspensionOf = (institutionCode: string) =>
      commandIdOf(`partner:${pact.hospitalOf(institutionCode).partnerId}`, idempotencyKey);
    await taken({
      path: 'suspension-revocations',
      description: 'a revocation of a suspension',
      given: (institutionCode) => ['the schedule is suspended', { institutionCode, idempotencyKey }],
      body: (institutionCode) => ({
        ...ofSchedule(),
        suspensionId: suspensionOf(institutionCode),
        reason: '会议取消',
      }),
      answer: done(),
      schema: scheduleActResultSchema,
    });
  });

  it('names a substitute', async () => {
    await taken({
      path: 'schedule-substitutions',
      description: 'a substitution of a doctor',
      given: scheduled,
      body: () => ({ ...ofSchedule(), cause: 'travel', doctorCode: SUBSTITUTE, reason: '外出会议' }),
      answer: done(),
      schema: scheduleActResultSchema,
    });
  });

  it('is told that a substitute of a lower title may not stand in', async () => {
    const refusal = await refused(
      {
        path: 'schedule-substitutions',
        description: 'a substitution by a doctor of a lower title',
        given: scheduled,
        body: () => ({ ...ofSchedule(), cause: 'travel', doctorCode: ASSISTANT, reason: '外出会议' }),
      },
      409,
      'substitute-title-too-low',
    );
    expect(refusal).toMatchObject({ status: 409 });
  });
});

describe('what the hospital’s system needs to report bookings', () => {
  it('lands what it has of a day', async () => {
    const order = { orderNumber: 'HIS-1', scheduleId: SCHEDULE, slotId: 'N01', state: 'booked' };
    const result = await taken({
      path: 'booking-landings',
      description: 'a landing of the orders of a day',
      given: scheduled,
      body: () => ({
        date: DATE,
        submissionId: '7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f0002',
        part: 1,
        parts: 1,
        orders: [order],
      }),
      answer: { date: DATE, received: 1, position },
      schema: landingResultSchema,
    });
    expect(result.received).toBe(1);
  });

  it('reports that somebody has checked in', async () => {
    const result = await taken({
      path: 'booking-states',
      description: 'a report of a check-in',
      given: booked,
      body: () => ({ orderNumber: orderNumber(), state: 'checkedIn' }),
      answer: { orderNumber: anyOrder, outcome: 'recorded', position },
      schema: bookingStateResultSchema,
    });
    expect(result.outcome).toBe('recorded');
  });

  it('calls a booking off and says why', async () => {
    await taken({
      path: 'booking-states',
      description: 'a report of a cancellation by the hospital',
      given: booked,
      body: () => ({ orderNumber: orderNumber(), state: 'cancelled', reason: '设备故障' }),
      answer: { orderNumber: anyOrder, outcome: 'recorded', position },
      schema: bookingStateResultSchema,
    });
  });

  it('is told that nobody is a no-show before the visit', async () => {
    const refusal = await refused(
      {
        path: 'booking-states',
        description: 'a report of a no-show before the visit',
        given: booked,
        body: () => ({ orderNumber: orderNumber(), state: 'noShow' }),
      },
      409,
      'report-too-early',
    );
    expect(refusal).toMatchObject({ code: 'report-too-early' });
  });

  it('learns which reports of a batch were refused, and why', async () => {
    const hospital = pact.nextHospital();
    const { institutionCode } = hospital;
    const items = [
      { institutionCode, orderNumber: orderNumber(), state: 'checkedIn' },
      { institutionCode, orderNumber: 'QP0000000000000000', state: 'checkedIn' },
    ];
    const line = { problem: null, detail: null };
    const answer = {
      accepted: 1,
      refused: 1,
      items: [
        { ...line, orderNumber: anyOrder, outcome: 'recorded' },
        {
          orderNumber: 'QP0000000000000000',
          outcome: 'refused',
          problem: 'booking-unknown',
          detail: sentence('没有找到该预约单'),
        },
      ],
    };
    const key = 'pact-states-partly-refused';
    const result = await pact.promised(
      {
        description: 'a batch of reports of which one names an unknown order',
        given: [booked(institutionCode)],
        hospital,
        path: '/api/partner/v1/booking-states/batch',
        idempotencyKey: key,
        body: { items },
        answer: { status: 200, body: answer },
      },
      (client) =>
        client.tell(
          'booking-states/batch',
          MatchersV3.reify({ items } as never),
          key,
          bookingStateBatchResultSchema,
        ),
    );
    expect(result?.items.map(({ outcome }) => outcome)).toEqual(['recorded', 'refused']);
  });
});

describe('what the hospital’s system needs of the black list', () => {
  const entry = (entryCode = 'B1') => {
    const { name, identityKind, identityNumber } = syntheticResident(1_999_997);
    const person = { name, identityKind, identityNumber, mobile: null };
    return { entryCode, person, kind: 'scalping', reason: '多次倒号', from: '2026-01-01', until: null };
  };
  const listed = (institutionCode: string): State => ['the entry B1 is listed', { institutionCode }];

  it('lists somebody whom it names by a document', async () => {
    await taken({
      path: 'blacklist-entries',
      description: 'an entry of a black list',
      given: directoryOf,
      body: () => entry(),
      answer: { entryCode: 'B1', outcome: 'recorded', position },
      schema: blacklistResultSchema,
    });
  });

  it('passes on that an appeal was upheld', async () => {
    await taken({
      path: 'blacklist-appeals',
      description: 'an appeal that was upheld',
      given: listed,
      body: () => ({ entryCode: 'B1', upheld: true, reason: '查无实据' }),
      answer: { entryCode: 'B1', outcome: 'lifted', position },
      schema: blacklistResultSchema,
    });
  });

  it('lands its whole list', async () => {
    await taken({
      path: 'blacklist-landings',
      description: 'a landing of a black list',
      given: listed,
      body: () => ({ entries: [entry('B2')] }),
      answer: { added: 1, lifted: 1, unchanged: 0, refused: [], position },
      schema: blacklistLandingResultSchema,
    });
  });
});

describe('the platform', () => {
  let folder: string;
  let host: RunningHost;
  const people = new SyntheticPeople();
  let residents = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingpu-pact-'));
    await writePartners(folder, pact.hospitals);
    host = await runHost({
      dataFolder: folder,
      settings: { QINGPU_SYNTHETIC_DISTRICT: 'false', QINGPU_SIGN_IN_CODE: SIGN_IN_CODE },
    });
  });

  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const institutionOf = (parameters: unknown) => parameter(parameters, 'institutionCode');
  const clientOf = (institutionCode: string) =>
    new HospitalClient({ baseUrl: host.url, partner: pact.hospitalOf(institutionCode) });
  const key = () => randomUUID();

  async function putDirectory(institutionCode: string): Promise<HospitalClient> {
    const client = clientOf(institutionCode);
    await client.register(
      'institution',
      { institutionCode, details: sampleInstitution(institutionCode) },
      key(),
    );
    const department = { institutionCode, code: SAMPLE_CODES.department, details: sampleDepartment() };
    await client.register('department', department, key());
    const doctors = [
      [SAMPLE_CODES.doctor, '231'],
      [SUBSTITUTE, '231'],
      [ASSISTANT, '234'],
    ] as const;
    for (const [index, [code, title]] of doctors.entries()) {
      const person = samplePerson({ residentId: sampleResidentId(index + 1) });
      await client.register(
        'doctor',
        { institutionCode, code, details: sampleDoctor({ title }), person },
        key(),
      );
    }
    return client;
  }

  async function putSchedule(institutionCode: string): Promise<HospitalClient> {
    const client = await putDirectory(institutionCode);
    await client.registerSchedules([scheduleOf(institutionCode)], key());
    return client;
  }

  /** Somebody new books at the hospital, three days ahead. */
  async function book(institutionCode: string) {
    const client = await putDirectory(institutionCode);
    const schedule = sampleSchedule(institutionCode, 'OPEN', { date: inDays(3) });
    await client.registerSchedules([schedule], key());
    residents += 1;
    const resident = await BookingResident.register(host.url, `newcomer-${residents}`, people.grownUp());
    return resident.book(schedule);
  }

  it('keeps the pact', async () => {
    expect(interactionsIn(file)).toEqual(pact.promises.toSorted());
    const verifier = new Verifier({
      provider: PLATFORM,
      providerBaseUrl: host.url,
      pactUrls: [file],
      logLevel: 'error',
      requestFilter: signAfresh((partnerId) => pact.secretOf(partnerId)),
      stateHandlers: {
        'the directory is registered': async (parameters) => {
          await putDirectory(institutionOf(parameters));
        },
        'the schedule is registered': async (parameters) => {
          await putSchedule(institutionOf(parameters));
        },
        'the schedule is suspended': async (parameters) => {
          const institutionCode = institutionOf(parameters);
          const client = await putSchedule(institutionCode);
          const suspension = { institutionCode, ...ofSchedule(), cause: 'travel', reason: '外出会议' };
          const keyOfState = parameter(parameters, 'idempotencyKey');
          await client.tell('schedule-suspensions', suspension, keyOfState, scheduleActResultSchema);
        },
        'somebody has booked': async (parameters) => {
          const { orderNumber: number } = await book(institutionOf(parameters));
          return { orderNumber: number };
        },
        'the entry B1 is listed': async (parameters) => {
          const institutionCode = institutionOf(parameters);
          const client = await putDirectory(institutionCode);
          const { name, identityKind, identityNumber } = syntheticResident(1_999_997);
          const person = { name, identityKind, identityNumber, mobile: null };
          const entry = {
            institutionCode,
            entryCode: 'B1',
            person,
            kind: 'scalping',
            reason: '多次倒号',
            from: '2026-01-01',
            until: null,
          };
          await client.tell('blacklist-entries', entry, key(), blacklistResultSchema);
        },
      },
    });
    await verifier.verifyProvider();
  });
});
