import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CHANNEL_KINDS, codesOf } from '@qingpu/contracts/codes/directory-tables';
import { PREVIEW_SERVICES } from '@qingpu/contracts/codes/resident-tables';
import {
  type PreviewsQuery,
  previewPageSchema,
  previewResultSchema,
  previewRevocationSchema,
  previewSchema,
  previewsQuerySchema,
  previewsSearchSchema,
} from '@qingpu/contracts/http/residents';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import { ChangePreview } from '@qingpu/domains-residents/handlers';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { auditPersons } from '../http/audit.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import type { PersonQuery } from './people.ts';
import { allowWithPersons } from './person-access.ts';

type Channel = keyof typeof CHANNEL_KINDS;
/** Persons of one name whose places on the list are looked for. */
const MOST_NAMESAKES = 500;
const personIdSchema = z.uuid('没有找到此人，请重新查找');
const channelSchema = z.enum(codesOf(CHANNEL_KINDS), '没有这个渠道，请刷新页面');
const serviceSchema = z.enum(codesOf(PREVIEW_SERVICES), '没有这项服务，请刷新页面');

/** The preview list (白名单): who may try new services before everybody (A5.20–A5.23). */
@ApiTags('residents')
@Controller('api/residents/previews')
@ForSignedIn()
export class PreviewsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '白名单列表' })
  @ApiResponse({ status: 200, standardSchema: previewPageSchema })
  list(@Query({ schema: previewsQuerySchema }) query: PreviewsQuery, @Req() request: FastifyRequest) {
    return this.#previews(query, {}, request);
  }

  @Post('search')
  @HttpCode(200)
  @ApiOperation({ summary: '按用户查找白名单' })
  @ApiResponse({ status: 200, standardSchema: previewPageSchema })
  search(
    @Body({ schema: previewsSearchSchema }) {
      identity,
      mobile,
      name,
      ...query
    }: z.infer<typeof previewsSearchSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#previews(query, { identity, mobile, name }, request);
  }

  @Post()
  @ApiOperation({ summary: '加入白名单' })
  @ApiResponse({ status: 201, standardSchema: previewResultSchema })
  async grant(
    @Body({ schema: previewSchema }) body: z.infer<typeof previewSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'preview');
    const envelope = envelopeOf(this.platform, request, body);
    return resultOf(
      body.personId,
      'granted',
      await this.bus.execute(new ChangePreview('GrantPreview', body, envelope)),
    );
  }

  @Delete(':person/:channel/:service')
  @ApiOperation({ summary: '移出白名单' })
  @ApiResponse({ status: 200, standardSchema: previewResultSchema })
  async revoke(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Param('channel', { schema: channelSchema }) channel: Channel,
    @Param('service', { schema: serviceSchema }) service: string,
    @Body({ schema: previewRevocationSchema }) { reason }: z.infer<typeof previewRevocationSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'preview');
    const envelope = envelopeOf(this.platform, request, { reason });
    const command = new ChangePreview('RevokePreview', { personId, channel, service, reason }, envelope);
    return resultOf(personId, 'revoked', await this.bus.execute(command));
  }

  /** Each person on the page leaves an audit entry. */
  async #previews(query: PreviewsQuery, named: PersonQuery, request: FastifyRequest) {
    allowWithPersons(request, 'preview');
    const { people, residents, audit } = this.platform;
    const anybody = Object.values(named).every((value) => value === undefined);
    const page = await residents.previews(
      query,
      anybody ? undefined : await people.findPersons(named, MOST_NAMESAKES),
    );
    await auditPersons(audit, request, page.items);
    return page;
  }
}

function resultOf(personId: string, done: 'granted' | 'revoked', { kind, position }: AcceptedOutcome) {
  return { personId, outcome: kind === 'unchanged' ? kind : done, position };
}
