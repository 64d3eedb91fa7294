import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { AppendOutcomeUnknown, EventLogUnavailable } from '@qingpu/domains-kernel/event-log';
import { describe, expect, it } from 'vitest';
import { bookingIdOf, MOST_TRIES } from './booking.ts';
import type { SlotCandidate } from './ports.ts';
import { ledgerStream, slotStream } from './streams.ts';
import { BookingWorld } from './testing/booking-world.ts';
import { at, idOf, personId, sampleDetails, sampleSlot, scheduleKey } from './testing/sample-pool.ts';

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });
const other = idOf(901);
const third = idOf(902);
const slotA = { ...scheduleKey, slotId: 'A1' };
const slotB = { ...scheduleKey, slotId: 'A2' };

/** Two slots of the public at 08:00. */
function openWorld(): BookingWorld {
  const world = new BookingWorld();
  const tier = 'public' as const;
  const slots = ['A1', 'A2'].map((slotId) => ({ slotId, tier }));
  world.addSchedule('P1', { intervals: [{ start: '08:00', end: '08:15', slots }] });
  return world;
}

function cancel(world: BookingWorld, bookingId: string) {
  const { policy } = world;
  const act = { type: 'CancelBooking', by: 'patient', reason: '', policy, currentDoctor: 'D1' } as const;
  return world.actOnSlot(slotA, { ...slotA, ...act, bookingId });
}

const untouched = (...slotIds: string[]): readonly SlotCandidate[] =>
  slotIds.map((slotId) => ({ slotId, revision: 'no_stream' }));

describe('a booking', () => {
  it('claims, books, and answers what it booked', async () => {
    const world = openWorld();
    const answer = await world.book(1);
    const bookingId = bookingIdOf(idOf(1), personId);
    const booked = world.log.all().find(({ type }) => type === 'SlotBooked');
    expect(answer).toEqual({
      bookingId,
      orderNumber: orderNumberOf(bookingId),
      slotId: 'A1',
      position: String(booked?.position),
      state: 'booked',
    });
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked']);
    expect(booked?.data).toMatchObject({ slot: sampleSlot(), booking: { bookingId, personId } });
    await world.settle();
    expect((await world.ledgerOf()).claims.get(bookingId)?.standing).toEqual({ status: 'settled' });
  });

  it('costs one reading and two appends, and writes nothing to the command ledger', async () => {
    const world = openWorld();
    const calls: string[] = [];
    const { log } = world;
    const counting = {
      ...world.handling,
      log: {
        readStream: (stream: string) => {
          calls.push(`read ${stream}`);
          return log.readStream(stream);
        },
        append: (stream: string, events: readonly NewEvent[], expected: number | 'no_stream') => {
          calls.push(`append ${stream} ${expected}`);
          return log.append(stream, events, expected);
        },
      },
    };
    await world.book(1, {}, counting);
    expect(calls).toEqual([
      `read ${ledgerStream(personId)}`,
      `append ${ledgerStream(personId)} no_stream`,
      `append ${slotStream(slotA)} no_stream`,
    ]);
    expect(world.ledger.size).toBe(0);
  });

  it('tells the chooser where the slot stands now', async () => {
    const world = openWorld();
    await world.book(1);
    expect(world.chooser.learned).toEqual([{ slotId: 'A1', free: false, revision: 0 }]);
  });

  it('takes a slot that has been returned at the revision that it has', async () => {
    const world = openWorld();
    const { bookingId } = await world.book(1, { personId: other });
    await cancel(world, bookingId);
    world.chooser.pick = () => [{ slotId: 'A1', revision: 1 }];
    await expect(world.book(2)).rejects.toEqual(rejected('slot-returning'));
    world.pass(bookingSafeguards.returnDelayMinutes.max);
    await expect(world.book(3)).resolves.toMatchObject({ slotId: 'A1' });
    expect(world.types(slotStream(slotA))).toEqual(['SlotBooked', 'BookingCancelled', 'SlotBooked']);
  });
});

describe('the same key again', () => {
  it('answers the same, without another booking', async () => {
    const world = openWorld();
    const first = await world.book(1);
    world.chooser.pick = () => untouched('A2');
    expect(await world.book(1)).toEqual(first);
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked']);
    expect(world.chooser.learned.at(-1)).toEqual({ slotId: 'A2', free: true, revision: 'no_stream' });
  });

  it('answers the same when nothing is left, it is all over, or the booking has ended', async () => {
    const world = openWorld();
    const first = await world.book(1);
    world.chooser.pick = () => [];
    expect(await world.book(1)).toEqual(first);
    const fence = { type: 'FenceSlot', ...slotA, cause: 'suspension', causeId: idOf(50) } as const;
    await world.actOnSlot(slotA, fence);
    await world.settle();
    expect(await world.book(1)).toEqual(first);
    world.now = at('2026-03-17', '08:00');
    expect(await world.book(1)).toEqual(first);
    world.schedules.clear();
    expect(await world.book(1)).toEqual(first);
  });

  it('with another body is refused, before and after anything else is', async () => {
    const world = openWorld();
    await world.book(1);
    await expect(world.book(1, { cardId: idOf(7) })).rejects.toEqual(rejected('idempotency-key-reused'));
    world.chooser.pick = () => [];
    await expect(world.book(1, { cardId: idOf(7) })).rejects.toEqual(rejected('idempotency-key-reused'));
  });

  it('for another person is another booking', async () => {
    const world = openWorld();
    const first = await world.book(1);
    world.chooser.pick = () => untouched('A2');
    const second = await world.book(1, { personId: other });
    expect(second.bookingId).not.toBe(first.bookingId);
  });

  it('of several runs at once: one places the booking, the others tell of it or ask to be asked again', async () => {
    const world = openWorld();
    let picks = 0;
    world.chooser.pick = () => {
      picks += 1;
      return picks % 2 ? untouched('A1', 'A2') : untouched('A2', 'A1');
    };
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => world.book(1)));
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(AppendOutcomeUnknown);
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked']);
    await expect(world.book(1)).resolves.toMatchObject({ state: 'booked' });
  });

  it('stays rejected by a rule, although it could pass now', async () => {
    const world = openWorld();
    const { bookingId } = await world.book(1);
    world.chooser.pick = () => untouched('A2');
    await expect(world.book(2)).rejects.toEqual(rejected('limit-department-day'));
    await world.actOnSlot(slotA, { type: 'FenceSlot', ...slotA, cause: 'suspension', causeId: idOf(50) });
    await world.settle();
    expect((await world.ledgerOf()).claims.get(bookingId)?.standing.status).toBe('closed');
    await expect(world.book(2)).rejects.toEqual(rejected('limit-department-day'));
    await expect(world.book(3)).resolves.toMatchObject({ slotId: 'A2' });
  });

  it('books at once after a cancellation of which the ledger was not told yet', async () => {
    const world = openWorld();
    const { bookingId } = await world.book(1);
    await cancel(world, bookingId);
    await expect(world.book(2)).resolves.toMatchObject({ slotId: 'A2' });
    await world.settle();
    const standings = [...(await world.ledgerOf()).claims.values()].map(({ standing }) => standing.status);
    expect(standings).toEqual(['closed', 'settled']);
  });

  it('after a sold-out that touched no store may win', async () => {
    const world = openWorld();
    world.chooser.pick = () => [];
    await expect(world.book(1)).rejects.toEqual(rejected('sold-out'));
    expect(world.log.all()).toEqual([]);
    expect(world.ledger.size).toBe(0);
    world.chooser.pick = () => untouched('A1');
    await expect(world.book(1)).resolves.toMatchObject({ slotId: 'A1' });
  });
});

describe('what cannot be booked', () => {
  it.each([
    ['an unknown schedule', { scheduleId: 'P9' }, 'schedule-unknown'],
    ['an unknown interval', { start: '09:00' }, 'interval-unknown'],
  ])('%s', async (_what, changes, code) => {
    await expect(openWorld().book(1, changes)).rejects.toEqual(rejected(code));
  });

  it('what is not open yet, or is over', async () => {
    const world = openWorld();
    world.now = at('2026-03-02', '06:59');
    await expect(world.book(1)).rejects.toEqual(rejected('schedule-not-open'));
    world.now = at('2026-03-16', '08:15');
    await expect(world.book(1)).rejects.toEqual(rejected('interval-over'));
    expect(world.log.all()).toEqual([]);
  });

  it('of a hospital whose interface is not verified, until it is; who booked before is told of the booking', async () => {
    const world = openWorld();
    const before = await world.book(1);
    world.withheld = true;
    await expect(world.book(2, { personId: idOf(77) })).rejects.toEqual(rejected('slots-withheld'));
    await expect(world.book(1)).resolves.toMatchObject({ bookingId: before.bookingId });
    world.withheld = false;
    await expect(world.book(3, { personId: idOf(77) })).resolves.toMatchObject({ slotId: 'A2' });
  });

  it('by somebody who may not: the slot is handed back untouched', async () => {
    const world = openWorld();
    await world.book(1);
    await expect(world.book(2)).rejects.toEqual(rejected('limit-department-day'));
    expect(world.chooser.learned.at(-1)).toEqual({ slotId: 'A1', free: true, revision: 'no_stream' });
  });

  it('unless staff lets it pass with a reason, which nobody else can', async () => {
    const world = openWorld();
    await world.book(1);
    const override = '病情需要';
    await expect(world.book(2, { override })).rejects.toEqual(rejected('override-not-permitted'));
    await expect(world.book(3, { override, channel: 'phone' })).resolves.toMatchObject({ slotId: 'A2' });
    const claimed = world.log.all().findLast(({ type }) => type === 'BookingClaimed');
    expect(claimed?.data).toMatchObject({ override: { code: 'limit-department-day', reason: override } });
  });
});

describe('a slot that is gone', () => {
  it('is followed by the next, which the ledger names before it is tried', async () => {
    const world = openWorld();
    await world.book(1, { personId: other });
    const answer = await world.book(2);
    expect(answer.slotId).toBe('A2');
    expect(world.types('').slice(2)).toEqual(['BookingClaimed', 'ClaimMoved', 'SlotBooked']);
    expect((await world.ledgerOf()).claims.get(answer.bookingId)?.tried).toEqual(['A1', 'A2']);
    expect(world.chooser.learned).toContainEqual({ slotId: 'A1', free: false, revision: 0 });
    expect(await world.book(2)).toEqual(answer);
  });

  it('the last of them: the claim is released at once, and the same key is refused the same way', async () => {
    const world = openWorld();
    await world.book(1, { personId: other });
    await world.book(2, { personId: third });
    await expect(world.book(3)).rejects.toEqual(rejected('slot-taken'));
    const claim = (await world.ledgerOf()).claims.get(bookingIdOf(idOf(3), personId));
    expect(claim?.standing).toEqual({ status: 'released', cause: 'slot-taken' });
    await expect(world.book(3)).rejects.toEqual(rejected('slot-taken'));
    expect(world.ledger.size).toBe(0);
  });

  it.each([
    ['suspended', 'suspension', 'slot-suspended'],
    ['withdrawn', 'withdrawal', 'slot-withdrawn'],
  ] as const)('%s while the schedule in the cache does not know yet', async (_how, cause, code) => {
    const world = openWorld();
    for (const key of [slotA, slotB])
      await world.actOnSlot(key, { type: 'FenceSlot', ...key, cause, causeId: idOf(50) });
    await expect(world.book(1)).rejects.toEqual(rejected(code));
    await expect(world.book(1)).rejects.toEqual(rejected(code));
  });

  it('because its time is over in the meantime ends the search', async () => {
    const world = openWorld();
    world.log.mishaps.push(async () => {
      world.now = at('2026-03-16', '08:15');
    });
    await expect(world.book(2)).rejects.toEqual(rejected('interval-over'));
    expect(world.types('')).toEqual(['BookingClaimed', 'ClaimReleased']);
  });

  it('so many times that enough is enough', async () => {
    const world = new BookingWorld();
    const slotIds = Array.from({ length: MOST_TRIES + 2 }, (_, index) => `S${index}`);
    const slots = slotIds.map((slotId) => ({ slotId, tier: 'public' as const }));
    world.addSchedule('P1', { intervals: [{ start: '08:00', end: '08:15', slots }] });
    for (const slotId of slotIds.slice(0, -1)) {
      const key = { ...scheduleKey, slotId };
      await world.actOnSlot(key, { type: 'FenceSlot', ...key, cause: 'withdrawal', causeId: idOf(50) });
    }
    await expect(world.book(1)).rejects.toEqual(rejected('slot-withdrawn'));
    const claim = (await world.ledgerOf()).claims.get(bookingIdOf(idOf(1), personId));
    expect(claim?.tried).toHaveLength(MOST_TRIES);
  });
});

describe('an append without answer', () => {
  const unanswered = ['unanswered', 'unanswered', 'unanswered'] as const;
  const fine = () => Promise.resolve();

  it('that is answered in the end is a booking', async () => {
    const world = openWorld();
    world.log.mishaps.push('unanswered', 'lost');
    await expect(world.book(1)).resolves.toMatchObject({ slotId: 'A1' });
    await Promise.all(world.log.underway.map((arrive) => arrive()));
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked']);
  });

  it('on the slot: never another slot; the same key asks again and is told once it is known', async () => {
    const world = openWorld();
    world.log.mishaps.push(fine, 'lost', 'lost', 'lost');
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    expect(world.types('')).toEqual(['BookingClaimed']);
    await world.log.underway[0]?.();
    await expect(world.book(1)).resolves.toMatchObject({ slotId: 'A1', state: 'booked' });
  });

  it('on the slot, stored after all: the same key is told', async () => {
    const world = openWorld();
    world.log.mishaps.push(fine, ...unanswered);
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(world.book(1)).resolves.toMatchObject({ slotId: 'A1' });
  });

  it('on the slot, arriving after the claim was looked into: finds that it can never come through', async () => {
    const world = openWorld();
    world.log.mishaps.push(fine, 'lost', 'lost', 'lost');
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(world.settleOpenClaim(bookingIdOf(idOf(1), personId))).resolves.toBe('released');
    const late = await Promise.allSettled(world.log.underway.map((arrive) => arrive()));
    expect(late.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(world.types('')).toEqual(['BookingClaimed', 'ClaimVoided', 'ClaimReleased']);
    await expect(world.book(1)).rejects.toEqual(rejected('claim-voided'));
  });

  it('on the ledger: nothing is tried, and the same key begins again', async () => {
    const world = openWorld();
    world.log.mishaps.push('lost', 'lost', 'lost');
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(world.book(1)).resolves.toMatchObject({ slotId: 'A1' });
    await Promise.allSettled(world.log.underway.map((arrive) => arrive()));
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked']);
  });

  it('from a log that is not there is told as it is, and the claim is looked into later', async () => {
    const world = openWorld();
    world.log.mishaps.push(fine, 'unavailable');
    await expect(world.book(1)).rejects.toThrow(EventLogUnavailable);
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    world.pass(1);
    await expect(world.book(1)).rejects.toEqual(rejected('claim-voided'));
    expect(world.types('')).toEqual(['BookingClaimed', 'ClaimVoided', 'ClaimReleased']);
    await expect(world.book(2)).resolves.toMatchObject({ slotId: 'A1' });
  });
});

describe('a claim that is looked into', () => {
  const bookingId = bookingIdOf(idOf(1), personId);

  it('is settled where a slot has the booking', async () => {
    const world = openWorld();
    await world.book(1);
    await expect(world.settleOpenClaim(bookingId)).resolves.toBe('settled');
    expect(world.types('')).toEqual(['BookingClaimed', 'SlotBooked', 'ClaimSettled']);
    await expect(world.settleOpenClaim(bookingId)).resolves.toBe('settled');
  });

  it('is settled where the booking is over already', async () => {
    const world = openWorld();
    await world.book(1);
    await world.actOnSlot(slotA, { type: 'FenceSlot', ...slotA, cause: 'suspension', causeId: idOf(50) });
    await expect(world.settleOpenClaim(bookingId)).resolves.toBe('settled');
    await world.settle();
    expect((await world.ledgerOf()).claims.get(bookingId)?.standing).toMatchObject({
      outcome: 'cancelledByHospital',
    });
  });

  it('while it is being placed: it ends here, and its placer says so', async () => {
    const world = openWorld();
    // Between the claim and the append to the slot.
    world.log.mishaps.push(
      () => Promise.resolve(),
      () => world.settleOpenClaim(bookingId),
    );
    await expect(world.book(1)).rejects.toEqual(rejected('claim-voided'));
    expect(world.types('').toSorted()).toEqual(['BookingClaimed', 'ClaimReleased', 'ClaimVoided']);
  });

  it('voids every slot that was tried, and is released only then', async () => {
    const world = openWorld();
    await world.book(9, { personId: other });
    world.log.mishaps.push(
      () => Promise.resolve(),
      () => Promise.resolve(),
      () => Promise.resolve(),
      'lost',
      'lost',
      'lost',
    );
    await expect(world.book(1)).rejects.toThrow(AppendOutcomeUnknown);
    await expect(world.settleOpenClaim(bookingId)).resolves.toBe('released');
    expect((await world.slot(slotA)).voided).toContain(bookingId);
    expect((await world.slot(slotB)).voided).toContain(bookingId);
    expect(world.types('').slice(-3)).toEqual(['ClaimVoided', 'ClaimVoided', 'ClaimReleased']);
  });

  it('just before it moves on: the move comes too late', async () => {
    const world = openWorld();
    await world.book(9, { personId: other });
    const pass = () => Promise.resolve();
    world.log.mishaps.push(pass, pass, () => world.settleOpenClaim(bookingId));
    await expect(world.book(1)).rejects.toEqual(rejected('claim-voided'));
    expect(world.types('').slice(2)).toEqual(['BookingClaimed', 'ClaimVoided', 'ClaimReleased']);
  });

  it('is unknown to a ledger that never heard of it', async () => {
    await expect(openWorld().settleOpenClaim(idOf(77))).rejects.toEqual(rejected('booking-unknown'));
  });
});

describe('a schedule of several quotas', () => {
  it('hands the public’s to the public, and keeps the community’s', async () => {
    const world = new BookingWorld();
    world.addSchedule('P1', sampleDetails());
    const offered: string[][] = [];
    world.chooser.pick = ({ slots }) => {
      offered.push(slots.map(({ slotId }) => slotId));
      return [];
    };
    await world.book(1).catch(() => undefined);
    await world.book(2, { tier: 'community', channel: 'community' }).catch(() => undefined);
    expect(offered).toEqual([['A1'], ['A2', 'A1']]);
  });
});
