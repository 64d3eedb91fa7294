import type { Page } from '@qingpu/contracts/http/paging';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import { allAmong, allOf } from '@qingpu/read-models-kernel/readings';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { type Compared, type Difference, differencesOf, settlementsSince } from './differences.ts';
import type { BookingDocument, LandedPartDocument, LandingDayDocument, SettlementDocument } from './view.ts';

/** Most days of institutions that one list compares; each may have a few thousand orders. */
const MAX_DAYS_COMPARED = 100;

export interface DifferenceLine extends Difference {
  readonly institutionCode: string;
  readonly date: string;
  readonly state: 'open' | 'settled';
  readonly resolution: SettlementDocument['resolution'] | null;
  readonly reason: string | null;
}

export interface DifferenceFilter {
  readonly institution?: string | undefined;
  /** Days of visits, YYYY-MM-DD, both included. */
  readonly from: string;
  readonly to: string;
  readonly state?: 'open' | 'settled' | 'all' | undefined;
}

/** What hospitals have against what the platform has (F1.20), worked out when it is asked for. */
export class Landings {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** Differences of days whose newest submission has come in full, newest day first. @throws PositionBeyondHead, SearchTooWide */
  async differences(filter: DifferenceFilter, request: PageRequest): Promise<Page<DifferenceLine>> {
    const { institution, from, to, state = 'open' } = filter;
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const days = await allOf<LandingDayDocument>(
      this.#reader,
      'landing_days',
      {
        ...(institution !== undefined && { institutionCode: institution }),
        date: { $gte: from, $lte: to },
      },
      { most: MAX_DAYS_COMPARED },
    );
    const lines: DifferenceLine[] = [];
    for (const day of days.sort(newestDayFirst)) lines.push(...(await this.#differencesOn(day)));
    const wanted = lines.filter((line) => state === 'all' || line.state === state);
    return pageShape(window, fresh, wanted.slice(window.skip, window.skip + window.size), wanted.length);
  }

  async #differencesOn(day: LandingDayDocument): Promise<DifferenceLine[]> {
    const { _id: landing, submissionId, parts } = day;
    const received = await allOf<LandedPartDocument>(this.#reader, 'landed_parts', { landing, submissionId });
    if (received.length < parts) return [];
    const orders = received.flatMap((part) => part.orders);
    const positions = received.map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1));
    const [first = 0n, last = 0n] = [positions[0], positions.at(-1)];
    const platform = await this.#bookingsFor(
      day,
      orders.map(({ orderNumber }) => orderNumber),
    );
    const settlements = await allOf<SettlementDocument>(this.#reader, 'settlements', { landing });
    const settled = settlementsSince(settlements, first);
    return differencesOf(orders, platform, last).map((difference) => {
      const { resolution = null, reason = null } = settled.get(difference.orderNumber) ?? {};
      const state = resolution === null ? 'open' : 'settled';
      const { institutionCode, date } = day;
      return { institutionCode, date, ...difference, state, resolution, reason };
    });
  }

  /** The bookings of that day, and those that the hospital names and has at another day. */
  async #bookingsFor(
    { institutionCode, date }: LandingDayDocument,
    landed: readonly string[],
  ): Promise<Compared[]> {
    const fields = ['slot', 'booking', 'steps'];
    const own = { 'slot.institutionCode': institutionCode };
    const ofDay = await allOf<BookingDocument>(
      this.#reader,
      'bookings',
      { ...own, visitKey: { $gte: date, $lt: `${date}~` } },
      { by: 'visitKey', fields },
    );
    const known = new Set(ofDay.map(({ booking }) => booking.orderNumber));
    const elsewhere = landed.filter((orderNumber) => !known.has(orderNumber));
    const others = await allAmong<BookingDocument>(
      this.#reader,
      'bookings',
      'booking.orderNumber',
      elsewhere,
      own,
      { fields },
    );
    return [...ofDay, ...others];
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

function newestDayFirst(a: LandingDayDocument, b: LandingDayDocument): number {
  const key = ({ date, institutionCode }: LandingDayDocument) => `${date} ${institutionCode}`;
  return key(a) < key(b) ? 1 : -1;
}
