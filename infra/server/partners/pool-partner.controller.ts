import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { directoryQuerySchema } from '@qingpu/contracts/http/institutions';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  type Changes,
  changesQuerySchema,
  changesSchema,
  type PoolBook,
  poolBookingSchema,
  poolBookSchema,
  poolCancelResultSchema,
  poolCancelSchema,
  poolDepartmentsQuerySchema,
  poolInstitutionsQuerySchema,
  poolIntervalsSchema,
  poolOrderSchema,
  poolPlacesSchema,
  poolSchedulesQuerySchema,
  poolSchedulesSchema,
} from '@qingpu/contracts/partners/booking-platform/pool';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { RegisterCaller } from '@qingpu/domains-residents/handlers';
import { ActOnAllotment } from '@qingpu/domains-slots/allotment.handlers';
import { type BookingRequest, bookingIdOf } from '@qingpu/domains-slots/booking';
import { channelWithheld } from '@qingpu/domains-slots/rejections';
import { ActOnBooking } from '@qingpu/domains-slots/slot.handlers';
import type { BookingDetailLine } from '@qingpu/read-models-bookings/lines';
import { VISITOR } from '@qingpu/read-models-institution-directory/entry-filter';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForBookingPlatforms } from '../access/access.guard.ts';
import { channelAccount } from '../access/channel-partners.ts';
import { auditPersons, auditTarget } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { cancelOutcome } from '../slots/cancel-outcome.ts';
import { PoolController } from '../slots/pool.controller.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { checkSpan } from '../slots/spans.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { changesSince } from './channel-changes.ts';
import { ChannelOffer } from './channel-offer.ts';

/** What platforms book from. */
const PUBLIC = ['public'] as const;
const UUID = z.uuid();
/** Bookings of one platform in a minute. */
const BOOKINGS = { limit: 1_200, windowMs: 60_000 };

interface Asking {
  readonly partnerId: string;
  readonly request: BookingRequest;
  readonly envelope: CommandEnvelope;
}

/** The pool as the city's and third parties' booking platforms use it (F4.01, F4.03): signed, each its own orders. */
@ApiTags('booking-platform')
@Controller('api/partner/v1/pool')
@ForBookingPlatforms()
export class PoolPartnerController {
  readonly #offer: ChannelOffer;
  readonly #pool: PoolController;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {
    this.#offer = new ChannelOffer({ log: platform.log, ...slots });
    this.#pool = new PoolController(platform, slots);
  }

  @Get('institutions')
  @ApiOperation({ summary: '可预约机构' })
  @ApiResponse({ status: 200, standardSchema: poolPlacesSchema })
  institutions(
    @Query({ schema: poolInstitutionsQuerySchema }) query: z.infer<typeof poolInstitutionsQuerySchema>,
  ) {
    return this.#places('institution', query);
  }

  @Get('departments')
  @ApiOperation({ summary: '可预约科室' })
  @ApiResponse({ status: 200, standardSchema: poolPlacesSchema })
  departments(
    @Query({ schema: poolDepartmentsQuerySchema }) query: z.infer<typeof poolDepartmentsQuerySchema>,
  ) {
    return this.#places('department', query);
  }

  @Get('schedules')
  @ApiOperation({ summary: '可预约排班' })
  @ApiResponse({ status: 200, standardSchema: poolSchedulesSchema })
  async schedules(
    @Query({ schema: poolSchedulesQuerySchema }) query: z.infer<typeof poolSchedulesQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { page, size, after, date, from, to, department, ...rest } = query;
    const now = this.platform.clock.now();
    const span = checkSpan({ from: date ?? from ?? shanghaiDate(now), to: date ?? to });
    const departments =
      department === undefined
        ? undefined
        : await this.platform.directory.departmentWithThoseBelow(department, rest.institution);
    const filter = { ...rest, ...span, departments };
    const found = await this.slots.pool.schedules(filter, { page, size, after }, PUBLIC, now);
    return { ...found, items: await this.#offer.schedules(idOf(request), found.items) };
  }

  @Get('schedules/:institution/:schedule/intervals')
  @ApiOperation({ summary: '分时段号源' })
  @ApiResponse({ status: 200, standardSchema: poolIntervalsSchema })
  async intervals(
    @Param() key: { readonly institution: string; readonly schedule: string },
    @Query({ schema: afterSchema }) query: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    const shown = await this.#pool.intervals(key, query);
    const { institution: institutionCode, schedule: scheduleId } = key;
    const allotment = await this.#offer.allotmentOf(idOf(request), { institutionCode, scheduleId });
    const left = allotment === null ? Number.POSITIVE_INFINITY : Math.max(0, allotment.most - allotment.used);
    return {
      ...shown,
      schedule: { ...shown.schedule, free: Math.min(shown.schedule.free, left), allotment },
      items: shown.items.map((item) => ({ ...item, free: Math.min(item.free, left) })),
    };
  }

  @Post('bookings')
  @ApiOperation({ summary: '预约' })
  @ApiResponse({ status: 201, standardSchema: poolBookingSchema })
  async book(
    @Body({ schema: poolBookSchema }) body: PoolBook,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { id: partnerId, channel } = channelOf(request);
    await this.#allowRate(partnerId);
    const { person, ...place } = body;
    const envelope = envelopeOf(this.platform, request, body);
    const { personId } = await this.bus.execute(
      new RegisterCaller(person, false, {
        ...envelope,
        commandId: stepCommandId(envelope.commandId, 'person'),
      }),
    );
    await auditTarget(this.platform.audit, request, personId, 200);
    const result = await this.#book({
      partnerId,
      envelope,
      request: {
        ...place,
        personId,
        tier: 'public',
        channel,
        accountId: channelAccount(partnerId),
        cardId: null,
        replaces: null,
        override: null,
      },
    });
    reply.status(result.state === 'pending' ? 202 : 201);
    return result;
  }

  @Get('bookings/:id')
  @ApiOperation({ summary: '预约单详情' })
  @ApiResponse({ status: 200, standardSchema: poolOrderSchema })
  async find(
    @Param() { id }: { readonly id: string },
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    const found = await this.#own(request, id, after);
    await auditTarget(this.platform.audit, request, found.personId, 200);
    const [order] = await this.#offer.orders([found]);
    return order;
  }

  @Post('bookings/:id/cancellation')
  @HttpCode(200)
  @ApiOperation({ summary: '退号' })
  @ApiResponse({ status: 200, standardSchema: poolCancelResultSchema })
  async cancel(
    @Param() { id }: { readonly id: string },
    @Body({ schema: poolCancelSchema }) { reason = '' }: z.infer<typeof poolCancelSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { slot } = await this.#own(request, id);
    const { institutionCode, scheduleId, slotId } = slot;
    const address = { institutionCode, scheduleId, slotId, bookingId: id };
    const act = { type: 'CancelBooking', by: 'channel', reason } as const;
    const envelope = envelopeOf(this.platform, request, { address, act });
    const { position, revision } = await this.bus.execute(new ActOnBooking(address, act, envelope));
    return { position, revision, outcome: await cancelOutcome(this.platform, address) };
  }

  @Get('changes')
  @ApiOperation({ summary: '号源和预约单的变更' })
  @ApiResponse({ status: 200, standardSchema: changesSchema })
  changes(
    @Query({ schema: changesQuerySchema }) { after, limit }: z.infer<typeof changesQuerySchema>,
    @Req() request: FastifyRequest,
  ): Promise<Changes> {
    const now = this.platform.clock.now();
    const audit = (shown: readonly { readonly personId: string }[]) =>
      auditPersons(this.platform.audit, request, shown);
    const asked = { partnerId: idOf(request), after: BigInt(after), limit, now, audit };
    return changesSince(this.slots, this.#offer, asked);
  }

  async #places(kind: 'institution' | 'department', query: z.infer<typeof poolInstitutionsQuerySchema>) {
    const all = directoryQuerySchema.parse(query);
    const found = await this.platform.directory.listEntries(kind, all, VISITOR);
    return { ...found, items: found.items.map(({ code, name }) => ({ code, name })) };
  }

  /** A slot is taken under the quota first, and given back when nothing came of it. */
  async #book({ partnerId, request, envelope }: Asking) {
    const key = { institutionCode: request.institutionCode, scheduleId: request.scheduleId };
    const allotment = await this.#offer.allotmentOf(partnerId, key);
    const bookingId = bookingIdOf(envelope.commandId, request.personId);
    const act = { ...key, bookingId };
    if (allotment?.most === 0) throw channelWithheld();
    if (allotment) {
      const take = { type: 'TakeAllotment', ...act, partnerId, most: allotment.most } as const;
      await this.bus.execute(new ActOnAllotment(take, stepOf(envelope, 'allotment')));
    }
    try {
      return await this.slots.desk.book(this.bus, { request, envelope });
    } catch (error) {
      // What is unknown stays taken: the same request again finds out.
      if (allotment && error instanceof Rejection)
        await this.bus.execute(
          new ActOnAllotment(
            { type: 'ReturnAllotment', ...act },
            stepOf(envelope, `return ${request.start}`),
          ),
        );
      throw error;
    }
  }

  async #allowRate(partnerId: string): Promise<void> {
    const { allowed } = await this.platform.coordination.limits.take(`pool-bookings:${partnerId}`, BOOKINGS);
    if (!allowed) throw new HttpProblem(429, 'too-many-requests', '预约请求过于频繁，请稍后再试');
  }

  /** An order of this platform; another's looks like one that is not there. */
  async #own(request: FastifyRequest, id: string, after?: string): Promise<BookingDetailLine> {
    const found = UUID.safeParse(id).success ? await this.slots.bookings.find(id, after) : undefined;
    if (found?.accountId === channelAccount(idOf(request))) return found;
    throw new HttpProblem(404, 'booking-unknown', '没有找到这张预约单，请核对编号');
  }
}

function channelOf({ principal }: FastifyRequest) {
  if (principal.kind !== 'channel') throw new HttpProblem(403, 'forbidden', '该接口只接受预约平台的请求');
  return principal;
}

function idOf(request: FastifyRequest): string {
  return channelOf(request).id;
}

function stepOf(envelope: CommandEnvelope, step: string): CommandEnvelope {
  return { ...envelope, commandId: stepCommandId(envelope.commandId, step) };
}
