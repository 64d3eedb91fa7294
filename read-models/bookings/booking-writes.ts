import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { SlotEvent } from '@qingpu/contracts/events/slots';
import type { EventPlace } from '@qingpu/read-models-kernel/view';
import type { Step } from './view.ts';
import type { Fields, Write } from './write.ts';

type Data<Type extends SlotEvent['type']> = Extract<SlotEvent, { type: Type }>['data'];

/** What an event of a slot says of a booking. A voided claim never was one, and a lifted fence brings none back. */
export function bookingWrites(event: SlotEvent, place: EventPlace): readonly Write[] {
  switch (event.type) {
    case 'SlotHeld':
      return [change(event.data.booking.bookingId, place, heldFields(event.data, place), { what: 'held' })];
    case 'SlotBooked':
      return [
        change(event.data.booking.bookingId, place, bookedFields(event.data, place), { what: 'booked' }),
      ];
    case 'HoldExpired': {
      const { bookingId, refusal } = event.data;
      return [ended(bookingId, place, { outcome: 'expired', ...(refusal !== undefined && { refusal }) })];
    }
    case 'BookingCancelled': {
      const { bookingId, by, outcome, reason } = event.data;
      return [ended(bookingId, place, { outcome, by, reason })];
    }
    case 'SlotFenced': {
      const { displaced, causeId } = event.data;
      if (!displaced) return [];
      return [ended(displaced.bookingId, place, { outcome: 'cancelledByHospital', causeId })];
    }
    case 'PatientCheckedIn': {
      const { bookingId, late } = event.data;
      const set = { checkedIn: true, late };
      return [change(bookingId, place, set, { what: 'checkedIn', late })];
    }
    case 'BookingRegistered': {
      const { bookingId, registrationNumber } = event.data;
      return [change(bookingId, place, { registered: true, registrationNumber }, { what: 'registered' })];
    }
    case 'BookingFulfilled':
      return [ended(event.data.bookingId, place, { outcome: 'fulfilled' })];
    case 'NoShowReported':
      return [ended(event.data.bookingId, place, { outcome: 'noShow' })];
    case 'BookingUnreported':
      return [ended(event.data.bookingId, place, { outcome: 'unreported' })];
    case 'OutcomeCorrected': {
      const { bookingId, to, reason } = event.data;
      return [change(bookingId, place, { outcome: to }, { what: 'corrected', outcome: to, reason })];
    }
    case 'BookingRehomed': {
      const { bookingId, toBookingId } = event.data;
      return [change(bookingId, place, { rehomedTo: toBookingId }, { what: 'rehomed' })];
    }
    case 'ClaimVoided':
    case 'RegistrationRefused':
    case 'SlotUnfenced':
      return [];
  }
}

function heldFields(data: Data<'SlotHeld'>, place: EventPlace): Fields {
  const { purpose, until } = data;
  const phase = purpose === 'shared' ? 'pending' : 'held';
  return { ...beginning(data, place), phase, purpose, heldUntil: Date.parse(until) };
}

function bookedFields(data: Data<'SlotBooked'>, place: EventPlace): Fields {
  const { hospitalOrderNumber } = data;
  return { ...beginning(data, place), phase: 'booked', heldUntil: null, hospitalOrderNumber };
}

function beginning(
  { slot, booking }: Pick<Data<'SlotBooked'>, 'slot' | 'booking'>,
  { metadata }: EventPlace,
): Fields {
  return {
    slot,
    booking,
    visitKey: `${slot.date} ${slot.start} ${booking.bookingId}`,
    ...NOTHING_YET,
    bookedAt: metadata.occurredAt,
  };
}

const NOTHING_YET = {
  outcome: null,
  checkedIn: false,
  registered: false,
  late: false,
  hospitalOrderNumber: null,
  registrationNumber: null,
  rehomedTo: null,
};

function ended(
  bookingId: string,
  place: EventPlace,
  how: Pick<Step, 'by' | 'reason' | 'causeId' | 'refusal'> & { readonly outcome: Outcome },
): Write {
  return change(
    bookingId,
    place,
    { phase: 'closed', heldUntil: null, outcome: how.outcome },
    { what: 'ended', ...how },
  );
}

function change(
  bookingId: string,
  { position, revision, metadata }: EventPlace,
  set: Fields,
  step: Omit<Step, 'at' | 'actor' | 'position'>,
): Write {
  const { occurredAt: at, actor } = metadata;
  return {
    collection: 'bookings',
    id: bookingId,
    set: {
      ...set,
      updatedAt: at,
      slotRevision: revision,
      [`steps.p${position}`]: { ...step, at, actor, position },
    },
  };
}
