import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import { type SlotEvent, slotEvents } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { BookingOrderPayload } from '@qingpu/contracts/partners/hospital/booking-order';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import type { SlotKey } from './streams.ts';

const { SlotBooked, BookingCancelled, SlotFenced } = slotEvents;
const catalogue = { SlotBooked, BookingCancelled, SlotFenced };
const NAME = 'hospital-orders';

type Booked = Extract<BookingOrderPayload, { state: 'booked' }>;
type Cancelled = Extract<BookingOrderPayload, { state: 'cancelled' }>;
type BookedData = Extract<SlotEvent, { type: 'SlotBooked' }>['data'];

/** Sends each booking and each cancellation to the hospital (F3.04, F3.10), one slot's in the order in which they happened. */
export const hospitalOrdersProcess: ProcessManager<typeof catalogue, RequestDeliveryCommand> = {
  name: NAME,
  catalogue,
  react({ type, data }, stored) {
    switch (type) {
      case 'SlotBooked':
        return [deliver(booked(data, stored), stored)];
      case 'BookingCancelled':
        return [deliver(cancelled(data, data.bookingId, data.outcome, stored), stored)];
      case 'SlotFenced': {
        if (!data.displaced) return [];
        return [deliver(cancelled(data, data.displaced.bookingId, 'cancelledByHospital', stored), stored)];
      }
    }
  },
};

function booked({ slot, booking, hospitalOrderNumber }: BookedData, stored: StoredEvent): Booked {
  const { sensitivity: _sensitivity, ...place } = slot;
  return {
    ...ofOrder(slot, booking.bookingId, stored),
    ...place,
    state: 'booked',
    hospitalOrderNumber,
    channel: booking.channel,
    replaces: booking.replaces && orderNumberOf(booking.replaces),
    personId: booking.personId,
    cardId: booking.cardId,
  };
}

function cancelled(
  slot: SlotKey,
  bookingId: string,
  outcome: Cancelled['outcome'],
  stored: StoredEvent,
): Cancelled {
  return { ...ofOrder(slot, bookingId, stored), state: 'cancelled', outcome };
}

function ofOrder({ institutionCode, scheduleId, slotId }: SlotKey, bookingId: string, stored: StoredEvent) {
  return {
    deliveryId: reactionCommandId(NAME, stored.id, 0),
    institutionCode,
    orderNumber: orderNumberOf(bookingId),
    revision: stored.revision,
    at: stored.metadata.occurredAt,
    scheduleId,
    slotId,
  };
}

function deliver(payload: BookingOrderPayload, { stream }: StoredEvent): RequestDeliveryCommand {
  return {
    type: 'RequestDelivery',
    deliveryId: payload.deliveryId,
    kind: 'booking-order',
    recipient: payload.institutionCode,
    order: stream,
    payload,
  };
}
