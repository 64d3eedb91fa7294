import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { commandIdOf } from '@qingpu/domains-kernel/event-ids';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../access/principal.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { IDEMPOTENCY_KEY_FORM } from '../http/request-context.ts';
import type { Platform } from '../platform.ts';

/**
 * The envelope of the command that a request carries. The same actor with the same key sends the same command;
 * what must be the same about it is its route, its expected revision and its body.
 * @throws HttpProblem when the Idempotency-Key is missing or malformed
 */
export function envelopeOf(
  { sealer }: Pick<Platform, 'sealer'>,
  request: FastifyRequest,
  body: unknown,
  expectedRevision?: number | 'no_stream',
): CommandEnvelope {
  const actor = actorOf(request.principal);
  const commandId = commandIdOf(`${actor.kind}:${actor.id}`, idempotencyKeyOf(request));
  const target = `${request.method} ${request.url}`;
  return {
    commandId,
    bodyHmac: sealer.fingerprint('command-body', {
      target,
      expectedRevision: expectedRevision ?? null,
      body,
    }),
    actor,
    correlationId: request.id,
    causationId: commandId,
    ...(expectedRevision !== undefined && { expectedRevision }),
  };
}

function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY_FORM.test(key)) {
    throw new HttpProblem(
      400,
      'idempotency-key-required',
      '请在请求头 Idempotency-Key 中填写8至100位的唯一编号，重试时保持不变',
    );
  }
  return key;
}

/**
 * The revision that the sender has seen: `If-Match: "3"`, or `If-None-Match: *` for an entry that is new.
 * @throws HttpProblem when neither is given
 */
export function expectedRevisionOf(request: FastifyRequest): number | 'no_stream' {
  const seen = request.headers['if-match'];
  const revision = typeof seen === 'string' ? /^"(\d{1,9})"$/.exec(seen)?.[1] : undefined;
  if (revision !== undefined) return Number(revision);
  if (request.headers['if-none-match'] === '*') return 'no_stream';
  throw new HttpProblem(
    428,
    'revision-required',
    '请先读取最新内容，并在请求头 If-Match 中带上它的版本号再提交',
  );
}
