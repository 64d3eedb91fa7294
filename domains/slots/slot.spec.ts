import { registrationNumberOf } from '@qingpu/contracts/codes/order-number';
import { OUTCOMES, type Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { SlotEvent } from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guidancePolicy } from './booking-policy.ts';
import { type CancelBooking, type SlotCommand, type SlotContext, slot } from './slot.ts';
import { at, DAY, idOf, personId, sampleBooking, sampleSlot, slotKey } from './testing/sample-pool.ts';

const context = (now: Date, chance = 0): SlotContext => ({ now, safeguards: bookingSafeguards, chance });
const EARLIER = context(at('2026-03-10', '10:00'));
const LAST_EVENING = context(at('2026-03-15', '23:59'));
const MORNING = context(at(DAY, '00:00'));
const WAITING = context(at(DAY, '07:45'));
const AFTER = context(at(DAY, '08:15'));
const DAYS_LATER = context(at('2026-03-20', '00:00'));
const MONTHS_LATER = context(at('2026-04-16', '00:00'));

const facts = sampleSlot();
const mine = sampleBooking(1);
const other = sampleBooking(2);
const UNTIL = '2026-03-10T10:15:00.000+08:00';
const ids = { ...slotKey, bookingId: mine.bookingId, personId };
const address = { ...slotKey, bookingId: mine.bookingId };

const book = (booking = mine): SlotCommand => ({
  type: 'BookSlot',
  slot: facts,
  booking,
  hospitalOrderNumber: null,
});
const hold = (booking = mine, purpose: 'prepayment' | 'waitlist' | 'shared' = 'prepayment'): SlotCommand => ({
  type: 'HoldSlot',
  slot: facts,
  booking,
  purpose,
  until: UNTIL,
});
const confirm: SlotCommand = { type: 'ConfirmHold', ...address, hospitalOrderNumber: 'H1' };
const expire: SlotCommand = { type: 'ExpireHold', ...address };
const end: SlotCommand = { type: 'EndHold', ...address, refusal: 'hospital-slot-taken' };
const cancel = (changes: Partial<CancelBooking> = {}): SlotCommand => ({
  type: 'CancelBooking',
  ...address,
  by: 'patient',
  reason: '临时有事',
  policy: guidancePolicy,
  currentDoctor: facts.doctorCode,
  ...changes,
});
const voidClaim: SlotCommand = { type: 'VoidClaim', ...address, personId };
const fence = (cause: 'suspension' | 'withdrawal' = 'suspension', number = 50): SlotCommand => ({
  type: 'FenceSlot',
  ...slotKey,
  cause,
  causeId: idOf(number),
});
const unfence = (number = 50): SlotCommand => ({ type: 'UnfenceSlot', ...slotKey, causeId: idOf(number) });
const checkIn = (by: 'patient' | 'hospital' = 'patient'): SlotCommand => ({
  type: 'CheckIn',
  ...address,
  by,
  policy: guidancePolicy,
});
const register = (registrationNumber = 'R1', by: 'patient' | 'hospital' = 'patient'): SlotCommand => ({
  type: 'RegisterVisit',
  ...address,
  by,
  registrationNumber,
});
const report = (outcome: 'fulfilled' | 'noShow'): SlotCommand => ({
  type: 'ReportOutcome',
  ...address,
  outcome,
});
const unreport: SlotCommand = { type: 'MarkUnreported', ...address };
const correct = (to: Outcome, because: 'report' | 'appeal' = 'report'): SlotCommand => ({
  type: 'CorrectOutcome',
  ...address,
  to,
  reason: '登记有误',
  because,
});
const rehome: SlotCommand = { type: 'MarkRehomed', ...address, toBookingId: other.bookingId };

const booked = (booking = mine): SlotEvent => ({
  type: 'SlotBooked',
  data: { slot: facts, booking, hospitalOrderNumber: null },
});
const held = (booking = mine, purpose: 'prepayment' | 'waitlist' | 'shared' = 'prepayment'): SlotEvent => ({
  type: 'SlotHeld',
  data: { slot: facts, booking, purpose, until: UNTIL },
});
const expired: SlotEvent = { type: 'HoldExpired', data: ids };
type Cancelled = Extract<SlotEvent, { type: 'BookingCancelled' }>['data'];
const cancelled = (changes: Partial<Cancelled> = {}): SlotEvent => ({
  type: 'BookingCancelled',
  data: {
    ...ids,
    by: 'patient',
    outcome: 'cancelledByPatient',
    reason: '临时有事',
    returnsAt: '2026-03-10T10:05:00.000+08:00',
    ...changes,
  },
});
const voided: SlotEvent = { type: 'ClaimVoided', data: ids };
const fenced = (
  displaced: typeof mine | null = null,
  cause: 'suspension' | 'withdrawal' = 'suspension',
  number = 50,
): SlotEvent => ({
  type: 'SlotFenced',
  data: {
    ...slotKey,
    cause,
    causeId: idOf(number),
    displaced: displaced && { bookingId: displaced.bookingId, personId },
  },
});
const unfenced = (number = 50): SlotEvent => ({
  type: 'SlotUnfenced',
  data: { ...slotKey, causeId: idOf(number) },
});
const checkedIn = (late = false): SlotEvent => ({ type: 'PatientCheckedIn', data: { ...ids, late } });
const registered: SlotEvent = { type: 'BookingRegistered', data: { ...ids, registrationNumber: 'R1' } };
const fulfilled: SlotEvent = { type: 'BookingFulfilled', data: ids };
const noShow: SlotEvent = { type: 'NoShowReported', data: ids };
const unreported: SlotEvent = { type: 'BookingUnreported', data: ids };
const corrected = (from: Outcome, to: Outcome, reason = '登记有误'): SlotEvent => ({
  type: 'OutcomeCorrected',
  data: { ...ids, from, to, reason },
});
const rehomed: SlotEvent = { type: 'BookingRehomed', data: { ...ids, toBookingId: other.bookingId } };

const given = (...history: SlotEvent[]) => specify(slot).given(history);

/** Every way in which the booking can be over, and its outcome. */
const ENDED: readonly (readonly [Outcome, ...SlotEvent[]])[] = [
  ['fulfilled', booked(), fulfilled],
  ['noShow', booked(), noShow],
  ['unreported', booked(), unreported],
  ['expired', held(), expired],
  ['cancelledByPatient', booked(), cancelled()],
  ['lateCancelled', booked(), cancelled({ outcome: 'lateCancelled' })],
  ['cancelledByHospital', booked(), fenced(mine)],
];

describe('an untouched slot', () => {
  it('is booked or held', () => {
    given().when(book(), EARLIER).thenEvents([booked()]);
    given().when(hold(), EARLIER).thenEvents([held()]);
  });

  it('knows no booking', () => {
    for (const command of [
      confirm,
      expire,
      end,
      cancel(),
      checkIn(),
      register(),
      report('fulfilled'),
      unreport,
      correct('noShow'),
      rehome,
    ])
      given().when(command, AFTER).thenRejected('booking-unknown');
  });

  it('can be claimed until its interval is over', () => {
    given()
      .when(book(), context(new Date(AFTER.now.getTime() - 1)))
      .thenEvents([booked()]);
    given().when(book(), AFTER).thenRejected('interval-over');
    given().when(hold(), AFTER).thenRejected('interval-over');
  });
});

describe('a taken slot', () => {
  it.each([
    ['booked', booked()],
    ['held', held()],
  ])('that is %s cannot be claimed by another', (_how, taken) => {
    given(taken).when(book(other), EARLIER).thenRejected('slot-taken');
    given(taken).when(hold(other), EARLIER).thenRejected('slot-taken');
  });

  it('is not taken twice by the same booking', () => {
    given(booked()).when(book(), EARLIER).thenNothingHappened();
    given(held()).when(hold(), EARLIER).thenNothingHappened();
    given(booked()).when(hold(), EARLIER).thenNothingHappened();
    given(held()).when(book(), EARLIER).thenRejected('hold-not-confirmed');
  });

  it('stays used up when the visit took place before its interval was over', () => {
    given(booked(), fulfilled).when(book(other), WAITING).thenRejected('slot-taken');
  });
});

describe('a hold', () => {
  const bookedAtHospital: SlotEvent = {
    type: 'SlotBooked',
    data: { slot: facts, booking: mine, hospitalOrderNumber: 'H1' },
  };

  it('becomes a booking, late too: only its expiry frees the slot', () => {
    given(held()).when(confirm, EARLIER).thenEvents([bookedAtHospital]);
    given(held()).when(confirm, MORNING).thenEvents([bookedAtHospital]);
    given(held(), bookedAtHospital).when(confirm, EARLIER).thenNothingHappened();
    given(held(), expired).when(confirm, EARLIER).thenRejected('booking-over');
  });

  it('expires at its time, and the slot is free at once', () => {
    given(held())
      .when(expire, context(new Date(Date.parse(UNTIL) - 1)))
      .thenRejected('hold-not-due');
    given(held())
      .when(expire, context(new Date(UNTIL)))
      .thenEvents([expired]);
    given(held(), expired)
      .when(book(other), EARLIER)
      .thenEvents([booked(other)]);
  });

  it('that was confirmed, or is over, does not expire', () => {
    given(held(), bookedAtHospital).when(expire, MORNING).thenNothingHappened();
    given(held(), expired).when(expire, MORNING).thenNothingHappened();
    given(held(), cancelled()).when(expire, MORNING).thenNothingHappened();
  });

  it('for a hospital’s answer ends by that answer only, and the slot is free at once', () => {
    const refused: SlotEvent = { type: 'HoldExpired', data: { ...ids, refusal: 'hospital-slot-taken' } };
    const asked = held(mine, 'shared');
    given().when(hold(mine, 'shared'), EARLIER).thenEvents([asked]);
    given(asked).when(expire, MORNING).thenRejected('hold-awaits-hospital');
    given(asked).when(end, EARLIER).thenEvents([refused]);
    given(asked, refused).when(end, EARLIER).thenNothingHappened();
    given(asked, refused).when(confirm, EARLIER).thenRejected('booking-over');
    given(asked, refused)
      .when(book(other), EARLIER)
      .thenEvents([booked(other)]);
    given(asked).when(confirm, MORNING).thenEvents([bookedAtHospital]);
    given(asked, bookedAtHospital).when(end, MORNING).thenRejected('claim-came-through');
    given(asked, cancelled()).when(end, MORNING).thenNothingHappened();
  });

  it('for anything else is none of the hospital’s business', () => {
    given(held()).when(end, MORNING).thenRejected('hold-not-due');
    given(held(mine, 'waitlist')).when(end, MORNING).thenRejected('hold-not-due');
  });

  it('is given up without consequence, however late', () => {
    given(held())
      .when(cancel(), MORNING)
      .thenEvents([cancelled({ returnsAt: '2026-03-16T00:05:00.000+08:00' })]);
  });

  it('is no appointment yet', () => {
    for (const command of [checkIn(), register(), report('fulfilled'), unreport])
      given(held()).when(command, WAITING).thenRejected('hold-not-confirmed');
    given(held()).when(correct('noShow'), WAITING).thenRejected('outcome-missing');
    given(held()).when(rehome, WAITING).thenRejected('booking-not-called-off');
  });
});

describe('a cancellation', () => {
  it('is in time until the policy’s deadline and late from then on', () => {
    given(booked()).when(cancel(), EARLIER).thenEvents([cancelled()]);
    given(booked())
      .when(cancel(), LAST_EVENING)
      .thenEvents([cancelled({ returnsAt: '2026-03-16T00:04:00.000+08:00' })]);
    const late = { outcome: 'lateCancelled', returnsAt: '2026-03-16T00:05:00.000+08:00' } as const;
    given(booked())
      .when(cancel(), MORNING)
      .thenEvents([cancelled(late)]);
    given(booked())
      .when(cancel({ by: 'desk' }), MORNING)
      .thenEvents([cancelled({ ...late, by: 'desk' })]);
  });

  it('is never late when another doctor comes than the one who was booked', () => {
    given(booked())
      .when(cancel({ currentDoctor: 'D2' }), MORNING)
      .thenEvents([cancelled({ returnsAt: '2026-03-16T00:05:00.000+08:00' })]);
  });

  it('by the hospital is the hospital’s, at any time', () => {
    const by = { by: 'hospital', outcome: 'cancelledByHospital' } as const;
    given(booked())
      .when(cancel({ by: 'hospital' }), EARLIER)
      .thenEvents([cancelled(by)]);
    given(booked(), checkedIn(), registered)
      .when(cancel({ by: 'hospital' }), AFTER)
      .thenEvents([cancelled({ ...by, returnsAt: '2026-03-16T08:20:00.000+08:00' })]);
  });

  it('changes nothing once the booking is cancelled, and is no way to change another outcome', () => {
    for (const [outcome, ...history] of ENDED) {
      const when = given(...history).when(cancel(), MORNING);
      if (outcome.toLowerCase().includes('cancelled')) when.thenNothingHappened();
      else when.thenRejected('booking-over');
    }
  });

  it('after checking in is the desk’s; a registration may be given up by its owner', () => {
    given(booked(), checkedIn()).when(cancel(), WAITING).thenRejected('booking-checked-in');
    given(booked(), checkedIn())
      .when(cancel({ by: 'channel' }), WAITING)
      .thenRejected('booking-checked-in');
    const late = { outcome: 'lateCancelled', returnsAt: '2026-03-16T07:50:00.000+08:00' } as const;
    given(booked(), checkedIn())
      .when(cancel({ by: 'desk' }), WAITING)
      .thenEvents([cancelled({ ...late, by: 'desk' })]);
    given(booked(), registered)
      .when(cancel(), WAITING)
      .thenEvents([cancelled(late)]);
  });

  it('comes before the interval is over', () => {
    given(booked()).when(cancel(), AFTER).thenRejected('interval-over');
    given(booked())
      .when(cancel({ by: 'desk' }), AFTER)
      .thenRejected('interval-over');
  });

  it('keeps the slot from the public for a random while within its bounds', () => {
    const { min, max } = bookingSafeguards.returnDelayMinutes;
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
        const state = [booked()].reduce(slot.evolve, slot.initialState);
        const [event] = slot.decide(state, cancel(), context(EARLIER.now, chance));
        const data = event?.data as Cancelled | undefined;
        const minutes = (Date.parse(data?.returnsAt ?? '') - EARLIER.now.getTime()) / 60_000;
        expect(minutes).toBeGreaterThanOrEqual(min);
        expect(minutes).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('lets those who wait have it first', () => {
    const back = context(new Date('2026-03-10T10:05:00.000+08:00'));
    const moment = context(new Date(back.now.getTime() - 1));
    const cancelledBefore = given(booked(), cancelled());
    cancelledBefore.when(book(other), moment).thenRejected('slot-returning');
    cancelledBefore.when(hold(other), moment).thenRejected('slot-returning');
    cancelledBefore.when(hold(other, 'waitlist'), moment).thenEvents([held(other, 'waitlist')]);
    cancelledBefore
      .when({ ...book(other), fromWaitlist: true } as SlotCommand, moment)
      .thenEvents([booked(other)]);
    cancelledBefore.when(book(other), back).thenEvents([booked(other)]);
  });

  it('of a booking never lets the same booking come back', () => {
    for (const [, ...history] of ENDED)
      given(...history)
        .when(book(), LAST_EVENING)
        .thenRejected('booking-over');
  });
});

describe('a voided claim', () => {
  it('is voided once, and never comes through', () => {
    given().when(voidClaim, EARLIER).thenEvents([voided]);
    given(voided).when(voidClaim, EARLIER).thenNothingHappened();
    given(voided).when(book(), EARLIER).thenRejected('claim-voided');
    given(voided).when(hold(), EARLIER).thenRejected('claim-voided');
  });

  it('leaves the slot to others', () => {
    given(voided)
      .when(book(other), EARLIER)
      .thenEvents([booked(other)]);
    given(booked(other)).when(voidClaim, EARLIER).thenEvents([voided]);
  });

  it('is not one that came through, whatever became of it', () => {
    given(booked()).when(voidClaim, EARLIER).thenRejected('claim-came-through');
    given(held()).when(voidClaim, EARLIER).thenRejected('claim-came-through');
    for (const [, ...history] of ENDED)
      given(...history)
        .when(voidClaim, EARLIER)
        .thenRejected('claim-came-through');
  });
});

describe('a fence', () => {
  it('leaves nothing to claim, on an untouched slot too', () => {
    given().when(fence(), EARLIER).thenEvents([fenced()]);
    given(fenced()).when(book(), EARLIER).thenRejected('slot-suspended');
    given(fenced()).when(hold(), EARLIER).thenRejected('slot-suspended');
    given()
      .when(fence('withdrawal'), EARLIER)
      .thenEvents([fenced(null, 'withdrawal')]);
    given(fenced(null, 'withdrawal')).when(book(), EARLIER).thenRejected('slot-withdrawn');
  });

  it('of a suspension calls off who had booked or held', () => {
    given(booked())
      .when(fence(), EARLIER)
      .thenEvents([fenced(mine)]);
    given(held())
      .when(fence(), EARLIER)
      .thenEvents([fenced(mine)]);
    given(booked(), checkedIn(), registered)
      .when(fence(), WAITING)
      .thenEvents([fenced(mine)]);
    given(held(), fenced(mine)).when(confirm, EARLIER).thenRejected('booking-over');
  });

  it('of a suspension leaves what is over as it was', () => {
    given(booked(), fulfilled).when(fence(), WAITING).thenEvents([fenced()]);
    given(booked(), cancelled()).when(fence(), EARLIER).thenEvents([fenced()]);
  });

  it('of a withdrawal leaves who had booked', () => {
    given(booked())
      .when(fence('withdrawal'), EARLIER)
      .thenEvents([fenced(null, 'withdrawal')]);
    given(booked(), fenced(null, 'withdrawal')).when(report('fulfilled'), AFTER).thenEvents([fulfilled]);
    given(booked(), fenced(null, 'withdrawal'))
      .when(cancel(), EARLIER)
      .thenEvents([cancelled({ returnsAt: null })]);
    given(booked(), fenced(null, 'withdrawal'))
      .when(fence('suspension', 51), EARLIER)
      .thenEvents([fenced(mine, 'suspension', 51)]);
  });

  it('stands once, and does not come back after it was taken down', () => {
    given(fenced()).when(fence(), EARLIER).thenNothingHappened();
    given(fenced()).when(unfence(), EARLIER).thenEvents([unfenced()]);
    given().when(unfence(), EARLIER).thenNothingHappened();
    given(fenced(), unfenced()).when(unfence(), EARLIER).thenNothingHappened();
    given(fenced(), unfenced()).when(fence(), EARLIER).thenNothingHappened();
  });

  it('taken down leaves the slot free, or under the other one', () => {
    given(fenced(), unfenced()).when(book(), EARLIER).thenEvents([booked()]);
    given(fenced(), fenced(null, 'suspension', 51), unfenced())
      .when(book(), EARLIER)
      .thenRejected('slot-suspended');
    given(booked(), fenced(mine), unfenced())
      .when(book(other), EARLIER)
      .thenEvents([booked(other)]);
  });
});

describe('checking in', () => {
  it('is open to patients from half an hour before to half an hour after the interval', () => {
    given(booked())
      .when(checkIn(), context(at(DAY, '07:29')))
      .thenRejected('check-in-too-early');
    given(booked())
      .when(checkIn(), context(at(DAY, '07:30')))
      .thenEvents([checkedIn()]);
    given(booked())
      .when(checkIn(), context(at(DAY, '08:14')))
      .thenEvents([checkedIn()]);
    given(booked())
      .when(checkIn(), AFTER)
      .thenEvents([checkedIn(true)]);
    given(booked())
      .when(checkIn(), context(at(DAY, '08:45')))
      .thenEvents([checkedIn(true)]);
    given(booked())
      .when(checkIn(), context(at(DAY, '08:46')))
      .thenRejected('check-in-too-late');
  });

  it('is what the hospital saw, at any time', () => {
    given(booked()).when(checkIn('hospital'), MORNING).thenEvents([checkedIn()]);
    given(booked())
      .when(checkIn('hospital'), DAYS_LATER)
      .thenEvents([checkedIn(true)]);
  });

  it('happens once, and not after the booking is over', () => {
    given(booked(), checkedIn()).when(checkIn(), WAITING).thenNothingHappened();
    given(booked(), registered).when(checkIn(), WAITING).thenEvents([checkedIn()]);
    for (const [, ...history] of ENDED)
      given(...history)
        .when(checkIn(), WAITING)
        .thenRejected('booking-over');
  });
});

describe('registering', () => {
  it('is possible on the day of the visit', () => {
    given(booked()).when(register(), LAST_EVENING).thenRejected('registration-too-early');
    given(booked()).when(register(), MORNING).thenEvents([registered]);
    given(booked(), checkedIn()).when(register(), WAITING).thenEvents([registered]);
    given(booked()).when(register(), AFTER).thenRejected('interval-over');
    given(booked()).when(register('R1', 'hospital'), DAYS_LATER).thenEvents([registered]);
  });

  it('happens once, and not after the booking is over', () => {
    given(booked(), registered).when(register(), WAITING).thenNothingHappened();
    given(booked(), registered).when(register('R2'), WAITING).thenRejected('booking-registered-already');
    for (const [, ...history] of ENDED)
      given(...history)
        .when(register(), WAITING)
        .thenRejected('booking-over');
  });
});

describe('a report', () => {
  it('of a visit comes on its day or later', () => {
    given(booked()).when(report('fulfilled'), LAST_EVENING).thenRejected('report-too-early');
    given(booked()).when(report('fulfilled'), MORNING).thenEvents([fulfilled]);
    given(booked(), checkedIn(), registered).when(report('fulfilled'), DAYS_LATER).thenEvents([fulfilled]);
  });

  it('of a no-show comes after the interval, and only of who did not check in', () => {
    given(booked()).when(report('noShow'), WAITING).thenRejected('report-too-early');
    given(booked()).when(report('noShow'), AFTER).thenEvents([noShow]);
    given(booked(), registered).when(report('noShow'), AFTER).thenEvents([noShow]);
    given(booked(), checkedIn()).when(report('noShow'), AFTER).thenRejected('no-show-after-check-in');
  });

  it('again changes nothing; another one needs a correction', () => {
    given(booked(), fulfilled).when(report('fulfilled'), AFTER).thenNothingHappened();
    given(booked(), noShow).when(report('noShow'), AFTER).thenNothingHappened();
    given(booked(), fulfilled).when(report('noShow'), AFTER).thenRejected('outcome-stands');
    given(booked(), noShow).when(report('fulfilled'), AFTER).thenRejected('outcome-stands');
    given(booked(), cancelled()).when(report('fulfilled'), AFTER).thenRejected('booking-over');
    given(booked(), fenced(mine)).when(report('noShow'), AFTER).thenRejected('booking-over');
  });

  it('that comes too late counts as a correction of the silence', () => {
    given(booked(), unreported)
      .when(report('fulfilled'), DAYS_LATER)
      .thenEvents([corrected('unreported', 'fulfilled', '医院补报')]);
    given(booked(), unreported).when(report('noShow'), MONTHS_LATER).thenRejected('correction-too-late');
  });

  it('that never comes is silence, after the days of the safeguards, and nothing else', () => {
    const moment = context(new Date(DAYS_LATER.now.getTime() - 1));
    given(booked()).when(unreport, moment).thenRejected('unreported-too-early');
    given(booked()).when(unreport, DAYS_LATER).thenEvents([unreported]);
    given(booked(), checkedIn()).when(unreport, DAYS_LATER).thenEvents([unreported]);
    for (const [, ...history] of ENDED)
      given(...history)
        .when(unreport, DAYS_LATER)
        .thenNothingHappened();
  });
});

describe('a correction', () => {
  const CORRECTABLE: Partial<Record<Outcome, readonly Outcome[]>> = {
    fulfilled: ['noShow', 'unreported', 'cancelledByHospital'],
    noShow: ['fulfilled', 'unreported', 'cancelledByHospital'],
    unreported: ['fulfilled', 'noShow', 'cancelledByHospital'],
    lateCancelled: ['cancelledByPatient', 'cancelledByHospital'],
  };

  it('turns an outcome into another that may have been', () => {
    for (const [from, ...history] of ENDED)
      for (const to of Object.keys(OUTCOMES) as Outcome[]) {
        const when = given(...history).when(correct(to), AFTER);
        if (from === to) when.thenNothingHappened();
        else if (CORRECTABLE[from]?.includes(to)) when.thenEvents([corrected(from, to)]);
        else when.thenRejected('outcome-not-correctable');
      }
  });

  it('of a booking without outcome is a report', () => {
    given(booked()).when(correct('fulfilled'), AFTER).thenRejected('outcome-missing');
  });

  it('comes within the days of the safeguards, unless an appeal was upheld', () => {
    const moment = context(new Date(MONTHS_LATER.now.getTime() - 1));
    given(booked(), noShow)
      .when(correct('fulfilled'), moment)
      .thenEvents([corrected('noShow', 'fulfilled')]);
    given(booked(), noShow).when(correct('fulfilled'), MONTHS_LATER).thenRejected('correction-too-late');
    given(booked(), noShow)
      .when(correct('fulfilled', 'appeal'), MONTHS_LATER)
      .thenEvents([corrected('noShow', 'fulfilled')]);
  });

  it('to a no-show is bound as its report is', () => {
    given(booked(), checkedIn(), fulfilled)
      .when(correct('noShow'), AFTER)
      .thenRejected('no-show-after-check-in');
    given(booked(), fulfilled).when(correct('noShow'), WAITING).thenRejected('report-too-early');
  });

  it('may itself be corrected', () => {
    given(booked(), noShow, corrected('noShow', 'fulfilled'))
      .when(correct('noShow'), AFTER)
      .thenEvents([corrected('fulfilled', 'noShow')]);
    given(booked(), noShow, corrected('noShow', 'fulfilled'))
      .when(correct('fulfilled'), AFTER)
      .thenNothingHappened();
  });
});

describe('a booking that was called off', () => {
  it('is stood in for by one other', () => {
    given(booked(), fenced(mine)).when(rehome, EARLIER).thenEvents([rehomed]);
    given(booked(), fenced(mine), rehomed).when(rehome, EARLIER).thenNothingHappened();
    given(booked(), cancelled({ by: 'hospital', outcome: 'cancelledByHospital' }))
      .when(rehome, EARLIER)
      .thenEvents([rehomed]);
  });

  it('is what no other outcome is', () => {
    given(booked()).when(rehome, EARLIER).thenRejected('booking-not-called-off');
    for (const [outcome, ...history] of ENDED)
      if (outcome !== 'cancelledByHospital')
        given(...history)
          .when(rehome, EARLIER)
          .thenRejected('booking-not-called-off');
  });
});

describe('a registration that was paid for', () => {
  const paymentId = idOf(70);
  const pay: SlotCommand = {
    type: 'RegisterPaidVisit',
    ...address,
    paymentId,
    personId,
  };
  const registrationNumber = registrationNumberOf(mine.bookingId);
  const paid: SlotEvent = { type: 'BookingRegistered', data: { ...ids, registrationNumber, paymentId } };
  const refused = (cause: string): SlotEvent => ({
    type: 'RegistrationRefused',
    data: { ...ids, paymentId, cause },
  });

  it('comes with the money, once, also when the interval has ended meanwhile', () => {
    given(booked()).when(pay, WAITING).thenEvents([paid]);
    given(booked()).when(pay, AFTER).thenEvents([paid]);
    given(booked(), paid).when(pay, WAITING).thenNothingHappened();
    given(booked(), paid, cancelled()).when(pay, WAITING).thenNothingHappened();
  });

  it('is refused in writing, so that the money goes back', () => {
    given(booked(), cancelled())
      .when(pay, WAITING)
      .thenEvents([refused('booking-over')]);
    given(booked(), registered)
      .when(pay, WAITING)
      .thenEvents([refused('booking-registered-already')]);
    given(held())
      .when(pay, WAITING)
      .thenEvents([refused('hold-not-confirmed')]);
    given()
      .when(pay, WAITING)
      .thenEvents([refused('booking-unknown')]);
    given(booked(), cancelled(), refused('booking-over')).when(pay, WAITING).thenNothingHappened();
  });

  it('can be given back as such, which an appointment cannot', () => {
    const giveBack = cancel({ registeredOnly: true });
    given(booked()).when(giveBack, WAITING).thenRejected('not-registered');
    const late = { outcome: 'lateCancelled', returnsAt: '2026-03-16T07:50:00.000+08:00' } as const;
    given(booked(), paid)
      .when(giveBack, WAITING)
      .thenEvents([cancelled(late)]);
  });
});
