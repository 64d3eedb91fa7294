import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { LedgerEvent } from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockPerson,
  bookingLedger,
  type ClaimSlot,
  type FileAppeal,
  type LedgerCommand,
  type LedgerContext,
  type LedgerState,
  newestNoShow,
  suspendedUntil,
} from './booking-ledger.ts';
import { guidancePolicy } from './booking-policy.ts';
import { at, idOf, institutionCode, personId, sampleBooking, sampleSlot } from './testing/sample-pool.ts';

const TODAY = '2026-03-10';
const onDay = (day: string): LedgerContext => ({
  now: at(day, '10:00'),
  safeguards: bookingSafeguards,
  noShowRule: guidancePolicy,
  over: new Set(),
});
const context = onDay(TODAY);
const elsewhere = sampleInstitutionCode(2);

const claim = (number: number, changes: Partial<ClaimSlot> = {}): ClaimSlot => ({
  type: 'ClaimSlot',
  slot: sampleSlot(),
  booking: sampleBooking(number),
  policy: guidancePolicy,
  tier: 'public',
  byStaff: false,
  override: null,
  ...changes,
});

/** Each booking on a day and in a department of its own, so that limits stay out of the way. */
const slotOn = (date: string) => sampleSlot({ date });
const claimed = (number: number, slot = sampleSlot(), booking = sampleBooking(number)): LedgerEvent => ({
  type: 'BookingClaimed',
  data: { personId, slot, booking, override: null },
});
const of = (number: number) => ({ personId, bookingId: idOf(number) });
const moved = (number: number, slotId: string): LedgerEvent => ({
  type: 'ClaimMoved',
  data: { ...of(number), slotId },
});
const settled = (number: number): LedgerEvent => ({ type: 'ClaimSettled', data: of(number) });
const released = (number: number, cause = 'slot-taken'): LedgerEvent => ({
  type: 'ClaimReleased',
  data: { ...of(number), cause },
});
const closed = (number: number, outcome: Outcome, on = TODAY): LedgerEvent => ({
  type: 'BookingClosed',
  data: { ...of(number), outcome, on },
});
const corrected = (number: number, outcome: Outcome): LedgerEvent => ({
  type: 'ClosureCorrected',
  data: { ...of(number), outcome, reason: '误报' },
});
const suspended = (
  numbers: readonly number[],
  until: string,
  cause: 'noShow' | 'lateCancellation' = 'noShow',
): LedgerEvent => ({
  type: 'RightsSuspended',
  data: {
    personId,
    cause,
    bookingIds: numbers.map(idOf),
    institutionCode,
    until,
    policyVersion:
      cause === 'noShow' ? guidancePolicy.version : `booking-safeguards@${bookingSafeguards.version}`,
  },
});
const restored = (cause: 'relief' | 'correction' | 'appeal', reason = '误报'): LedgerEvent => ({
  type: 'RightsRestored',
  data: { personId, cause, reason },
});

/** A booking's whole life: claimed for that day, settled, closed. */
const life = (number: number, date: string, outcome: Outcome, on = date): LedgerEvent[] => [
  claimed(number, slotOn(date)),
  settled(number),
  closed(number, outcome, on),
];

const block = (changes: Partial<BlockPerson> = {}): BlockPerson => ({
  type: 'BlockPerson',
  personId,
  blockId: idOf(70),
  kind: 'scalping',
  source: institutionCode,
  scope: institutionCode,
  reason: '多次转卖号源',
  from: TODAY,
  until: null,
  ...changes,
});
const blocked = (changes: Partial<BlockPerson> = {}): LedgerEvent => {
  const { type: _type, ...data } = block(changes);
  return { type: 'PersonBlocked', data };
};
const unblocked: LedgerEvent = {
  type: 'PersonUnblocked',
  data: { personId, blockId: idOf(70), reason: '核实无误' },
};

const statement = { subject: `person:${personId}`, keyId: 'k1', box: 'box' };
const appeal = (changes: Partial<FileAppeal> = {}): FileAppeal => ({
  type: 'FileAppeal',
  personId,
  appealId: idOf(80),
  subject: { kind: 'booking', id: idOf(1) },
  statement,
  ...changes,
});
const filed = (changes: Partial<FileAppeal> = {}): LedgerEvent => {
  const { type: _type, ...data } = appeal(changes);
  return { type: 'AppealFiled', data };
};
const decision = (upheld: boolean): LedgerCommand => ({
  type: 'DecideAppeal',
  personId,
  appealId: idOf(80),
  upheld,
  reason: '核实',
});
const decided = (upheld: boolean, { subject } = appeal()): LedgerEvent => ({
  type: 'AppealDecided',
  data: { personId, appealId: idOf(80), upheld, reason: '核实', subject },
});

const given = (...history: readonly LedgerEvent[]) => specify(bookingLedger).given(history);

describe('a claim', () => {
  it('stands on the ledger before the slot is asked', () => {
    given()
      .when(claim(1), context)
      .thenEvents([claimed(1)]);
  });

  it('is there once, however often it comes', () => {
    given(claimed(1)).when(claim(1), context).thenNothingHappened();
    given(claimed(1), released(1)).when(claim(1), context).thenNothingHappened();
  });

  it('counts from the moment it is made until it is released or the booking is over', () => {
    given(claimed(1)).when(claim(2), context).thenRejected('limit-department-day');
    given(claimed(1), settled(1)).when(claim(2), context).thenRejected('limit-department-day');
    given(claimed(1), released(1))
      .when(claim(2), context)
      .thenEvents([claimed(2)]);
    given(...life(1, '2026-03-16', 'cancelledByPatient'))
      .when(claim(2), context)
      .thenEvents([claimed(2)]);
  });

  it('moves on to another slot while it is open, and remembers all', () => {
    const move: LedgerCommand = { type: 'MoveClaim', ...of(1), slotId: 'A2' };
    given(claimed(1))
      .when(move, context)
      .thenEvents([moved(1, 'A2')]);
    given(claimed(1), moved(1, 'A2')).when(move, context).thenNothingHappened();
    given(claimed(1), released(1)).when(move, context).thenRejected('claim-released');
    given(claimed(1), settled(1)).when(move, context).thenRejected('claim-released');
    given().when(move, context).thenRejected('booking-unknown');
    const state = fold(bookingLedger, [claimed(1), moved(1, 'A2')]);
    expect(state.claims.get(idOf(1))).toMatchObject({ tried: ['A1', 'A2'], slot: { slotId: 'A2' } });
  });

  it('is settled once, and never after it was released', () => {
    const settle: LedgerCommand = { type: 'SettleClaim', ...of(1) };
    given(claimed(1))
      .when(settle, context)
      .thenEvents([settled(1)]);
    given(claimed(1), settled(1)).when(settle, context).thenNothingHappened();
    given(...life(1, '2026-03-16', 'fulfilled'))
      .when(settle, context)
      .thenNothingHappened();
    given(claimed(1), released(1)).when(settle, context).thenRejected('claim-released');
    given().when(settle, context).thenRejected('booking-unknown');
  });

  it('is released only by whoever has seen every slot that was tried refuse', () => {
    const release = (...tried: string[]): LedgerCommand => ({
      type: 'ReleaseClaim',
      ...of(1),
      tried,
      cause: 'slot-taken',
    });
    given(claimed(1))
      .when(release('A1'), context)
      .thenEvents([released(1)]);
    given(claimed(1), moved(1, 'A2')).when(release('A1'), context).thenRejected('claim-moved');
    given(claimed(1), moved(1, 'A2'))
      .when(release('A1', 'A2'), context)
      .thenEvents([released(1)]);
    given(claimed(1), settled(1)).when(release('A1'), context).thenNothingHappened();
    given(claimed(1), released(1)).when(release('A1'), context).thenNothingHappened();
  });
});

describe('a booking that stands in for another', () => {
  const again = claim(2, { booking: sampleBooking(2, { replaces: idOf(1) }) });
  const standsIn = claimed(2, sampleSlot(), sampleBooking(2, { replaces: idOf(1) }));
  const off = life(1, '2026-03-16', 'cancelledByHospital');

  it('does so only for one that the hospital called off', () => {
    given(...off)
      .when(again, context)
      .thenEvents([standsIn]);
    given().when(again, context).thenRejected('booking-not-called-off');
    given(claimed(1), settled(1)).when(again, context).thenRejected('booking-not-called-off');
    given(...life(1, '2026-03-16', 'cancelledByPatient'))
      .when(again, context)
      .thenRejected('booking-not-called-off');
  });

  it('is the only one, unless it came to nothing', () => {
    const third = claim(3, { booking: sampleBooking(3, { replaces: idOf(1) }) });
    given(...off, standsIn)
      .when(third, context)
      .thenRejected('booking-replaced-already');
    given(...off, standsIn, settled(2), closed(2, 'cancelledByPatient'))
      .when(third, context)
      .thenRejected('booking-replaced-already');
    const booked = claimed(3, sampleSlot(), third.booking);
    given(...off, standsIn, released(2))
      .when(third, context)
      .thenEvents([booked]);
    given(...off, standsIn, settled(2), closed(2, 'cancelledByHospital'))
      .when(third, context)
      .thenEvents([booked]);
  });
});

describe('what stands against a booking', () => {
  const suspension = suspended([7, 8, 9], '2026-03-11');

  it('a suspension, until its last day is over', () => {
    given(suspension).when(claim(1), context).thenRejected('rights-suspended');
    given(suspension)
      .when(claim(1), onDay('2026-03-11'))
      .thenEvents([claimed(1)]);
  });

  it('never at the window, nor for a referral', () => {
    const window = claim(1, { booking: sampleBooking(1, { channel: 'window' }) });
    given(suspension)
      .when(window, context)
      .thenEvents([claimed(1, sampleSlot(), window.booking)]);
    given(suspension)
      .when(claim(1, { tier: 'referral' }), context)
      .thenEvents([claimed(1)]);
    given(suspension)
      .when(claim(1, { tier: 'community' }), context)
      .thenRejected('rights-suspended');
  });

  it.each([
    ['at its institution', {}, 'person-blocked'],
    ['in the district', { scope: 'district', source: 'district' }, 'person-blocked'],
    ['elsewhere', { scope: elsewhere, source: elsewhere }, undefined],
    ['from tomorrow on', { from: '2026-03-11' }, undefined],
    ['until today', { from: '2026-03-01', until: TODAY }, undefined],
    ['until tomorrow', { from: '2026-03-01', until: '2026-03-11' }, 'person-blocked'],
  ])('a block %s', (_where, changes, code) => {
    const when = given(blocked(changes)).when(claim(1), context);
    if (code) when.thenRejected(code);
    else when.thenEvents([claimed(1)]);
  });

  it('a block holds at the window, too, and for referrals', () => {
    const window = claim(1, { booking: sampleBooking(1, { channel: 'window' }), tier: 'referral' });
    given(blocked()).when(window, context).thenRejected('person-blocked');
  });

  it('a block that was lifted does not', () => {
    given(blocked(), unblocked)
      .when(claim(1), context)
      .thenEvents([claimed(1)]);
  });

  it('no limit, once the slot of what stood in the way knows that it is over', () => {
    given(claimed(5)).when(claim(1), context).thenRejected('limit-department-day');
    given(claimed(5))
      .when(claim(1), { ...context, over: new Set([idOf(5)]) })
      .thenEvents([claimed(1)]);
    given(claimed(5), claimed(6))
      .when(claim(1), { ...context, over: new Set([idOf(5)]) })
      .thenRejected('limit-department-day');
  });

  const override = (code: string): LedgerEvent => ({
    type: 'BookingClaimed',
    data: { personId, slot: sampleSlot(), booking: sampleBooking(1), override: { code, reason: '病情需要' } },
  });
  const byStaff = claim(1, { byStaff: true, override: '病情需要' });

  it.each([
    ['rights-suspended', suspension],
    ['person-blocked', blocked()],
    ['limit-department-day', claimed(5)],
  ])('%s: staff lets it pass with a reason that is kept', (code, event) => {
    given(event)
      .when(byStaff, context)
      .thenEvents([override(code)]);
    given(event)
      .when(claim(1, { byStaff: true }), context)
      .thenRejected(code);
  });

  it('nobody else may, and where nothing stands against it no override is noted', () => {
    given(blocked())
      .when(claim(1, { override: '我要' }), context)
      .thenRejected('override-not-permitted');
    given()
      .when(byStaff, context)
      .thenEvents([claimed(1)]);
  });
});

describe('a closure', () => {
  const close = (number: number, outcome: Outcome, on = TODAY): LedgerCommand => ({
    type: 'CloseBooking',
    ...of(number),
    outcome,
    on,
  });

  it('is kept once; a claim that was not settled yet is settled with it', () => {
    given(claimed(1), settled(1))
      .when(close(1, 'fulfilled'), context)
      .thenEvents([closed(1, 'fulfilled')]);
    given(claimed(1))
      .when(close(1, 'expired'), context)
      .thenEvents([settled(1), closed(1, 'expired')]);
    given(...life(1, TODAY, 'fulfilled'))
      .when(close(1, 'noShow'), context)
      .thenNothingHappened();
    given(claimed(1), released(1)).when(close(1, 'fulfilled'), context).thenRejected('claim-released');
    given().when(close(1, 'fulfilled'), context).thenRejected('booking-unknown');
  });

  const third = [
    ...life(1, '2026-01-10', 'noShow'),
    ...life(2, '2026-03-01', 'noShow'),
    claimed(3, slotOn('2026-06-01')),
    settled(3),
  ];

  it('that is one no-show too many suspends the rights in the same append', () => {
    given(...third)
      .when(close(3, 'noShow', '2026-06-02'), onDay('2026-06-02'))
      .thenEvents([closed(3, 'noShow', '2026-06-02'), suspended([1, 2, 3], '2026-08-30')]);
  });

  it.each([
    'fulfilled',
    'unreported',
    'cancelledByHospital',
    'cancelledByPatient',
    'lateCancelled',
    'expired',
  ] as const)('%s never counts as a no-show', (outcome) => {
    given(...third)
      .when(close(3, outcome, '2026-06-02'), onDay('2026-06-02'))
      .thenEvents([closed(3, outcome, '2026-06-02')]);
  });

  it('counts on the day of the visit, whenever the hospital reports it', () => {
    const late = [
      claimed(1, slotOn('2026-01-10')),
      settled(1),
      ...life(2, '2026-03-01', 'noShow'),
      ...life(3, '2026-06-01', 'noShow'),
    ];
    given(...late)
      .when(close(1, 'noShow', '2026-06-05'), onDay('2026-06-05'))
      .thenEvents([closed(1, 'noShow', '2026-06-05'), suspended([1, 2, 3], '2026-08-30')]);
  });

  it('suspends nothing when it becomes known only after the time would be over', () => {
    given(...third)
      .when(close(3, 'noShow', '2026-08-30'), onDay('2026-08-30'))
      .thenEvents([closed(3, 'noShow', '2026-08-30')]);
  });

  it('extends a suspension that stands, and never says it twice', () => {
    const standing = [
      ...third,
      closed(3, 'noShow', '2026-06-02'),
      suspended([1, 2, 3], '2026-08-30'),
      claimed(4, slotOn('2026-06-10')),
      settled(4),
    ];
    given(...standing)
      .when(close(4, 'noShow', '2026-06-11'), onDay('2026-06-11'))
      .thenEvents([closed(4, 'noShow', '2026-06-11'), suspended([1, 2, 3, 4], '2026-09-08')]);
    const earlier = [...standing.slice(0, -2), claimed(4, slotOn('2026-05-20')), settled(4)];
    given(...earlier)
      .when(close(4, 'noShow', '2026-06-11'), onDay('2026-06-11'))
      .thenEvents([closed(4, 'noShow', '2026-06-11')]);
  });

  it('after relief another no-show suspends again', () => {
    given(
      ...third,
      closed(3, 'noShow', '2026-06-02'),
      suspended([1, 2, 3], '2026-08-30'),
      restored('relief'),
      claimed(4, slotOn('2026-06-10')),
      settled(4),
    )
      .when(close(4, 'noShow', '2026-06-11'), onDay('2026-06-11'))
      .thenEvents([closed(4, 'noShow', '2026-06-11'), suspended([1, 2, 3, 4], '2026-09-08')]);
  });

  it('by the rule of where the newest no-show happened', () => {
    const strict = { ...guidancePolicy, version: 'QP-1', noShowCount: 1, noShowSuspendDays: 10 };
    const there = sampleSlot({ institutionCode: elsewhere, date: TODAY });
    given(claimed(1, there), settled(1))
      .when(close(1, 'noShow'), { ...context, noShowRule: strict })
      .thenEvents([
        closed(1, 'noShow'),
        {
          type: 'RightsSuspended',
          data: {
            personId,
            cause: 'noShow',
            bookingIds: [idOf(1)],
            institutionCode: elsewhere,
            until: plusDays(TODAY, 10),
            policyVersion: 'QP-1',
          },
        },
      ]);
    const state = fold(bookingLedger, [
      ...life(1, '2026-03-01', 'noShow'),
      claimed(2, there),
      ...life(3, '2026-02-01', 'noShow'),
    ]);
    expect(newestNoShow(state, { bookingId: idOf(2), outcome: 'noShow' })).toEqual(there);
    expect(newestNoShow(state, { bookingId: idOf(2), outcome: 'fulfilled' })).toEqual(slotOn('2026-03-01'));
    expect(newestNoShow(state, { bookingId: idOf(1), outcome: 'fulfilled' })).toEqual(slotOn('2026-02-01'));
  });

  it('late cancellations count by the district’s safeguards, on the day on which they were said', () => {
    const { count, suspendDays } = bookingSafeguards.lateCancellations;
    expect(count).toBe(3);
    given(
      ...life(1, '2026-01-10', 'lateCancelled', '2026-01-10'),
      ...life(2, '2026-02-10', 'lateCancelled', '2026-02-10'),
      claimed(3, slotOn('2026-03-11')),
      settled(3),
    )
      .when(close(3, 'lateCancelled'), context)
      .thenEvents([
        closed(3, 'lateCancelled'),
        suspended([1, 2, 3], plusDays(TODAY, suspendDays), 'lateCancellation'),
      ]);
  });
});

describe('a correction', () => {
  const correct = (number: number, outcome: Outcome): LedgerCommand => ({
    type: 'CorrectClosure',
    ...of(number),
    outcome,
    reason: '误报',
  });
  const now = onDay('2026-06-10');
  const three = [
    ...life(1, '2026-01-10', 'noShow'),
    ...life(2, '2026-03-01', 'noShow'),
    ...life(3, '2026-06-01', 'noShow'),
  ];
  const suspension = suspended([1, 2, 3], '2026-08-30');

  it('is kept once, and only of what is over', () => {
    given(...life(1, TODAY, 'unreported'))
      .when(correct(1, 'fulfilled'), now)
      .thenEvents([corrected(1, 'fulfilled')]);
    given(...life(1, TODAY, 'fulfilled'))
      .when(correct(1, 'fulfilled'), now)
      .thenNothingHappened();
    given(claimed(1), settled(1)).when(correct(1, 'fulfilled'), now).thenRejected('booking-not-over');
  });

  it('that leaves too few no-shows gives the rights back', () => {
    given(...three, suspension)
      .when(correct(2, 'fulfilled'), now)
      .thenEvents([corrected(2, 'fulfilled'), restored('correction')]);
  });

  it('gives nothing back that was given back, is over, or never was taken', () => {
    given(...three, suspension, restored('relief'))
      .when(correct(2, 'fulfilled'), now)
      .thenEvents([corrected(2, 'fulfilled')]);
    given(...three, suspension)
      .when(correct(2, 'fulfilled'), onDay('2026-08-30'))
      .thenEvents([corrected(2, 'fulfilled')]);
    given(...life(1, '2026-01-10', 'noShow'))
      .when(correct(1, 'fulfilled'), now)
      .thenEvents([corrected(1, 'fulfilled')]);
  });

  it('that takes away the newest of more than enough shortens the suspension', () => {
    given(...three, ...life(4, '2026-06-05', 'noShow'), suspended([1, 2, 3, 4], '2026-09-03'))
      .when(correct(4, 'fulfilled'), now)
      .thenEvents([corrected(4, 'fulfilled'), restored('correction'), suspension]);
  });

  it('that takes away one in between leaves it', () => {
    given(...three, ...life(4, '2026-06-05', 'noShow'), suspended([1, 2, 3, 4], '2026-09-03'))
      .when(correct(2, 'fulfilled'), now)
      .thenEvents([corrected(2, 'fulfilled')]);
  });

  it('leaves a suspension for another cause standing', () => {
    const late = [
      ...life(5, '2026-05-10', 'lateCancelled'),
      ...life(6, '2026-05-20', 'lateCancelled'),
      ...life(7, '2026-06-01', 'lateCancelled'),
    ];
    const other = suspended([5, 6, 7], '2026-07-01', 'lateCancellation');
    given(...three, ...late, suspension, other)
      .when(correct(2, 'fulfilled'), now)
      .thenEvents([corrected(2, 'fulfilled'), restored('correction'), other]);
    given(...three, ...late, suspension, other)
      .when(correct(6, 'cancelledByPatient'), now)
      .thenEvents([corrected(6, 'cancelledByPatient'), restored('correction'), suspension]);
  });

  it('to a no-show counts like a report', () => {
    given(...three.slice(0, 6), ...life(3, '2026-06-01', 'unreported'))
      .when(correct(3, 'noShow'), now)
      .thenEvents([corrected(3, 'noShow'), suspension]);
  });

  it('after an appeal says so', () => {
    const upheld = [filed({ subject: { kind: 'booking', id: idOf(2) } }), decided(true)];
    given(...three, suspension, ...upheld)
      .when(correct(2, 'unreported'), now)
      .thenEvents([corrected(2, 'unreported'), restored('appeal')]);
  });
});

describe('relief', () => {
  const relieve: LedgerCommand = { type: 'RestoreRights', personId, reason: '住院证明' };

  it('gives the rights back before the time is up', () => {
    given(suspended([1, 2, 3], '2026-03-11'))
      .when(relieve, context)
      .thenEvents([restored('relief', '住院证明')]);
    const state = fold(bookingLedger, [suspended([1, 2, 3], '2026-03-11'), restored('relief')]);
    expect(suspendedUntil(state, TODAY)).toBeNull();
  });

  it('is for those who cannot book', () => {
    given().when(relieve, context).thenRejected('rights-not-suspended');
    given(suspended([1, 2, 3], TODAY))
      .when(relieve, context)
      .thenRejected('rights-not-suspended');
  });
});

describe('a block', () => {
  it('is put once; the same number with another content is refused', () => {
    given().when(block(), context).thenEvents([blocked()]);
    given(blocked()).when(block(), context).thenNothingHappened();
    given(blocked(), unblocked).when(block(), context).thenNothingHappened();
    given(blocked())
      .when(block({ reason: '别的' }), context)
      .thenRejected('block-differs');
  });

  it('is put by a hospital for itself or for the district, by the district for all', () => {
    given()
      .when(block({ scope: 'district' }), context)
      .thenEvents([blocked({ scope: 'district' })]);
    given()
      .when(block({ scope: elsewhere }), context)
      .thenRejected('block-scope');
    const everywhere = { source: 'district', scope: elsewhere };
    given()
      .when(block(everywhere), context)
      .thenEvents([blocked(everywhere)]);
  });

  it('ends after it begins, and not in the past', () => {
    given()
      .when(block({ until: TODAY }), context)
      .thenRejected('block-span');
    given()
      .when(block({ from: '2026-04-01', until: '2026-04-01' }), context)
      .thenRejected('block-span');
    given()
      .when(block({ until: '2026-03-11' }), context)
      .thenEvents([blocked({ until: '2026-03-11' })]);
  });

  it('is lifted once, by whoever put it or the district', () => {
    const lift = (by: string): LedgerCommand => ({
      type: 'UnblockPerson',
      personId,
      blockId: idOf(70),
      by,
      reason: '核实无误',
    });
    given(blocked()).when(lift(institutionCode), context).thenEvents([unblocked]);
    given(blocked()).when(lift('district'), context).thenEvents([unblocked]);
    given(blocked()).when(lift(elsewhere), context).thenRejected('block-of-others');
    given(blocked(), unblocked).when(lift('district'), context).thenNothingHappened();
    given().when(lift('district'), context).thenRejected('block-unknown');
  });
});

describe('an appeal', () => {
  const noShow = life(1, '2026-03-01', 'noShow', '2026-03-02');
  const againstBlock = { subject: { kind: 'block' as const, id: idOf(70) } };

  it('is against a no-show, a late cancellation, or a block in force', () => {
    given(...noShow)
      .when(appeal(), context)
      .thenEvents([filed()]);
    given(...life(1, TODAY, 'lateCancelled'))
      .when(appeal(), context)
      .thenEvents([filed()]);
    given(blocked())
      .when(appeal(againstBlock), context)
      .thenEvents([filed(againstBlock)]);
    given(...life(1, TODAY, 'fulfilled'))
      .when(appeal(), context)
      .thenRejected('nothing-to-appeal');
    given(claimed(1), settled(1)).when(appeal(), context).thenRejected('nothing-to-appeal');
    given().when(appeal(), context).thenRejected('nothing-to-appeal');
    given(blocked(), unblocked).when(appeal(againstBlock), context).thenRejected('nothing-to-appeal');
    given(blocked({ until: '2026-03-11' }))
      .when(appeal(againstBlock), onDay('2026-03-11'))
      .thenRejected('nothing-to-appeal');
  });

  it('comes within the days of the safeguards', () => {
    expect(bookingSafeguards.appealWithinDays).toBe(30);
    given(...noShow)
      .when(appeal(), onDay('2026-04-01'))
      .thenEvents([filed()]);
    given(...noShow)
      .when(appeal(), onDay('2026-04-02'))
      .thenRejected('appeal-too-late');
    given(blocked()).when(appeal(againstBlock), onDay('2026-04-10')).thenRejected('appeal-too-late');
    given(blocked())
      .when({ ...appeal(againstBlock), takenByHospital: true }, onDay('2026-04-10'))
      .thenEvents([filed(againstBlock)]);
  });

  it('comes once', () => {
    given(...noShow, filed())
      .when(appeal(), context)
      .thenNothingHappened();
    given(...noShow, filed())
      .when(appeal({ appealId: idOf(81) }), context)
      .thenRejected('appealed-already');
    given(...noShow, filed(), decided(false))
      .when(appeal({ appealId: idOf(81) }), context)
      .thenRejected('appealed-already');
  });

  it('is decided once; upheld against a block, it lifts the block', () => {
    given(...noShow, filed())
      .when(decision(true), context)
      .thenEvents([decided(true)]);
    given(...noShow, filed(), decided(true))
      .when(decision(true), context)
      .thenNothingHappened();
    given(...noShow, filed(), decided(true))
      .when(decision(false), context)
      .thenRejected('appeal-decided');
    given().when(decision(true), context).thenRejected('appeal-unknown');
    const lifted: LedgerEvent = {
      type: 'PersonUnblocked',
      data: { personId, blockId: idOf(70), reason: '核实' },
    };
    given(blocked(), filed(againstBlock))
      .when(decision(true), context)
      .thenEvents([decided(true, appeal(againstBlock)), lifted]);
    given(blocked(), filed(againstBlock))
      .when(decision(false), context)
      .thenEvents([decided(false, appeal(againstBlock))]);
    given(blocked(), filed(againstBlock), unblocked)
      .when(decision(true), context)
      .thenEvents([decided(true, appeal(againstBlock))]);
  });
});

describe('whatever becomes of a person’s bookings', () => {
  /** Ten bookings within a year, each with what it came to, possibly corrected. */
  const dates = Array.from({ length: 10 }, (_, index) => plusDays('2025-01-01', index * 37));
  const outcome = fc.constantFrom<Outcome>('noShow', 'noShow', 'fulfilled', 'unreported', 'lateCancelled');
  const step = fc.record({
    number: fc.integer({ min: 1, max: 10 }),
    outcome,
    days: fc.integer({ min: 0, max: 3 }),
  });

  /** As rule 7.3 says it: the first free day, or null when the person may book that day. */
  function dueBy(standing: ReadonlyMap<number, Outcome>, day: string): string | null {
    const noShows = [...standing]
      .filter(([, said]) => said === 'noShow')
      .map(([number]) => dates[number - 1]);
    const newest = noShows.toSorted().at(-1);
    if (newest === undefined) return null;
    const inWindow = noShows.filter((each) => each !== undefined && each > plusDays(newest, -365));
    const until = plusDays(newest, 90);
    return inWindow.length >= 3 && day < until ? until : null;
  }

  const onlyNoShows = (state: LedgerState): LedgerState => ({
    ...state,
    suspendedUntil: new Map([...state.suspendedUntil].filter(([cause]) => cause === 'noShow')),
  });

  it('a no-show too many is suspended and nothing else is, after every step', () => {
    let suspensions = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 8, maxLength: 25 }), (steps) => {
        const history: LedgerEvent[] = dates.map((date, index) => claimed(index + 1, slotOn(date)));
        const standing = new Map<number, Outcome>();
        let day = '2025-12-10';
        for (const { number, outcome: said, days } of steps) {
          day = plusDays(day, days);
          const command: LedgerCommand = standing.has(number)
            ? { type: 'CorrectClosure', ...of(number), outcome: said, reason: '误报' }
            : { type: 'CloseBooking', ...of(number), outcome: said, on: day };
          history.push(...bookingLedger.decide(fold(bookingLedger, history), command, onDay(day)));
          standing.set(number, said);
          const due = dueBy(standing, day);
          suspensions += Number(due !== null);
          expect(suspendedUntil(onlyNoShows(fold(bookingLedger, history)), day)).toBe(due);
        }
      }),
      { numRuns: 300 },
    );
    expect(suspensions).toBeGreaterThan(100);
  });

  /** The events of a command, or none when the domain said no. */
  function decide(history: readonly LedgerEvent[], command: LedgerCommand): readonly LedgerEvent[] {
    try {
      return bookingLedger.decide(fold(bookingLedger, history), command, context);
    } catch (error) {
      if (error instanceof Rejection) return [];
      throw error;
    }
  }

  it('nothing but a rejection stops a command', () => {
    const commands: readonly LedgerCommand[] = [
      claim(1),
      { type: 'MoveClaim', ...of(1), slotId: 'A2' },
      { type: 'SettleClaim', ...of(1) },
      { type: 'ReleaseClaim', ...of(1), tried: ['A1'], cause: 'slot-taken' },
      { type: 'CloseBooking', ...of(1), outcome: 'noShow', on: TODAY },
      { type: 'CorrectClosure', ...of(1), outcome: 'fulfilled', reason: '误报' },
      { type: 'RestoreRights', personId, reason: '' },
      block(),
      { type: 'UnblockPerson', personId, blockId: idOf(70), by: 'district', reason: '' },
      appeal(),
      decision(true),
      decision(false),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 20 }), (sent) => {
        const history: LedgerEvent[] = [];
        for (const command of sent) {
          history.push(...decide(history, command));
          expect(decide(history, command), command.type).toEqual([]);
        }
        const types = history.map(({ type }) => type);
        expect(types.filter((type) => type === 'ClaimSettled').length).toBeLessThanOrEqual(1);
        expect(types.includes('ClaimSettled') && types.includes('ClaimReleased')).toBe(false);
      }),
    );
  });
});
