import type { PaymentState } from '@qingpu/contracts/codes/payment-tables';
import { MODIFIERS, OUTCOMES, SCHEDULE_KINDS, SESSIONS } from '@qingpu/contracts/codes/slot-tables';
import { BOOKING_STATES, type BookingItem, type ScheduleItem } from '@qingpu/contracts/http/slots';
import { formatDay } from '@qingpu/mfe-kit/format';

/** 11月24日 周二 of a calendar date. */
export const dayOf = (date: string): string => formatDay(`${date}T00:00:00+08:00`);

/** 11月24日 周二 上午 09:15–09:30. */
export function visitTime({
  date,
  session,
  start,
  end,
}: Pick<BookingItem, 'date' | 'session' | 'start' | 'end'>): string {
  return `${halfDayOf({ date, session })} ${start}–${end}`;
}

/** 11月24日 周二 上午. */
export const halfDayOf = ({ date, session }: Pick<BookingItem, 'date' | 'session'>): string =>
  `${dayOf(date)} ${SESSIONS[session]}`;

/** Who sees the patient: the doctor with title, else the clinic. */
export function whom({
  doctorName,
  clinicName,
  kind,
}: Pick<ScheduleItem, 'doctorName' | 'clinicName' | 'kind'>): string {
  return doctorName ?? clinicName ?? SCHEDULE_KINDS[kind];
}

/** How a booking stands, in one word: its outcome once it is over. */
export function stateWord({ state, outcome }: Pick<BookingItem, 'state' | 'outcome'>): string {
  return outcome === null ? BOOKING_STATES[state] : OUTCOMES[outcome];
}

export const modifierWords = (modifiers: BookingItem['modifiers']): string[] =>
  modifiers.map((modifier) => MODIFIERS[modifier]);

/** Outcomes that a person should notice. */
export const isUnwelcome = (outcome: BookingItem['outcome']): boolean =>
  outcome === 'noShow' || outcome === 'lateCancelled' || outcome === 'cancelledByHospital';

/** How loudly the standing of a payment is told. */
export const paymentTone = (state: PaymentState): 'primary' | 'success' | 'warning' | 'danger' => {
  switch (state) {
    case 'paid':
      return 'success';
    case 'refunded':
    case 'refundedByHand':
      return 'primary';
    case 'refundRefused':
      return 'danger';
    default:
      return 'warning';
  }
};
