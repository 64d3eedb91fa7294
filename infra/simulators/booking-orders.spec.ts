import { bookingOrderAnswerSchema } from '@qingpu/contracts/partners/hospital/booking-order';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HospitalSimulator, startHospitalSimulator } from './hospital-simulator.ts';
import { partnerOf, receiptFor, sendDelivery, sendReceipt } from './testing/receipt-sender.ts';
import { bookedOrder, cancelledOrder } from './testing/sample-deliveries.ts';

const HERE = 'DUMMY001831011811A1001';
const THERE = 'DUMMY002631011811A1001';
const TARGET = '/qingpu/v1/booking-orders';
const here = partnerOf(HERE);

let simulator: HospitalSimulator;
beforeEach(async () => {
  simulator = await startHospitalSimulator({ partners: [here, partnerOf(THERE)] });
});
afterEach(() => simulator.close());

const send = (order: unknown) => sendDelivery(simulator.url, TARGET, here, order);
const states = () => simulator.orders().map(({ state, revision }) => [state, revision]);

describe('a booking order', () => {
  it('is answered as the contract says, and is in the book with who comes', async () => {
    const order = bookedOrder(HERE);
    const response = await send(order);
    expect(response.status).toBe(200);
    expect(bookingOrderAnswerSchema.parse(await response.json())).toEqual({
      deliveryId: order.deliveryId,
      received: true,
    });
    expect(simulator.orders()).toMatchObject([
      { orderNumber: order.orderNumber, state: 'booked', booked: { person: order.person } },
    ]);
    const listed: unknown = await (await fetch(`${simulator.url}/orders`)).json();
    expect(listed).toMatchObject({ total: 1, forgotten: 0, items: [{ orderNumber: order.orderNumber }] });
  });

  it('that comes again by order and revision is taken once', async () => {
    const order = bookedOrder(HERE);
    await send(order);
    expect((await send(order)).status).toBe(200);
    expect(simulator.orders()).toMatchObject([{ messages: [{ revision: 0, repeats: 1 }] }]);
  });

  it('that says something else under the same revision is refused', async () => {
    await send(bookedOrder(HERE));
    expect((await send(bookedOrder(HERE, { start: '09:00', end: '09:15' }))).status).toBe(409);
    expect(simulator.orders()).toMatchObject([{ booked: { start: '08:00' } }]);
  });

  it('is over with its cancellation', async () => {
    await send(bookedOrder(HERE));
    await send(cancelledOrder(HERE));
    expect(states()).toEqual([['cancelled', 1]]);
  });

  it('is passed over when something newer is known', async () => {
    await send(cancelledOrder(HERE));
    expect((await send(bookedOrder(HERE))).status).toBe(200);
    expect(states()).toEqual([['cancelled', 1]]);
    expect(simulator.orders()[0]?.messages.map(({ passedOver }) => passedOver)).toEqual([false, true]);
  });

  it('that was never booked is known as cancelled and as nothing else', async () => {
    await send(cancelledOrder(HERE));
    expect(simulator.orders()).toMatchObject([{ state: 'cancelled', booked: null }]);
  });

  it('of another hospital or of another form is refused', async () => {
    expect((await send(bookedOrder(THERE))).status).toBe(403);
    expect((await send({ ...bookedOrder(HERE), personId: 'more' })).status).toBe(400);
    expect((await send(receiptFor(HERE))).status).toBe(400);
    expect(simulator.orders()).toEqual([]);
  });

  it('meets the same faults as receipts do', async () => {
    const order = bookedOrder(HERE);
    simulator.setFault({ kind: 'status', status: 503, times: 2 });
    expect([
      (await send(order)).status,
      (await sendReceipt(simulator.url, here, receiptFor(HERE))).status,
    ]).toEqual([503, 503]);
    simulator.setFault({ kind: 'lie', how: 'otherDelivery', times: 1 });
    expect(await (await send(order)).json()).not.toMatchObject({ deliveryId: order.deliveryId });
    simulator.setFault({ kind: 'drop', times: 1, recorded: true });
    await expect(send(order)).rejects.toThrow('fetch failed');
    expect(simulator.orders()).toMatchObject([{ messages: [{ repeats: 0 }] }]);
  });

  it('is forgotten when asked', async () => {
    await send(bookedOrder(HERE));
    expect((await fetch(`${simulator.url}/orders`, { method: 'DELETE' })).status).toBe(204);
    expect(simulator.orders()).toEqual([]);
  });
});
