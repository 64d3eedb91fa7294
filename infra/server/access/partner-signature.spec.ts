import { randomUUID } from 'node:crypto';
import { sampleDepartment } from '@qingpu/contracts/testing/sample-directory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type ApiRequest,
  DeskClient,
  field,
  PartnerClient,
  type RequestHeaders,
  type Signing,
  send,
  signedHeaders,
} from '../testing/api-client.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { snapshotOf } from '../testing/directory-snapshot.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';

const TARGET = '/api/partner/v1/departments';
const MINUTE_MS = 60_000;

let host: TestHost;
let own: PartnerClient;
let foreign: PartnerClient;
let admin: DeskClient;

beforeAll(async () => {
  host = await startTestHost();
  await meet();
  await registerHospital(own);
  await registerHospital(foreign);
});

afterAll(() => host.close());

/** Clients of the host as it runs now; a restart gives it another address. */
async function meet(): Promise<void> {
  own = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  foreign = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
  admin = await DeskClient.signIn(host.url, 'district-admin');
}

/** A change of a department that would be seen. */
function change(institutionCode = own.partner.institutionCode, name = '改名科室') {
  return { institutionCode, code: 'K03', details: sampleDepartment({ name }) };
}

function request(body: unknown = change()): ApiRequest & { readonly body: unknown } {
  return { method: 'POST', target: TARGET, body };
}

const codeOf = (answer: Answer) => [answer.status, field(answer, 'code')];

/** Sends what was signed under `signing`, then bends the request behind the signature's back. */
async function refusal(
  signing: Signing,
  bend: (headers: RequestHeaders) => Partial<ApiRequest> = () => ({}),
): Promise<unknown[]> {
  const signed = request();
  const headers = signedHeaders(own.partner, signed, signing);
  return codeOf(await send(host.url, { ...signed, headers, ...bend(headers) }));
}

function without(name: string) {
  return (headers: RequestHeaders) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)),
  });
}

const invalid = [401, 'signature-invalid'];
const malformed = [401, 'signature-malformed'];
const expired = [401, 'signature-expired'];

describe('a request that is not signed as it should be', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await snapshotOf(admin, own);
  });

  it.each<[string, unknown[], () => Promise<unknown[]>]>([
    ['without the partner', [401, 'signature-required'], () => refusal({}, without('x-partner-id'))],
    ['without the timestamp', malformed, () => refusal({}, without('x-timestamp'))],
    ['without the nonce', malformed, () => refusal({}, without('x-nonce'))],
    ['without the signature', invalid, () => refusal({}, without('x-signature'))],
    ['without the idempotency key', invalid, () => refusal({}, without('idempotency-key'))],
    ['under a wrong secret', invalid, () => refusal({ secret: 'x'.repeat(43) })],
    ['under the secret of another partner', invalid, () => refusal({ secret: foreign.partner.secret })],
    [
      'in the name of another partner',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'x-partner-id': foreign.partner.partnerId } })),
    ],
    ['by an unknown partner', invalid, () => refusal({ partnerId: 'his-nobody' })],
    ['by a partner called like a property', invalid, () => refusal({ partnerId: '__proto__' })],
    ['for another body', invalid, () => refusal({}, () => ({ body: change(undefined, '另一个名') }))],
    [
      'for the same body with one more blank',
      invalid,
      () => refusal({}, () => ({ body: `${JSON.stringify(change())} ` })),
    ],
    ['for another path', invalid, () => refusal({}, () => ({ target: `${TARGET}/batch` }))],
    ['for the path in other letters', invalid, () => refusal({}, () => ({ target: `${TARGET}?` }))],
    ['for another query', invalid, () => refusal({}, () => ({ target: `${TARGET}?dry=1` }))],
    [
      'for another idempotency key',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'idempotency-key': randomUUID() } })),
    ],
    [
      'for another nonce',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'x-nonce': randomUUID() } })),
    ],
    [
      'for another moment',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'x-timestamp': String(Date.now() + 1000) } })),
    ],
    ['for another method', invalid, () => refusal({ method: 'PUT' })],
    ['six minutes ago', expired, () => refusal({ timestamp: String(Date.now() - 6 * MINUTE_MS) })],
    ['in six minutes', expired, () => refusal({ timestamp: String(Date.now() + 6 * MINUTE_MS) })],
    ['in seconds', malformed, () => refusal({ timestamp: String(Math.floor(Date.now() / 1000)) })],
    ['at a negative time', malformed, () => refusal({ timestamp: '-1700000000000' })],
    ['with a short nonce', malformed, () => refusal({ nonce: 'short' })],
    ['with a nonce beyond measure', malformed, () => refusal({ nonce: 'n'.repeat(65) })],
    [
      'with a signature in hexadecimal',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'x-signature': hexOf(h['x-signature'] ?? '') } })),
    ],
    [
      'with an empty signature',
      invalid,
      () => refusal({}, (h) => ({ headers: { ...h, 'x-signature': '' } })),
    ],
  ])('is refused: signed %s', async (_how, wanted, refused) => {
    expect(await refused()).toEqual(wanted);
  });

  it('is not told which partners exist', async () => {
    const wrong = async (signing: Signing) => {
      const headers = signedHeaders(own.partner, request(), signing);
      const answer = await send(host.url, { ...request(), headers });
      const { requestId, ...told } = answer.body as { readonly requestId: string };
      return { status: answer.status, told, known: typeof requestId };
    };
    const secret = 'y'.repeat(43);
    expect(await wrong({ partnerId: 'his-nobody', secret })).toEqual(await wrong({ secret }));
  });

  it('is refused for another institution, alone and among others in a batch', async () => {
    const theirs = change(foreign.partner.institutionCode);
    expect(codeOf(await own.post(TARGET, theirs))).toEqual([403, 'foreign-institution']);
    const mixed = { items: [{ ...change(), code: 'K77' }, theirs] };
    expect(codeOf(await own.post(`${TARGET}/batch`, mixed))).toEqual([403, 'foreign-institution']);
    const found = await admin.get(`/api/directory/departments/${own.partner.institutionCode}/K77`);
    expect(found.status).toBe(404);
  });

  it('has changed nothing, whatever was tried above', async () => {
    expect(await snapshotOf(admin, own)).toEqual(before);
  });
});

describe('a nonce', () => {
  it('is good once, and not again after a restart', async () => {
    const body = change(undefined, '重放科室');
    const headers = signedHeaders(own.partner, request(body));
    const replay = async () => codeOf(await send(host.url, { ...request(body), headers }));
    expect((await replay())[0]).toBe(200);
    const once = await snapshotOf(admin, own);
    expect(await replay()).toEqual([401, 'signature-replayed']);
    host = await host.restart();
    await meet();
    expect(await replay()).toEqual([401, 'signature-replayed']);
    expect(await snapshotOf(admin, own)).toEqual(once);
  });

  it('is not used up by a request whose signature is wrong', async () => {
    const nonce = randomUUID();
    const wrong = signedHeaders(own.partner, request(), { nonce, secret: 'z'.repeat(43) });
    expect(codeOf(await send(host.url, { ...request(), headers: wrong }))).toEqual(invalid);
    const right = signedHeaders(own.partner, request(), { nonce });
    expect((await send(host.url, { ...request(), headers: right })).status).toBe(200);
  });

  it('of one partner is free for another', async () => {
    const nonce = randomUUID();
    expect((await own.post(TARGET, change(), { nonce })).status).toBe(200);
    const theirs = change(foreign.partner.institutionCode);
    expect((await foreign.post(TARGET, theirs, { nonce })).status).toBe(200);
  });

  it('lets only one of many through that come at the same time', async () => {
    const body = change(undefined, '并发重放');
    const headers = signedHeaders(own.partner, request(body));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(host.url, { ...request(body), headers })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => field(answer, 'code') === 'signature-replayed')).toHaveLength(19);
  });
});

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
