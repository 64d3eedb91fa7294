import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitLoad } from './load-limit.ts';

let server: FastifyInstance;
let gate: PromiseWithResolvers<void>;
let refusals: number[];

beforeEach(() => {
  gate = Promise.withResolvers();
  refusals = [];
  server = fastify();
  server.decorateRequest('principal', null as never);
  server.decorateRequest('startedAt', 0);
  server.decorateRequest('leaveLoad', undefined);
  limitLoad(server, () => void refusals.push(1), { bookings: 5, others: 2 });
  const wait = async () => {
    await gate.promise;
    return 'done';
  };
  server.get('/api/slots/bookings', wait);
  server.post('/api/slots/bookings', wait);
  server.get('/health/live', wait);
});

afterEach(() => server.close());

const ask = async (method: 'GET' | 'POST', url: string) => (await server.inject({ method, url })).statusCode;
const many = (count: number, method: 'GET' | 'POST', url = '/api/slots/bookings') =>
  Array.from({ length: count }, () => ask(method, url));

async function statuses(asked: readonly Promise<number>[]): Promise<number[]> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  gate.resolve();
  return (await Promise.all(asked)).toSorted();
}

describe('the limit of requests under way', () => {
  it('refuses at once what would be one too many, and lets in again when others have left', async () => {
    expect(await statuses(many(3, 'GET'))).toEqual([200, 200, 503]);
    expect(refusals).toHaveLength(1);
    expect(await ask('GET', '/api/slots/bookings')).toBe(200);
  });

  it('keeps a bound of its own for bookings, which others do not use up', async () => {
    const asked = [...many(6, 'POST'), ...many(2, 'GET')];
    expect(await statuses(asked)).toEqual([200, 200, 200, 200, 200, 200, 200, 503]);
  });

  it('never refuses to tell of the process’s health', async () => {
    const asked = [...many(2, 'GET'), ...many(4, 'GET', '/health/live')];
    expect(await statuses(asked)).toEqual([200, 200, 200, 200, 200, 200]);
  });
});
