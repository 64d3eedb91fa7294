import { randomUUID } from 'node:crypto';
import {
  type Change,
  changesSchema,
  type OfferedSchedule,
  type PoolBook,
  type PoolOrder,
  poolBookingSchema,
  poolCancelResultSchema,
  poolIntervalsSchema,
  poolOrderSchema,
  poolPlacesSchema,
  poolSchedulesSchema,
} from '@qingpu/contracts/partners/booking-platform/pool';
import { SignedClient, type SignedClientOptions } from './signed-client.ts';

const POOL = '/api/partner/v1/pool';
/** Pages of changes that one catching up fetches; whoever is further behind goes on with the next. */
const MOST_PAGES = 1_000;

/** What a booking platform knows of the district's pool: its own copy, brought up to date by the changes alone. */
export interface Mirror {
  readonly schedules: ReadonlyMap<string, OfferedSchedule>;
  readonly orders: ReadonlyMap<string, PoolOrder>;
  /** Kinds that are withheld, by institution. */
  readonly withheld: ReadonlyMap<string, readonly string[]>;
  /** Percent of the public's slots, by institution or `*`; null: no limit. */
  readonly quotas: ReadonlyMap<string, number | null>;
}

/**
 * The city's platform, or a third party's, as a consumer of the pool: looks, books, cancels, and follows what changes.
 * It keeps its own cursor and may lose its memory back to an earlier one: the changes after it come again.
 */
export class BookingPlatformSimulator {
  readonly #client: SignedClient;
  #cursor = '0';
  readonly #schedules = new Map<string, OfferedSchedule>();
  readonly #orders = new Map<string, PoolOrder>();
  readonly #withheld = new Map<string, readonly string[]>();
  readonly #quotas = new Map<string, number | null>();

  constructor(options: SignedClientOptions) {
    this.#client = new SignedClient(options);
  }

  get mirror(): Mirror {
    return {
      schedules: this.#schedules,
      orders: this.#orders,
      withheld: this.#withheld,
      quotas: this.#quotas,
    };
  }

  get cursor(): string {
    return this.#cursor;
  }

  institutions() {
    return this.#client.get(`${POOL}/institutions?size=100`, poolPlacesSchema);
  }

  departments(institutionCode: string) {
    return this.#client.get(`${POOL}/departments?institution=${institutionCode}&size=100`, poolPlacesSchema);
  }

  schedules(institutionCode: string, date: string) {
    const query = new URLSearchParams({ institution: institutionCode, date, size: '50' });
    return this.#client.get(`${POOL}/schedules?${query}`, poolSchedulesSchema);
  }

  intervals(institutionCode: string, scheduleId: string) {
    return this.#client.get(
      `${POOL}/schedules/${institutionCode}/${scheduleId}/intervals`,
      poolIntervalsSchema,
    );
  }

  /** The same key books once. @throws PlatformRefusal, PlatformUnavailable */
  book(wish: PoolBook, idempotencyKey: string = randomUUID()) {
    return this.#client.post(`${POOL}/bookings`, wish, idempotencyKey, poolBookingSchema);
  }

  order(bookingId: string, after?: string) {
    const query = after === undefined ? '' : `?after=${after}`;
    return this.#client.get(`${POOL}/bookings/${bookingId}${query}`, poolOrderSchema);
  }

  cancel(bookingId: string, idempotencyKey: string = randomUUID()) {
    return this.#client.post(
      `${POOL}/bookings/${bookingId}/cancellation`,
      { reason: '用户在预约平台退号' },
      idempotencyKey,
      poolCancelResultSchema,
    );
  }

  /** Fetches and takes in what has changed since the cursor. @returns the changes, in their order */
  async catchUp(limit = 100): Promise<readonly Change[]> {
    const taken: Change[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const target = `${POOL}/changes?after=${this.#cursor}&limit=${limit}`;
      const { items, next, more } = await this.#client.get(target, changesSchema);
      for (const change of items) this.#take(change);
      taken.push(...items);
      this.#cursor = next;
      if (!more) return taken;
    }
    return taken;
  }

  /** Restored from an older copy of itself: it knows nothing after that cursor. */
  forgetAfter(cursor: string): void {
    this.#cursor = cursor;
    for (const memory of [this.#schedules, this.#orders, this.#withheld, this.#quotas]) memory.clear();
  }

  #take(change: Change): void {
    switch (change.kind) {
      case 'schedule': {
        const { institutionCode, scheduleId } = change.schedule;
        this.#schedules.set(`${institutionCode} ${scheduleId}`, change.schedule);
        break;
      }
      case 'order':
        this.#orders.set(change.order.bookingId, change.order);
        break;
      case 'institution':
        this.#withheld.set(change.institutionCode, change.withheld);
        break;
      case 'quota':
        this.#quotas.set(change.institutionCode ?? '*', change.percent);
        break;
    }
  }
}
