import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  PAYMENT_RESULTS_PATH,
  type PaymentResult,
  paymentResultAnswerSchema,
  paymentResultSchema,
} from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { ReportPaid } from '@qingpu/domains-payments/handlers';
import type { FastifyRequest } from 'fastify';
import { ForPaymentGateway } from '../access/access.guard.ts';
import { auditTarget } from '../http/audit.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';

/** Where the payment gateway reports what was paid. It may report as often as it likes; what does not fit is not believed. */
@ApiTags('payments')
@Controller(PAYMENT_RESULTS_PATH.slice(1))
@ForPaymentGateway()
export class PaymentResultsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: '支付结果通知' })
  @ApiResponse({ status: 200, standardSchema: paymentResultAnswerSchema })
  async report(@Body({ schema: paymentResultSchema }) body: PaymentResult, @Req() request: FastifyRequest) {
    const { reference, state: _state, ...paid } = body;
    const envelope = envelopeOf(this.platform, request, body);
    await this.bus.execute(new ReportPaid(reference, { ...paid, source: 'callback' }, envelope));
    await auditTarget(this.platform.audit, request, reference, 200);
    return { orderNumber: body.orderNumber, received: true as const };
  }
}
