import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { VISITOR } from '../access/principal.ts';
import type { Platform } from '../platform.ts';
import { auditRequest } from './audit.ts';
import { type HttpProblem, problemBody } from './http-problem.ts';
import { sendProblem } from './problem.filter.ts';
import { problemOf, problemOfStatus, temporarilyUnavailable } from './problem-of.ts';

const MALFORMED = 400;
/** How Node names what it could not read, and the status that says so. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what fails before a route is found, such as an address that cannot be decoded; its text is not repeated. */
export function frameworkErrorAnswer({ audit }: Pick<Platform, 'audit'>) {
  return (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemOf(error) ?? problemOfStatus(MALFORMED);
    // None of the hooks runs for such a request.
    request.principal = VISITOR;
    auditRequest(audit, request, problem.status).then(
      () => sendProblem(reply, request, problem),
      () => sendProblem(reply, request, temporarilyUnavailable()),
    );
  };
}

/** Answers what is not even HTTP, or has headers beyond all measure; there is no request to hang the answer on. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOfStatus(STATUS_BY_CODE[error.code ?? ''] ?? MALFORMED);
  socket.end(plainAnswer(problem));
}

function plainAnswer(problem: HttpProblem): string {
  const body = JSON.stringify(problemBody(problem, randomUUID()));
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
