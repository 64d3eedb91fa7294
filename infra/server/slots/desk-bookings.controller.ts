import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { reasonSchema } from '@qingpu/contracts/http/institutions';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  actResultSchema,
  bookingDetailSchema,
  bookingPageSchema,
  bookingResultSchema,
  cancelResultSchema,
  type DeskBook,
  deskBookingsQuerySchema,
  deskBookingsSearchSchema,
  deskBookSchema,
  differencePageSchema,
  differencesQuerySchema,
  reportOutcomeSchema,
  settleDifferenceSchema,
  type Today,
  todayQuerySchema,
  todaySchema,
} from '@qingpu/contracts/http/slots';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { SettleDifference } from '@qingpu/domains-slots/landing.handlers';
import { ActOnBooking, type BookingAct } from '@qingpu/domains-slots/slot.handlers';
import type { BookingFilter } from '@qingpu/read-models-bookings/booking-filter';
import type { BookingDetailLine } from '@qingpu/read-models-bookings/lines';
import type { Freshness } from '@qingpu/read-models-kernel/view-reader';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { auditPersons } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { bookingsAsCsv } from './booking-export.ts';
import { cancelOutcome } from './cancel-outcome.ts';
import { requireScope } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';
import { checkSpan } from './spans.ts';

type DeskQuery = z.infer<typeof deskBookingsQuerySchema>;
const UUID = z.uuid();
const cancelForOthersSchema = reasonSchema;
/** Persons that one search by name, document or mobile may mean. */
const MOST_PERSONS = 200;

/** Appointments as the desk sees and changes them (A5.11–A5.15, A5.17–A5.19, F1.20). */
@ApiTags('slots')
@Controller('api/slots/desk')
@ForSignedIn()
export class DeskBookingsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get('bookings')
  @ApiOperation({ summary: '预约记录' })
  @ApiResponse({ status: 200, standardSchema: bookingPageSchema })
  async list(@Query({ schema: deskBookingsQuerySchema }) query: DeskQuery, @Req() request: FastifyRequest) {
    return this.#page(request, await this.#filterOf(request, query), query);
  }

  @Post('bookings/search')
  @HttpCode(200)
  @ApiOperation({ summary: '按就诊人查询预约记录' })
  @ApiResponse({ status: 200, standardSchema: bookingPageSchema })
  async search(
    @Body({ schema: deskBookingsSearchSchema }) body: z.infer<typeof deskBookingsSearchSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { patient, identity, mobile, ...query } = body;
    const filter = await this.#filterOf(request, query);
    const named = patient ?? identity ?? mobile;
    const persons =
      named === undefined
        ? undefined
        : await this.slots.people.findPersons({ name: patient, identity, mobile }, MOST_PERSONS);
    return this.#page(request, { ...filter, persons }, query);
  }

  @Get('bookings/export')
  @ApiOperation({ summary: '导出预约记录' })
  async export(
    @Query({ schema: deskBookingsQuerySchema }) query: DeskQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const filter = await this.#filterOf(request, query);
    const csv = await bookingsAsCsv(this.#audited(request, filter), this.slots.items);
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="bookings.csv"');
    return csv;
  }

  @Get('bookings/:id')
  @ApiOperation({ summary: '预约记录详情' })
  @ApiResponse({ status: 200, standardSchema: bookingDetailSchema })
  async find(
    @Param() { id }: { readonly id: string },
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    const found = await this.#inScope(request, id, 'readDesk', after);
    await auditPersons(this.platform.audit, request, [found]);
    return this.slots.items.detail(found);
  }

  @Post('bookings')
  @ApiOperation({ summary: '窗口、电话或社区预约' })
  @ApiResponse({ status: 201, standardSchema: bookingResultSchema })
  async book(
    @Body({ schema: deskBookSchema }) body: DeskBook,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    requireScope(request, 'serve', body.institutionCode);
    const result = await this.slots.desk.book(this.bus, {
      request: { ...body, accountId: null },
      envelope: envelopeOf(this.platform, request, body),
    });
    reply.status(result.state === 'pending' ? 202 : 201);
    return result;
  }

  @Post('bookings/:id/cancellation')
  @HttpCode(200)
  @ApiOperation({ summary: '取消预约' })
  @ApiResponse({ status: 200, standardSchema: cancelResultSchema })
  async cancel(
    @Param() { id }: { readonly id: string },
    @Body({ schema: cancelForOthersSchema }) { reason }: z.infer<typeof cancelForOthersSchema>,
    @Req() request: FastifyRequest,
  ) {
    const act = { type: 'CancelBooking', by: 'desk', reason } as const;
    const { address, ...result } = await this.#acted(request, id, act);
    return { ...result, outcome: await cancelOutcome(this.platform, address) };
  }

  @Post('bookings/:id/registration-cancellation')
  @HttpCode(200)
  @ApiOperation({ summary: '取消挂号，已付的费用自动退回' })
  @ApiResponse({ status: 200, standardSchema: cancelResultSchema })
  async cancelRegistration(
    @Param() { id }: { readonly id: string },
    @Body({ schema: cancelForOthersSchema }) { reason }: z.infer<typeof cancelForOthersSchema>,
    @Req() request: FastifyRequest,
  ) {
    const act = { type: 'CancelBooking', by: 'desk', reason, registeredOnly: true } as const;
    const { address, ...result } = await this.#acted(request, id, act);
    return { ...result, outcome: await cancelOutcome(this.platform, address) };
  }

  /** A first report, or its correction when there is an outcome already. */
  @Post('bookings/:id/outcome')
  @HttpCode(200)
  @ApiOperation({ summary: '登记就诊结果' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async report(
    @Param() { id }: { readonly id: string },
    @Body({ schema: reportOutcomeSchema }) { outcome, reason }: z.infer<typeof reportOutcomeSchema>,
    @Req() request: FastifyRequest,
  ) {
    const found = await this.#inScope(request, id, 'serve');
    const act: BookingAct =
      found.outcome === null
        ? { type: 'ReportOutcome', outcome }
        : { type: 'CorrectOutcome', to: outcome, reason, because: 'report' };
    return this.#act(request, id, act);
  }

  @Get('today')
  @ApiOperation({ summary: '预约概况' })
  @ApiResponse({ status: 200, standardSchema: todaySchema })
  async today(
    @Query({ schema: todayQuerySchema }) query: z.infer<typeof todayQuerySchema>,
    @Req() request: FastifyRequest,
  ): Promise<Today> {
    const { institution } = requireScope(request, 'readDesk', query.institution);
    const date = query.date ?? shanghaiDate(this.platform.clock.now());
    const figures = await this.slots.bookings.figuresOf(date, institution, query.after);
    const { bookings, registrations, byDepartment, asOf, stale } = figures;
    return {
      date,
      institutionName: institution === undefined ? '全区' : await this.slots.names.institution(institution),
      bookings: { total: bookings.total, byChannel: labelled(bookings.byChannel) },
      registrations: { total: registrations.total, byChannel: labelled(registrations.byChannel) },
      converted: {
        total: registrations.total,
        of: bookings.total,
        byChannel: labelled(registrations.byChannel),
      },
      byDepartment: await this.slots.names.joinDepartments(byDepartment),
      asOf,
      stale,
    };
  }

  @Get('differences')
  @ApiOperation({ summary: '落地差异' })
  @ApiResponse({ status: 200, standardSchema: differencePageSchema })
  async differences(
    @Query({ schema: differencesQuerySchema }) query: z.infer<typeof differencesQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'manage', query.institution);
    const today = shanghaiDate(this.platform.clock.now());
    const { from = plusDays(today, -6), to = plusDays(today, 1), state, page, size, after } = query;
    checkSpan({ from, to });
    const found = await this.slots.landings.differences(
      { institution, from, to, state },
      { page, size, after },
    );
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

  @Post('differences/settlement')
  @HttpCode(200)
  @ApiOperation({ summary: '处理落地差异' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async settle(
    @Body({ schema: settleDifferenceSchema }) body: z.infer<typeof settleDifferenceSchema>,
    @Req() request: FastifyRequest,
  ) {
    requireScope(request, 'manage', body.institutionCode);
    const envelope = envelopeOf(this.platform, request, body);
    const { position, revision } = await this.bus.execute(new SettleDifference(body, envelope));
    return { position, revision };
  }

  async #page(
    request: FastifyRequest,
    filter: BookingFilter,
    { page, size, after }: Pick<DeskQuery, 'page' | 'size' | 'after'>,
  ) {
    const found = await this.slots.bookings.list(filter, { page, size, after });
    await auditPersons(this.platform.audit, request, found.items);
    return { ...found, items: await this.slots.items.all(found.items) };
  }

  /** The bookings of an export; nobody's leaves before that is written down. */
  async *#audited(request: FastifyRequest, filter: BookingFilter) {
    for await (const lines of this.slots.bookings.exported(filter)) {
      await auditPersons(this.platform.audit, request, lines);
      yield lines;
    }
  }

  async #filterOf(request: FastifyRequest, query: DeskQuery): Promise<BookingFilter> {
    const { department, outcome, from, to, institution, ...rest } = query;
    const scope = requireScope(request, 'readDesk', institution);
    const departments =
      department === undefined
        ? undefined
        : await this.platform.directory.departmentWithThoseBelow(department, scope.institution);
    return {
      channel: rest.channel,
      doctor: rest.doctor,
      state: rest.state,
      order: rest.order,
      ...scope,
      ...checkSpan({ from, to }),
      departments,
      outcomes: outcome === undefined ? undefined : [outcome],
    };
  }

  async #act(request: FastifyRequest, id: string, act: BookingAct) {
    const { address: _address, ...result } = await this.#acted(request, id, act);
    return result;
  }

  async #acted(request: FastifyRequest, id: string, act: BookingAct) {
    const { slot } = await this.#inScope(request, id, 'serve');
    const { institutionCode, scheduleId, slotId } = slot;
    const address = { institutionCode, scheduleId, slotId, bookingId: id };
    const envelope = envelopeOf(this.platform, request, { address, act });
    const { position, revision } = await this.bus.execute(new ActOnBooking(address, act, envelope));
    return { position, revision, address };
  }

  /** What is out of scope looks like what is not there. */
  async #inScope(
    request: FastifyRequest,
    id: string,
    action: 'readDesk' | 'serve',
    after?: string,
  ): Promise<BookingDetailLine & Freshness> {
    requireScope(request, action);
    const found = UUID.safeParse(id).success ? await this.slots.bookings.find(id, after) : undefined;
    if (!found) throw new HttpProblem(404, 'booking-unknown', '没有找到这次预约，请返回列表重新查找');
    requireScope(request, action, found.slot.institutionCode);
    return found;
  }
}

function labelled(shares: readonly { readonly key: keyof typeof CHANNEL_KINDS; readonly count: number }[]) {
  return shares.map(({ key, count }) => ({ key, label: CHANNEL_KINDS[key], count }));
}
