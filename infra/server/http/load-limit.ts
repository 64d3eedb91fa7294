import type { FastifyInstance, FastifyRequest } from 'fastify';
import { VISITOR } from '../access/principal.ts';
import { HttpProblem } from './http-problem.ts';

type Kind = 'bookings' | 'others';

/**
 * Requests under way at the same time; more are refused at once instead of waiting without bound.
 *
 * When slots are released thousands ask in the same second, and whom the door refuses may have come before whom it lets
 * in. So residents' bookings have a bound of their own: the booking desk keeps them in line, and answers all at once
 * when nothing is left (F3.03).
 */
const MOST_UNDER_WAY: Readonly<Record<Kind, number>> = { bookings: 25_000, others: 1_000 };

/** Refuses what would be too much; `refused` is told of each. */
export function limitLoad(fastify: FastifyInstance, refused: () => void, most = MOST_UNDER_WAY): void {
  const underWay = { bookings: 0, others: 0 };
  fastify.addHook('onRequest', async (request, reply) => {
    request.principal = VISITOR;
    request.startedAt = performance.now();
    // A busy process is alive: whoever asks for its health must not be told to come back later.
    if (request.routeOptions.url?.startsWith('/health/')) return;
    const kind = kindOf(request);
    underWay[kind] += 1;
    let counted = true;
    request.leaveLoad = () => {
      if (counted) underWay[kind] -= 1;
      counted = false;
    };
    reply.raw.once('close', request.leaveLoad);
    if (underWay[kind] <= most[kind]) return;
    refused();
    throw new HttpProblem(503, 'too-busy', '当前访问人数较多，请稍后再试');
  });
}

function kindOf({ method, routeOptions: { url } }: FastifyRequest): Kind {
  return method === 'POST' && url === '/api/slots/bookings' ? 'bookings' : 'others';
}
