import {
  booked,
  cancelled,
  fenced,
  held,
  ofBooking,
  type PoolEvent,
  registered,
  revoked,
  suspended,
  unfenced,
  withdrawn,
} from './pool-log.ts';

/** A small model of a slot's write side, written apart from the view: it knows what may happen next. */
class ModelSlot {
  readonly slotId: string;
  readonly events: PoolEvent[];
  readonly #nextBooking: () => number;
  #booking = 0;
  #earlier: number | undefined;
  #step: 'free' | 'held' | 'booked' | 'used' = 'free';
  #suspended = false;
  #withdrawn = false;

  constructor(slotId: string, events: PoolEvent[], nextBooking: () => number) {
    this.slotId = slotId;
    this.events = events;
    this.#nextBooking = nextBooking;
  }

  get state(): 'free' | 'held' | 'booked' | 'fenced' | 'withdrawn' {
    if (this.#step === 'held') return 'held';
    if (this.#step !== 'free') return 'booked';
    if (this.#withdrawn) return 'withdrawn';
    return this.#suspended ? 'fenced' : 'free';
  }

  get #lives(): boolean {
    return this.#step === 'held' || this.#step === 'booked';
  }

  /** What may happen, each passed over when the write side would refuse it. */
  readonly moves: readonly (() => void)[] = [
    () => this.#claim('held'),
    () => this.#claim('booked'),
    () => this.#step === 'held' && this.#become('booked', booked(this.slotId, this.#booking)),
    () => this.#step === 'held' && this.#become('free', { type: 'HoldExpired', data: this.#named() }),
    () =>
      this.#lives && this.#become('free', cancelled(this.slotId, this.#booking, 'cancelledByPatient', null)),
    () => this.#step === 'booked' && this.#become('used', { type: 'BookingFulfilled', data: this.#named() }),
    () => this.#correct(),
    () => this.#suspend(),
    () => this.#revoke(),
    () => this.#withdraw(),
  ];

  #claim(step: 'held' | 'booked'): void {
    if (this.state !== 'free') return;
    this.#earlier = this.#booking || undefined;
    this.#booking = this.#nextBooking();
    const claim = step === 'held' ? held : booked;
    this.#become(step, claim(this.slotId, this.#booking));
  }

  /** Of the booking before this one, which the slot has long forgotten. */
  #correct(): void {
    if (this.#earlier === undefined) return;
    const data = { ...ofBooking(this.slotId, this.#earlier), from: 'lateCancelled', reason: '申诉' } as const;
    this.events.push({ type: 'OutcomeCorrected', data: { ...data, to: 'cancelledByHospital' } });
  }

  #suspend(): void {
    if (this.#suspended) return;
    this.#suspended = true;
    const displaced = this.#lives ? this.#booking : null;
    this.events.push(suspended([this.slotId]));
    this.#become(displaced === null ? this.#step : 'free', fenced(this.slotId, displaced));
  }

  #revoke(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.events.push(revoked([this.slotId]), unfenced(this.slotId));
  }

  #withdraw(): void {
    if (this.#withdrawn) return;
    this.#withdrawn = true;
    this.events.push(withdrawn([this.slotId]), fenced(this.slotId, null, 'withdrawal'));
  }

  #become(step: 'free' | 'held' | 'booked' | 'used', event: PoolEvent): void {
    this.#step = step;
    this.events.push(event);
  }

  #named() {
    return ofBooking(this.slotId, this.#booking);
  }
}

export interface Move {
  readonly slot: number;
  readonly move: number;
}

/** A history of the sample schedule's slots that the write side could have written, and how it leaves each of them. */
export function slotHistory(moves: readonly Move[]) {
  const events: PoolEvent[] = [registered()];
  let bookings = 0;
  const nextBooking = () => {
    bookings += 1;
    return bookings;
  };
  const slots = ['N01', 'N02', 'N03', 'N04', 'N05', 'N06'].map(
    (slotId) => new ModelSlot(slotId, events, nextBooking),
  );
  for (const { slot, move } of moves) slots[slot % slots.length]?.moves[move % 10]?.();
  return { events, slots: slots.map(({ slotId, state }) => ({ slotId, state })) };
}
