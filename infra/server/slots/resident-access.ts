import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/http-problem.ts';

/** The account of a signed-in resident. @throws HttpProblem 403 for everybody else */
export function requireResident({ principal }: FastifyRequest): string {
  if (principal.kind !== 'resident') throw new HttpProblem(403, 'residents-only', '请使用居民账号登录后操作');
  return principal.id;
}
