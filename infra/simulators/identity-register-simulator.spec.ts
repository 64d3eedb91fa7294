import { randomUUID } from 'node:crypto';
import {
  IDENTITY_CHECK_PATH,
  IDENTITY_REGISTER_KEY_HEADER,
  identityCheckAnswerSchema,
} from '@qingpu/contracts/partners/identity-register/identity-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type IdentityRegisterSimulator,
  type RegisterFaultOrder,
  startIdentityRegisterSimulator,
} from './identity-register-simulator.ts';

const KEY = 'key-of-the-spec';
const PERSON = { name: '王小明', identityKind: '01', identityNumber: '310000198001015015' } as const;

let register: IdentityRegisterSimulator;

beforeEach(async () => {
  register = await startIdentityRegisterSimulator({ apiKey: KEY, people: [PERSON] });
});
afterEach(() => register.close());

function ask(changes: object = {}, key: string = KEY, signal?: AbortSignal): Promise<Response> {
  return fetch(`${register.url}${IDENTITY_CHECK_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [IDENTITY_REGISTER_KEY_HEADER]: key },
    body: JSON.stringify({ requestId: randomUUID(), ...PERSON, ...changes }),
    ...(signal && { signal }),
  });
}

async function resultOf(changes: object = {}): Promise<string> {
  return identityCheckAnswerSchema.parse(await (await ask(changes)).json()).result;
}

async function control(method: 'GET' | 'PUT' | 'DELETE', order?: object): Promise<Response> {
  return fetch(`${register.url}/control/fault`, {
    method,
    ...(order && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) }),
  });
}

describe('a check', () => {
  it('is answered to the request that asked, with a reference', async () => {
    const requestId = randomUUID();
    const answer = identityCheckAnswerSchema.parse(await (await ask({ requestId })).json());
    expect(answer).toMatchObject({ requestId, result: 'match', reference: expect.stringMatching(/^SIM-/) });
  });

  it('tells a wrong name from a document that nobody has', async () => {
    expect(await resultOf({ name: '王晓明' })).toBe('mismatch');
    expect(await resultOf({ identityNumber: '310000198001015023' })).toBe('unknown');
    expect(await resultOf({ identityKind: '03' })).toBe('unknown');
  });

  it('is refused without the key, or when it is malformed; neither counts nor uses up a fault', async () => {
    register.setFault({ kind: 'status', status: 500, times: 1 });
    expect((await ask({}, 'another key')).status).toBe(401);
    expect((await ask({}, '')).status).toBe(401);
    expect((await ask({ name: '' })).status).toBe(400);
    expect((await ask({ more: 1 })).status).toBe(400);
    expect(register.checks()).toBe(0);
    expect((await ask()).status).toBe(500);
  });
});

describe('a fault', () => {
  it('holds for so many checks, then the register behaves again', async () => {
    register.setFault({ kind: 'status', status: 503, times: 2 });
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([503, 503, 200]);
  });

  it.each(['match', 'mismatch', 'unknown'] as const)('may be the lie %s', async (how) => {
    register.setFault({ kind: 'lie', how });
    expect(await resultOf()).toBe(how);
    expect(await resultOf({ name: '王晓明' })).toBe(how);
  });

  it('may be an answer to another request, or none that can be read', async () => {
    const requestId = randomUUID();
    register.setFault({ kind: 'lie', how: 'otherRequest' });
    expect(await (await ask({ requestId })).json()).not.toMatchObject({ requestId });
    register.setFault({ kind: 'lie', how: 'malformed' });
    await expect((await ask()).json()).rejects.toThrow(SyntaxError);
  });

  it('may cut the connection, or keep it waiting until the reset', async () => {
    register.setFault({ kind: 'drop', times: 1 });
    await expect(ask()).rejects.toThrow();
    register.setFault({ kind: 'hang' });
    const waiting = ask().then(
      () => 'answered',
      () => 'cut',
    );
    while (!((await (await control('GET')).json()) as { waiting: number }).waiting);
    await control('DELETE');
    expect(await waiting).toBe('cut');
    expect(await resultOf()).toBe('match');
  });

  it('may be a late answer, which is true', async () => {
    register.setFault({ kind: 'lag', ms: 30 });
    expect(await resultOf()).toBe('match');
  });

  it('is ordered over HTTP, and refused when there is no such fault', async () => {
    const order: RegisterFaultOrder = { kind: 'status', status: 500, times: 3 };
    expect(await (await control('PUT', order)).json()).toMatchObject({ fault: { order, left: 3 } });
    for (const wrong of [
      { kind: 'sulk' },
      { kind: 'status', status: 200 },
      { kind: 'lie', how: 'a bit' },
      { ...order, institutionCode: 'A' },
    ])
      expect((await control('PUT', wrong)).status).toBe(400);
    expect(await (await control('DELETE')).json()).toMatchObject({ fault: null });
  });
});
