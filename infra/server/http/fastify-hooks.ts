import { randomUUID } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration } from '../config.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { Platform } from '../platform.ts';
import { auditRequest } from './audit.ts';
import { answerClientError } from './framework-errors.ts';
import { HttpProblem, problemBody } from './http-problem.ts';
import { limitLoad } from './load-limit.ts';
import { temporarilyUnavailable } from './problem-of.ts';
import { acceptSheets } from './sheet-bodies.ts';

export const fastifyOptions = ({ trustedProxies }: Pick<Configuration, 'trustedProxies'>) => ({
  genReqId: () => randomUUID(),
  trustProxy: [...trustedProxies],
  bodyLimit: 2 * 1024 * 1024,
  requestTimeout: 30_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: 30_000,
  routerOptions: { maxParamLength: 100 },
  // The problem filter names the fault; the framework's own answers would be English.
  clientErrorHandler: answerClientError,
  logger: false as const,
});

/** What every request passes on its way in and out: limits, headers, principal, audit, metrics. */
export async function installHooks(
  app: NestFastifyApplication,
  platform: Platform,
  configuration: Configuration,
  metrics: Metrics,
): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.decorateRequest('principal', null as never);
  fastify.decorateRequest('session', undefined);
  fastify.decorateRequest('auditPurpose', undefined);
  fastify.decorateRequest('startedAt', 0);
  fastify.decorateRequest('leaveLoad', undefined);
  acceptJson(app, fastify);
  acceptSheets(fastify);
  limitLoad(fastify, () => metrics.refusedForLoad.inc());
  measureAnswers(fastify, metrics);
  await app.register(fastifyHelmet as never, helmetOptions(configuration));
  await app.register(fastifyCookie as never);
  await app.register(fastifyRateLimit as never, {
    max: configuration.requestsPerMinute,
    timeWindow: 60_000,
    cache: 50_000,
    allowList: (request: FastifyRequest) => !isApi(request),
    errorResponseBuilder: () => new HttpProblem(429, 'too-many-requests', '操作过于频繁，请稍后再试'),
  });
  auditAnswers(fastify, platform, metrics);
}

/** By the route that was matched: the address as sent may be spelt in more than one way. */
function isApi(request: FastifyRequest): boolean {
  return (request.routeOptions.url ?? request.url).startsWith('/api/');
}

/** Forms and plain text can be sent across origins without asking first; nothing here is made for them. */
function acceptJson(app: NestFastifyApplication, fastify: FastifyInstance): void {
  fastify.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json');
}

function measureAnswers(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? '(unknown)',
      status: String(reply.statusCode),
    };
    metrics.requests.observe(labels, (performance.now() - request.startedAt) / 1000);
  });
}

/** No answer of the API leaves before its audit entry is on disk. */
function auditAnswers(fastify: FastifyInstance, platform: Platform, metrics: Metrics): void {
  const log = new Logger('audit');
  fastify.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (!isApi(request)) return payload;
    reply.header('cache-control', 'no-store');
    try {
      await auditRequest(platform.audit, request, reply.statusCode);
      return payload;
    } catch (error) {
      metrics.auditRefusals.inc();
      log.error(
        { requestId: request.id, error: error instanceof Error ? error.message : 'unknown' },
        'an answer was withheld: its audit entry could not be written',
      );
      // Whatever was done stays done; a repeated request with the same key is answered once the audit log works again.
      const problem = temporarilyUnavailable();
      reply.status(503).type('application/problem+json; charset=utf-8').removeHeader('content-length');
      return JSON.stringify(problemBody(problem, request.id));
    }
  });
}

function helmetOptions({ frameAncestors, publicUrl }: Configuration) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: [...frameAncestors],
      },
    },
    // The frame-ancestors directive says it more exactly.
    frameguard: false,
    hsts: publicUrl?.startsWith('https:') ?? false,
    referrerPolicy: { policy: 'no-referrer' as const },
  };
}
