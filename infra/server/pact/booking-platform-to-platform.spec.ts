import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MatchersV3, PactV4, Verifier } from '@pact-foundation/pact';
import type { PoolBook } from '@qingpu/contracts/partners/booking-platform/pool';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import {
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { generateChannelPartners } from '@qingpu/data/channel-partners';
import { syntheticResident } from '@qingpu/data/residents';
import { BookingPlatformSimulator } from '@qingpu/simulators/booking-platform-simulator';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleSchedule } from '../testing/booking-resident.ts';
import { SAMPLE_CODES } from '../testing/sample-hospital.ts';
import { signAfresh } from './fresh-signature.ts';
import { problem } from './hospital-pact.ts';
import {
  BOOKING_PLATFORM,
  emptyPactFile,
  interactionsIn,
  PLATFORM,
  refusalOf,
  signedHeaders,
} from './pact-file.ts';
import { type RunningHost, runHost } from './running-host.ts';
import { testHospital, writePartners } from './test-hospitals.ts';

/*
 * A booking platform is the consumer of the pool (F4.01, F4.03). First its real client writes down what it sends and needs;
 * then the real host is held to it.
 */

const { arrayContaining, eachLike, integer, like, regex } = MatchersV3;
const POOL = '/api/partner/v1/pool';
const hospital = testHospital(1);
const { institutionCode } = hospital;
const [platform] = generateChannelPartners(randomBytes);
if (!platform) throw new Error('there is no booking platform');
const file = emptyPactFile(BOOKING_PLATFORM, PLATFORM, 'booking-platform/pacts');
const pact = new PactV4({
  consumer: BOOKING_PLATFORM,
  provider: PLATFORM,
  dir: join(file, '..'),
  logLevel: 'error',
});
const promises: string[] = [];

const ON_OFFER = 'the schedule S1 is on offer';
const NOBODY = '00000000-0000-4000-8000-000000000001';
const { name, identityKind, identityNumber, mobile } = syntheticResident(50);
const wish = {
  institutionCode,
  scheduleId: 'S1',
  start: '08:00',
  person: { name, identityKind, identityNumber, mobile },
} as PoolBook;
const position = regex('^\\d{1,19}$', '7');
const moment = like('2026-11-25T08:00:00.000+08:00');
const schedule = {
  institutionCode,
  institutionName: like('青浦示例医院'),
  scheduleId: 'S1',
  departmentCode: like('K03'),
  departmentName: like('内科'),
  clinicCode: null,
  clinicName: null,
  doctorCode: like('DR00001'),
  doctorName: like('张三'),
  doctorTitle: like('主任医师'),
  kind: 'expert',
  date: regex('^\\d{4}-\\d{2}-\\d{2}$', '2026-11-28'),
  session: 'morning',
  feeFen: integer(2500),
  location: like('门诊楼2楼'),
  free: integer(4),
  total: integer(4),
  bookability: 'open',
  opensAt: null,
  substituted: false,
  allotment: null,
};

interface Call {
  readonly description: string;
  readonly given: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly body?: object;
  readonly answer: { readonly status: number; readonly body: object };
}

/** A request that reads carries no key and no body. */
function headersOf(key: string | undefined) {
  const headers = signedHeaders(platform?.partnerId ?? '', key ?? '');
  if (key !== undefined) return headers;
  const { 'Content-Type': _type, [SIGNATURE_HEADERS.idempotencyKey]: _key, ...reading } = headers;
  return reading;
}

function promised<Result>(call: Call, use: (simulator: BookingPlatformSimulator) => Promise<Result>) {
  const { description, given, method, path, query = {}, key, body, answer } = call;
  promises.push(description);
  const type = answer.status < 400 ? 'json' : 'problem\\+json';
  const contentType = regex(`^application/${type}(;.*)?$`, `application/${type.replace('\\', '')}`);
  return pact
    .addInteraction()
    .given(given)
    .uponReceiving(description)
    .withRequest(method, path, (request) => {
      request.headers(headersOf(key)).query(query);
      if (body) request.jsonBody(body);
    })
    .willRespondWith(answer.status, (response) =>
      response.headers({ 'Content-Type': contentType }).jsonBody(answer.body),
    )
    .executeTest(({ url }) => {
      const partner = { partnerId: platform?.partnerId ?? '', secret: 'any-secret-will-do-against-a-mock' };
      return use(new BookingPlatformSimulator({ baseUrl: url, partner, attempts: 1 }));
    });
}

describe('a booking platform', () => {
  it('asks which institutions there are', async () => {
    const answer = {
      items: eachLike({ code: like(institutionCode), name: like('青浦示例医院') }),
      page: 1,
      size: 100,
      total: integer(1),
      asOf: moment,
      stale: false,
    };
    const call = { method: 'GET', path: `${POOL}/institutions`, query: { size: '100' } } as const;
    const answered = await promised(
      {
        ...call,
        description: 'which institutions there are',
        given: ON_OFFER,
        answer: { status: 200, body: answer },
      },
      (simulator) => simulator.institutions(),
    );
    expect(answered?.items.length).toBeGreaterThan(0);
  });

  it('books for somebody who is named in the body', async () => {
    const body = {
      bookingId: regex('^[0-9a-f-]{36}$', NOBODY),
      orderNumber: regex('^QP[0-9A-Z]+$', 'QP0123456789ABCDEF'),
      state: 'booked',
      slotId: like('N01'),
      position,
    };
    const order = await promised(
      {
        description: 'a booking',
        given: ON_OFFER,
        method: 'POST',
        path: `${POOL}/bookings`,
        key: 'pool-booking-0001',
        body: wish,
        answer: { status: 201, body },
      },
      (simulator) => simulator.book(wish, 'pool-booking-0001'),
    );
    expect(order?.state).toBe('booked');
  });

  it('is refused what is not there, with advice', async () => {
    const other = { ...wish, scheduleId: 'NOWHERE' };
    const refusal = await promised(
      {
        description: 'a booking at a schedule that is not there',
        given: ON_OFFER,
        method: 'POST',
        path: `${POOL}/bookings`,
        key: 'pool-booking-0002',
        body: other,
        answer: problem(404, 'schedule-unknown'),
      },
      (simulator) => refusalOf(simulator.book(other, 'pool-booking-0002')),
    );
    expect(refusal).toMatchObject({ status: 404, code: 'schedule-unknown' });
  });

  it('does not find orders that are not its own', async () => {
    const refusal = await promised(
      {
        description: 'an order that is not its own',
        given: ON_OFFER,
        method: 'GET',
        path: `${POOL}/bookings/${NOBODY}`,
        answer: problem(404, 'booking-unknown'),
      },
      (simulator) => refusalOf(simulator.order(NOBODY)),
    );
    expect(refusal).toMatchObject({ status: 404, code: 'booking-unknown' });
  });

  it('follows what changes', async () => {
    const body = {
      items: arrayContaining({ kind: 'schedule', position, schedule }),
      next: position,
      more: false,
    };
    const changes = await promised(
      {
        description: 'what has changed',
        given: ON_OFFER,
        method: 'GET',
        path: `${POOL}/changes`,
        query: { after: '0', limit: '100' },
        answer: { status: 200, body },
      },
      (simulator) => simulator.catchUp(),
    );
    expect(changes?.map(({ kind }) => kind)).toEqual(['schedule']);
  });
});

describe('the platform', () => {
  let folder: string;
  let host: RunningHost;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingpu-pact-'));
    await writePartners(folder, [hospital]);
    await writeFile(join(folder, 'keys', 'booking-platforms.json'), JSON.stringify([platform]), {
      mode: 0o600,
    });
    host = await runHost({ dataFolder: folder, settings: { QINGPU_SYNTHETIC_DISTRICT: 'false' } });
  });

  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Registered as the hospital would; again is without effect. */
  async function onOffer(): Promise<void> {
    const client = new HospitalClient({ baseUrl: host.url, partner: hospital });
    const of = (code: string) => ({ institutionCode, code });
    const institution = { institutionCode, details: sampleInstitution(institutionCode) };
    await client.register('institution', institution, 'state-institution');
    await client.register(
      'department',
      { ...of(SAMPLE_CODES.department), details: sampleDepartment() },
      'state-department',
    );
    const doctor = {
      details: sampleDoctor({ departmentCodes: [SAMPLE_CODES.department] }),
      person: samplePerson(),
    };
    await client.register('doctor', { ...of(SAMPLE_CODES.doctor), ...doctor }, 'state-doctor');
    const { refused } = await client.registerSchedules(
      [sampleSchedule(institutionCode, 'S1')],
      'state-schedule',
    );
    expect(refused).toBe(0);
    await untilSeen();
  }

  /** A platform that looks a moment later sees what was registered. */
  async function untilSeen(): Promise<void> {
    const partner = { partnerId: platform?.partnerId ?? '', secret: platform?.secret ?? '' };
    for (;;) {
      const simulator = new BookingPlatformSimulator({ baseUrl: host.url, partner });
      await simulator.catchUp();
      const { items } = await simulator.institutions();
      if (simulator.mirror.schedules.has(`${institutionCode} S1`) && items.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('keeps the pact', async () => {
    expect(interactionsIn(file).toSorted()).toEqual(promises.toSorted());
    const verifier = new Verifier({
      provider: PLATFORM,
      providerBaseUrl: host.url,
      pactUrls: [file],
      logLevel: 'error',
      requestFilter: signAfresh((partnerId) =>
        partnerId === platform?.partnerId ? platform?.secret : undefined,
      ),
      stateHandlers: { [ON_OFFER]: () => onOffer() },
    });
    await verifier.verifyProvider();
  });
});
