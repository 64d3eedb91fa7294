import type { SharedRefusal } from '@qingpu/contracts/partners/hospital/shared-resources';
import type { SharedBooking, SharedHospitals, SharedOrder } from '../ports.ts';
import type { ScheduleKey } from '../streams.ts';

type Standing =
  | { readonly state: 'booked'; readonly number: string; readonly slotId: string }
  | { readonly state: 'void' };

/**
 * A hospital in shared mode in memory: it sells each slot once, to the platform or at its own window, and knows orders
 * by their number. `deliver` and `answer` stand for the way there and back: specs make them late, lost or cut.
 */
export class FakeSharedHospital implements SharedHospitals {
  readonly orders = new Map<string, Standing>();
  /** Slots that it sold itself. */
  readonly soldAtWindow = new Set<string>();
  /** Orders for which it ever answered that they are booked. */
  readonly everBooked: string[] = [];
  /** False when it cannot be asked which slots are left. */
  tellsFree = true;
  refusal: SharedRefusal | undefined;
  card: 'valid' | 'invalid' | 'unknown' = 'valid';
  /** How a call gets through to it; `undefined` when it never hears of it, or nobody hears its answer. */
  carry: <Answer>(call: string, work: () => Answer) => Promise<Answer | undefined> = async (_call, work) =>
    work();
  #numbers = 0;

  async freeSlots({ scheduleId }: ScheduleKey): Promise<ReadonlySet<string> | undefined> {
    if (!this.tellsFree) return undefined;
    const taken = this.takenIn(scheduleId);
    return new Set(ALL_SLOTS.filter((slotId) => !taken.has(slotId)));
  }

  async checkCard(): Promise<'valid' | 'invalid' | 'unknown'> {
    return this.card;
  }

  async book(order: SharedOrder): Promise<SharedBooking> {
    return (await this.carry('book', () => this.bookNow(order))) ?? { result: 'unknown' };
  }

  async find({ booking }: SharedOrder) {
    const found = await this.carry('find', () => this.#bookedAnswer(booking.orderNumber) ?? NOT_BOOKED);
    return found ?? UNKNOWN;
  }

  async voidOrder({ booking }: SharedOrder) {
    return (await this.carry('void', () => this.#voidNow(booking.orderNumber))) ?? UNKNOWN;
  }

  /** F1.10 with `always`: what the delivery of a cancellation brings. */
  cancel(orderNumber: string): void {
    this.orders.set(orderNumber, { state: 'void' });
  }

  bookNow({ slot, booking }: SharedOrder): SharedBooking {
    const { orderNumber } = booking;
    const known = this.#bookedAnswer(orderNumber);
    if (known) return known;
    if (this.orders.has(orderNumber)) return { result: 'refused', code: 'orderVoided' };
    if (this.refusal) return { result: 'refused', code: this.refusal };
    const key = `${slot.scheduleId} ${slot.slotId}`;
    if (this.takenIn(slot.scheduleId).has(slot.slotId)) return { result: 'refused', code: 'taken' };
    this.#numbers += 1;
    this.orders.set(orderNumber, { state: 'booked', number: `HIS-${this.#numbers}`, slotId: key });
    this.everBooked.push(orderNumber);
    return this.#bookedAnswer(orderNumber) ?? { result: 'unknown' };
  }

  /** Slots of a schedule that somebody has. */
  takenIn(scheduleId: string): ReadonlySet<string> {
    const own = [...this.orders.values()].flatMap((each) => (each.state === 'booked' ? [each.slotId] : []));
    const keys = [...own, ...this.soldAtWindow].filter((key) => key.startsWith(`${scheduleId} `));
    return new Set(keys.map((key) => key.slice(scheduleId.length + 1)));
  }

  #voidNow(orderNumber: string) {
    const known = this.#bookedAnswer(orderNumber);
    if (known) return known;
    this.orders.set(orderNumber, { state: 'void' });
    return { result: 'voided' } as const;
  }

  #bookedAnswer(orderNumber: string) {
    const known = this.orders.get(orderNumber);
    if (known?.state !== 'booked') return undefined;
    return { result: 'booked', hospitalOrderNumber: known.number } as const;
  }
}

const ALL_SLOTS = ['A1', 'A2', 'B1', 'B2', 'B3', 'C1', 'C2'];
const UNKNOWN = { result: 'unknown' } as const;
const NOT_BOOKED = { result: 'notBooked' } as const;
