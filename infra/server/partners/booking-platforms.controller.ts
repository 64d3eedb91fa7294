import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { platformsQuerySchema, platformsSchema, quotaSchema } from '@qingpu/contracts/http/channel-quotas';
import { actResultSchema } from '@qingpu/contracts/http/slots';
import { SetChannelQuota } from '@qingpu/domains-slots/allotment.handlers';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { requireDistrict } from '../slots/slot-access.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';

/** Booking platforms as the district's managers see them, and what each may sell: 市区两级调配 (F4.01). */
@ApiTags('booking-platform')
@Controller('api/slots/desk/platforms')
@ForSignedIn()
export class BookingPlatformsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '预约平台和配额' })
  @ApiResponse({ status: 200, standardSchema: platformsSchema })
  async list(
    @Query({ schema: platformsQuerySchema }) { after }: z.infer<typeof platformsQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    requireDistrict(request);
    const { quotas, asOf, stale } = await this.slots.contracts.quotas(after);
    const codes = quotas.flatMap(({ institutionCode }) => institutionCode ?? []);
    const names = await this.slots.names.institutions(codes);
    const items = this.platform.channelPartners.all().map(({ partnerId, name, channel }) => ({
      partnerId,
      name,
      channel,
      quotas: quotas
        .filter((quota) => quota.partnerId === partnerId)
        .map(({ institutionCode, percent, reason }) => ({
          institutionCode,
          institutionName:
            institutionCode === null ? '全区' : (names.get(institutionCode) ?? institutionCode),
          percent,
          reason,
        })),
    }));
    return { items, asOf, stale };
  }

  @Post(':partner/quota')
  @HttpCode(200)
  @ApiOperation({ summary: '设置预约平台的配额' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async set(
    @Param() { partner: partnerId }: { readonly partner: string },
    @Body({ schema: quotaSchema }) body: z.infer<typeof quotaSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireDistrict(request);
    const { institutionCode } = body;
    if (!this.platform.channelPartners.byId(partnerId))
      throw new HttpProblem(404, 'platform-unknown', '没有找到该预约平台，请核对编号');
    if (institutionCode !== null && !this.platform.partners.byInstitution(institutionCode))
      throw new HttpProblem(404, 'partner-unknown', '该机构没有接入平台，请核对机构代码');
    const envelope = envelopeOf(this.platform, request, { partnerId, body });
    const { position, revision } = await this.bus.execute(
      new SetChannelQuota({ partnerId, ...body }, envelope),
    );
    await this.slots.contracts.refresh(position);
    return { position, revision };
  }
}
