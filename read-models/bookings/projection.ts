import {
  type LandingEvent,
  type LedgerEvent,
  landingEvents,
  ledgerEvents,
  type SlotEvent,
  slotEvents,
  type WaitlistEvent,
  waitlistEvents,
} from '@qingpu/contracts/events/slots';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';

import { bookingWrites } from './booking-writes.ts';
import { landingWrites } from './landing-writes.ts';
import { ledgerWrites } from './ledger-writes.ts';
import { bookingsView } from './view.ts';
import { waitlistWrites } from './waitlist-writes.ts';
import type { Write } from './write.ts';

const catalogue = { ...slotEvents, ...ledgerEvents, ...waitlistEvents, ...landingEvents } as const;

export type BookingsEvent = SlotEvent | LedgerEvent | WaitlistEvent | LandingEvent;

/** Folds bookings, persons' standings, waiting lists and what hospitals landed. */
export const bookings: Projection<typeof catalogue> = {
  view: bookingsView,
  catalogue,
  async project(event, place) {
    return writesOf(event, place).map((write) => ({ ...write, guard: place.position }));
  },
};

function writesOf(event: BookingsEvent, place: EventPlace): readonly Write[] {
  if (isOf(slotEvents, event)) return bookingWrites(event as SlotEvent, place);
  if (isOf(ledgerEvents, event)) return ledgerWrites(event as LedgerEvent, place);
  if (isOf(waitlistEvents, event)) return waitlistWrites(event as WaitlistEvent, place);
  return landingWrites(event as LandingEvent, place);
}

function isOf(part: object, event: BookingsEvent): boolean {
  return Object.hasOwn(part, event.type);
}
