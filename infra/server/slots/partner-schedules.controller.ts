import { Body, Controller, HttpCode, Inject, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  landingResultSchema,
  landingSchema,
  type ScheduleRegistration,
  scheduleActResultSchema,
  scheduleBatchResultSchema,
  scheduleBatchSchema,
  scheduleRegistrationSchema,
  scheduleResultSchema,
  scheduleSubstitutionSchema,
  scheduleSuspensionSchema,
  slotAdditionSchema,
  slotWithdrawalSchema,
  suspensionRevocationSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import { LandOrders } from '@qingpu/domains-slots/landing.handlers';
import {
  ChangeSchedule,
  RegisterSchedule,
  type ScheduleChange,
} from '@qingpu/domains-slots/schedule.handlers';
import type { ScheduleKey } from '@qingpu/domains-slots/streams';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForPartners } from '../access/access.guard.ts';
import { checkDistinct, handleBatch } from '../http/batches.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import { TransmissionWatch } from '../partners/transmission-watch.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { requireOwn } from './slot-access.ts';

type ScheduleResult = z.infer<typeof scheduleResultSchema>;
type ScheduleActResult = z.infer<typeof scheduleActResultSchema>;

/** What hospitals say of their schedules (F1.16–F1.20, F2.03): signed, each for its own institution. */
@ApiTags('partner')
@Controller('api/partner/v1')
@ForPartners()
@UseInterceptors(TransmissionWatch)
export class PartnerSchedulesController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post('schedules')
  @ApiOperation({ summary: '号源注册' })
  @ApiResponse({ status: 201, standardSchema: scheduleResultSchema })
  async register(
    @Body({ schema: scheduleRegistrationSchema }) body: ScheduleRegistration,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleResult> {
    requireOwn(request, [body.institutionCode]);
    const envelope = envelopeOf(this.platform, request, body);
    const result = resultOf(body, await this.bus.execute(new RegisterSchedule(body, body.details, envelope)));
    reply.status(result.outcome === 'registered' ? 201 : 200);
    return result;
  }

  @Post('schedules/batch')
  @HttpCode(200)
  @ApiOperation({ summary: '号源批量注册' })
  @ApiResponse({ status: 200, standardSchema: scheduleBatchResultSchema })
  async registerBatch(
    @Body({ schema: scheduleBatchSchema }) { items }: z.infer<typeof scheduleBatchSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireOwn(
      request,
      items.map(({ institutionCode }) => institutionCode),
    );
    checkDistinct(
      items.map(({ scheduleId }) => scheduleId),
      'scheduleId',
    );
    const batch = envelopeOf(this.platform, request, items);
    const answers = await handleBatch(this.platform, batch, items, async (item, envelope) =>
      resultOf(item, await this.bus.execute(new RegisterSchedule(item, item.details, envelope))),
    );
    const results = answers.map((answer, index) => ({
      ...answer,
      scheduleId: items[index]?.scheduleId ?? '',
    }));
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    return { accepted: results.length - refused, refused, items: results };
  }

  @Post('schedule-additions')
  @HttpCode(200)
  @ApiOperation({ summary: '号源增加' })
  @ApiResponse({ status: 200, standardSchema: scheduleActResultSchema })
  add(
    @Body({ schema: slotAdditionSchema }) body: z.infer<typeof slotAdditionSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#change(request, body, { type: 'AddSlots', intervals: body.intervals });
  }

  @Post('slot-withdrawals')
  @HttpCode(200)
  @ApiOperation({ summary: '号源撤回' })
  @ApiResponse({ status: 200, standardSchema: scheduleActResultSchema })
  withdraw(
    @Body({ schema: slotWithdrawalSchema }) body: z.infer<typeof slotWithdrawalSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { slotIds, reason } = body;
    return this.#change(request, body, { type: 'WithdrawSlots', slotIds, reason });
  }

  @Post('schedule-suspensions')
  @HttpCode(200)
  @ApiOperation({ summary: '停诊上传' })
  @ApiResponse({ status: 200, standardSchema: scheduleActResultSchema })
  suspend(
    @Body({ schema: scheduleSuspensionSchema }) body: z.infer<typeof scheduleSuspensionSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { cause, reason, starts } = body;
    return this.#change(request, body, { type: 'SuspendSchedule', cause, reason, starts });
  }

  @Post('suspension-revocations')
  @HttpCode(200)
  @ApiOperation({ summary: '停诊撤销' })
  @ApiResponse({ status: 200, standardSchema: scheduleActResultSchema })
  revoke(
    @Body({ schema: suspensionRevocationSchema }) body: z.infer<typeof suspensionRevocationSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { suspensionId, reason } = body;
    return this.#change(request, body, { type: 'RevokeSuspension', suspensionId, reason });
  }

  @Post('schedule-substitutions')
  @HttpCode(200)
  @ApiOperation({ summary: '替诊上传' })
  @ApiResponse({ status: 200, standardSchema: scheduleActResultSchema })
  substitute(
    @Body({ schema: scheduleSubstitutionSchema }) body: z.infer<typeof scheduleSubstitutionSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { doctorCode, cause, reason } = body;
    return this.#change(request, body, { type: 'SubstituteDoctor', doctorCode, cause, reason });
  }

  @Post('booking-landings')
  @HttpCode(200)
  @ApiOperation({ summary: '预约单落地' })
  @ApiResponse({ status: 200, standardSchema: landingResultSchema })
  async land(
    @Body({ schema: landingSchema }) body: z.infer<typeof landingSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireOwn(request, [body.institutionCode]);
    const envelope = envelopeOf(this.platform, request, body);
    const { position } = await this.bus.execute(new LandOrders(body, envelope));
    return { date: body.date, received: body.orders.length, position };
  }

  async #change(
    request: FastifyRequest,
    key: ScheduleKey,
    change: ScheduleChange,
  ): Promise<ScheduleActResult> {
    requireOwn(request, [key.institutionCode]);
    const { institutionCode, scheduleId } = key;
    const envelope = envelopeOf(this.platform, request, { institutionCode, scheduleId, change });
    const outcome = await this.bus.execute(
      new ChangeSchedule({ institutionCode, scheduleId }, change, envelope),
    );
    const { revision, position } = outcome;
    return { scheduleId, id: outcome.kind === 'accepted' ? envelope.commandId : null, revision, position };
  }
}

function resultOf({ scheduleId }: ScheduleKey, outcome: AcceptedOutcome): ScheduleResult {
  const { revision, position } = outcome;
  if (outcome.kind === 'unchanged') return { scheduleId, outcome: 'unchanged', revision, position };
  const registered = outcome.eventTypes.includes('ScheduleRegistered');
  return { scheduleId, outcome: registered ? 'registered' : 'amended', revision, position };
}
