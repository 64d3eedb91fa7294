import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import { afterEach, describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import { noPeople } from '../testing/open-people.ts';
import { deliverToHospital } from './hospital-gateway.ts';

const HOSPITAL = sampleInstitutionCode(1);
const DELIVERY = {
  deliveryId: 'delivery-1',
  kind: 'filing-receipt',
  recipient: HOSPITAL,
  payload: {},
  attempt: 1,
} as const satisfies DueDelivery;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** The fault that a delivery ends with at a hospital that answers like this; undefined when it is taken. */
async function faultAt(listener: RequestListener | undefined, signal = new AbortController().signal) {
  const partners = new Partners([await hospital(listener)]);
  try {
    await deliverToHospital({ partners, people: noPeople(), clock: systemClock }, DELIVERY, signal);
    return undefined;
  } catch (error) {
    if (error instanceof DeliveryFault) return error.fault;
    throw error;
  }
}

async function hospital(listener: RequestListener | undefined) {
  const partner = { partnerId: 'his', secret: 's'.repeat(43), institutionCode: HOSPITAL, name: '医院' };
  if (!listener) return partner;
  const listening = createServer(listener).listen(0, '127.0.0.1');
  server = listening;
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  return { ...partner, callbackUrl: `http://127.0.0.1:${port}` };
}

const answering =
  (status: number, body: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

const received = (deliveryId: string) => JSON.stringify({ deliveryId, received: true });

describe('a delivery to a hospital', () => {
  it.each<[string, string | undefined, RequestListener | undefined]>([
    ['takes it', undefined, answering(200, received('delivery-1'))],
    ['has told no address', 'no-callback', undefined],
    ['is busy', 'status-503', answering(503, '')],
    ['sends it elsewhere', 'status-307', redirecting],
    ['names another delivery', 'wrong-answer', answering(200, received('delivery-2'))],
    ['answers no JSON', 'wrong-answer', answering(200, '{"deliveryId":')],
    ['answers nothing', 'wrong-answer', answering(200, '')],
    ['cuts the connection', 'unreachable', (request) => void request.socket.destroy()],
    ['cuts the answer', 'wrong-answer', cutting],
    ['answers without end', 'answer-too-large', endless],
  ])('ends as it should when it %s', async (_what, fault, listener) => {
    expect(await faultAt(listener)).toBe(fault);
  });

  it('ends with a time-out when the hospital never answers', async () => {
    const stop = new AbortController();
    expect(await faultAt(() => stop.abort(), stop.signal)).toBe('timeout');
  });
});

function redirecting(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
}

function cutting(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, { 'content-length': '100' }).write('{"deliveryId"', () => response.destroy());
}

/** Says nothing of its length, and goes on for as long as somebody reads. */
function endless(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(8_192)));
  };
  response.on('drain', more);
  more();
}
