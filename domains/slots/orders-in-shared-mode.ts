import { slotEvents } from '@qingpu/contracts/events/slots';
import type { SharedRefusal } from '@qingpu/contracts/partners/hospital/shared-resources';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { actOnSlot, stepOf } from './acting.ts';
import type { SharedHospitals, SharedOrder } from './ports.ts';
import {
  bookingOver,
  claimCameThrough,
  hospitalCardInvalid,
  hospitalNotConfirmed,
  hospitalNotOnSale,
  hospitalPersonRefused,
  hospitalSlotTaken,
  hospitalUnreachable,
} from './rejections.ts';
import { slot } from './slot.ts';
import { type SlotKey, slotStream } from './streams.ts';

/** How long a slot is said to be held for the hospital's answer. Only the answer ends the hold. */
export const SHARED_HOLD_MINUTES = 15;

const REFUSALS: Readonly<Record<SharedRefusal, () => Rejection>> = {
  taken: hospitalSlotTaken,
  notOnSale: hospitalNotOnSale,
  cardInvalid: hospitalCardInvalid,
  personRefused: hospitalPersonRefused,
  orderVoided: hospitalNotConfirmed,
};

/** Every reason for which a hold for a hospital's answer ends. */
export const HOSPITAL_REFUSALS: readonly (() => Rejection)[] = [
  ...Object.values(REFUSALS),
  hospitalUnreachable,
];

/** What to tell people of why a hold ended, in a sentence; undefined for what is no such code. */
export function hospitalRefusalWords(code: string): string | undefined {
  return HOSPITAL_REFUSALS.map((refusal) => refusal()).find((refusal) => refusal.code === code)?.advice;
}

export type SharedStanding = 'settled' | 'unknown';

/**
 * Brings an order to a hospital in shared mode, for a slot that is held for it. Whatever the hospital has booked is
 * confirmed here; a hold ends only when the order can never be booked there any more. Both may be done by several at
 * once, again, or late: the hospital knows the order by its number, the slot by the booking.
 */
export class SharedOrders {
  readonly #handling: CommandHandlingPorts;
  readonly #hospitals: SharedHospitals;

  constructor(handling: CommandHandlingPorts, hospitals: SharedHospitals) {
    this.#handling = handling;
    this.#hospitals = hospitals;
  }

  /** Asks the hospital to book, once. `unknown` leaves the hold to `settle`. */
  async place(order: SharedOrder, envelope: CommandEnvelope): Promise<SharedStanding> {
    const answer = await this.#hospitals.book(order);
    switch (answer.result) {
      case 'booked':
        return this.#confirm(order, answer.hospitalOrderNumber, envelope);
      case 'unsent':
        return this.#end(order, hospitalUnreachable().code, envelope);
      case 'refused':
        // Believed only once the hospital cannot have it booked either.
        return this.#voidOrConfirm(order, REFUSALS[answer.code]().code, envelope);
      case 'unknown':
        return 'unknown';
    }
  }

  /** Finds out what became of an order whose answer never came. `settled` also when there is nothing to find out. */
  async settle(
    key: SlotKey & { readonly bookingId: string },
    envelope: CommandEnvelope,
  ): Promise<SharedStanding> {
    const { live } = await readStream(this.#handling.log, slotStream(key), slotEvents, slot);
    if (live?.booking.bookingId !== key.bookingId || live.hold?.purpose !== 'shared') return 'settled';
    const order = { slot: live.slot, booking: live.booking };
    const found = await this.#hospitals.find(order);
    if (found.result === 'booked') return this.#confirm(order, found.hospitalOrderNumber, envelope);
    if (found.result === 'unknown') return 'unknown';
    // Its call may still be on the way.
    return this.#voidOrConfirm(order, hospitalNotConfirmed().code, envelope);
  }

  async #voidOrConfirm(
    order: SharedOrder,
    refusal: string,
    envelope: CommandEnvelope,
  ): Promise<SharedStanding> {
    const answer = await this.#hospitals.voidOrder(order);
    if (answer.result === 'booked') return this.#confirm(order, answer.hospitalOrderNumber, envelope);
    if (answer.result === 'unknown') return 'unknown';
    return this.#end(order, refusal, envelope);
  }

  async #confirm(
    { slot: facts, booking }: SharedOrder,
    hospitalOrderNumber: string,
    envelope: CommandEnvelope,
  ): Promise<SharedStanding> {
    const address = addressOf(facts, booking.bookingId);
    const command = { type: 'ConfirmHold', ...address, hospitalOrderNumber } as const;
    try {
      await actOnSlot(this.#handling, address, command, stepOf(envelope, 'confirm'));
    } catch (error) {
      // Given up meanwhile: the cancellation is on its way to the hospital.
      if (!(error instanceof Rejection && error.code === BOOKING_OVER)) throw error;
    }
    return 'settled';
  }

  async #end(
    { slot: facts, booking }: SharedOrder,
    refusal: string,
    envelope: CommandEnvelope,
  ): Promise<SharedStanding> {
    const address = addressOf(facts, booking.bookingId);
    const command = { type: 'EndHold', ...address, refusal } as const;
    try {
      await actOnSlot(this.#handling, address, command, stepOf(envelope, 'end'));
    } catch (error) {
      // The hospital has said both: the daily comparison lists it.
      if (!(error instanceof Rejection && error.code === CAME_THROUGH)) throw error;
    }
    return 'settled';
  }
}

const BOOKING_OVER = bookingOver('expired').code;
const CAME_THROUGH = claimCameThrough().code;

function addressOf({ institutionCode, scheduleId, slotId }: SlotKey, bookingId: string) {
  return { institutionCode, scheduleId, slotId, bookingId };
}
