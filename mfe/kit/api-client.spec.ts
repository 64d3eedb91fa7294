import { describe, expect, it, vi } from 'vitest';
import { createApiClient } from './api-client.ts';
import { LOCAL_PROBLEMS } from './api-problem.ts';
import { nothing, type Schema } from './schema.ts';
import { Submission } from './submission.ts';

const schema: Schema<{ name: string }> = {
  safeParse(value) {
    const name = (value as { name?: unknown } | undefined)?.name;
    return typeof name === 'string'
      ? { success: true, data: { name } }
      : { success: false, error: { issues: [{ path: ['name'], message: 'no name' }] } };
  },
};

function clientAnswering(...answers: (Response | Error)[]) {
  const send = vi.fn<typeof fetch>(async () => {
    const answer = answers.shift() ?? new Error('no more answers');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const headers = (call: number) => send.mock.calls[call]?.[1]?.headers as Record<string, string>;
  return { client: createApiClient({ csrfToken: () => 'token', fetch: send }), send, headers };
}

const problem = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });

describe('API client', () => {
  it('answers what fits the schema', async () => {
    const { client, send } = clientAnswering(Response.json({ name: '中山' }));
    await expect(client.read('/api/x', schema, { query: { page: 2, q: '' } })).resolves.toEqual({
      name: '中山',
    });
    expect(send.mock.calls[0]?.[0]).toBe('/api/x?page=2');
  });

  it('refuses an answer that does not fit, and one that is no JSON', async () => {
    const { client } = clientAnswering(Response.json({ name: 1 }), new Response('<html>'));
    await expect(client.read('/api/x', schema)).rejects.toMatchObject({ code: LOCAL_PROBLEMS.unexpected });
    await expect(client.read('/api/x', schema)).rejects.toMatchObject({ code: LOCAL_PROBLEMS.unexpected });
  });

  it('turns problem+json into a problem with field faults by pointer', async () => {
    const body = {
      type: 'about:blank',
      title: 'x',
      status: 422,
      code: 'invalid',
      detail: '请按提示修改',
      requestId: 'r1',
      errors: [{ pointer: '/details/name', detail: '请填写名称' }],
    };
    const { client } = clientAnswering(problem(422, body));
    await expect(client.write('PUT', '/api/x', schema, { body: {} })).rejects.toMatchObject({
      code: 'invalid',
      status: 422,
      requestId: 'r1',
      fieldErrors: { '/details/name': '请填写名称' },
    });
  });

  it('speaks plainly of a gateway that answers no problem+json', async () => {
    const { client } = clientAnswering(new Response('bad gateway', { status: 502 }));
    await expect(client.read('/api/x', schema)).rejects.toMatchObject({
      code: LOCAL_PROBLEMS.unexpected,
      status: 502,
    });
  });

  it('tells an unreachable network from a time-out and from giving up', async () => {
    const { client } = clientAnswering(
      new TypeError('fetch failed'),
      new DOMException('late', 'TimeoutError'),
      new DOMException('stop', 'AbortError'),
    );
    await expect(client.read('/a', schema)).rejects.toMatchObject({ code: LOCAL_PROBLEMS.unreachable });
    await expect(client.read('/a', schema)).rejects.toMatchObject({ code: LOCAL_PROBLEMS.timedOut });
    await expect(client.read('/a', schema)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('sends token, revision and key; the key stays over a retry and changes after an answer', async () => {
    const { client, headers } = clientAnswering(
      new TypeError('lost'),
      Response.json({ name: 'a' }),
      Response.json({ name: 'a' }),
    );
    const submission = new Submission();
    const put = () => client.write('PUT', '/a', schema, { body: { x: 1 }, submission, ifRevision: 3 });
    await expect(put()).rejects.toMatchObject({ code: LOCAL_PROBLEMS.unreachable });
    await put();
    await put();
    expect(headers(0)).toMatchObject({ 'X-CSRF-Token': 'token', 'If-Match': '"3"' });
    expect(headers(1)['Idempotency-Key']).toBe(headers(0)['Idempotency-Key']);
    expect(headers(2)['Idempotency-Key']).not.toBe(headers(0)['Idempotency-Key']);
  });

  it('asks for a new entry, and takes an answer without a body', async () => {
    const { client, headers } = clientAnswering(new Response(null, { status: 204 }));
    await expect(client.write('DELETE', '/a', nothing, { ifNew: true })).resolves.toBeUndefined();
    expect(headers(0)).toMatchObject({ 'If-None-Match': '*' });
    expect(headers(0)).not.toHaveProperty('Content-Type');
  });
});

describe('submission', () => {
  it('gives another body another key', () => {
    const submission = new Submission();
    const key = submission.keyFor({ a: 1 });
    expect(submission.keyFor({ a: 1 })).toBe(key);
    expect(submission.keyFor({ a: 2 })).not.toBe(key);
  });
});
