import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { contractFaultWords } from '@qingpu/contracts/codes/partner-contracts';
import {
  type Contracts,
  contractsQuerySchema,
  contractsSchema,
  type Verification,
  verificationSchema,
  verifySchema,
  withholdResultSchema,
  withholdSchema,
} from '@qingpu/contracts/http/partner-contracts';
import { ActOnContract } from '@qingpu/domains-institutions/partner-contract.handlers';
import { unknownContract } from '@qingpu/read-models-partner-contracts/queries';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { requireDistrict, requireScope } from '../slots/slot-access.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { ContractVerification } from './contract-verification.ts';

interface OfInstitution {
  readonly institution: string;
}
type Withhold = z.infer<typeof withholdSchema>;

/** How the interfaces with hospitals' systems stand, and whose slots are withheld (I1–I5 号源传输、号源同步接口). */
@ApiTags('partner-contracts')
@Controller('api/slots/desk/contracts')
@ForSignedIn()
export class ContractsController {
  readonly #verification: ContractVerification;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {
    this.#verification = new ContractVerification(platform, slots.contracts, bus);
  }

  @Get()
  @ApiOperation({ summary: '接口状态' })
  @ApiResponse({ status: 200, standardSchema: contractsSchema })
  async list(
    @Query({ schema: contractsQuerySchema }) query: z.infer<typeof contractsQuerySchema>,
    @Req() request: FastifyRequest,
  ): Promise<Contracts> {
    const { institution } = requireScope(request, 'trace', query.institution);
    const { contracts, asOf, stale } = await this.slots.contracts.all(query.after);
    const partners = this.platform.partners
      .all()
      .filter(({ institutionCode }) => institution === undefined || institutionCode === institution);
    const names = await this.slots.names.institutions(partners.map((each) => each.institutionCode));
    const items = partners.map(({ institutionCode, callbackUrl }) => ({
      ...(contracts.get(institutionCode) ?? unknownContract(institutionCode)),
      institutionName: names.get(institutionCode) ?? institutionCode,
      reachable: callbackUrl !== undefined,
    }));
    return { items, asOf, stale };
  }

  @Post(':institution/verification')
  @HttpCode(200)
  @ApiOperation({ summary: '重新验证接口' })
  @ApiResponse({ status: 200, standardSchema: verificationSchema })
  async verify(
    @Param() { institution }: OfInstitution,
    @Body({ schema: verifySchema }) body: z.infer<typeof verifySchema>,
    @Req() request: FastifyRequest,
  ): Promise<Verification> {
    requireScope(request, 'manage', institution);
    this.#requirePartner(institution);
    const envelope = envelopeOf(this.platform, request, { institution, body });
    const { results, position } = await this.#verification.verify(
      institution,
      body.kinds ?? undefined,
      envelope,
    );
    return {
      position,
      items: results.map(({ kind, interface: of, fault }) => ({
        kind,
        interface: of,
        fault: fault && contractFaultWords(fault.code),
      })),
    };
  }

  @Post(':institution/withholding')
  @HttpCode(200)
  @ApiOperation({ summary: '人工暂停放号' })
  @ApiResponse({ status: 200, standardSchema: withholdResultSchema })
  withhold(
    @Param() { institution }: OfInstitution,
    @Body({ schema: withholdSchema }) body: Withhold,
    @Req() request: FastifyRequest,
  ) {
    return this.#decide('WithholdSlots', institution, body, request);
  }

  @Post(':institution/offering')
  @HttpCode(200)
  @ApiOperation({ summary: '恢复放号' })
  @ApiResponse({ status: 200, standardSchema: withholdResultSchema })
  offer(
    @Param() { institution }: OfInstitution,
    @Body({ schema: withholdSchema }) body: Withhold,
    @Req() request: FastifyRequest,
  ) {
    return this.#decide('OfferSlotsAgain', institution, body, request);
  }

  async #decide(
    type: 'WithholdSlots' | 'OfferSlotsAgain',
    institutionCode: string,
    { kinds, reason }: Withhold,
    request: FastifyRequest,
  ) {
    requireDistrict(request);
    this.#requirePartner(institutionCode);
    const envelope = envelopeOf(this.platform, request, { institutionCode, kinds, reason });
    const command = { type, institutionCode, kinds, reason } as const;
    const { position, revision } = await this.bus.execute(new ActOnContract(command, envelope));
    await this.slots.contracts.refresh(position);
    return { position, revision };
  }

  #requirePartner(institutionCode: string): void {
    if (this.platform.partners.byInstitution(institutionCode)) return;
    throw new HttpProblem(404, 'partner-unknown', '该机构没有接入平台，请核对机构代码');
  }
}
