import type { LandedOrder } from '@qingpu/contracts/events/slots';
import {
  type CancellationAnswer,
  MAX_SHARED_LINES,
  MAX_SHARED_ORDERS,
  MAX_SHARED_PAGES,
  type OrderAnswer,
  type SharedAnswer,
  type SharedAsked,
} from '@qingpu/contracts/partners/hospital/shared-resources';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';

/** A schedule as the hospital itself has it. */
export interface SharedSchedule {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly date: string;
  readonly departmentCode: string;
  readonly clinicCode: string | null;
  readonly doctorCode: string | null;
  readonly slotIds: readonly string[];
}

/** What a hospital in shared mode keeps in its own book of a schedule that it registers. */
export function sharedScheduleOf({
  institutionCode,
  scheduleId,
  details,
}: ScheduleRegistration): SharedSchedule {
  const { date, departmentCode, clinicCode, doctorCode, intervals } = details;
  const slotIds = intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
  return { institutionCode, scheduleId, date, departmentCode, clinicCode, doctorCode, slotIds };
}

/** An order of the platform's as the hospital has it. */
export interface SharedOrder {
  readonly institutionCode: string;
  readonly orderNumber: string;
  /** `void`: it was cancelled before it was ever booked. */
  readonly state: 'booked' | 'cancelled' | 'void';
  readonly hospitalOrderNumber: string;
  readonly scheduleId: string;
  readonly slotId: string;
  readonly date: string;
  /** How often the same order was asked for again. */
  readonly repeats: number;
}

type CardRefusal = NonNullable<SharedAnswer<'card'>['reason']>;

const MOST_SCHEDULES = 20_000;
const MOST_ORDERS = 50_000;

/**
 * What a hospital in shared mode has: its slots, who has them, and the platform's orders. It sells each slot once, to the
 * platform or at its own window. Beyond its size the oldest are forgotten.
 */
export class SharedBook {
  readonly #schedules = new Map<string, SharedSchedule>();
  readonly #orders = new Map<string, SharedOrder>();
  /** Slot → who has it: an order's key, or the window. */
  readonly #sold = new Map<string, string>();
  readonly #badCards = new Map<string, CardRefusal>();
  #numbers = 0;

  offer(schedule: SharedSchedule): void {
    keep(this.#schedules, scheduleKey(schedule), schedule, MOST_SCHEDULES);
  }

  /** Sells a slot at the hospital's own window, behind the platform's back. False when somebody has it. */
  sellAtWindow(slot: SlotName): boolean {
    if (!this.#isOffered(slot) || this.#sold.has(slotKey(slot))) return false;
    this.#sold.set(slotKey(slot), 'window');
    return true;
  }

  /** Does not take that card from now on. */
  refuseCard(number: string, reason: CardRefusal): void {
    this.#badCards.set(number, reason);
  }

  orders(): readonly SharedOrder[] {
    return [...this.#orders.values()];
  }

  /** Forgets an order, as a hospital that loses data does; its slot is free again. */
  forget(institutionCode: string, orderNumber: string): void {
    const key = orderKey({ institutionCode, orderNumber });
    this.#orders.delete(key);
    this.#giveBack(key);
  }

  slots({ requestId, institutionCode, scheduleId }: SharedAsked<'slots'>): SharedAnswer<'slots'> {
    const schedule = this.#schedules.get(scheduleKey({ institutionCode, scheduleId }));
    const slots = (schedule?.slotIds ?? []).map((slotId) => ({
      slotId,
      free: !this.#sold.has(slotKey({ institutionCode, scheduleId, slotId })),
    }));
    return { requestId, scheduleId, slots };
  }

  book(asked: SharedAsked<'book'>): OrderAnswer {
    const { institutionCode, orderNumber, scheduleId, slotId, date } = asked;
    const key = orderKey(asked);
    const known = this.#orders.get(key);
    if (known) {
      this.#orders.set(key, { ...known, repeats: known.repeats + 1 });
      return known.state === 'booked' ? bookedAnswer(known) : refused(orderNumber, 'orderVoided');
    }
    if (!this.#isOffered(asked)) return refused(orderNumber, 'notOnSale');
    if (this.#sold.has(slotKey(asked))) return refused(orderNumber, 'taken');
    if (asked.card && this.#badCards.has(asked.card.number)) return refused(orderNumber, 'cardInvalid');
    this.#numbers += 1;
    const hospitalOrderNumber = `YY${String(this.#numbers).padStart(10, '0')}`;
    const place = { institutionCode, orderNumber, scheduleId, slotId, date };
    const order: SharedOrder = { ...place, state: 'booked', hospitalOrderNumber, repeats: 0 };
    this.#sold.set(slotKey(asked), key);
    keep(this.#orders, key, order, MOST_ORDERS);
    return bookedAnswer(order);
  }

  cancel(asked: SharedAsked<'cancel'>): CancellationAnswer {
    const { institutionCode, orderNumber } = asked;
    const key = orderKey(asked);
    const known = this.#orders.get(key);
    if (known?.state === 'booked' && asked.when === 'unlessBooked') return bookedAnswer(known);
    if (known?.state === 'booked') {
      this.#orders.set(key, { ...known, state: 'cancelled' });
      this.#giveBack(key);
    }
    if (!known) {
      const nothing = { hospitalOrderNumber: '-', scheduleId: '-', slotId: '-', date: '-', repeats: 0 };
      keep(this.#orders, key, { institutionCode, orderNumber, state: 'void', ...nothing }, MOST_ORDERS);
    }
    return { orderNumber, result: 'cancelled' };
  }

  list({ requestId, institutionCode, date, page }: SharedAsked<'orders'>): SharedAnswer<'orders'> {
    const ofDay = this.orders().filter(
      (order) => order.institutionCode === institutionCode && order.date === date,
    );
    const pages = Math.min(MAX_SHARED_PAGES, Math.max(1, Math.ceil(ofDay.length / MAX_SHARED_ORDERS)));
    const orders = ofDay.slice((page - 1) * MAX_SHARED_ORDERS, page * MAX_SHARED_ORDERS).map(landed);
    return { requestId, page, pages, orders };
  }

  detail({ requestId, ...named }: SharedAsked<'order'>): SharedAnswer<'order'> {
    const { orderNumber } = named;
    const known = this.#orders.get(orderKey(named));
    if (!known || known.state === 'void') return { requestId, orderNumber, order: null };
    const { state, hospitalOrderNumber, scheduleId, slotId } = known;
    return { requestId, orderNumber, order: { state, hospitalOrderNumber, scheduleId, slotId } };
  }

  checkCard({ requestId, card }: SharedAsked<'card'>): SharedAnswer<'card'> {
    const reason = this.#badCards.get(card.number) ?? null;
    return { requestId, valid: reason === null, reason };
  }

  doctors(asked: SharedAsked<'doctors'>): SharedAnswer<'doctors'> {
    const lines = this.#freeOn(asked).flatMap(({ doctorCode, departmentCode, date, free }) =>
      doctorCode === null ? [] : [{ doctorCode, departmentCode, date, free }],
    );
    return { requestId: asked.requestId, doctors: lines.slice(0, MAX_SHARED_LINES) };
  }

  clinics(asked: SharedAsked<'clinics'>): SharedAnswer<'clinics'> {
    const lines = this.#freeOn(asked).flatMap(({ clinicCode, departmentCode, date, free }) =>
      clinicCode === null ? [] : [{ clinicCode, departmentCode, date, free }],
    );
    return { requestId: asked.requestId, clinics: lines.slice(0, MAX_SHARED_LINES) };
  }

  /** Schedules of those days with something left. */
  #freeOn({ institutionCode, from, to }: SharedAsked<'doctors'>) {
    return [...this.#schedules.values()].flatMap((schedule) => {
      if (schedule.institutionCode !== institutionCode || schedule.date < from || schedule.date > to)
        return [];
      const free = schedule.slotIds.filter(
        (slotId) => !this.#sold.has(slotKey({ ...schedule, slotId })),
      ).length;
      return free > 0 ? [{ ...schedule, free }] : [];
    });
  }

  #isOffered(slot: SlotName): boolean {
    return this.#schedules.get(scheduleKey(slot))?.slotIds.includes(slot.slotId) ?? false;
  }

  #giveBack(key: string): void {
    for (const [slot, holder] of this.#sold) if (holder === key) this.#sold.delete(slot);
  }
}

export interface SlotName {
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly slotId: string;
}

function landed({ orderNumber, scheduleId, slotId, state }: SharedOrder): LandedOrder {
  return { orderNumber, scheduleId, slotId, state: state === 'booked' ? 'booked' : 'cancelled' };
}

function bookedAnswer({ orderNumber, hospitalOrderNumber }: SharedOrder) {
  return { orderNumber, result: 'booked', hospitalOrderNumber } as const;
}

function refused(
  orderNumber: string,
  code: Extract<OrderAnswer, { result: 'refused' }>['code'],
): OrderAnswer {
  return { orderNumber, result: 'refused', code };
}

function keep<Value>(all: Map<string, Value>, key: string, value: Value, most: number): void {
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > most && oldest !== undefined) all.delete(oldest);
}

const scheduleKey = ({ institutionCode, scheduleId }: Omit<SlotName, 'slotId'>) =>
  `${institutionCode} ${scheduleId}`;
const slotKey = ({ slotId, ...schedule }: SlotName) => `${scheduleKey(schedule)} ${slotId}`;
const orderKey = ({ institutionCode, orderNumber }: Pick<SharedOrder, 'institutionCode' | 'orderNumber'>) =>
  `${institutionCode} ${orderNumber}`;
