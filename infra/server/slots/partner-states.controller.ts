import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import { slotEvents } from '@qingpu/contracts/events/slots';
import {
  type BookingStateReport,
  bookingStateBatchResultSchema,
  bookingStateBatchSchema,
  bookingStateResultSchema,
  bookingStateSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { bookingUnknown } from '@qingpu/domains-slots/rejections';
import { slot } from '@qingpu/domains-slots/slot';
import { ActOnBooking, type BookingAct, type BookingAddress } from '@qingpu/domains-slots/slot.handlers';
import { slotStream } from '@qingpu/domains-slots/streams';
import type { BookingLine } from '@qingpu/read-models-bookings/lines';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForPartners } from '../access/access.guard.ts';
import { auditTarget } from '../http/audit.ts';
import { handleBatch } from '../http/batches.ts';
import { viewsBehind } from '../http/views-behind.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { requireOwn } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';

type Result = z.infer<typeof bookingStateResultSchema>;
type BatchResult = z.infer<typeof bookingStateBatchResultSchema>;

/** What hospitals report of the platform's bookings (F1.21): signed, each of its own. */
@ApiTags('partner')
@Controller('api/partner/v1/booking-states')
@ForPartners()
export class PartnerStatesController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: '预约状态更新' })
  @ApiResponse({ status: 200, standardSchema: bookingStateResultSchema })
  async report(
    @Body({ schema: bookingStateSchema }) body: BookingStateReport,
    @Req() request: FastifyRequest,
  ): Promise<Result> {
    requireOwn(request, [body.institutionCode]);
    return this.#report(request, body, envelopeOf(this.platform, request, body));
  }

  @Post('batch')
  @HttpCode(200)
  @ApiOperation({ summary: '预约状态批量更新' })
  @ApiResponse({ status: 200, standardSchema: bookingStateBatchResultSchema })
  async reportBatch(
    @Body({ schema: bookingStateBatchSchema }) { items }: z.infer<typeof bookingStateBatchSchema>,
    @Req() request: FastifyRequest,
  ): Promise<BatchResult> {
    requireOwn(
      request,
      items.map(({ institutionCode }) => institutionCode),
    );
    const batch = envelopeOf(this.platform, request, items);
    const turns = new Turns();
    const answers = await handleBatch(this.platform, batch, items, (item, envelope) =>
      turns.take(item.orderNumber, () => this.#report(request, item, envelope)),
    );
    const results = answers.map((answer, index) => ({
      orderNumber: items[index]?.orderNumber ?? '',
      outcome: answer.outcome,
      problem: 'problem' in answer ? answer.problem : null,
      detail: 'detail' in answer ? answer.detail : null,
    }));
    const refused = results.filter(({ outcome }) => outcome === 'refused').length;
    return { accepted: results.length - refused, refused, items: results };
  }

  async #report(
    request: FastifyRequest,
    report: BookingStateReport,
    envelope: CommandEnvelope,
  ): Promise<Result> {
    const booking = await this.#bookingOf(report);
    await auditTarget(this.platform.audit, request, booking.bookingId, 200);
    const { institutionCode, scheduleId, slotId } = booking.slot;
    const address = { institutionCode, scheduleId, slotId, bookingId: booking.bookingId };
    const act = await this.#actOf(report, address);
    const { kind, position } = await this.bus.execute(new ActOnBooking(address, act, envelope));
    const outcome = kind === 'accepted' ? 'recorded' : 'unchanged';
    return { orderNumber: report.orderNumber, outcome, position };
  }

  async #actOf(report: BookingStateReport, address: BookingAddress): Promise<BookingAct> {
    const { state, registrationNumber, reason } = report;
    if (state === 'checkedIn') return { type: 'CheckIn', by: 'hospital' };
    if (state === 'registered')
      return { type: 'RegisterVisit', by: 'hospital', registrationNumber: registrationNumber ?? '' };
    const to = OUTCOME_OF[state];
    const known = reason === null ? undefined : await this.#outcomeOf(address);
    // With a reason, another outcome than the one on record corrects it; without one, the one on record stands.
    if (reason !== null && known !== undefined && known !== to && !GIVEN_UP.has(known))
      return { type: 'CorrectOutcome', to, reason, because: 'report' };
    if (state === 'cancelled') return { type: 'CancelBooking', by: 'hospital', reason: reason ?? '' };
    return { type: 'ReportOutcome', outcome: state };
  }

  /** As the slot's stream says: a view may not have heard of the report before. */
  async #outcomeOf(address: BookingAddress): Promise<Outcome | undefined> {
    const state = await readStream(this.platform.log, slotStream(address), slotEvents, slot);
    return state.ended.get(address.bookingId)?.outcome;
  }

  /** The order may have reached the hospital before the view: what is not there yet is looked for once more. */
  async #bookingOf({ institutionCode, orderNumber }: BookingStateReport): Promise<BookingLine> {
    const { bookings } = this.slots;
    const known = await bookings.byOrder(institutionCode, orderNumber);
    if (known) return known;
    const after = String(await this.platform.subscription.headPosition());
    const filter = { institution: institutionCode, order: orderNumber };
    const { items, stale } = await bookings.list(filter, { page: 1, size: 1, after });
    const [found] = items;
    if (found) return found;
    throw stale ? viewsBehind() : bookingUnknown();
  }
}

const OUTCOME_OF = { fulfilled: 'fulfilled', noShow: 'noShow', cancelled: 'cancelledByHospital' } as const;
/** What was given up stays so, except that a late cancellation may turn out to have been the hospital's doing. */
const GIVEN_UP: ReadonlySet<Outcome> = new Set(['cancelledByPatient', 'cancelledByHospital', 'expired']);

/** Lets what concerns the same order go one after the other, in the order in which it was asked for. */
class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
    // Whoever is next goes on, however this one ends; its own caller hears of it.
    this.#last.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }
}
