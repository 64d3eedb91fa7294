import type { CommandBus } from '@nestjs/cqrs';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { type BookingAnswer, type BookingRequest, bookingIdOf } from '@qingpu/domains-slots/booking';
import { BookAppointment } from '@qingpu/domains-slots/booking.handlers';
import { soldOut } from '@qingpu/domains-slots/ledger-rejections';
import { slotsOnOffer } from '@qingpu/domains-slots/schedule';
import { scheduleStream } from '@qingpu/domains-slots/streams';
import { HttpProblem } from '../http/http-problem.ts';
import { IntervalLine, LineFull } from './interval-line.ts';
import type { ScheduleCache } from './schedule-cache.ts';
import type { SlotHints } from './slot-hints.ts';

export interface Asking {
  readonly request: BookingRequest;
  readonly envelope: CommandEnvelope;
  /** Throws when the caller may not book for that person; asked only of those who can be served. */
  readonly permit?: () => Promise<unknown>;
}

/** Callers that may wait for one interval. Waiting costs memory only, but everybody must be answered in time. */
const MOST_WAITING = 25_000;

/**
 * Where bookings are taken (F3.03): who came first tries first, and whoever cannot be served any more is told without
 * a store being touched. The order is this process's own; between processes the slots' streams decide.
 */
export class BookingDesk {
  readonly #schedules: ScheduleCache;
  readonly #hints: SlotHints;
  readonly #now: () => Date;
  readonly #lines = new Map<string, IntervalLine>();

  constructor(schedules: ScheduleCache, hints: SlotHints, now: () => Date) {
    this.#schedules = schedules;
    this.#hints = hints;
    this.#now = now;
  }

  /** @throws as BookAppointment, also when there is no slot left; HttpProblem when too many wait, or as `permit` */
  async book(bus: CommandBus, asking: Asking): Promise<BookingAnswer> {
    const { request, envelope } = asking;
    const key = `${scheduleStream(request)} ${request.start}`;
    const line = this.#lines.get(key) ?? new IntervalLine(MOST_WAITING);
    this.#lines.set(key, line);
    try {
      if (await this.#admitted(line, request)) return await this.#admittedBook(line, bus, asking);
      // Whoever asks again under the same key may have been served before.
      const bookingId = bookingIdOf(envelope.commandId, request.personId);
      if (!this.#hints.mayKnow(request, bookingId)) throw soldOut();
      await asking.permit?.();
      return await bus.execute(new BookAppointment(request, envelope));
    } finally {
      if (line.idle) this.#lines.delete(key);
    }
  }

  async #admittedBook(line: IntervalLine, bus: CommandBus, asking: Asking): Promise<BookingAnswer> {
    try {
      await asking.permit?.();
      return await this.#try(bus, asking);
    } finally {
      line.leave();
    }
  }

  async #try(bus: CommandBus, { request, envelope }: Asking): Promise<BookingAnswer> {
    try {
      const answer = await bus.execute(new BookAppointment(request, envelope));
      this.#hints.note(request, answer.bookingId);
      return answer;
    } catch (error) {
      // Nobody knows whether it came through: whoever asks again must be looked up.
      if (!(error instanceof Rejection))
        this.#hints.note(request, bookingIdOf(envelope.commandId, request.personId));
      throw error;
    }
  }

  async #admitted(line: IntervalLine, request: BookingRequest): Promise<boolean> {
    await this.#hints.prepare(request);
    const slotIds = await this.#offered(request);
    // What cannot be offered is refused with its reason by the handler, and replays are answered there.
    if (slotIds === undefined) return line.enter(() => Number.POSITIVE_INFINITY);
    try {
      return await line.enter(() => this.#hints.countFree(request, slotIds));
    } catch (error) {
      if (!(error instanceof LineFull)) throw error;
      throw new HttpProblem(503, 'too-busy', '排队人数过多，请稍后再试，或选择其他时段');
    }
  }

  async #offered(request: BookingRequest): Promise<readonly string[] | undefined> {
    const known = await this.#schedules.find(request);
    if (!known) return undefined;
    try {
      const wish = { start: request.start, tier: request.tier, now: this.#now() };
      return slotsOnOffer(known, wish).map(({ slotId }) => slotId);
    } catch (error) {
      if (error instanceof Rejection) return undefined;
      throw error;
    }
  }
}
