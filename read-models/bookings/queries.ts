import type { Page } from '@qingpu/contracts/http/paging';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import { inChunks } from '@qingpu/read-models-kernel/readings';
import type { Freshness, LogSpan, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { SearchTooWide, type ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { type BookingFilter, bookingFilter } from './booking-filter.ts';
import { type DayFigures, dayFigures, type OutcomeCounts, outcomesByInstitution } from './figures.ts';
import { type BookingDetailLine, type BookingLine, bookingLine, stepsInOrder } from './lines.ts';
import type { BookingDocument, ClaimDocument } from './view.ts';

/** Most rows of one export. */
export const MAX_EXPORTED = 50_000;
/** Most rows that a scheduler is handed at once. */
const MAX_DUE = 1_000;

export type MyBookingsView = 'upcoming' | 'past' | 'registered' | 'all';

/** An open claim, as `SettleOpenClaim` wants it. */
export interface OpenClaim {
  readonly bookingId: string;
  readonly personId: string;
}

/** Answers about bookings. Every list is bounded, and a person's bookings are found by ids that the host resolves. */
export class Bookings {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** One booking with all that happened to it. @throws PositionBeyondHead */
  async find(bookingId: string, after?: string): Promise<(BookingDetailLine & Freshness) | undefined> {
    const fresh = await this.#fresh(after);
    const document = await this.#document(bookingId);
    return document && { ...bookingLine(document), steps: stepsInOrder(document.steps), ...fresh };
  }

  /** Whoever has just booked acts on it at once: what the view lacks is waited for once. */
  async #document(bookingId: string): Promise<BookingDocument | undefined> {
    const found = await this.#reader.findOne<BookingDocument>('bookings', bookingId);
    if (found) return found;
    await this.#reader.catchUp();
    return this.#reader.findOne<BookingDocument>('bookings', bookingId);
  }

  /** The booking that an order's number means, the platform's or the institution's own; anywhere when none is named. */
  async byOrder(institutionCode: string | undefined, orderNumber: string): Promise<BookingLine | undefined> {
    const [found] = await this.#list(bookingFilter({ institution: institutionCode, order: orderNumber }), {
      skip: 0,
      size: 1,
    });
    return found;
  }

  /** Bookings of these persons, newest visit first. `today` is a date in Shanghai. @throws PositionBeyondHead */
  async ofPersons(
    personIds: readonly string[],
    view: MyBookingsView,
    request: PageRequest,
    today: string,
  ): Promise<Page<BookingLine>> {
    return this.#page({ ...bookingFilter({ persons: personIds }), ...viewFilter(view, today) }, request);
  }

  /** Bookings by any of their marks, newest visit first (A5.17). @throws PositionBeyondHead */
  async list(filter: BookingFilter, request: PageRequest): Promise<Page<BookingLine>> {
    return this.#page(bookingFilter(filter), request);
  }

  /** The same bookings, all of them in the order of their visits, chunk by chunk. @throws SearchTooWide beyond MAX_EXPORTED */
  async *exported(filter: BookingFilter): AsyncGenerator<readonly BookingLine[]> {
    const wanted = bookingFilter(filter);
    if ((await this.#reader.count('bookings', wanted)) > MAX_EXPORTED) throw new SearchTooWide(MAX_EXPORTED);
    let left = MAX_EXPORTED;
    for await (const documents of inChunks<BookingDocument>(this.#reader, 'bookings', wanted, BY_VISIT)) {
      yield documents.slice(0, left).map(bookingLine);
      // What is booked while the export runs may not make it endless.
      left -= documents.length;
      if (left <= 0) return;
    }
  }

  /** Figures of one day of visits. `date` is YYYY-MM-DD. @throws PositionBeyondHead */
  async figuresOf(date: string, institution?: string, after?: string): Promise<DayFigures & Freshness> {
    const fresh = await this.#fresh(after);
    const wanted = bookingFilter({ institution, from: date, to: date });
    const counts = await this.#reader.countBy('bookings', wanted, [
      'booking.channel',
      'slot.departmentCode',
      'registered',
      'outcome',
      'slot.institutionCode',
    ]);
    return { ...dayFigures(counts), ...fresh };
  }

  /** What became of bookings over days of visits, by institution (F3.11). */
  async outcomes(filter: BookingFilter): Promise<ReadonlyMap<string, OutcomeCounts>> {
    const counts = await this.#reader.countBy('bookings', bookingFilter(filter), [
      'slot.institutionCode',
      'checkedIn',
      'registered',
      'outcome',
    ]);
    return outcomesByInstitution(counts);
  }

  /** Up to where in the log the view has everything. */
  reached(): Promise<bigint> {
    return this.#reader.reached();
  }

  /** Bookings that an account made and that changed in this span of the log, in its order. */
  async changed(
    accountId: string,
    span: LogSpan,
    limit: number,
  ): Promise<{ readonly position: bigint; readonly value: BookingLine }[]> {
    const filter = { 'booking.accountId': accountId };
    const found = await this.#reader.changed<BookingDocument>('bookings', filter, span, limit);
    return found.map((document) => ({ position: document.guard, value: bookingLine(document) }));
  }

  /** Claims that have stood open since before that instant, the oldest first. */
  async openClaims(claimedBefore: Date, limit: number): Promise<OpenClaim[]> {
    const found = await this.#reader.find<ClaimDocument>('claims', {
      filter: { state: 'open', claimedAt: { $lt: claimedBefore.getTime() } },
      sort: { claimedAt: 1 },
      limit: Math.min(limit, MAX_DUE),
      fields: ['personId'],
    });
    return found.map(({ _id, personId }) => ({ bookingId: _id, personId }));
  }

  /** Why staff let a booking pass although a rule stood against it; null when they did not have to. */
  async overrideOf(bookingId: string): Promise<ClaimDocument['override']> {
    return (await this.#reader.findOne<ClaimDocument>('claims', bookingId))?.override ?? null;
  }

  /** Holds for a hospital's answer that were to end before that instant, the longest overdue first. */
  async pendingOrders(endingBefore: Date, limit: number): Promise<BookingLine[]> {
    const found = await this.#reader.find<BookingDocument>('bookings', {
      filter: { phase: 'pending', heldUntil: { $lt: endingBefore.getTime() } },
      sort: { heldUntil: 1 },
      limit: Math.min(limit, MAX_DUE),
    });
    return found.map(bookingLine);
  }

  /** Holds whose time is over, the longest overdue first; only a hospital's answer ends those that wait for one. */
  async expiredHolds(now: Date, limit: number): Promise<BookingLine[]> {
    const found = await this.#reader.find<BookingDocument>('bookings', {
      filter: { phase: 'held', heldUntil: { $lte: now.getTime() } },
      sort: { heldUntil: 1 },
      limit: Math.min(limit, MAX_DUE),
    });
    return found.map(bookingLine);
  }

  /** Bookings of visits up to that day, YYYY-MM-DD, of which nobody has said how they ended; the oldest first. */
  unreportedUpTo(date: string, limit: number): Promise<BookingLine[]> {
    const filter = { phase: 'booked', visitKey: { $lt: `${date}~` } };
    return this.#list(filter, { skip: 0, size: Math.min(limit, MAX_DUE) }, 1);
  }

  /** Bookings of one day of visits that still stand, to be reminded of: in the order of visits, those after `last`. */
  standingOn(date: string, limit: number, last?: BookingLine): Promise<BookingLine[]> {
    const from = last ? { $gt: visitKeyOf(last) } : { $gte: date };
    const filter = { phase: 'booked', registered: false, visitKey: { ...from, $lt: `${date}~` } };
    return this.#list(filter, { skip: 0, size: Math.min(limit, MAX_DUE) }, 1);
  }

  async #page(filter: ViewFilter, request: PageRequest): Promise<Page<BookingLine>> {
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const query = { filter, sort: { visitKey: -1 } } as const;
    const { found, total } = await this.#reader.page<BookingDocument>('bookings', query, window);
    return pageShape(window, fresh, found.map(bookingLine), total);
  }

  async #list(
    filter: ViewFilter,
    { skip, size }: { readonly skip: number; readonly size: number },
    direction: 1 | -1 = -1,
  ): Promise<BookingLine[]> {
    const found = await this.#reader.find<BookingDocument>('bookings', {
      filter,
      sort: { visitKey: direction },
      skip,
      limit: size,
    });
    return found.map(bookingLine);
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

const BY_VISIT = { by: 'visitKey' } as const;

function visitKeyOf({ slot, bookingId }: BookingLine): string {
  return `${slot.date} ${slot.start} ${bookingId}`;
}

function viewFilter(view: MyBookingsView, today: string): ViewFilter {
  switch (view) {
    case 'upcoming':
      return { phase: { $in: ['pending', 'held', 'booked'] }, visitKey: { $gte: today } };
    case 'past':
      return { $or: [{ phase: 'closed' }, { visitKey: { $lt: today } }] };
    case 'registered':
      return { registered: true };
    case 'all':
      return {};
  }
}
