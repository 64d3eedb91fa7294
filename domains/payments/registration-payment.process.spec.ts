import type { SlotEvent } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { expect, it } from 'vitest';
import { registrationPaymentProcess } from './registration-payment.process.ts';
import { ids, paid, what } from './testing/sample-payment.ts';

type Event = Parameters<typeof registrationPaymentProcess.react>[0];
const react = (event: Event) => registrationPaymentProcess.react(event, {} as StoredEvent);
const { bookingId, personId, paymentId } = ids;
const booking = { ...what.slot, bookingId, personId };
const cancelled = (by: 'patient' | 'desk' | 'hospital') =>
  ({
    type: 'BookingCancelled',
    data: { ...booking, by, outcome: 'cancelledByPatient', reason: '', returnsAt: null },
  }) as const satisfies SlotEvent;
const callOff = (cause: string) => [{ type: 'CallOffPayment', bookingId, cause }];

it('registers the visit with money that pays for it, and only with that', () => {
  expect(react(paid())).toEqual([
    { type: 'RegisterPaidVisit', ...what.slot, paymentId, bookingId, personId },
  ]);
  expect(react(paid({ settles: false }))).toEqual([]);
});

it('wants the money back when the booking is over before or after it was registered', () => {
  expect(react(cancelled('patient'))).toEqual(callOff('bookingCancelled'));
  expect(react(cancelled('desk'))).toEqual(callOff('bookingCancelled'));
  expect(react(cancelled('hospital'))).toEqual(callOff('cancelledByHospital'));
  const refused = { type: 'RegistrationRefused', data: { ...booking, paymentId, cause: 'booking-over' } };
  expect(react(refused as Event)).toEqual(callOff('registrationRefused'));
});

it('wants it back when the hospital calls the booking off, and nothing when nobody was there', () => {
  const fenced = (displaced: object | null) =>
    ({
      type: 'SlotFenced',
      data: { ...what.slot, cause: 'suspension', causeId: bookingId, displaced },
    }) as Event;
  expect(react(fenced({ bookingId, personId }))).toEqual(callOff('cancelledByHospital'));
  expect(react(fenced(null))).toEqual([]);
});

it('wants it back when the outcome turns out to have been a cancellation', () => {
  const corrected = (to: string) =>
    ({ type: 'OutcomeCorrected', data: { ...booking, from: 'noShow', to, reason: '' } }) as Event;
  expect(react(corrected('cancelledByHospital'))).toEqual(callOff('outcomeCorrected'));
  expect(react(corrected('fulfilled'))).toEqual([]);
});
