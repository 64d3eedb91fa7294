import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import type { EventOf } from '@qingpu/contracts/events/catalogue';
import {
  type BookingFacts,
  type SlotFacts,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  type BookingNoticePayload,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { type ScheduleKey, slotStream } from './streams.ts';

const { SlotBooked, HoldExpired, BookingCancelled, SlotFenced } = slotEvents;
const { SlotsAdded, SlotsWithdrawn, ScheduleSuspended, SuspensionRevoked, DoctorSubstituted } =
  scheduleEvents;
const catalogue = {
  SlotBooked,
  HoldExpired,
  BookingCancelled,
  SlotFenced,
  SlotsAdded,
  SlotsWithdrawn,
  ScheduleSuspended,
  SuspensionRevoked,
  DoctorSubstituted,
};
const NAME = 'channel-notices';

/**
 * Lets the service channels tell people what became of their bookings, and of the schedules that they offer (F2.03, F3.09).
 * A notice of a specially protected department names neither department nor doctor.
 */
export const channelNoticesProcess: ProcessManager<typeof catalogue, RequestDeliveryCommand> = {
  name: NAME,
  catalogue,
  react(event, stored) {
    const payload = noticeOf(event, stored);
    return payload ? [deliver(payload, stored.stream)] : [];
  },
};

/**
 * The reminder of a visit, to be sent on the day before it. Sent again it is the same delivery.
 * @param now when it is asked for
 */
export function reminderOf(slot: SlotFacts, booking: BookingFacts, now: Date): RequestDeliveryCommand {
  const deliveryId = reactionCommandId('booking-reminder', booking.bookingId, 0);
  const at = shanghaiTimestamp(now);
  return deliver({ ...ofVisit('reminder', slot, booking), deliveryId, at }, slotStream(slot));
}

function noticeOf(
  { type, data }: EventOf<typeof catalogue>,
  stored: StoredEvent,
): BookingNoticePayload | undefined {
  const ofEvent = { deliveryId: reactionCommandId(NAME, stored.id, 0), at: stored.metadata.occurredAt };
  switch (type) {
    case 'SlotBooked':
      return { ...ofVisit('booked', data.slot, data.booking), ...ofEvent };
    case 'HoldExpired': {
      // Whoever was still waiting for the answer was told there; a hold that ran out tells by its page.
      const later = data.refusal !== undefined && stored.metadata.actor.kind === 'system';
      return later ? { ...ofEnd('notConfirmed', data, data), ...ofEvent } : undefined;
    }
    case 'BookingCancelled': {
      const occasion = data.outcome === 'cancelledByHospital' ? 'calledOff' : 'cancelled';
      return { ...ofEnd(occasion, data, data), ...ofEvent };
    }
    case 'SlotFenced':
      return data.displaced ? { ...ofEnd('calledOff', data, data.displaced), ...ofEvent } : undefined;
    case 'SlotsAdded': {
      const slotIds = data.intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
      return { ...ofSchedule('slotsAdded', data, slotIds), ...ofEvent };
    }
    case 'SlotsWithdrawn':
      return { ...ofSchedule('slotsWithdrawn', data, data.slotIds), ...ofEvent };
    case 'ScheduleSuspended':
      return { ...ofSchedule('suspended', data, data.slotIds), ...ofEvent };
    case 'SuspensionRevoked':
      return { ...ofSchedule('suspensionRevoked', data, data.slotIds), ...ofEvent };
    case 'DoctorSubstituted':
      return { ...ofSchedule('substituted', data, []), ...ofEvent, doctorCode: data.doctorCode };
  }
}

function ofVisit(occasion: 'booked' | 'reminder', slot: SlotFacts, booking: BookingFacts) {
  const neutral = slot.sensitivity === 'level5';
  const { date, start, end } = slot;
  return {
    ...keyOf(slot),
    occasion,
    orderNumber: booking.orderNumber,
    personId: booking.personId,
    channel: booking.channel,
    visit: {
      date,
      start,
      end,
      departmentCode: neutral ? null : slot.departmentCode,
      doctorCode: neutral ? null : slot.doctorCode,
    },
  };
}

function ofEnd(
  occasion: 'cancelled' | 'calledOff' | 'notConfirmed',
  schedule: ScheduleKey,
  { bookingId, personId }: { readonly bookingId: string; readonly personId: string },
) {
  return { ...keyOf(schedule), occasion, orderNumber: orderNumberOf(bookingId), personId };
}

function ofSchedule<Occasion extends string>(
  occasion: Occasion,
  schedule: ScheduleKey,
  slotIds: readonly string[],
) {
  return { ...keyOf(schedule), occasion, slotIds: [...slotIds], doctorCode: null };
}

function keyOf({ institutionCode, scheduleId }: ScheduleKey): ScheduleKey {
  return { institutionCode, scheduleId };
}

/** An order of their own: a hospital that does not answer must not keep people from hearing of it. */
function deliver(payload: BookingNoticePayload, stream: string): RequestDeliveryCommand {
  const { deliveryId } = payload;
  const recipient = SERVICE_CHANNELS;
  const order = `${recipient} ${stream}`;
  return { type: 'RequestDelivery', deliveryId, kind: 'booking-notice', recipient, order, payload };
}
