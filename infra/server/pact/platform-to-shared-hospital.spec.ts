import { join } from 'node:path';
import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import type { BookingFacts, SlotFacts } from '@qingpu/contracts/events/slots';
import {
  SHARED_CALLS,
  type SharedAsked,
  type SharedCall,
} from '@qingpu/contracts/partners/hospital/shared-resources';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import { HttpSharedHospitals } from '../operations/shared-hospitals.ts';
import { openPeople } from '../testing/open-people.ts';
import { holdToPact } from './hold-to-pact.ts';
import { emptyPactFile, HOSPITAL, PLATFORM, signedHeaders } from './pact-file.ts';
import { testHospital } from './test-hospitals.ts';

/*
 * The platform is the consumer of the eight calls of hospitals in shared mode (F1.08–F1.15). First its real adapter writes
 * down what it asks and needs; then the hospital simulator is held to it, as a hospital's own system would be.
 */

const { like, regex } = MatchersV3;
const personId = '00000000-0000-4000-8000-000000000001';
const cardId = '00000000-0000-4000-8000-000000000002';
const badCardId = '00000000-0000-4000-8000-000000000003';
const requestId = '5b1d6e1c-6a0f-5c7e-9a43-000000000001';
const card = { kind: 'healthCode', number: 'QP1234567890' } as const;
const badCard = { kind: 'healthCode', number: 'QP0000000000' } as const;
const named = {
  name: '王小明',
  identityKind: '01',
  identityNumber: '310118198001011231',
  mobile: '13800000000',
} as const;

const file = emptyPactFile(PLATFORM, HOSPITAL, 'hospital/pacts/shared');
const pact = new PactV4({ consumer: PLATFORM, provider: HOSPITAL, dir: join(file, '..'), logLevel: 'error' });
const promises: string[] = [];
const hospital = testHospital(2);
const { institutionCode } = hospital;

function hospitalsAt(callbackUrl: string): HttpSharedHospitals {
  return new HttpSharedHospitals({
    partners: new Partners([{ ...hospital, callbackUrl }]),
    people: openPeople(
      { [personId]: { ...named, sex: '1', birthDate: '1980-01-01' } },
      { [cardId]: card, [badCardId]: badCard },
    ),
    clock: systemClock,
    limits: { attempts: 1 },
    newId: () => requestId,
  });
}

const dateOf = (number: number) => `2026-03-${String(number).padStart(2, '0')}`;
const scheduleIdOf = (number: number) => `P${number}`;
const orderOf = (number: number) => `QP${String(number).padStart(16, '0')}`;

/** An order of case `number`: a schedule and a day of its own. */
function order(number: number, changes: Partial<BookingFacts> = {}) {
  const slot: SlotFacts = {
    institutionCode,
    scheduleId: scheduleIdOf(number),
    slotId: 'S1',
    departmentCode: 'K1',
    clinicCode: 'C1',
    doctorCode: 'D1',
    kind: 'expert',
    date: dateOf(number),
    session: 'morning',
    start: '08:00',
    end: '08:15',
    feeFen: 2500,
    tier: 'public',
    sensitivity: 'usual',
  };
  const booking: BookingFacts = {
    bookingId: requestId,
    orderNumber: orderOf(number),
    personId,
    accountId: null,
    cardId: null,
    channel: 'districtPortal',
    policyVersion: '1',
    replaces: null,
    ...changes,
  };
  return { slot, booking };
}

const askedOf = (number: number, changes: Partial<SharedAsked<'book'>> = {}): SharedAsked<'book'> => ({
  institutionCode,
  orderNumber: orderOf(number),
  scheduleId: scheduleIdOf(number),
  slotId: 'S1',
  date: dateOf(number),
  start: '08:00',
  end: '08:15',
  person: named,
  card: null,
  ...changes,
});
const hospitalOrderNumber = 'YY0000000001';
const numbered = { hospitalOrderNumber: regex('^.{1,40}$', hospitalOrderNumber) };

interface Promised<Call extends SharedCall> {
  readonly call: Call;
  readonly description: string;
  /** A state of the hospital, and the number of the case. */
  readonly given: readonly [state: string, number: number];
  readonly asked: SharedAsked<Call>;
  /** What the platform relies on: an answer, or matchers in its shape. */
  readonly answer: object;
}

function promised<Call extends SharedCall, Result>(
  { call, description, given: [state, number], asked, answer }: Promised<Call>,
  ask: (hospitals: HttpSharedHospitals) => Promise<Result>,
  status = 200,
): Promise<Result> {
  promises.push(description);
  const { path, writes } = SHARED_CALLS[call];
  const { [SIGNATURE_HEADERS.idempotencyKey]: _key, ...reading } = signedHeaders(hospital.partnerId, '');
  const headers = writes
    ? signedHeaders(hospital.partnerId, (asked as SharedAsked<'cancel'>).orderNumber)
    : reading;
  return pact
    .addInteraction()
    .given(state, { number })
    .uponReceiving(description)
    .withRequest('POST', path, (request) => request.headers(headers).jsonBody(asked))
    .willRespondWith(status, (response) =>
      response
        .headers({ 'Content-Type': regex('^application/json(;.*)?$', 'application/json; charset=utf-8') })
        .jsonBody(answer),
    )
    .executeTest(({ url }) => ask(hospitalsAt(url))) as Promise<Result>;
}

const LEFT = 'slots are left of the schedule';
const BOOKED = 'the order is booked';
const BOOKED_ANSWER = { result: 'booked', hospitalOrderNumber };

describe('what the platform needs of a hospital in shared mode', () => {
  it('a booking is booked under the hospital’s number (F1.09)', async () => {
    const answer = { orderNumber: orderOf(1), result: 'booked', ...numbered };
    const asked = askedOf(1, { card });
    const result = await promised(
      { call: 'book', description: 'a booking under a card', given: [LEFT, 1], asked, answer },
      (hospitals) => hospitals.book(order(1, { cardId })),
    );
    expect(result).toEqual(BOOKED_ANSWER);
  });

  it('the same booking again is answered the same (F1.09)', async () => {
    const answer = { orderNumber: orderOf(2), result: 'booked', ...numbered };
    const result = await promised(
      { call: 'book', description: 'a booking again', given: [BOOKED, 2], asked: askedOf(2), answer },
      (hospitals) => hospitals.book(order(2)),
    );
    expect(result).toEqual(BOOKED_ANSWER);
  });

  it.each([
    ['a slot that the hospital has sold itself', 'the slot is sold at the window', 3, 'taken', null],
    ['a slot that is not on sale', 'there is no such schedule', 4, 'notOnSale', null],
    ['a booking under a card that does not count', 'the card does not count', 5, 'cardInvalid', badCardId],
    ['a booking of an order that was voided', 'the order was voided', 6, 'orderVoided', null],
  ] as const)('%s is refused (F1.09)', async (description, state, number, code, withCard) => {
    const answer = { orderNumber: orderOf(number), result: 'refused', code };
    const asked = askedOf(number, { card: withCard && badCard });
    const result = await promised(
      { call: 'book', description, given: [state, number], asked, answer },
      (hospitals) => hospitals.book(order(number, { cardId: withCard })),
    );
    expect(result).toEqual({ result: 'refused', code });
  });

  it('a cancellation is done (F1.10)', async () => {
    const asked = { institutionCode, orderNumber: orderOf(7), when: 'always' } as const;
    const answer = { orderNumber: orderOf(7), result: 'cancelled' };
    await promised(
      { call: 'cancel', description: 'a cancellation', given: [BOOKED, 7], asked, answer },
      (hospitals) => hospitals.cancel(institutionCode, orderOf(7)),
    );
  });

  it('an order that was never heard of is voided (F1.10)', async () => {
    const asked = { institutionCode, orderNumber: orderOf(8), when: 'unlessBooked' } as const;
    const answer = { orderNumber: orderOf(8), result: 'cancelled' };
    const result = await promised(
      { call: 'cancel', description: 'voiding what was never booked', given: [LEFT, 8], asked, answer },
      (hospitals) => hospitals.voidOrder(order(8)),
    );
    expect(result).toEqual({ result: 'voided' });
  });

  it('an order that is booked is not voided (F1.10)', async () => {
    const asked = { institutionCode, orderNumber: orderOf(9), when: 'unlessBooked' } as const;
    const answer = { orderNumber: orderOf(9), result: 'booked', ...numbered };
    const result = await promised(
      { call: 'cancel', description: 'voiding what is booked', given: [BOOKED, 9], asked, answer },
      (hospitals) => hospitals.voidOrder(order(9)),
    );
    expect(result).toEqual(BOOKED_ANSWER);
  });

  it('an order is found (F1.12)', async () => {
    const asked = { requestId, institutionCode, orderNumber: orderOf(10) };
    const found = { state: 'booked', ...numbered, scheduleId: 'P10', slotId: 'S1' };
    const answer = { requestId, orderNumber: orderOf(10), order: found };
    const result = await promised(
      { call: 'order', description: 'the order that is booked', given: [BOOKED, 10], asked, answer },
      (hospitals) => hospitals.find(order(10)),
    );
    expect(result).toEqual(BOOKED_ANSWER);
  });

  it('an order that was never heard of is not (F1.12)', async () => {
    const asked = { requestId, institutionCode, orderNumber: orderOf(11) };
    const answer = { requestId, orderNumber: orderOf(11), order: null };
    const result = await promised(
      { call: 'order', description: 'an order never heard of', given: [LEFT, 11], asked, answer },
      (hospitals) => hospitals.find(order(11)),
    );
    expect(result).toEqual({ result: 'notBooked' });
  });

  it('slots are free or not (F1.08)', async () => {
    const scheduleId = scheduleIdOf(12);
    const asked = { requestId, institutionCode, scheduleId };
    const slots = [
      { slotId: 'S1', free: false },
      { slotId: 'S2', free: true },
    ];
    const result = await promised(
      {
        call: 'slots',
        description: 'the slots of a schedule',
        given: ['the slot is sold at the window', 12],
        asked,
        answer: { requestId, scheduleId, slots },
      },
      (hospitals) => hospitals.freeSlots({ institutionCode, scheduleId }),
    );
    expect(result).toEqual(new Set(['S2']));
  });

  it('the orders of a day are listed (F1.11)', async () => {
    const landed = { orderNumber: orderOf(13), scheduleId: 'P13', slotId: 'S1', state: 'booked' };
    const result = await promised(
      {
        call: 'orders',
        description: 'the orders of a day',
        given: [BOOKED, 13],
        asked: { requestId, institutionCode, date: dateOf(13), page: 1 },
        answer: { requestId, page: 1, pages: 1, orders: [landed] },
      },
      (hospitals) => hospitals.ordersOf(institutionCode, dateOf(13)),
    );
    expect(result).toEqual([landed]);
  });

  it.each([
    ['a card that counts', LEFT, 14, true, null, cardId, card],
    ['a card that does not count', 'the card does not count', 15, false, 'suspended', badCardId, badCard],
  ] as const)('%s is known (F1.13)', async (description, state, number, valid, reason, id, shown) => {
    const result = await promised(
      {
        call: 'card',
        description,
        given: [state, number],
        asked: { requestId, institutionCode, person: named, card: shown },
        answer: { requestId, valid, reason },
      },
      (hospitals) => hospitals.checkCard({ institutionCode, personId, cardId: id }),
    );
    expect(result).toBe(valid ? 'valid' : 'invalid');
  });

  it('doctors and clinics of whom something is left are listed (F1.14, F1.15)', async () => {
    const place = { departmentCode: 'K1', date: dateOf(16), free: like(2) };
    const asked = { requestId, institutionCode, from: dateOf(16), to: dateOf(16) };
    const given = [LEFT, 16] as const;
    const doctors = { requestId, doctors: [{ doctorCode: 'D1', ...place }] };
    const clinics = { requestId, clinics: [{ clinicCode: 'C1', ...place }] };
    // The adapter asks for both at once, while each interaction has a mock of its own.
    const ask = (hospitals: HttpSharedHospitals) =>
      hospitals.bookable(institutionCode, dateOf(16), dateOf(16));
    await promised(
      { call: 'doctors', description: 'doctors with something left', given, asked, answer: doctors },
      (hospitals) => hospitals.ask('doctors', asked),
    );
    await promised(
      { call: 'clinics', description: 'clinics with something left', given, asked, answer: clinics },
      (hospitals) => hospitals.ask('clinics', asked),
    );
    const simulator = await startHospitalSimulator({ partners: [hospital] });
    try {
      offer(simulator, 16);
      expect(await ask(hospitalsAt(simulator.url))).toEqual({
        doctors: new Set([`${dateOf(16)} D1`]),
        clinics: new Set([`${dateOf(16)} C1`]),
      });
    } finally {
      await simulator.close();
    }
  });

  it('a call under a wrong signature is refused, so that nobody knows what became of it', async () => {
    const result = await promised(
      {
        call: 'book',
        description: 'a booking under a wrong signature',
        given: ['the platform signs under a wrong secret', 17],
        asked: askedOf(17),
        answer: { code: like('refused') },
      },
      (hospitals) => hospitals.book(order(17)),
      401,
    );
    expect(result).toEqual({ result: 'unknown' });
  });
});

function offer(simulator: HospitalSimulator, number: number): void {
  simulator.shared.book.offer({
    institutionCode,
    scheduleId: scheduleIdOf(number),
    date: dateOf(number),
    departmentCode: 'K1',
    clinicCode: 'C1',
    doctorCode: 'D1',
    slotIds: ['S1', 'S2'],
  });
}

describe('the hospital', () => {
  let simulator: HospitalSimulator;

  beforeAll(async () => {
    simulator = await startHospitalSimulator({ partners: [hospital] });
  });
  afterAll(() => simulator?.close());

  /** A state of the hospital for the case of that number. */
  const state = (prepare: (number: number) => void) => async (parameters: unknown) => {
    const { number } = parameters as { readonly number: number };
    prepare(number);
  };

  it('keeps the pact', async () => {
    const { book } = simulator.shared;
    await holdToPact({
      provider: HOSPITAL,
      url: simulator.url,
      file,
      promises,
      signer: hospital,
      states: {
        [LEFT]: state((number) => offer(simulator, number)),
        [BOOKED]: state((number) => {
          offer(simulator, number);
          book.book(askedOf(number));
        }),
        'the slot is sold at the window': state((number) => {
          offer(simulator, number);
          book.sellAtWindow({ institutionCode, scheduleId: scheduleIdOf(number), slotId: 'S1' });
        }),
        'there is no such schedule': state(() => undefined),
        'the card does not count': state((number) => {
          offer(simulator, number);
          book.refuseCard(badCard.number, 'suspended');
        }),
        'the order was voided': state((number) => {
          offer(simulator, number);
          book.cancel({ institutionCode, orderNumber: orderOf(number), when: 'unlessBooked' });
        }),
      },
    });
    const booked = book.orders().filter((each) => each.state === 'booked');
    expect(booked.map(({ orderNumber }) => orderNumber).toSorted()).toEqual([1, 2, 9, 10, 13].map(orderOf));
  });
});
