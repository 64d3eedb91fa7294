import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForEveryone } from '../access/access.guard.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, UPDATES } from '../tokens.ts';
import { auditRequest } from './audit.ts';
import { HttpProblem } from './http-problem.ts';
import type { ViewUpdates } from './view-updates.ts';

/** Tells open pages that a view has taken in something new. */
@ApiTags('updates')
@Controller('api/updates')
@ForEveryone()
export class UpdatesController {
  constructor(
    @Inject(UPDATES) private readonly updates: ViewUpdates,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @Get()
  @ApiOperation({ summary: '视图更新推送（server-sent events）' })
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (this.updates.isFullFor(request.ip))
      throw new HttpProblem(503, 'too-many-listeners', '同时在线的页面过多，请稍后刷新');
    await auditRequest(this.platform.audit, request, 200);
    reply.hijack();
    // From here on it is a listener, of which there are limits of their own.
    request.leaveLoad?.();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // Who asks for the head only would wait for it until the first update, and hold a place among the listeners.
    if (request.method === 'HEAD') reply.raw.end();
    else this.updates.listen(reply.raw, request.ip);
  }
}
