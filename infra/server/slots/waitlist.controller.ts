import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { afterSchema, pagingSchema } from '@qingpu/contracts/http/paging';
import {
  actResultSchema,
  type BookingResult,
  bookingResultSchema,
  type JoinWaitlist as JoinWaitlistBody,
  joinWaitlistSchema,
  type WaitlistItem,
  waitlistPageSchema,
} from '@qingpu/contracts/http/slots';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import {
  ConfirmOffer,
  type EntryAddress,
  JoinWaitlist,
  LeaveWaitlist,
} from '@qingpu/domains-slots/waitlist.handlers';
import type { WaitlistLine } from '@qingpu/read-models-bookings/waitlist-queries';
import { scheduleDocumentId } from '@qingpu/read-models-slot-pool/queries';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { ownAccount, ownPerson } from '../residents/person-access.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import type { SlotServices } from './slot-services.ts';

const nothingSchema = z.strictObject({});
const mineQuerySchema = pagingSchema.extend(afterSchema.shape);
const UUID = z.uuid();
/** Of a person's entries, the newest count. */
const MOST_READ = 100;

interface EntryParams {
  readonly entry: string;
}

/** Who waits for a slot of a full schedule to come back, first come first served (rule 7.15). */
@ApiTags('slots')
@Controller('api/slots/waitlist')
@ForSignedIn()
export class WaitlistController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post()
  @ApiOperation({ summary: '候补登记' })
  @ApiResponse({ status: 201, standardSchema: actResultSchema })
  async join(@Body({ schema: joinWaitlistSchema }) body: JoinWaitlistBody, @Req() request: FastifyRequest) {
    const accountId = ownAccount(request);
    await ownPerson(this.slots, accountId, body.personId);
    const envelope = envelopeOf(this.platform, request, body);
    const waitingElsewhere = await this.#waitingElsewhere(body);
    const entry = { ...body, accountId, entryId: envelope.commandId, waitingElsewhere };
    const { position, revision } = await this.bus.execute(new JoinWaitlist(entry, envelope));
    return { position, revision };
  }

  @Get()
  @ApiOperation({ summary: '我的候补' })
  @ApiResponse({ status: 200, standardSchema: waitlistPageSchema })
  async list(
    @Query({ schema: mineQuerySchema }) paging: z.infer<typeof mineQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const own = await this.slots.people.personsOf(ownAccount(request));
    const found = await this.slots.waitlists.ofPersons(
      own.map(({ personId }) => personId),
      paging,
    );
    return { ...found, items: await this.#itemsOf(found.items) };
  }

  @Post(':entry/confirmation')
  @HttpCode(200)
  @ApiOperation({ summary: '确认候补号源' })
  @ApiResponse({ status: 200, standardSchema: bookingResultSchema })
  async confirm(
    @Param() { entry }: EntryParams,
    @Body({ schema: nothingSchema }) _body: object,
    @Req() request: FastifyRequest,
  ): Promise<BookingResult> {
    const address = await this.#own(request, entry);
    const envelope = envelopeOf(this.platform, request, address);
    return this.bus.execute(new ConfirmOffer(address, envelope));
  }

  @Post(':entry/departure')
  @HttpCode(200)
  @ApiOperation({ summary: '放弃候补' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async leave(
    @Param() { entry }: EntryParams,
    @Body({ schema: nothingSchema }) _body: object,
    @Req() request: FastifyRequest,
  ) {
    const address = await this.#own(request, entry);
    const envelope = envelopeOf(this.platform, request, address);
    const { position, revision } = await this.bus.execute(new LeaveWaitlist(address, envelope));
    return { position, revision };
  }

  /** An entry of one of the account's persons; what is another's looks like what is not there. */
  async #own(request: FastifyRequest, entryId: string): Promise<EntryAddress> {
    const accountId = ownAccount(request);
    const found = UUID.safeParse(entryId).success ? await this.slots.waitlists.entry(entryId) : undefined;
    if (!found || !(await this.slots.people.actsFor(accountId, found.personId)))
      throw new HttpProblem(404, 'waitlist-entry-unknown', '没有找到这条候补，请返回列表重新查找');
    const { institutionCode, scheduleId, personId } = found;
    return { institutionCode, scheduleId, entryId, personId };
  }

  /** At how many other schedules that are yet to come the person waits. */
  async #waitingElsewhere({ personId, institutionCode, scheduleId }: JoinWaitlistBody): Promise<number> {
    const { items } = await this.slots.waitlists.ofPersons([personId], { page: 1, size: MOST_READ });
    const active = await this.#itemsOf(items);
    return active.filter(
      (item) =>
        (item.state === 'waiting' || item.state === 'offered') &&
        (item.scheduleId !== scheduleId || item.institutionCode !== institutionCode),
    ).length;
  }

  async #itemsOf(lines: readonly WaitlistLine[]): Promise<WaitlistItem[]> {
    const [schedules, persons] = await Promise.all([
      this.slots.pool.summaries(lines),
      this.slots.people.maskedNames([...new Set(lines.map(({ personId }) => personId))]),
    ]);
    // A schedule that this view has not met yet is shown at the next look.
    const known = lines.flatMap((line) => {
      const summary = schedules.get(scheduleDocumentId(line));
      return summary ? [{ line, summary }] : [];
    });
    const named = await this.slots.names.joinAll(known.map(({ summary }) => summary));
    const today = shanghaiDate(this.platform.clock.now());
    return Promise.all(
      named.map(async (schedule, index) => {
        const line = known[index]?.line;
        if (!line) throw new Error('names come in the order in which they were asked for');
        const { entryId, personId, start, ahead } = line;
        const personName = persons.get(personId) ?? '—';
        const over = line.state === 'waiting' && schedule.date < today;
        const state = over ? ('over' as const) : line.state;
        return {
          ...schedule,
          entryId,
          personId,
          personName,
          start,
          state,
          ahead,
          offer: await this.#offerOf(line),
        };
      }),
    );
  }

  /** The offer with the time of the visit, which stands in the booking behind it. */
  async #offerOf({ offer }: WaitlistLine): Promise<WaitlistItem['offer']> {
    const held = offer && (await this.slots.bookings.find(offer.bookingId));
    return held ? { bookingId: offer.bookingId, start: held.slot.start, until: offer.until } : null;
  }
}
