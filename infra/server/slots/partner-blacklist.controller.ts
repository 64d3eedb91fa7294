import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type BlacklistAppeal,
  type BlacklistEntry,
  type BlacklistLanding,
  type BlacklistLandingResult,
  blacklistAppealSchema,
  blacklistEntrySchema,
  blacklistLandingResultSchema,
  blacklistLandingSchema,
  blacklistResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import type { FastifyRequest } from 'fastify';
import { ForPartners } from '../access/access.guard.ts';
import { auditTarget } from '../http/audit.ts';
import { checkDistinct } from '../http/batches.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { HospitalBlacklist } from './hospital-blacklist.ts';
import { requireOwn } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';

/** The hospitals' black lists (F1.22–F1.24): signed, each its own; people are named by a document. */
@ApiTags('partner')
@Controller('api/partner/v1')
@ForPartners()
export class PartnerBlacklistController {
  readonly #blacklist: HospitalBlacklist;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) slots: SlotServices,
    @Inject(CommandBus) bus: CommandBus,
  ) {
    this.#blacklist = new HospitalBlacklist(platform, slots.standings, bus);
  }

  @Post('blacklist-entries')
  @HttpCode(200)
  @ApiOperation({ summary: '黑名单上传' })
  @ApiResponse({ status: 200, standardSchema: blacklistResultSchema })
  async add(@Body({ schema: blacklistEntrySchema }) body: BlacklistEntry, @Req() request: FastifyRequest) {
    const partnerId = this.#ownPartner(request, body.institutionCode);
    const envelope = envelopeOf(this.platform, request, body);
    const { personId, outcome, position } = await this.#blacklist.add(body, partnerId, envelope);
    await this.#trace(request, personId);
    return { entryCode: body.entryCode, outcome, position };
  }

  @Post('blacklist-appeals')
  @HttpCode(200)
  @ApiOperation({ summary: '黑名单申诉' })
  @ApiResponse({ status: 200, standardSchema: blacklistResultSchema })
  async appeal(
    @Body({ schema: blacklistAppealSchema }) body: BlacklistAppeal,
    @Req() request: FastifyRequest,
  ) {
    this.#ownPartner(request, body.institutionCode);
    const envelope = envelopeOf(this.platform, request, body);
    const { personId, outcome, position } = await this.#blacklist.decide(body, envelope);
    await this.#trace(request, personId);
    return { entryCode: body.entryCode, outcome, position };
  }

  @Post('blacklist-landings')
  @HttpCode(200)
  @ApiOperation({ summary: '黑名单落地' })
  @ApiResponse({ status: 200, standardSchema: blacklistLandingResultSchema })
  async land(
    @Body({ schema: blacklistLandingSchema }) body: BlacklistLanding,
    @Req() request: FastifyRequest,
  ): Promise<BlacklistLandingResult> {
    const partnerId = this.#ownPartner(request, body.institutionCode);
    checkDistinct(
      body.entries.map(({ entryCode }) => entryCode),
      'entryCode',
      'entries',
    );
    const envelope = envelopeOf(this.platform, request, body);
    const { touched, ...result } = await this.#blacklist.land(body, partnerId, envelope);
    await Promise.all(touched.map((personId) => this.#trace(request, personId)));
    return result;
  }

  #ownPartner(request: FastifyRequest, institutionCode: string): string {
    requireOwn(request, [institutionCode]);
    const { principal } = request;
    if (principal.kind !== 'partner') throw new Error('only partners have institutions of their own');
    return principal.id;
  }

  #trace(request: FastifyRequest, personId: string): Promise<void> {
    return auditTarget(this.platform.audit, request, personId, 200);
  }
}
