import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { scheduleEvents } from '@qingpu/contracts/events/slots';
import { reasonSchema } from '@qingpu/contracts/http/institutions';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  actResultSchema,
  deskScheduleDetailSchema,
  deskSchedulePageSchema,
  deskSchedulesQuerySchema,
  substituteSchema,
  suspendResultSchema,
  suspendSchema,
} from '@qingpu/contracts/http/slots';
import type { AcceptedOutcome, CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { schedule } from '@qingpu/domains-slots/schedule';
import { ChangeSchedule, type ScheduleChange } from '@qingpu/domains-slots/schedule.handlers';
import { scheduleStream } from '@qingpu/domains-slots/streams';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { requireScope } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';
import { checkSpan } from './spans.ts';

interface ScheduleParams {
  readonly institution: string;
  readonly schedule: string;
}
type Reason = z.infer<typeof reasonSchema>;

/** Schedules as the desk sees and changes them (F2.03, F2.05–F2.07). */
@ApiTags('slots')
@Controller('api/slots/desk/schedules')
@ForSignedIn()
export class DeskSchedulesController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: '排班号源列表' })
  @ApiResponse({ status: 200, standardSchema: deskSchedulePageSchema })
  async list(
    @Query({ schema: deskSchedulesQuerySchema }) query: z.infer<typeof deskSchedulesQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { page, size, after, department, from, to, ...rest } = query;
    const scope = requireScope(request, 'readDesk', query.institution);
    const departments =
      department === undefined
        ? undefined
        : await this.platform.directory.departmentWithThoseBelow(department, scope.institution);
    const filter = { ...rest, ...scope, ...checkSpan({ from, to }), departments };
    const found = await this.slots.pool.deskSchedules(filter, { page, size, after }, this.#now());
    return { ...found, items: await this.slots.names.joinAll(found.items) };
  }

  @Get(':institution/:schedule')
  @ApiOperation({ summary: '排班号源明细' })
  @ApiResponse({ status: 200, standardSchema: deskScheduleDetailSchema })
  async find(
    @Param() { institution, schedule }: ScheduleParams,
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireScope(request, 'readDesk', institution);
    const key = { institutionCode: institution, scheduleId: schedule };
    const found = await this.slots.pool.deskSchedule(key, this.#now(), after);
    if (!found) throw new HttpProblem(404, 'schedule-unknown', '没有找到这个排班，请返回列表重新查找');
    const { substitution } = found;
    return {
      ...found,
      schedule: await this.slots.names.join(found.schedule),
      substitution: substitution && {
        ...substitution,
        doctorName: await this.slots.names.doctor(institution, substitution.doctorCode),
      },
    };
  }

  @Post(':institution/:schedule/suspensions')
  @HttpCode(200)
  @ApiOperation({ summary: '停诊' })
  @ApiResponse({ status: 200, standardSchema: suspendResultSchema })
  async suspend(
    @Param() params: ScheduleParams,
    @Body({ schema: suspendSchema }) { cause, reason, starts }: z.infer<typeof suspendSchema>,
    @Req() request: FastifyRequest,
  ) {
    const change = { type: 'SuspendSchedule', cause, reason, starts } as const;
    const { envelope, outcome } = await this.#change(request, params, change);
    const key = { institutionCode: params.institution, scheduleId: params.schedule };
    const known = await readStream(this.platform.log, scheduleStream(key), scheduleEvents, schedule);
    const suspensions = known.status === 'absent' ? [] : known.suspensions;
    const named = suspensions.find(({ suspensionId }) => suspensionId === envelope.commandId);
    return { ...resultOf(outcome), suspensionId: envelope.commandId, slots: named?.slotIds.length ?? 0 };
  }

  @Post(':institution/:schedule/suspensions/:suspension/revocation')
  @HttpCode(200)
  @ApiOperation({ summary: '撤销停诊' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async revoke(
    @Param() params: ScheduleParams & { readonly suspension: string },
    @Body({ schema: reasonSchema }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    const change = { type: 'RevokeSuspension', suspensionId: params.suspension, reason } as const;
    return resultOf((await this.#change(request, params, change)).outcome);
  }

  @Post(':institution/:schedule/substitutions')
  @HttpCode(200)
  @ApiOperation({ summary: '替诊' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async substitute(
    @Param() params: ScheduleParams,
    @Body({ schema: substituteSchema }) { cause, reason, doctorCode }: z.infer<typeof substituteSchema>,
    @Req() request: FastifyRequest,
  ) {
    const change = { type: 'SubstituteDoctor', cause, reason, doctorCode } as const;
    return resultOf((await this.#change(request, params, change)).outcome);
  }

  @Post(':institution/:schedule/closure')
  @HttpCode(200)
  @ApiOperation({ summary: '关闭预约' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async close(
    @Param() params: ScheduleParams,
    @Body({ schema: reasonSchema }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    return resultOf((await this.#change(request, params, { type: 'CloseSchedule', reason })).outcome);
  }

  async #change(
    request: FastifyRequest,
    { institution, schedule }: ScheduleParams,
    change: ScheduleChange,
  ): Promise<{ readonly envelope: CommandEnvelope; readonly outcome: AcceptedOutcome }> {
    requireScope(request, 'manage', institution);
    const key = { institutionCode: institution, scheduleId: schedule };
    const envelope = envelopeOf(this.platform, request, { ...key, change });
    return { envelope, outcome: await this.bus.execute(new ChangeSchedule(key, change, envelope)) };
  }

  #now(): Date {
    return this.platform.clock.now();
  }
}

function resultOf({ position, revision }: AcceptedOutcome) {
  return { position, revision };
}
