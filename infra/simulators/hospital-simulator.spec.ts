import { setTimeout as sleep } from 'node:timers/promises';
import { filingReceiptAnswerSchema } from '@qingpu/contracts/partners/hospital/filing-receipt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultOrder } from './fault-plan.ts';
import { type HospitalSimulator, startHospitalSimulator } from './hospital-simulator.ts';
import {
  partnerOf,
  RECEIPTS_TARGET,
  receiptFor,
  sendReceipt,
  signedHeaders,
} from './testing/receipt-sender.ts';

const HERE = 'DUMMY001831011811A1001';
const THERE = 'DUMMY002631011811A1001';
const here = partnerOf(HERE);
const there = partnerOf(THERE);

let simulator: HospitalSimulator;

beforeEach(async () => {
  simulator = await startHospitalSimulator({ partners: [here, there] });
});

afterEach(() => simulator.close());

const send = (receipt: unknown, signal?: AbortSignal) => sendReceipt(simulator.url, here, receipt, signal);

/** Waits for what another process would see sooner or later; bounded by the test's own limit. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

async function control(method: 'GET' | 'PUT' | 'DELETE', order?: FaultOrder | object) {
  const response = await fetch(`${simulator.url}/control/fault`, {
    method,
    ...(order && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) }),
  });
  return {
    status: response.status,
    state: (await response.json()) as { fault: { left: number | null } | null; waiting: number },
  };
}

describe('a receipt', () => {
  it('is answered as the contract says and listed', async () => {
    const receipt = receiptFor(HERE);
    const response = await send(receipt);

    expect(response.status).toBe(200);
    expect(filingReceiptAnswerSchema.parse(await response.json())).toEqual({
      deliveryId: receipt.deliveryId,
      received: true,
    });
    expect(simulator.received()).toMatchObject([{ receipt, partnerId: here.partnerId, repeats: 0 }]);
    const listed: unknown = await (await fetch(`${simulator.url}/received`)).json();
    expect(listed).toMatchObject({ total: 1, forgotten: 0, items: [{ receipt }] });
  });

  it('that comes again is answered the same way and kept once', async () => {
    const receipt = receiptFor(HERE);
    const first = await (await send(receipt)).text();
    const second = await send(receipt);

    expect(second.status).toBe(200);
    expect(await second.text()).toBe(first);
    expect(simulator.received()).toMatchObject([{ repeats: 1 }]);
  });

  it('with other content under the same id is refused', async () => {
    const receipt = receiptFor(HERE);
    await send(receipt);
    const response = await send({ ...receipt, ruleVersion: 2 });

    expect(response.status).toBe(409);
    expect(simulator.received()).toMatchObject([{ receipt: { ruleVersion: 1 } }]);
  });

  it('of another hospital or of another form is refused', async () => {
    expect((await send(receiptFor(THERE))).status).toBe(403);
    expect((await send({ ...receiptFor(HERE), more: 1 })).status).toBe(400);
    expect((await send('nothing')).status).toBe(400);
    expect(simulator.received()).toEqual([]);
  });

  it('larger than any receipt is refused', async () => {
    const response = await send({ ...receiptFor(HERE), ruleCode: 'x'.repeat(70_000) });
    expect(response.status).toBe(413);
  });
});

describe('the signature', () => {
  const body = JSON.stringify(receiptFor(HERE));
  const post = (headers: Record<string, string>, sent = body) =>
    fetch(simulator.url + RECEIPTS_TARGET, { method: 'POST', headers, body: sent });

  async function expectRefusal(response: Response, code: string): Promise<void> {
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 401, body: { code } });
    expect(simulator.received()).toEqual([]);
  }

  it('must be there', async () => {
    await expectRefusal(await post({ 'content-type': 'application/json' }), 'signature-missing');
  });

  it('must be of a known partner and under its secret', async () => {
    await expectRefusal(await post(signedHeaders(partnerOf('STRANGER'), body)), 'partner-unknown');
    await expectRefusal(await post(signedHeaders(here, body, { secret: there.secret })), 'signature-wrong');
  });

  it('must be of this very body', async () => {
    const changed = body.replace('"ruleVersion":1', '"ruleVersion":2');
    await expectRefusal(await post(signedHeaders(here, body), changed), 'signature-wrong');
  });

  it.each([-301_000, 301_000])('must be of now, not %d ms away', async (offset) => {
    const headers = signedHeaders(here, body, { timestamp: Date.now() + offset });
    await expectRefusal(await post(headers), 'timestamp-outside-window');
  });

  it('counts once: the same request again is a replay', async () => {
    const headers = signedHeaders(here, body);
    expect((await post(headers)).status).toBe(200);
    const replay = await post(headers);

    expect({ status: replay.status, body: await replay.json() }).toEqual({
      status: 401,
      body: { code: 'nonce-replayed' },
    });
    expect(simulator.received()).toMatchObject([{ repeats: 0 }]);
  });
});

describe('faults', () => {
  it('fail with a status for so many requests, then it behaves again', async () => {
    simulator.setFault({ kind: 'status', status: 503, times: 2, retryAfterSeconds: 7 });
    const receipt = receiptFor(HERE);
    const answers = [await send(receipt), await send(receipt), await send(receipt)];

    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('7');
    expect(simulator.received()).toMatchObject([{ repeats: 0 }]);
  });

  it('last until the reset when no number is given', async () => {
    expect((await control('PUT', { kind: 'status', status: 500 })).state.fault).toMatchObject({ left: null });
    const receipt = receiptFor(HERE);
    expect([(await send(receipt)).status, (await send(receipt)).status]).toEqual([500, 500]);
    expect((await control('DELETE')).state.fault).toBeNull();
    expect((await send(receipt)).status).toBe(200);
  });

  it('may strike one hospital only', async () => {
    simulator.setFault({ kind: 'status', status: 500, institutionCode: THERE });
    expect((await send(receiptFor(HERE))).status).toBe(200);
    expect((await sendReceipt(simulator.url, there, receiptFor(THERE))).status).toBe(500);
  });

  it('are not used up by requests that nobody signed', async () => {
    simulator.setFault({ kind: 'status', status: 500, times: 1 });
    await fetch(simulator.url + RECEIPTS_TARGET, { method: 'POST', body: '{}' });
    expect((await send(receiptFor(HERE))).status).toBe(500);
  });

  it('lie about the delivery', async () => {
    simulator.setFault({ kind: 'lie', how: 'otherDelivery', times: 1 });
    const receipt = receiptFor(HERE);
    const answer = filingReceiptAnswerSchema.parse(await (await send(receipt)).json());
    expect(answer.deliveryId).not.toBe(receipt.deliveryId);
    expect(simulator.received()).toEqual([]);
  });

  it('answer something that is not JSON', async () => {
    simulator.setFault({ kind: 'lie', how: 'malformed', times: 1 });
    const response = await send(receiptFor(HERE));
    expect(response.headers.get('content-type')).toContain('application/json');
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  it('drop the connection, although the delivery was written down', async () => {
    simulator.setFault({ kind: 'drop', times: 1, recorded: true });
    const receipt = receiptFor(HERE);
    await expect(send(receipt)).rejects.toThrow('fetch failed');
    expect(simulator.received()).toMatchObject([{ receipt, repeats: 0 }]);
    expect((await send(receipt)).status).toBe(200);
    expect(simulator.received()).toMatchObject([{ repeats: 1 }]);
  });

  it('hang until the reset cuts the connection', async () => {
    simulator.setFault({ kind: 'hang' });
    const hanging = send(receiptFor(HERE)).catch((error: unknown) => error);
    await until(async () => (await control('GET')).state.waiting === 1);
    await control('DELETE');

    expect(await hanging).toBeInstanceOf(TypeError);
    expect(simulator.received()).toEqual([]);
  });

  it('forget a sender that gave up waiting', async () => {
    simulator.setFault({ kind: 'hang', times: 1 });
    const patience = new AbortController();
    const hanging = send(receiptFor(HERE), patience.signal).catch((error: unknown) => error);
    await until(async () => (await control('GET')).state.waiting === 1);
    patience.abort();

    expect(await hanging).toMatchObject({ name: 'AbortError' });
    await until(async () => (await control('GET')).state.waiting === 0);
  });

  it('lag: the delivery is taken at once, the answer comes later', async () => {
    const receipt = receiptFor(HERE);
    simulator.setFault({ kind: 'lag', ms: 20, times: 1 });
    expect(await (await send(receipt)).json()).toEqual({ deliveryId: receipt.deliveryId, received: true });

    simulator.setFault({ kind: 'lag', ms: 600_000, times: 1 });
    const slow = send(receiptFor(HERE)).catch((error: unknown) => error);
    await until(async () => simulator.received().length === 2);
    simulator.reset();
    expect(await slow).toBeInstanceOf(TypeError);
  });

  it.each([
    { kind: 'explode' },
    { kind: 'status' },
    { kind: 'status', status: 200 },
    { kind: 'lag', ms: -1 },
    { kind: 'lag', ms: '5' },
    { kind: 'hang', status: 500 },
    { kind: 'drop', times: 0 },
  ])('are refused when they make no sense: %j', async (order) => {
    expect((await control('PUT', order)).status).toBe(400);
    expect((await control('GET')).state.fault).toBeNull();
  });
});

it('forgets what it received when asked', async () => {
  await send(receiptFor(HERE));
  const response = await fetch(`${simulator.url}/received`, { method: 'DELETE' });
  expect(response.status).toBe(204);
  expect(simulator.received()).toEqual([]);
});

it('closes while a request hangs', async () => {
  const other = await startHospitalSimulator({ partners: [here] });
  other.setFault({ kind: 'hang' });
  const hanging = sendReceipt(other.url, here, receiptFor(HERE)).catch((error: unknown) => error);
  await until(async () => {
    const state = (await (await fetch(`${other.url}/control/fault`)).json()) as { waiting: number };
    return state.waiting === 1;
  });
  await other.close();
  expect(await hanging).toBeInstanceOf(TypeError);
});
