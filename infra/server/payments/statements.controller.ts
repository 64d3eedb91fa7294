import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { calendarDateSchema } from '@qingpu/contracts/events/slots';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  settleStatementDifferenceSchema,
  statementDetailSchema,
  statementPageSchema,
  statementsQuerySchema,
} from '@qingpu/contracts/http/payments';
import { actResultSchema } from '@qingpu/contracts/http/slots';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import { OwnMovementsUnknown, PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import { statementUnknown } from '@qingpu/domains-payments/rejections';
import { CompareStatement, SettleStatementDifference } from '@qingpu/domains-payments/statement.handlers';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { viewsBehind } from '../http/views-behind.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { requireScope } from '../slots/slot-access.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { checkSpan } from '../slots/spans.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';

interface StatementParams {
  readonly institution: string;
  readonly date: string;
}
const nothingSchema = z.strictObject({});

/** The gateway's daily statements against our own payments (对账), and what was decided about differences. */
@ApiTags('payments')
@Controller('api/slots/desk/statements')
@ForSignedIn()
export class StatementsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '支付对账' })
  @ApiResponse({ status: 200, standardSchema: statementPageSchema })
  async list(
    @Query({ schema: statementsQuerySchema }) query: z.infer<typeof statementsQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { page, size, after, from, to, state } = query;
    const { institution } = requireScope(request, 'manage', query.institution);
    const filter = { institution, state, ...checkSpan({ from, to }) };
    const found = await this.slots.statements.list(filter, { page, size, after });
    const names = await this.slots.names.institutions(
      found.items.map(({ institutionCode }) => institutionCode),
    );
    return {
      ...found,
      items: found.items.map((line) => ({
        ...line,
        institutionName: names.get(line.institutionCode) ?? line.institutionCode,
      })),
    };
  }

  @Get(':institution/:date')
  @ApiOperation({ summary: '一天的对账结果' })
  @ApiResponse({ status: 200, standardSchema: statementDetailSchema })
  async find(
    @Param() { institution, date }: StatementParams,
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    const day = dayIn(request, institution, date);
    const found = await this.slots.statements.find(day, after);
    if (!found) throw statementUnknown();
    return { ...found, institutionName: await this.slots.names.institution(institution) };
  }

  @Post(':institution/:date/comparison')
  @HttpCode(200)
  @ApiOperation({ summary: '重新核对' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async compare(
    @Param() { institution, date }: StatementParams,
    @Body({ schema: nothingSchema }) _body: object,
    @Req() request: FastifyRequest,
  ) {
    const day = dayIn(request, institution, date);
    const { position, revision } = await this.#compare(
      new CompareStatement(day, envelopeOf(this.platform, request, day)),
    );
    return { position, revision };
  }

  @Post(':institution/:date/settlement')
  @HttpCode(200)
  @ApiOperation({ summary: '处理对账差异' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async settle(
    @Param() { institution, date }: StatementParams,
    @Body({ schema: settleStatementDifferenceSchema })
    body: z.infer<typeof settleStatementDifferenceSchema>,
    @Req() request: FastifyRequest,
  ) {
    const day = dayIn(request, institution, date);
    const envelope = envelopeOf(this.platform, request, { ...day, ...body });
    const { position, revision } = await this.bus.execute(new SettleStatementDifference(day, body, envelope));
    return { position, revision };
  }

  async #compare(command: CompareStatement): Promise<AcceptedOutcome> {
    try {
      return await this.bus.execute(command);
    } catch (error) {
      if (error instanceof OwnMovementsUnknown) throw viewsBehind();
      if (error instanceof PaymentGatewayUnavailable) throw gatewayUnavailable();
      throw error;
    }
  }
}

/** @throws HttpProblem 403 when it is another institution's; Rejection 404 when it is no date */
function dayIn(request: FastifyRequest, institution: string, date: string) {
  requireScope(request, 'manage', institution);
  if (!calendarDateSchema.safeParse(date).success) throw statementUnknown();
  return { institutionCode: institution, date };
}

function gatewayUnavailable(): HttpProblem {
  return new HttpProblem(
    503,
    'payment-gateway-unavailable',
    '支付平台暂时没有给出账单，平台会继续获取，请稍后再核对',
  );
}
