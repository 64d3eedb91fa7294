import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { BookingOrder, BookingOrderPayload } from '@qingpu/contracts/partners/hospital/booking-order';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { bookedOrder, cancelledOrder } from '@qingpu/simulators/testing/sample-deliveries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import { deliverToHospital } from '../operations/hospital-gateway.ts';
import { openPeople } from '../testing/open-people.ts';
import { DeliveryPact, refused, taken } from './delivery-pact.ts';
import { down, holdToPact } from './hold-to-pact.ts';
import { emptyPactFile, HOSPITAL, PLATFORM } from './pact-file.ts';
import { testHospital } from './test-hospitals.ts';

/*
 * The platform is the consumer of the hospital's endpoint for booking orders (F3.04, F3.10). First its real gateway
 * writes down what it sends and needs; then the hospital simulator is held to it, as a hospital's own system would be.
 */

const PATH = '/qingpu/v1/booking-orders';
const personId = '00000000-0000-4000-8000-000000000001';
const cardId = '00000000-0000-4000-8000-000000000002';
const file = emptyPactFile(PLATFORM, HOSPITAL, 'hospital/pacts/slots');
const pact = new DeliveryPact(file, HOSPITAL);
const hospital = testHospital(1);

const idOf = (number: number) => `5b1d6e1c-6a0f-5c7e-9a43-${String(number).padStart(12, '0')}`;
const orderOf = (number: number) => `QP${String(number).padStart(16, '0')}`;
const named = (number: number) => ({ deliveryId: idOf(number), orderNumber: orderOf(number) });
const booked = (number: number, changes: Parameters<typeof bookedOrder>[1] = {}) =>
  bookedOrder(hospital.institutionCode, {
    ...named(number),
    card: { kind: 'healthCode', number: 'QP1234567890' },
    ...changes,
  });
const cancelled = (number: number) =>
  cancelledOrder(hospital.institutionCode, { ...named(number), deliveryId: idOf(100 + number) });

/** Delivers through the real gateway what opens to this order. */
function deliver(order: BookingOrder, callbackUrl: string): Promise<void> {
  const { payload, people } = sealed(order);
  const delivery = {
    deliveryId: order.deliveryId,
    kind: 'booking-order',
    recipient: order.institutionCode,
    payload,
    attempt: 1,
  } as const;
  const partners = new Partners([{ ...hospital, callbackUrl }]);
  const parts = { partners, people, clock: systemClock };
  return deliverToHospital(parts, delivery, AbortSignal.timeout(5_000));
}

/** The order as it waits to be delivered, and who is behind the ids in it. */
function sealed(order: BookingOrder) {
  if (order.state === 'cancelled') return { payload: order, people: openPeople({}) };
  const { person, card, ...rest } = order;
  const payload: BookingOrderPayload = { ...rest, personId, cardId: card && cardId };
  const content: PersonContent = { ...person, sex: '1', birthDate: '1980-01-01' };
  return { payload, people: openPeople({ [personId]: content }, card ? { [cardId]: card } : {}) };
}

type Given = Parameters<DeliveryPact['promised']>[0]['given'];
const promised = (
  description: string,
  given: Given,
  content: BookingOrder,
  answer = taken(content) as { readonly status: number; readonly body: object },
) =>
  pact.promised({ description, given, path: PATH, partnerId: hospital.partnerId, content, answer }, (url) =>
    deliver(content, url),
  );
const ready: Given = ['the hospital takes booking orders', {}];
const known = (order: BookingOrder): Given => ['the order arrived before', { order }];

describe('what the platform needs of a hospital that takes booking orders', () => {
  it('is told that a booking has arrived, with who comes and under which card', async () => {
    await promised('a booking', ready, booked(1));
  });

  it('is told the same when it has to send a booking again', async () => {
    await promised('a booking that arrived before', known(booked(2)), booked(2));
  });

  it('is told that a cancellation has arrived', async () => {
    await promised('a cancellation of a booking', known(booked(3)), cancelled(3));
  });

  it('is told that a cancellation of what was never booked has arrived', async () => {
    await promised('a cancellation of a hold', ready, cancelled(4));
  });

  it('is told that a booking has arrived that is older than its cancellation', async () => {
    await promised('a booking after its cancellation', known(cancelled(5)), booked(5));
  });

  it('is refused when the same revision of an order says something else', async () => {
    const refusal = await promised(
      'other content under the order and revision of a booking that arrived before',
      known(booked(6)),
      booked(6, { start: '09:00', end: '09:15' }),
      refused(409),
    );
    expect(refusal).toEqual(new DeliveryFault('status-409'));
  });

  it('is refused under a signature that is not its own', async () => {
    const given: Given = ['the platform signs under a wrong secret', {}];
    const refusal = await promised('a booking under a wrong signature', given, booked(7), refused(401));
    expect(refusal).toEqual(new DeliveryFault('status-401'));
  });

  it('is told when the hospital cannot take orders just now', async () => {
    const given: Given = ['the hospital’s system is down', {}];
    const description = 'a booking while the hospital’s system is down';
    const refusal = await promised(description, given, booked(8), refused(503));
    expect(refusal).toEqual(new DeliveryFault('status-503'));
  });
});

describe('the hospital', () => {
  let simulator: HospitalSimulator;

  beforeAll(async () => {
    simulator = await startHospitalSimulator({ partners: [hospital] });
  });
  afterAll(() => simulator?.close());

  it('keeps the pact', async () => {
    await holdToPact({
      provider: HOSPITAL,
      url: simulator.url,
      file,
      promises: pact.promises,
      signer: hospital,
      states: {
        'the hospital takes booking orders': async () => undefined,
        'the order arrived before': async (parameters) => {
          const { order } = parameters as { readonly order?: BookingOrder };
          if (!order) throw new Error('the state names no order');
          await deliver(order, simulator.url);
        },
        'the hospital’s system is down': down(simulator),
      },
    });
    const states = simulator.orders().map(({ orderNumber, state }) => [orderNumber, state]);
    expect(states.toSorted()).toEqual([
      [orderOf(1), 'booked'],
      [orderOf(2), 'booked'],
      [orderOf(3), 'cancelled'],
      [orderOf(4), 'cancelled'],
      [orderOf(5), 'cancelled'],
      [orderOf(6), 'booked'],
    ]);
  });
});
