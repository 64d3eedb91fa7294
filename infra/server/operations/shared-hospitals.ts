import { randomUUID } from 'node:crypto';
import type { LandedOrder } from '@qingpu/contracts/events/slots';
import {
  SHARED_CALLS,
  type SharedAnswer,
  type SharedAsked,
  type SharedCall,
} from '@qingpu/contracts/partners/hospital/shared-resources';
import type { Clock } from '@qingpu/domains-kernel/clock';
import type { SharedBooking, SharedHospitals, SharedOrder } from '@qingpu/domains-slots/ports';
import type { ScheduleKey } from '@qingpu/domains-slots/streams';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import type { Partners } from '../access/partners.ts';
import { ExpiringMemo } from '../slots/expiring-memo.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { DisclosedPeople } from './disclosed-people.ts';
import { askSigned } from './signed-delivery.ts';

export interface SharedHospitalLimits {
  /** For one call that reads, and for one that does something, in milliseconds. */
  readonly readMs: number;
  readonly writeMs: number;
  /** Attempts of a call that may be repeated: everything but the booking itself. */
  readonly attempts: number;
  readonly pauseMs: number;
  /** Calls under way to one hospital at the same time; more are turned away instead of waiting without bound. */
  readonly mostUnderWay: number;
  /** Calls without answer that open the circuit of a hospital, and for how long. */
  readonly failures: number;
  readonly openMs: number;
  /** For how long what a hospital has left counts. */
  readonly rememberMs: number;
}

const LIMITS: SharedHospitalLimits = {
  readMs: 2_000,
  writeMs: 5_000,
  attempts: 2,
  pauseMs: 100,
  mostUnderWay: 64,
  failures: 5,
  openMs: 10_000,
  rememberMs: 3_000,
};
/** Largest answer of a hospital that is read, in bytes. */
const MAX_ANSWER_BYTES = 512 * 1024;
const MOST_REMEMBERED = 2_000;

/** The hospital was not asked: it has told no address, its circuit is open, or too many ask already. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}

/** Who and what a hospital still has on days of visits: `<date> <code>`. */
export interface Bookable {
  readonly doctors: ReadonlySet<string>;
  readonly clinics: ReadonlySet<string>;
}

export interface SharedHospitalsParts {
  readonly partners: Pick<Partners, 'byInstitution'>;
  readonly people: DisclosedPeople;
  readonly clock: Clock;
  readonly limits?: Partial<SharedHospitalLimits>;
  /** Ids of questions. */
  readonly newId?: () => string;
}

/**
 * Hospitals in shared mode over signed HTTP (F1.08–F1.15). A booking is sent once; whatever else is asked may be repeated.
 * An answer that cannot be read, or that is to something else, is none.
 */
export class HttpSharedHospitals implements SharedHospitals {
  readonly #parts: SharedHospitalsParts;
  readonly #limits: SharedHospitalLimits;
  readonly #newId: () => string;
  readonly #breakers = new Map<string, CircuitBreaker>();
  readonly #underWay = new Map<string, number>();
  readonly #free: ExpiringMemo<ReadonlySet<string> | undefined>;
  readonly #bookable: ExpiringMemo<Bookable | undefined>;

  constructor(parts: SharedHospitalsParts) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...parts.limits };
    this.#newId = parts.newId ?? randomUUID;
    const remembered = { lifeMs: this.#limits.rememberMs, most: MOST_REMEMBERED };
    this.#free = new ExpiringMemo(remembered);
    this.#bookable = new ExpiringMemo(remembered);
  }

  /** F1.08. Callers at the same time share one call; that a hospital cannot say is remembered as well. */
  freeSlots(key: ScheduleKey): Promise<ReadonlySet<string> | undefined> {
    const { institutionCode, scheduleId } = key;
    return this.#free.get(memoKey(key), () =>
      orUndefined(async () => {
        const asked = { requestId: this.#newId(), institutionCode, scheduleId };
        const { slots } = await this.#repeated('slots', asked);
        return new Set(slots.flatMap(({ slotId, free }) => (free ? [slotId] : [])));
      }),
    );
  }

  /** F1.14, F1.15; undefined when the hospital cannot say just now. */
  bookable(institutionCode: string, from: string, to: string): Promise<Bookable | undefined> {
    return this.#bookable.get(`${institutionCode} ${from} ${to}`, () =>
      orUndefined(async () => {
        const asked = { institutionCode, from, to };
        const [{ doctors }, { clinics }] = await Promise.all([
          this.#repeated('doctors', { requestId: this.#newId(), ...asked }),
          this.#repeated('clinics', { requestId: this.#newId(), ...asked }),
        ]);
        const left = doctors.filter(({ free }) => free > 0);
        return {
          doctors: new Set(left.map(({ date, doctorCode }) => `${date} ${doctorCode}`)),
          clinics: new Set(
            clinics.flatMap(({ date, clinicCode, free }) => (free > 0 ? [`${date} ${clinicCode}`] : [])),
          ),
        };
      }),
    );
  }

  /** F1.13. */
  async checkCard(of: {
    readonly institutionCode: string;
    readonly personId: string;
    readonly cardId: string;
  }): Promise<'valid' | 'invalid' | 'unknown'> {
    const { institutionCode, personId, cardId } = of;
    const requestId = this.#newId();
    const visitor = { personId, cardId };
    const { person, card } = await this.#holder(visitor, institutionCode, requestId, 'card-check');
    if (!card) return 'invalid';
    const answer = await orUndefined(() =>
      this.#repeated('card', { requestId, institutionCode, person, card }),
    );
    if (!answer) return 'unknown';
    return answer.valid ? 'valid' : 'invalid';
  }

  /** F1.09. */
  async book({ slot, booking }: SharedOrder): Promise<SharedBooking> {
    const { institutionCode, scheduleId, slotId, date, start, end } = slot;
    const { orderNumber, personId, cardId } = booking;
    const visitor = { personId, cardId };
    const holder = await this.#holder(visitor, institutionCode, orderNumber, 'shared-order');
    const asked = { institutionCode, orderNumber, scheduleId, slotId, date, start, end, ...holder };
    try {
      const answer = await this.ask('book', asked);
      return answer.result === 'booked' ? bookedOf(answer) : { result: 'refused', code: answer.code };
    } catch (error) {
      return { result: wasNeverSent(error) ? 'unsent' : unknownUnlessFault(error) };
    } finally {
      // Whatever came of it, what was left before is not what is left now.
      this.#free.forget(memoKey(slot));
    }
  }

  /** F1.12. */
  async find({ slot: { institutionCode }, booking: { orderNumber } }: SharedOrder) {
    const asked = { requestId: this.#newId(), institutionCode, orderNumber };
    const answer = await orUndefined(() => this.#repeated('order', asked));
    if (!answer) return { result: 'unknown' } as const;
    const { order } = answer;
    if (order === null || order.state === 'cancelled') return { result: 'notBooked' } as const;
    return bookedOf(order);
  }

  /** F1.10, only unless it is booked. */
  async voidOrder({ slot: { institutionCode }, booking: { orderNumber } }: SharedOrder) {
    const asked = { institutionCode, orderNumber, when: 'unlessBooked' } as const;
    const answer = await orUndefined(() => this.#repeated('cancel', asked));
    if (!answer) return { result: 'unknown' } as const;
    return answer.result === 'booked' ? bookedOf(answer) : ({ result: 'voided' } as const);
  }

  /** F1.10, whatever became of the order: what a delivery of a cancellation does. @throws DeliveryFault */
  async cancel(institutionCode: string, orderNumber: string): Promise<void> {
    const asked = { institutionCode, orderNumber, when: 'always' } as const;
    const answer = await this.ask('cancel', asked).catch((error: unknown) => {
      throw error instanceof NotAsked ? new DeliveryFault(error.message) : error;
    });
    if (answer.result !== 'cancelled') throw new DeliveryFault('wrong-answer');
  }

  /** F1.11: all orders of a day of visits as the hospital has them, each once. @throws DeliveryFault, NotAsked */
  async ordersOf(institutionCode: string, date: string): Promise<readonly LandedOrder[]> {
    const orders = new Map<string, LandedOrder>();
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const asked = { requestId: this.#newId(), institutionCode, date, page };
      const answer = await this.#repeated('orders', asked);
      pages = answer.pages;
      for (const order of answer.orders) orders.set(order.orderNumber, order);
    }
    return [...orders.values()];
  }

  /** The hospital learns who comes. @throws DeliveryFault when the person has been erased */
  async #holder(
    { personId, cardId }: { readonly personId: string; readonly cardId: string | null },
    recipient: string,
    deliveryId: string,
    kind: string,
  ) {
    const disclosure = { deliveryId, kind, recipient };
    const { person, card = null } = await this.#parts.people.holder(personId, cardId, disclosure);
    const { name, identityKind, identityNumber, mobile } = person;
    return { person: { name, identityKind, identityNumber, mobile }, card };
  }

  /** Asks until there is an answer, a bounded number of times: only what may be repeated. */
  async #repeated<Call extends SharedCall>(
    call: Call,
    asked: SharedAsked<Call>,
  ): Promise<SharedAnswer<Call>> {
    const { attempts, pauseMs } = this.#limits;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.ask(call, asked);
      } catch (error) {
        if (attempt >= attempts || !(error instanceof DeliveryFault)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt));
      }
    }
  }

  /** One call, once. @throws DeliveryFault without a proper answer, NotAsked */
  async ask<Call extends SharedCall>(call: Call, asked: SharedAsked<Call>): Promise<SharedAnswer<Call>> {
    const { institutionCode } = asked;
    const breaker = this.#breakerOf(institutionCode);
    const underWay = this.#underWay.get(institutionCode) ?? 0;
    if (underWay >= this.#limits.mostUnderWay) throw new NotAsked('too-busy');
    if (!breaker.admits()) throw new NotAsked('circuit-open');
    this.#underWay.set(institutionCode, underWay + 1);
    try {
      const answer = await this.#send(call, asked);
      breaker.succeeded();
      return answer;
    } catch (error) {
      if (error instanceof DeliveryFault) breaker.failed();
      throw error;
    } finally {
      this.#underWay.set(institutionCode, (this.#underWay.get(institutionCode) ?? 1) - 1);
    }
  }

  async #send<Call extends SharedCall>(call: Call, asked: SharedAsked<Call>): Promise<SharedAnswer<Call>> {
    const { path, answer: schema, writes } = SHARED_CALLS[call];
    const partner = this.#parts.partners.byInstitution(asked.institutionCode);
    if (!partner?.callbackUrl) throw new NotAsked('no-callback');
    const receiver = { ...partner, url: new URL(path, partner.callbackUrl) };
    const { readMs, writeMs } = this.#limits;
    const answer = schema.safeParse(
      await askSigned(receiver, 'orderNumber' in asked && writes ? asked.orderNumber : '', asked, {
        now: this.#parts.clock.now(),
        signal: AbortSignal.timeout(writes ? writeMs : readMs),
        most: MAX_ANSWER_BYTES,
      }),
    );
    if (!answer.success || !isTo(asked, answer.data)) throw new DeliveryFault('wrong-answer');
    return answer.data as SharedAnswer<Call>;
  }

  #breakerOf(institutionCode: string): CircuitBreaker {
    const known = this.#breakers.get(institutionCode) ?? new CircuitBreaker(this.#limits);
    this.#breakers.set(institutionCode, known);
    return known;
  }
}

const memoKey = ({ institutionCode, scheduleId }: ScheduleKey) => `${institutionCode} ${scheduleId}`;

const bookedOf = ({ hospitalOrderNumber }: { readonly hospitalOrderNumber: string }) =>
  ({ result: 'booked', hospitalOrderNumber }) as const;

/** Whether an answer is to what was asked. */
function isTo(asked: object, answer: object): boolean {
  const echoed = ['requestId', 'orderNumber', 'scheduleId', 'page'].filter(
    (name) => name in answer && name in asked,
  );
  const of = (from: object, name: string) => (from as Readonly<Record<string, unknown>>)[name];
  return echoed.every((name) => of(asked, name) === of(answer, name));
}

/** Undefined when the hospital gave no proper answer. @throws whatever else goes wrong */
async function orUndefined<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DeliveryFault || error instanceof NotAsked) return undefined;
    throw error;
  }
}

/** Failures of connecting: nothing of the request has left. */
const BEFORE_SENDING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function wasNeverSent(error: unknown): boolean {
  if (error instanceof NotAsked) return true;
  if (!(error instanceof DeliveryFault) || error.fault !== 'unreachable') return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && BEFORE_SENDING.has(String(cause.code));
}

function unknownUnlessFault(error: unknown): 'unknown' {
  if (error instanceof DeliveryFault) return 'unknown';
  throw error;
}
