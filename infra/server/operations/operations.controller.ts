import { timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForEveryone } from '../access/access.guard.ts';
import type { Configuration } from '../config.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { CONFIGURATION, METRICS, READINESS } from '../tokens.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** What machines ask: is it alive, is it ready, how is it doing. */
@ApiExcludeController()
@Controller()
@ForEveryone()
export class OperationsController {
  constructor(
    @Inject(READINESS) private readonly readiness: Readiness,
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get('health/live')
  live() {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.readiness.report();
    if (!report.ready) reply.status(503);
    return report;
  }

  @Get('metrics')
  async prometheus(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    this.#admit(request);
    await this.readiness.observe();
    reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }

  /** With a token whoever has it; without one only this machine, and not through a proxy. */
  #admit(request: FastifyRequest): void {
    const { metricsToken } = this.configuration;
    const local =
      ['127.0.0.1', '::1'].includes(request.ip) && request.headers['x-forwarded-for'] === undefined;
    const admitted =
      metricsToken === undefined
        ? local
        : isSame(request.headers.authorization ?? '', `Bearer ${metricsToken}`);
    if (!admitted) throw new HttpProblem(403, 'forbidden', '您没有权限查看运行指标');
  }
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
