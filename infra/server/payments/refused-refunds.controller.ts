import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { REFUND_CAUSES } from '@qingpu/contracts/codes/payment-tables';
import {
  actResultSchema,
  refusedRefundPageSchema,
  refusedRefundsQuerySchema,
  retryRefundSchema,
} from '@qingpu/contracts/http/slots';
import { readPayment } from '@qingpu/domains-payments/following';
import { RetryRefund } from '@qingpu/domains-payments/handlers';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { requireScope } from '../slots/slot-access.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';

/** Refunds that the gateway refused: somebody clears up why, and has them tried again. */
@ApiTags('payments')
@Controller('api/slots/desk/refused-refunds')
@ForSignedIn()
export class RefusedRefundsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '待处理退款' })
  @ApiResponse({ status: 200, standardSchema: refusedRefundPageSchema })
  async list(
    @Query({ schema: refusedRefundsQuerySchema }) query: z.infer<typeof refusedRefundsQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution: wanted, ...paging } = query;
    const { institution } = requireScope(request, 'manage', wanted);
    const found = await this.slots.payments.refusedRefunds(institution, paging);
    const names = await this.slots.names.institutions(
      found.items.map(({ institutionCode }) => institutionCode),
    );
    return {
      ...found,
      items: found.items.map(({ refundCause, ...refund }) => ({
        ...refund,
        institutionName: names.get(refund.institutionCode) ?? refund.institutionCode,
        reason: REFUND_CAUSES[refundCause],
      })),
    };
  }

  @Post(':payment/retry')
  @HttpCode(200)
  @ApiOperation({ summary: '重新发起退款' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async retry(
    @Param() { payment }: { readonly payment: string },
    @Body({ schema: retryRefundSchema }) body: z.infer<typeof retryRefundSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireScope(request, 'manage');
    const { what } = UUID.safeParse(payment).success
      ? await readPayment(this.platform, payment)
      : { what: null };
    if (!what) throw new HttpProblem(404, 'payment-unknown', '没有找到该支付，请返回列表重新查找');
    requireScope(request, 'manage', what.slot.institutionCode);
    const envelope = envelopeOf(this.platform, request, body);
    const { position, revision } = await this.bus.execute(
      new RetryRefund(payment, body.refundNumber, envelope),
    );
    return { position, revision };
  }
}

const UUID = z.uuid();
