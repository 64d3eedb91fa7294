import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IdentityRegisterUnavailable } from '@qingpu/domains-residents/ports';
import {
  type IdentityRegisterSimulator,
  type RegisterFaultOrder,
  startIdentityRegisterSimulator,
} from '@qingpu/simulators/identity-register-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpIdentityRegister, NoIdentityRegister } from './identity-register-gateway.ts';

const API_KEY = 'key-of-the-specs-1';
const PERSON = { name: '王小明', identityKind: '01', identityNumber: '310000198001015015' } as const;
const QUICK = { timeoutMs: 10_000, firstPauseMs: 1 };

let simulator: IdentityRegisterSimulator;
let register: HttpIdentityRegister;

beforeEach(async () => {
  simulator = await startIdentityRegisterSimulator({ apiKey: API_KEY, people: [PERSON] });
  register = new HttpIdentityRegister({ url: simulator.url, apiKey: API_KEY }, QUICK);
});
afterEach(() => simulator.close());

/** The reason for which the register counts as away; undefined when it answered. */
async function faultOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof IdentityRegisterUnavailable) return error.message;
    throw error;
  }
}

describe('a check at the national register', () => {
  it('is answered: verified with a reference, a mismatch, or unknown', async () => {
    expect(await register.check(PERSON)).toEqual({ result: 'verified', reference: expect.any(String) });
    expect(await register.check({ ...PERSON, name: '王晓明' })).toEqual({ result: 'mismatch' });
    expect(await register.check({ ...PERSON, identityNumber: '310000198001015023' })).toEqual({
      result: 'unknown',
    });
  });

  it.each<[string, RegisterFaultOrder]>([
    ['status-503', { kind: 'status', status: 503 }],
    ['unreachable', { kind: 'status', status: 302 }],
    ['unreachable', { kind: 'drop' }],
    ['wrong-answer', { kind: 'lie', how: 'otherRequest' }],
    ['wrong-answer', { kind: 'lie', how: 'malformed' }],
  ])('is no answer, %s, after bounded attempts: %o', async (reason, order) => {
    simulator.setFault(order);
    expect(await faultOf(register.check(PERSON))).toBe(reason);
    expect(simulator.checks()).toBe(3);
  });

  it.each<RegisterFaultOrder>([{ kind: 'hang' }, { kind: 'lag', ms: 600_000 }])(
    'is no answer when none comes in time: %o',
    async (order) => {
      const limits = { ...QUICK, timeoutMs: 50 };
      const impatient = new HttpIdentityRegister({ url: simulator.url, apiKey: API_KEY }, limits);
      simulator.setFault(order);
      expect(await faultOf(impatient.check(PERSON))).toBe('unreachable');
    },
  );

  it.each<RegisterFaultOrder>([
    { kind: 'status', status: 500, times: 2 },
    { kind: 'drop', times: 1 },
    { kind: 'lie', how: 'malformed', times: 2 },
  ])('is answered once the register recovers within the attempts: %o', async (order) => {
    simulator.setFault(order);
    expect(await register.check(PERSON)).toMatchObject({ result: 'verified' });
  });

  it('is no answer with a wrong key', async () => {
    const stranger = new HttpIdentityRegister({ url: simulator.url, apiKey: 'another-key-entirely' }, QUICK);
    expect(await faultOf(stranger.check(PERSON))).toBe('status-401');
  });

  it('is turned away when too many are under way, and goes on afterwards', async () => {
    const narrow = new HttpIdentityRegister(
      { url: simulator.url, apiKey: API_KEY },
      { ...QUICK, mostUnderWay: 2 },
    );
    const asked = await Promise.all(Array.from({ length: 5 }, () => faultOf(narrow.check(PERSON))));
    expect(asked.filter((fault) => fault === 'too busy')).toHaveLength(3);
    expect(await faultOf(narrow.check(PERSON))).toBeUndefined();
  });

  it('is no answer where nothing is connected', async () => {
    expect(await faultOf(new NoIdentityRegister().check())).toBe('not connected');
  });
});

describe('an answer without end', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('is not read to its end', async () => {
    let sent = 0;
    const listener: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(8 * 1024);
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        response.once('drain', pour);
      };
      pour();
    };
    const listening = createServer(listener).listen(0, '127.0.0.1');
    server = listening;
    await new Promise((resolve) => listening.once('listening', resolve));
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    const endless = new HttpIdentityRegister({ url, apiKey: API_KEY }, { ...QUICK, attempts: 1 });
    expect(await faultOf(endless.check(PERSON))).toBe('wrong-answer');
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });
});
