import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CLOSED_LOOP_TAGS, type ClosedLoopTag } from '@qingpu/contracts/codes/slot-tables';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  type ClosedLoop,
  closedLoopQuerySchema,
  closedLoopSchema,
  slotLifeSchema,
  tracedSlotPageSchema,
  traceQuerySchema,
} from '@qingpu/contracts/http/slots';
import { scheduleStream, slotStream } from '@qingpu/domains-slots/streams';
import { sumOf, type Tally } from '@qingpu/read-models-slot-pool/tally';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { actorWords } from './actor-words.ts';
import { requireScope } from './slot-access.ts';
import { slotLife } from './slot-life.ts';
import type { SlotServices } from './slot-services.ts';
import { checkSpan } from './spans.ts';

interface SlotParams {
  readonly institution: string;
  readonly schedule: string;
  readonly slot: string;
}

/** What became of every slot (F2.02, F3.11, F3.12): de-identified, for those who supervise. */
@ApiTags('slots')
@Controller('api/slots')
@ForSignedIn()
export class TraceController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
  ) {}

  @Get('trace')
  @ApiOperation({ summary: '号源追溯查询' })
  @ApiResponse({ status: 200, standardSchema: tracedSlotPageSchema })
  async find(
    @Query({ schema: traceQuerySchema }) query: z.infer<typeof traceQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { page, size, after, schedule, slot, department, order, from, to, ...rest } = query;
    const scope = requireScope(request, 'trace', query.institution);
    if (!narrows(query))
      throw new HttpProblem(422, 'filter-required', '请至少填写一个查询条件，例如就诊日期或医院');
    const departments =
      department === undefined
        ? undefined
        : await this.platform.directory.departmentWithThoseBelow(department, scope.institution);
    const filter = {
      ...rest,
      ...scope,
      ...checkSpan({ from, to }),
      departments,
      scheduleId: schedule,
      slotId: slot,
      ...(order !== undefined && (await this.#slotOfOrder(order, scope.institution))),
    };
    const found = await this.slots.pool.trace(filter, { page, size, after }, this.platform.clock.now());
    return { ...found, items: await this.slots.names.joinAll(found.items) };
  }

  /** The slot that an order's number leads to, the platform's number or the hospital's. */
  async #slotOfOrder(order: string, institution: string | undefined) {
    const booking = await this.slots.bookings.byOrder(institution, order);
    if (!booking) return NO_SLOT;
    const { institutionCode, scheduleId, slotId } = booking.slot;
    return { institution: institutionCode, scheduleId, slotId };
  }

  @Get('trace/:institution/:schedule/:slot')
  @ApiOperation({ summary: '号源全生命周期' })
  @ApiResponse({ status: 200, standardSchema: slotLifeSchema })
  async life(@Param() { institution, schedule, slot }: SlotParams, @Req() request: FastifyRequest) {
    requireScope(request, 'trace', institution);
    const key = { institutionCode: institution, scheduleId: schedule, slotId: slot };
    const line = await this.slots.pool.slot(key, this.platform.clock.now());
    if (!line) throw new HttpProblem(404, 'slot-unknown', '没有找到这个号源，请核对医院、排班和号源编号');
    const [slotEvents, scheduleEvents, joined, institutionName] = await Promise.all([
      this.platform.log.readStream(slotStream(key)),
      this.platform.log.readStream(scheduleStream(key)),
      this.slots.names.join(line),
      this.slots.names.institution(institution),
    ]);
    const actorOf = ({ metadata }: StoredEvent) => actorWords(metadata.actor, institutionName);
    return {
      slot: joined,
      ...slotLife({ slot: slotEvents, schedule: scheduleEvents, slotId: slot, actorOf }),
    };
  }

  @Get('closed-loop')
  @ApiOperation({ summary: '闭环统计' })
  @ApiResponse({ status: 200, standardSchema: closedLoopSchema })
  async closedLoop(
    @Query({ schema: closedLoopQuerySchema }) query: z.infer<typeof closedLoopQuerySchema>,
    @Req() request: FastifyRequest,
  ): Promise<ClosedLoop> {
    const { from, to, after } = query;
    const scope = requireScope(request, 'trace', query.institution);
    const filter = { ...scope, ...checkSpan({ from, to }) };
    const { byInstitution, asOf, stale } = await this.slots.pool.tally(
      filter,
      this.platform.clock.now(),
      after,
    );
    const all = [...byInstitution.values()].reduce<Tally | undefined>(
      (sum, tally) => (sum ? sumOf(sum, tally) : tally),
      undefined,
    );
    const names = await this.slots.names.institutions([...byInstitution.keys()]);
    return {
      from,
      to,
      total: all?.total ?? 0,
      tags: TAGS.map((tag) => ({ tag, label: CLOSED_LOOP_TAGS[tag], count: all?.tags[tag] ?? 0 })),
      funnel: funnelOf(all),
      byInstitution: [...byInstitution].map(([institutionCode, tally]) => ({
        institutionCode,
        institutionName: names.get(institutionCode) ?? institutionCode,
        ...institutionFigures(tally),
      })),
      unexplained: (all?.total ?? 0) - TAGS.reduce((sum, tag) => sum + (all?.tags[tag] ?? 0), 0),
      asOf,
      stale,
    };
  }
}

/** Finds nothing: no hospital can give an empty id. */
const NO_SLOT = { scheduleId: '', slotId: '' };

const TAGS = Object.keys(CLOSED_LOOP_TAGS) as ClosedLoopTag[];

function narrows(query: z.infer<typeof traceQuerySchema>): boolean {
  const { institution, schedule, slot, department, doctor, clinic, order, from, to } = query;
  return [institution, schedule, slot, department, doctor, clinic, order, from, to].some(
    (value) => value !== undefined,
  );
}

/** Slots whose newest booking has come at least so far. */
const STEPS: readonly (readonly [step: string, label: string, tags: readonly ClosedLoopTag[]])[] = [
  ['registered', '已登记', TAGS],
  ['offered', '可约或已约', TAGS.filter((tag) => !['unopened', 'suspended', 'withdrawn'].includes(tag))],
  ['booked', '有人预约', ['booked', 'checkedIn', 'registered', 'fulfilled', 'noShow', 'unreported']],
  ['came', '已签到或挂号', ['checkedIn', 'registered', 'fulfilled']],
  ['fulfilled', '已履约', ['fulfilled']],
];

function funnelOf(tally: Tally | undefined): ClosedLoop['funnel'] {
  return STEPS.map(([step, label, tags]) => ({ step, label, count: sumTags(tally, tags) }));
}

function institutionFigures(tally: Tally) {
  return {
    total: tally.total,
    booked: sumTags(tally, ['booked', 'checkedIn', 'registered', 'fulfilled', 'noShow', 'unreported']),
    fulfilled: sumTags(tally, ['fulfilled']),
    noShow: sumTags(tally, ['noShow']),
    cancelled: sumTags(tally, ['cancelledByPatient', 'lateCancelled', 'cancelledByHospital']),
    unreported: sumTags(tally, ['unreported']),
  };
}

function sumTags(tally: Tally | undefined, tags: readonly ClosedLoopTag[]): number {
  return tags.reduce((sum, tag) => sum + (tally?.tags[tag] ?? 0), 0);
}
