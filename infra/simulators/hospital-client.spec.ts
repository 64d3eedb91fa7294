import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { afterEach, describe, expect, it } from 'vitest';
import { HospitalClient, type HospitalClientOptions } from './hospital-client.ts';
import { PlatformRefusal, PlatformUnavailable } from './platform-errors.ts';
import { SignatureGate } from './signature-gate.ts';
import { partnerOf } from './testing/receipt-sender.ts';

const partner = partnerOf('DUMMY001831011811A1001');
const channel: Registration<'channel'> = {
  institutionCode: partner.institutionCode,
  code: 'CH_window',
  details: { name: '人工窗口', kind: 'window', prepaid: false },
};
const registered = { code: 'CH_window', outcome: 'registered', revision: 0, position: '7' };

interface Sent {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A platform that gives one answer after the other; the last one for ever. */
async function platform(...answers: RequestListener[]) {
  const sent: Sent[] = [];
  server = createServer(async (request, response) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)];
    sent.push({ target: request.url ?? '', headers: request.headers, body: await buffer(request) });
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = (options: Partial<HospitalClientOptions> = {}) =>
    new HospitalClient({ baseUrl: `http://127.0.0.1:${port}`, partner, firstPauseMs: 1, ...options });
  return { sent, client };
}

const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const drops: RequestListener = (request) => request.socket.destroy();
const hangs: RequestListener = () => undefined;

describe('a registration', () => {
  it('is signed so that the other side can verify it', async () => {
    const { sent, client } = await platform(answers(201, registered));
    expect(await client().register('channel', channel, 'key-1')).toEqual(registered);

    const [request] = sent;
    expect(request?.target).toBe('/api/partner/v1/channels');
    expect(JSON.parse(String(request?.body))).toEqual(channel);
    expect(request?.headers[SIGNATURE_HEADERS.idempotencyKey]).toBe('key-1');
    const gate = new SignatureGate([partner], Date.now);
    expect(request && gate.check({ method: 'POST', ...request })).toEqual({ partner });
  });

  it('of many goes to the batch path', async () => {
    const result = { accepted: 1, refused: 0, items: [registered] };
    const { sent, client } = await platform(answers(200, result));
    expect(await client().registerBatch('channel', [channel], 'key-1')).toEqual(result);
    expect(sent[0]?.target).toBe('/api/partner/v1/channels/batch');
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ items: [channel] });
  });
});

describe('an answer that does not come', () => {
  it('is asked for again under the same key with a new nonce', async () => {
    const { sent, client } = await platform(
      answers(503, {}),
      drops,
      answers(429, {}, { 'retry-after': '0' }),
      answers(200, '<html>'),
      answers(200, registered),
    );
    expect(await client().register('channel', channel, 'key-1')).toEqual(registered);

    const header = (name: string) => new Set(sent.map(({ headers }) => headers[name]));
    expect(sent).toHaveLength(5);
    expect(header(SIGNATURE_HEADERS.idempotencyKey)).toEqual(new Set(['key-1']));
    expect(header(SIGNATURE_HEADERS.nonce).size).toBe(5);
  });

  it('is a time-out after a while, and an error after the last attempt', async () => {
    const { sent, client } = await platform(hangs);
    const asking = client({ timeoutMs: 500, attempts: 2 }).register('channel', channel, 'key-1');

    await expect(asking).rejects.toThrow(PlatformUnavailable);
    await expect(asking).rejects.toThrow(
      'POST /api/partner/v1/channels got no usable answer in 2 attempts; the last one: timeout',
    );
    expect(sent).toHaveLength(2);
  });

  it('names the fault of the connection', async () => {
    const client = new HospitalClient({ baseUrl: 'http://127.0.0.1:1', partner, attempts: 1 });
    await expect(client.register('channel', channel, 'key-1')).rejects.toThrow(PlatformUnavailable);
  });

  it('stops being waited for when the caller says so', async () => {
    const stop = new AbortController();
    const { client } = await platform(() => stop.abort(new Error('stopped by hand')));
    const asking = client({ signal: stop.signal }).register('channel', channel, 'key-1');
    await expect(asking).rejects.toThrow('stopped by hand');
  });
});

describe('a refusal', () => {
  it('is told at once with its code, its sentence and the fields', async () => {
    const { sent, client } = await platform(
      answers(422, {
        type: 'about:blank',
        title: '内容有误',
        status: 422,
        code: 'content-invalid',
        detail: '请核对填写内容',
        errors: [{ pointer: '/details/name', detail: '请填写渠道名称' }],
      }),
    );
    const refusal = await client()
      .register('channel', channel, 'key-1')
      .catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(PlatformRefusal);
    expect(refusal).toMatchObject({ status: 422, code: 'content-invalid' });
    expect(String(refusal)).toContain('请核对填写内容; /details/name: 请填写渠道名称');
    expect(sent).toHaveLength(1);
  });

  it('without a reason is one all the same', async () => {
    const { client } = await platform(answers(403, 'no'));
    await expect(client().register('channel', channel, 'key-1')).rejects.toMatchObject({
      status: 403,
      code: 'unexplained',
    });
  });

  it('is not made up from an answer outside the contract', async () => {
    const { client } = await platform(answers(200, { ok: true }));
    await expect(client().register('channel', channel, 'key-1')).rejects.toThrow(
      'does not follow the contract',
    );
  });

  it('to redirect: a signed request is never sent on elsewhere', async () => {
    const { sent, client } = await platform(answers(307, {}, { location: '/elsewhere' }));
    await expect(client({ attempts: 1 }).register('channel', channel, 'key-1')).rejects.toThrow(
      PlatformUnavailable,
    );
    expect(sent).toHaveLength(1);
  });
});
