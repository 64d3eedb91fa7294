import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { afterSchema, type Page } from '@qingpu/contracts/http/paging';
import {
  actResultSchema,
  type Book,
  type BookingItem,
  type BookingResult,
  bookingDetailSchema,
  bookingPageSchema,
  bookingResultSchema,
  bookSchema,
  cancelResultSchema,
  cancelSchema,
  myBookingsQuerySchema,
  type PaymentAnswer,
  paymentSchema,
  type RegistrationResult,
  registrationResultSchema,
} from '@qingpu/contracts/http/slots';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { ActOnBooking, type BookingAct, type BookingAddress } from '@qingpu/domains-slots/slot.handlers';
import type { BookingDetailLine } from '@qingpu/read-models-bookings/lines';
import type { Freshness } from '@qingpu/read-models-kernel/view-reader';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { ownAccount, ownPerson } from '../residents/person-access.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { cancelOutcome } from './cancel-outcome.ts';
import type { SlotServices } from './slot-services.ts';

interface BookingParams {
  readonly id: string;
}
const nothingSchema = z.strictObject({});

/** A resident's own appointments and those of the family (F3.02, F3.05, F3.06, A1.11–A1.14, A4.02, A4.03). */
@ApiTags('slots')
@Controller('api/slots/bookings')
@ForSignedIn()
export class BookingsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post()
  @ApiOperation({ summary: '预约' })
  @ApiResponse({ status: 201, standardSchema: bookingResultSchema })
  async book(
    @Body({ schema: bookSchema }) body: Book,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingResult> {
    const accountId = ownAccount(request);
    const wish = {
      ...body,
      tier: 'public',
      channel: 'districtPortal',
      accountId,
      override: null,
    } as const;
    const result = await this.slots.desk.book(this.bus, {
      request: wish,
      envelope: envelopeOf(this.platform, request, body),
      permit: () => ownPerson(this.slots, accountId, body.personId),
    });
    reply.status(result.state === 'pending' ? 202 : 201);
    return result;
  }

  @Get()
  @ApiOperation({ summary: '我的预约' })
  @ApiResponse({ status: 200, standardSchema: bookingPageSchema })
  async list(
    @Query({ schema: myBookingsQuerySchema }) query: z.infer<typeof myBookingsQuerySchema>,
    @Req() request: FastifyRequest,
  ): Promise<Page<BookingItem>> {
    const { view, person, ...paging } = query;
    const own = (await this.slots.people.personsOf(ownAccount(request))).map(({ personId }) => personId);
    const persons = own.filter((personId) => person === undefined || personId === person);
    const today = shanghaiDate(this.platform.clock.now());
    const found = await this.slots.bookings.ofPersons(persons, view, paging, today);
    return { ...found, items: await this.slots.items.all(found.items) };
  }

  @Get(':id')
  @ApiOperation({ summary: '预约详情' })
  @ApiResponse({ status: 200, standardSchema: bookingDetailSchema })
  async find(
    @Param() { id }: BookingParams,
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.slots.items.detail(await this.#own(request, id, after));
  }

  @Post(':id/cancellation')
  @HttpCode(200)
  @ApiOperation({ summary: '退号' })
  @ApiResponse({ status: 200, standardSchema: cancelResultSchema })
  async cancel(
    @Param() { id }: BookingParams,
    @Body({ schema: cancelSchema }) { reason }: z.infer<typeof cancelSchema>,
    @Req() request: FastifyRequest,
  ) {
    const act = { type: 'CancelBooking', by: 'patient', reason: reason ?? '' } as const;
    const { address, ...result } = await this.#acted(request, id, act);
    return { ...result, outcome: await cancelOutcome(this.platform, address) };
  }

  @Post(':id/check-in')
  @HttpCode(200)
  @ApiOperation({ summary: '签到' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  checkIn(
    @Param() { id }: BookingParams,
    @Body({ schema: nothingSchema }) _body: object,
    @Req() request: FastifyRequest,
  ) {
    return this.#act(request, id, { type: 'CheckIn', by: 'patient' });
  }

  @Post(':id/registration')
  @HttpCode(200)
  @ApiOperation({ summary: '预约转挂号，有费用的先支付' })
  @ApiResponse({ status: 200, standardSchema: registrationResultSchema })
  async register(
    @Param() { id }: BookingParams,
    @Body({ schema: nothingSchema }) _body: object,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegistrationResult> {
    const address = addressOf(await this.#own(request, id));
    const envelope = envelopeOf(this.platform, request, { address });
    const result = await this.slots.registrations.register(this.bus, address, envelope);
    reply.status(result.payment === null ? 200 : 202);
    return result;
  }

  @Get(':id/payment')
  @ApiOperation({ summary: '支付结果' })
  @ApiResponse({ status: 200, standardSchema: paymentSchema })
  async payment(@Param() { id }: BookingParams, @Req() request: FastifyRequest): Promise<PaymentAnswer> {
    const { bookingId } = await this.#own(request, id);
    const found = await this.slots.registrations.payment(this.bus, bookingId);
    if (!found) throw new HttpProblem(404, 'payment-unknown', '这次预约没有线上支付，请返回预约详情查看');
    return found;
  }

  @Post(':id/registration-cancellation')
  @HttpCode(200)
  @ApiOperation({ summary: '取消挂号，已付的费用自动退回' })
  @ApiResponse({ status: 200, standardSchema: cancelResultSchema })
  async cancelRegistration(
    @Param() { id }: BookingParams,
    @Body({ schema: cancelSchema }) { reason }: z.infer<typeof cancelSchema>,
    @Req() request: FastifyRequest,
  ) {
    const act = { type: 'CancelBooking', by: 'patient', reason: reason ?? '', registeredOnly: true } as const;
    const { address, ...result } = await this.#acted(request, id, act);
    return { ...result, outcome: await cancelOutcome(this.platform, address) };
  }

  async #act(request: FastifyRequest, id: string, act: BookingAct) {
    const { address: _address, ...result } = await this.#acted(request, id, act);
    return result;
  }

  async #acted(request: FastifyRequest, id: string, act: BookingAct) {
    const address = addressOf(await this.#own(request, id));
    const envelope = envelopeOf(this.platform, request, { address, act });
    const { position, revision } = await this.bus.execute(new ActOnBooking(address, act, envelope));
    return { position, revision, address };
  }

  /** A booking of one of the account's persons; what is another's looks like what is not there. */
  async #own(request: FastifyRequest, id: string, after?: string): Promise<BookingDetailLine & Freshness> {
    const accountId = ownAccount(request);
    const found = UUID.safeParse(id).success ? await this.slots.bookings.find(id, after) : undefined;
    if (!found || !(await this.slots.people.actsFor(accountId, found.personId))) throw unknownBooking();
    return found;
  }
}

const UUID = z.uuid();

function addressOf({ slot, bookingId }: BookingDetailLine): BookingAddress {
  const { institutionCode, scheduleId, slotId } = slot;
  return { institutionCode, scheduleId, slotId, bookingId };
}

function unknownBooking(): HttpProblem {
  return new HttpProblem(404, 'booking-unknown', '没有找到这次预约，请返回列表重新查找');
}
