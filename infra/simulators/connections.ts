import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where a simulator listens. */
export function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the simulator has no port');
  return address.port;
}

/** Cuts the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** Aborted when the client goes away, so that nobody is kept waiting for nothing. */
export function departureOf(reply: FastifyReply): AbortSignal {
  const departure = new AbortController();
  reply.raw.once('close', () => departure.abort());
  if (reply.raw.destroyed) departure.abort();
  return departure.signal;
}
