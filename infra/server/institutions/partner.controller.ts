import { Body, Controller, HttpCode, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS, KIND_NAMES } from '@qingpu/contracts/http/institutions';
import {
  batchOf,
  batchResultSchema,
  type Registration,
  registrationResultSchema,
  registrationSchemas,
} from '@qingpu/contracts/partners/hospital/registration';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForPartners } from '../access/access.guard.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { contentOf, registerBatch, registerOne } from './registrations.ts';

/** The registration interface of one kind (F1.01–F1.07): single and batch, signed by the hospital's system. */
function partnerControllerOf(kind: DirectoryKind): Type {
  const schema = registrationSchemas[kind];
  const batchSchema = batchOf(schema);

  @ApiTags('partner')
  @Controller(`api/partner/v1/${DIRECTORY_PATHS[kind]}`)
  @ForPartners()
  class PartnerController {
    constructor(
      @Inject(PLATFORM) private readonly platform: Platform,
      @Inject(CommandBus) private readonly bus: CommandBus,
    ) {}

    @Post()
    @ApiOperation({ summary: `${KIND_NAMES[kind]}注册` })
    @ApiResponse({ status: 201, standardSchema: registrationResultSchema })
    async register(
      @Body({ schema }) body: Registration<DirectoryKind>,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      const result = await registerOne(this.platform, this.bus, request, contentOf(kind, body));
      reply.status(result.outcome === 'registered' ? 201 : 200);
      return result;
    }

    @Post('batch')
    @HttpCode(200)
    @ApiOperation({ summary: `${KIND_NAMES[kind]}批量注册` })
    @ApiResponse({ status: 200, standardSchema: batchResultSchema })
    registerBatch(
      @Body({ schema: batchSchema }) body: { readonly items: readonly Registration<DirectoryKind>[] },
      @Req() request: FastifyRequest,
    ) {
      return registerBatch(
        this.platform,
        this.bus,
        request,
        body.items.map((item) => contentOf(kind, item)),
      );
    }
  }
  return PartnerController;
}

export const partnerControllers = DIRECTORY_KINDS.map(partnerControllerOf);
