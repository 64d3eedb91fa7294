import { OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import { UnknownEventVersion } from '@qingpu/contracts/events/catalogue';
import { landingEvents, ledgerEvents, slotEvents, waitlistEvents } from '@qingpu/contracts/events/slots';
import { sampleBooking, sampleId } from '@qingpu/contracts/testing/sample-slots';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, minuteOf, takeInto } from '@qingpu/read-models-kernel/testing/view-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookingsEvent, bookings } from './projection.ts';
import { Bookings } from './queries.ts';
import {
  appealed,
  blocked,
  booked,
  bookingsLog,
  cancelled,
  checkedIn,
  claimed,
  corrected,
  decided,
  displaced,
  held,
  INSTITUTION,
  landed,
  named,
  OFFERED_UNTIL,
  order,
  PERSON,
  registered,
  reported,
  rightsRestored,
  rightsSuspended,
  STATEMENT,
  settled,
  slotOf,
  unblocked,
  viewAfter,
  waitlist,
} from './testing/bookings-log.ts';
import { bookingsView } from './view.ts';

const OF_PERSON = { personId: PERSON, bookingId: sampleId(1) };

/** One event of every type, in an order that the write side allows. */
const EVERY_TYPE: readonly BookingsEvent[] = [
  claimed(1),
  { type: 'ClaimMoved', data: { ...OF_PERSON, slotId: 'N1' } },
  held(1),
  booked(1),
  { type: 'ClaimSettled', data: OF_PERSON },
  checkedIn(1),
  registered(1),
  { type: 'RegistrationRefused', data: { ...named(1), paymentId: sampleId(900), cause: 'booking-over' } },
  reported('NoShowReported', 1),
  { type: 'BookingClosed', data: { ...OF_PERSON, outcome: 'noShow', on: '2026-03-16' } },
  corrected(1, 'fulfilled'),
  { type: 'ClosureCorrected', data: { ...OF_PERSON, outcome: 'fulfilled', reason: '误报' } },
  claimed(2),
  { type: 'ClaimVoided', data: named(2) },
  { type: 'ClaimReleased', data: { personId: PERSON, bookingId: sampleId(2), cause: 'slot-taken' } },
  held(3),
  reported('HoldExpired', 3),
  booked(4),
  displaced(4),
  {
    type: 'SlotUnfenced',
    data: { institutionCode: INSTITUTION, scheduleId: 'S1', slotId: 'N4', causeId: sampleId(700) },
  },
  { type: 'BookingRehomed', data: { ...named(4), toBookingId: sampleId(5) } },
  booked(5, {}, { replaces: sampleId(4) }),
  reported('BookingFulfilled', 5),
  booked(6),
  reported('BookingUnreported', 6),
  booked(7),
  cancelled(7, 'lateCancelled'),
  rightsSuspended('noShow', '2026-06-14'),
  rightsRestored,
  blocked(20),
  appealed(30, 'block', sampleId(20)),
  decided(30, true),
  unblocked(20),
  { type: 'LedgerClosed', data: { personId: PERSON } },
  waitlist.joined(40),
  waitlist.offered(40),
  waitlist.lapsed(40),
  waitlist.joined(41),
  waitlist.served(41),
  waitlist.joined(42),
  waitlist.left(42),
  landed([order(1)]),
  settled(1),
];

async function contentAfter(events: readonly BookingsEvent[]) {
  return contentOf(bookingsView, (await viewAfter(events)).store);
}
async function bookingAfter(events: readonly BookingsEvent[], number = 1) {
  const found = await new Bookings((await viewAfter(events)).reader).find(sampleId(number));
  if (!found) throw new Error('the booking is not there');
  return found;
}
const only = async (collection: string, events: readonly BookingsEvent[]) => {
  const documents = (await contentAfter(events))[collection] ?? [];
  expect(documents).toHaveLength(1);
  return documents[0];
};

describe('a booking', () => {
  it('the sample holds every event type of the catalogues', () => {
    const types = [slotEvents, ledgerEvents, waitlistEvents, landingEvents].flatMap((part) =>
      Object.keys(part),
    );
    expect(new Set(EVERY_TYPE.map(({ type }) => type))).toEqual(new Set(types));
  });

  it('SlotBooked: all that its slot and its claim say', async () => {
    expect(await bookingAfter([booked(1)])).toEqual({
      bookingId: sampleId(1),
      orderNumber: sampleBooking(1).orderNumber,
      slot: slotOf(1),
      state: 'booked',
      outcome: null,
      modifiers: [],
      personId: PERSON,
      accountId: 'account-1',
      cardId: null,
      channel: 'districtPortal',
      policyVersion: 'guidance@2026.1',
      replaces: null,
      rehomedTo: null,
      checkedIn: false,
      registered: false,
      registrationNumber: null,
      hospitalOrderNumber: null,
      heldUntil: null,
      bookedAt: minuteOf(0),
      updatedAt: minuteOf(0),
      closure: null,
      slotRevision: 0,
      steps: [{ what: 'booked', at: minuteOf(0), actor: { kind: 'staff', id: 'staff-1' }, position: 1n }],
      asOf: null,
      stale: false,
    });
  });

  it.each([
    ['prepayment', 'held'],
    ['waitlist', 'held'],
    ['shared', 'pending'],
  ] as const)('SlotHeld for %s: %s, until it is booked or expires', async (purpose, state) => {
    expect(await bookingAfter([held(1, purpose)])).toMatchObject({
      state,
      heldUntil: '2026-03-01T23:15:00.000Z',
      bookedAt: minuteOf(0),
    });
    expect(await bookingAfter([held(1, purpose), booked(1)])).toMatchObject({
      state: 'booked',
      heldUntil: null,
      bookedAt: minuteOf(1),
      steps: [{ what: 'held' }, { what: 'booked' }],
    });
    expect(await bookingAfter([held(1, purpose), reported('HoldExpired', 1)])).toMatchObject({
      state: 'closed',
      outcome: 'expired',
      heldUntil: null,
    });
  });

  it('PatientCheckedIn, BookingRegistered: in either order', async () => {
    expect(await bookingAfter([booked(1), checkedIn(1, true)])).toMatchObject({
      state: 'checkedIn',
      modifiers: ['late'],
    });
    const both = { state: 'registered', checkedIn: true, registered: true, registrationNumber: 'G1' };
    expect(await bookingAfter([booked(1), checkedIn(1), registered(1)])).toMatchObject(both);
    expect(await bookingAfter([booked(1), registered(1), checkedIn(1)])).toMatchObject(both);
  });

  it.each([
    [cancelled(1), 'cancelledByPatient'],
    [cancelled(1, 'lateCancelled'), 'lateCancelled'],
    [cancelled(1, 'cancelledByHospital'), 'cancelledByHospital'],
    [displaced(1), 'cancelledByHospital'],
    [reported('BookingFulfilled', 1), 'fulfilled'],
    [reported('NoShowReported', 1), 'noShow'],
    [reported('BookingUnreported', 1), 'unreported'],
  ] as const)('%s: over, as %s', async (event, outcome) => {
    const found = await bookingAfter([booked(1), event]);
    expect(found).toMatchObject({ state: 'closed', outcome, slotRevision: 1, updatedAt: minuteOf(1) });
    expect(found.steps.at(-1)).toMatchObject({ what: 'ended', outcome });
  });

  it('BookingCancelled, SlotFenced: who, why, and by which suspension', async () => {
    expect((await bookingAfter([booked(1), cancelled(1)])).steps[1]).toMatchObject({
      by: 'patient',
      reason: '行程有变',
    });
    expect((await bookingAfter([booked(1), displaced(1)])).steps[1]).toMatchObject({
      causeId: sampleId(700),
    });
  });

  it('OutcomeCorrected: another outcome, and why', async () => {
    const found = await bookingAfter([booked(1), reported('NoShowReported', 1), corrected(1, 'fulfilled')]);
    expect(found).toMatchObject({ state: 'closed', outcome: 'fulfilled' });
    expect(found.steps[2]).toMatchObject({ what: 'corrected', outcome: 'fulfilled', reason: '误报' });
  });

  it('BookingRehomed: both bookings say so', async () => {
    const events = EVERY_TYPE;
    expect(await bookingAfter(events, 4)).toMatchObject({
      outcome: 'cancelledByHospital',
      modifiers: ['rehomed'],
      rehomedTo: sampleId(5),
    });
    expect(await bookingAfter(events, 5)).toMatchObject({ modifiers: ['rehomed'], replaces: sampleId(4) });
  });

  it('BookingClosed, ClosureCorrected: what the ledger counts, beside what the slot says', async () => {
    const closed: BookingsEvent = {
      type: 'BookingClosed',
      data: { ...OF_PERSON, outcome: 'noShow', on: '2026-03-16' },
    };
    const before = [booked(1), reported('NoShowReported', 1), closed];
    expect(await bookingAfter(before)).toMatchObject({
      outcome: 'noShow',
      closure: { outcome: 'noShow', on: '2026-03-16' },
      slotRevision: 1,
    });
    const correction: BookingsEvent = {
      type: 'ClosureCorrected',
      data: { ...OF_PERSON, outcome: 'fulfilled', reason: '误报' },
    };
    expect(await bookingAfter([...before, correction])).toMatchObject({
      closure: { outcome: 'fulfilled', on: '2026-03-16', corrected: '误报' },
    });
  });

  it('ClaimVoided, SlotUnfenced, a fence that displaces nobody: no booking', async () => {
    const fence: BookingsEvent = {
      type: 'SlotFenced',
      data: {
        institutionCode: INSTITUTION,
        scheduleId: 'S1',
        slotId: 'N1',
        cause: 'withdrawal',
        causeId: sampleId(1),
        displaced: null,
      },
    };
    const { bookings: documents } = await contentAfter([{ type: 'ClaimVoided', data: named(1) }, fence]);
    expect(documents).toEqual([]);
  });
});

describe('a ledger', () => {
  it('BookingClaimed, ClaimMoved, ClaimSettled, ClaimReleased', async () => {
    const override = { code: 'per-department-day', reason: '急症' };
    expect(await only('claims', [claimed(1, override)])).toEqual({
      _id: sampleId(1),
      guard: 1n,
      personId: PERSON,
      institutionCode: INSTITUTION,
      scheduleId: 'S1',
      state: 'open',
      claimedAt: Date.parse(minuteOf(0)),
      override,
      cause: null,
    });
    const moved: BookingsEvent = { type: 'ClaimMoved', data: { ...OF_PERSON, slotId: 'N2' } };
    expect(await only('claims', [claimed(1), moved])).toMatchObject({ state: 'open' });
    const done: BookingsEvent = { type: 'ClaimSettled', data: OF_PERSON };
    expect(await only('claims', [claimed(1), done])).toMatchObject({ state: 'settled', cause: null });
    const released: BookingsEvent = { type: 'ClaimReleased', data: { ...OF_PERSON, cause: 'slot-taken' } };
    expect(await only('claims', [claimed(1), released])).toMatchObject({
      state: 'released',
      cause: 'slot-taken',
    });
  });

  it('PersonBlocked, PersonUnblocked', async () => {
    expect(await only('blocks', [blocked(20)])).toMatchObject({
      _id: sampleId(20),
      personId: PERSON,
      kind: 'scalping',
      lifted: false,
      until: null,
    });
    expect(await only('blocks', [blocked(20), unblocked(20)])).toMatchObject({
      lifted: true,
      liftedReason: '查无实据',
      kind: 'scalping',
    });
  });

  it('AppealFiled, AppealDecided: the statement stays sealed', async () => {
    const filed = appealed(30, 'booking', sampleId(1));
    expect(await only('appeals', [filed])).toMatchObject({
      _id: sampleId(30),
      subject: { kind: 'booking', id: sampleId(1) },
      statement: STATEMENT,
      filedAt: minuteOf(0),
      state: 'filed',
      decisionReason: null,
    });
    expect(await only('appeals', [filed, decided(30, true)])).toMatchObject({ state: 'upheld' });
    expect(await only('appeals', [filed, decided(30, false)])).toMatchObject({
      state: 'dismissed',
      decisionReason: '情况属实',
      statement: STATEMENT,
    });
  });

  it('RightsSuspended, RightsRestored: each suspension stays', async () => {
    const events = [
      rightsSuspended('noShow', '2026-06-14'),
      rightsRestored,
      rightsSuspended('lateCancellation', '2026-05-01'),
    ];
    expect(await only('standings', events)).toMatchObject({
      _id: PERSON,
      suspensions: {
        p1: { cause: 'noShow', until: '2026-06-14', institutionCode: INSTITUTION, position: 1n },
        p3: { cause: 'lateCancellation', until: '2026-05-01', position: 3n },
      },
      restored: { cause: 'relief', reason: '住院治疗', position: 2n },
    });
  });
});

describe('waiting lists and landings', () => {
  it('WaitlistJoined, WaitlistOffered, WaitlistOfferLapsed, WaitlistServed, WaitlistLeft', async () => {
    const { joined, offered, lapsed, served, left } = waitlist;
    expect(await only('waitlist', [joined(40)])).toMatchObject({
      _id: sampleId(40),
      state: 'waiting',
      joinedAt: '00000000000000000001',
      offer: null,
      start: null,
    });
    expect(await only('waitlist', [joined(40), offered(40)])).toMatchObject({
      state: 'offered',
      offer: { slotId: 'N1', bookingId: sampleId(99), until: OFFERED_UNTIL },
    });
    for (const [event, state] of [
      [lapsed(40), 'over'],
      [served(40), 'served'],
      [left(40), 'left'],
    ] as const)
      expect(await only('waitlist', [joined(40), offered(40), event])).toMatchObject({ state, offer: null });
  });

  it('OrdersLanded, DifferenceSettled: each part as it came, the newest submission of the day', async () => {
    const content = await contentAfter([
      landed([order(1)], { submission: 1, part: 1, parts: 2 }),
      landed([order(2)], { submission: 1, part: 2, parts: 2 }),
      settled(1),
      landed([], { submission: 2 }),
    ]);
    expect(content.landing_days).toMatchObject([
      { date: '2026-03-16', submissionId: sampleId(802), parts: 1 },
    ]);
    expect(content.landed_parts).toMatchObject([
      { submissionId: sampleId(801), part: 1, orders: [order(1)], position: 1n },
      { submissionId: sampleId(801), part: 2, orders: [order(2)], position: 2n },
      { submissionId: sampleId(802), part: 1, orders: [], position: 4n },
    ]);
    expect(content.settlements).toMatchObject([
      { resolution: 'explained', reason: '窗口补录', position: 3n },
    ]);
  });
});

describe('what the view refuses', () => {
  it('stops on an unknown version of a declared type', async () => {
    const [stored] = bookingsLog([booked(1)]).events;
    if (!stored) throw new Error('the log is empty');
    const newer = { ...stored, metadata: { ...stored.metadata, schemaVersion: 2 } };
    await expect(takeInto(bookings, new FakeViewStore(), [newer])).rejects.toThrow(UnknownEventVersion);
  });
});

describe('properties', () => {
  it('batches cut anywhere, with every event taken in again, give the same documents as one batch', async () => {
    const cuts = fc.array(fc.record({ cut: fc.nat(45), rewind: fc.nat(45) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...EVERY_TYPE]), cuts, async (events, batches) => {
        const log = bookingsLog(events).events;
        const store = new FakeViewStore();
        let done = 0;
        for (const { cut, rewind } of [...batches, { cut: log.length, rewind: 0 }]) {
          const batch = log.slice(Math.max(0, done - rewind), Math.max(done, cut));
          await takeInto(bookings, store, batch);
          await takeInto(bookings, store, batch);
          done = Math.min(log.length, Math.max(done, cut));
        }
        for (const event of log) await takeInto(bookings, store, [event]);
        expect(await contentOf(bookingsView, store)).toEqual(await contentAfter(events));
      }),
    );
  });

  it('whatever happens, every booking is counted once: live or with exactly one outcome', async () => {
    const ends = [
      [],
      [cancelled(1)],
      [cancelled(1, 'lateCancelled')],
      [displaced(1)],
      [reported('BookingFulfilled', 1)],
      [reported('NoShowReported', 1), corrected(1, 'cancelledByHospital')],
      [registered(1), reported('BookingUnreported', 1)],
      [checkedIn(1)],
    ] as const;
    const lives = fc.array(fc.nat(ends.length - 1), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lives, async (chosen) => {
        const events = chosen.flatMap((life, index) => [
          booked(index + 1),
          ...(ends[life] ?? []).map((event) => renumbered(event, index + 1)),
        ]);
        const counts = (await new Bookings((await viewAfter(events)).reader).outcomes({})).get(INSTITUTION);
        const ended = Object.values(counts?.outcomes ?? {});
        expect((counts?.live ?? 0) + ended.reduce((sum, count) => sum + count, 0)).toBe(chosen.length);
        expect(counts?.total ?? 0).toBe(chosen.length);
        expect(Object.keys(counts?.outcomes ?? {}).every((outcome) => outcome in OUTCOMES)).toBe(true);
        expect(counts?.live ?? 0).toBe(chosen.filter((life) => life === 0 || life === 7).length);
        expect(counts?.registered ?? 0).toBe(chosen.filter((life) => life === 6).length);
      }),
    );
  });

  /** The same event of another booking on another slot. */
  function renumbered(event: BookingsEvent, number: number): BookingsEvent {
    const names = { slotId: `N${number}`, bookingId: sampleId(number) };
    const data = { ...event.data, ...names };
    if (event.type !== 'SlotFenced') return { ...event, data } as BookingsEvent;
    const displacedNow = { bookingId: sampleId(number), personId: PERSON };
    return { ...event, data: { ...event.data, slotId: names.slotId, displaced: displacedNow } };
  }
});
