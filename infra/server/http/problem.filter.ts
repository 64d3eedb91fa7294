import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, problemBody } from './http-problem.ts';
import { problemOf } from './problem-of.ts';

/** Answers every error as problem+json; what nobody expected is logged with its stack and answered without detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(reply, request, problemOf(error) ?? this.#unexpected(error, request));
  }

  #unexpected(error: unknown, request: FastifyRequest): HttpProblem {
    const { name, stack } = error instanceof Error ? error : new Error('a non-error was thrown');
    this.#log.error({ requestId: request.id, error: name, stack });
    return new HttpProblem(
      500,
      'internal-error',
      '系统出了问题，请稍后重试；如仍不行，请把请求编号告诉服务台',
    );
  }
}

/** Sends a problem, unless the answer is already on its way. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: HttpProblem): void {
  if (reply.sent) return;
  if (problem.status === 503 || problem.status === 429) reply.header('retry-after', '2');
  reply
    .status(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(problemBody(problem, request.id));
}
