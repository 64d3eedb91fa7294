import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import { REFUND_CAUSES } from '@qingpu/contracts/codes/payment-tables';
import {
  paymentDetailSchema,
  paymentOrderPageSchema,
  paymentOrdersQuerySchema,
  retryRefundSchema,
  settleRefundSchema,
} from '@qingpu/contracts/http/payments';
import { actResultSchema } from '@qingpu/contracts/http/slots';
import { readPayment } from '@qingpu/domains-payments/following';
import { RetryRefund, SettleRefundByHand } from '@qingpu/domains-payments/handlers';
import type { WhatIsPaid } from '@qingpu/domains-payments/payment';
import { paymentStream } from '@qingpu/domains-payments/streams';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { auditPersons } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { requireScope } from '../slots/slot-access.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { checkSpan } from '../slots/spans.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { paymentLife } from './payment-life.ts';

interface PaymentParams {
  readonly payment: string;
}

/** Payments as the desk sees them; refunds that the gateway refused are its task. */
@ApiTags('payments')
@Controller('api/slots/desk/payments')
@ForSignedIn()
export class PaymentDeskController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '支付单' })
  @ApiResponse({ status: 200, standardSchema: paymentOrderPageSchema })
  async list(
    @Query({ schema: paymentOrdersQuerySchema }) query: z.infer<typeof paymentOrdersQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { page, size, after, from, to, state, order } = query;
    const { institution } = requireScope(request, 'manage', query.institution);
    const filter = { institution, state, order, ...checkSpan({ from, to }) };
    const found = await this.slots.payments.orders(filter, { page, size, after });
    const names = await this.slots.names.institutions(
      found.items.map(({ institutionCode }) => institutionCode),
    );
    return {
      ...found,
      items: found.items.map(({ refundCause, ...line }) => ({
        ...line,
        bookingNumber: orderNumberOf(line.bookingId),
        institutionName: names.get(line.institutionCode) ?? line.institutionCode,
        refundReason: refundCause && REFUND_CAUSES[refundCause],
      })),
    };
  }

  @Get(':payment')
  @ApiOperation({ summary: '支付详情' })
  @ApiResponse({ status: 200, standardSchema: paymentDetailSchema })
  async find(@Param() { payment }: PaymentParams, @Req() request: FastifyRequest) {
    const { personId, slot } = await this.#inScope(request, payment);
    await auditPersons(this.platform.audit, request, [{ personId }]);
    const institutionName = await this.slots.names.institution(slot.institutionCode);
    const stored = await this.platform.log.readStream(paymentStream(payment));
    return paymentLife(stored, { institutionName, now: this.platform.clock.now() });
  }

  @Post(':payment/refund-retry')
  @HttpCode(200)
  @ApiOperation({ summary: '重新发起退款' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async retry(
    @Param() { payment }: PaymentParams,
    @Body({ schema: retryRefundSchema }) body: z.infer<typeof retryRefundSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#inScope(request, payment);
    const envelope = envelopeOf(this.platform, request, { payment, ...body });
    const { position, revision } = await this.bus.execute(
      new RetryRefund(payment, body.refundNumber, envelope),
    );
    return { position, revision };
  }

  @Post(':payment/refund-settlement')
  @HttpCode(200)
  @ApiOperation({ summary: '登记线下退款' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async settle(
    @Param() { payment }: PaymentParams,
    @Body({ schema: settleRefundSchema }) body: z.infer<typeof settleRefundSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#inScope(request, payment);
    const { refundNumber, reason } = body;
    const envelope = envelopeOf(this.platform, request, { payment, ...body });
    const { position, revision } = await this.bus.execute(
      new SettleRefundByHand(payment, refundNumber, reason, envelope),
    );
    return { position, revision };
  }

  /** @throws HttpProblem 404 when there is no such payment, 403 when it is another institution's */
  async #inScope(request: FastifyRequest, payment: string): Promise<WhatIsPaid> {
    requireScope(request, 'manage');
    const { what } = UUID.safeParse(payment).success
      ? await readPayment(this.platform, payment)
      : { what: null };
    if (!what) throw new HttpProblem(404, 'payment-unknown', '没有找到该支付，请返回列表重新查找');
    requireScope(request, 'manage', what.slot.institutionCode);
    return what;
  }
}

const UUID = z.uuid();
