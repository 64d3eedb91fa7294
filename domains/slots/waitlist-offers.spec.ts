import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { AppendOutcomeUnknown } from '@qingpu/domains-kernel/event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plusMinutes } from './booking-policy.ts';
import { slotStream, waitlistStream } from './streams.ts';
import { BookingWorld, envelopeFor, requestFor } from './testing/booking-world.ts';
import { idOf, scheduleKey } from './testing/sample-pool.ts';
import {
  ConfirmOffer,
  ConfirmOfferHandler,
  JoinWaitlist,
  JoinWaitlistHandler,
  LeaveWaitlist,
  LeaveWaitlistHandler,
  OfferReturnedSlot,
  OfferReturnedSlotHandler,
} from './waitlist.handlers.ts';
import { waitlistProcess } from './waitlist.process.ts';

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });
const slotA = { ...scheduleKey, slotId: 'A1' };
const HOLDER = idOf(901);
const FIRST = idOf(902);
const SECOND = idOf(903);

/** One slot of the public, booked by somebody; others wait for it. */
class Queue extends BookingWorld {
  bookingId = '';
  #keys = 1000;

  static async open(...people: readonly string[]): Promise<Queue> {
    const queue = new Queue();
    queue.addSchedule('P1', {
      intervals: [{ start: '08:00', end: '08:15', slots: [{ slotId: 'A1', tier: 'public' }] }],
    });
    queue.bookingId = (await queue.book(1, { personId: HOLDER })).bookingId;
    for (const person of people) await queue.join(person);
    return queue;
  }

  entryOf(person: string) {
    return { ...scheduleKey, entryId: person.replace('3d5f2a10', '4e6a3b21'), personId: person };
  }

  join(person: string, changes: { start?: string; scheduleId?: string } = {}) {
    const entry = { ...this.entryOf(person), accountId: null, start: null, waitingElsewhere: 0, ...changes };
    return new JoinWaitlistHandler(this.handling, this.ports.schedules).execute(
      new JoinWaitlist(entry, this.#sent()),
    );
  }

  leave(person: string) {
    const { schedules, policies } = this.ports;
    return new LeaveWaitlistHandler(this.handling, schedules, policies).execute(
      new LeaveWaitlist(this.entryOf(person), this.#sent()),
    );
  }

  confirm(person: string, key?: number) {
    return new ConfirmOfferHandler(this.handling).execute(
      new ConfirmOffer(this.entryOf(person), this.#sent(key)),
    );
  }

  cancel(bookingId = this.bookingId) {
    const { policy } = this;
    return this.actOnSlot(slotA, {
      type: 'CancelBooking',
      ...slotA,
      bookingId,
      by: 'patient',
      reason: '',
      policy,
      currentDoctor: 'D1',
    });
  }

  async expire(): Promise<void> {
    const bookingId = (await this.slot(slotA)).live?.booking.bookingId ?? '';
    await this.actOnSlot(slotA, { type: 'ExpireHold', ...slotA, bookingId });
  }

  /** Whatever the processes have to do. */
  async reactToAll(handling: CommandHandlingPorts = this.handling): Promise<void> {
    const { schedules, policies, withholdings } = this.ports;
    const handler = new OfferReturnedSlotHandler(handling, schedules, policies, withholdings);
    await this.react(waitlistProcess, (command, envelope) =>
      handler.execute(new OfferReturnedSlot(command, envelope)),
    );
    await this.settle();
  }

  async standing(person: string) {
    return (await this.waitlist(scheduleKey)).entries.get(this.entryOf(person).entryId)?.standing;
  }

  async holder(): Promise<string | undefined> {
    return (await this.slot(slotA)).live?.booking.personId;
  }

  #sent(key?: number) {
    this.#keys += 1;
    return envelopeFor(key ?? this.#keys, requestFor());
  }
}

describe('a slot that comes back', () => {
  it('is held for who has waited longest, before the public may have it', async () => {
    const queue = await Queue.open(FIRST, SECOND);
    await queue.cancel();
    await queue.reactToAll();
    expect(await queue.standing(FIRST)).toBe('offered');
    expect(await queue.standing(SECOND)).toBe('waiting');
    const until = shanghaiTimestamp(plusMinutes(queue.now, bookingSafeguards.waitlistOfferMinutes));
    expect((await queue.slot(slotA)).live).toMatchObject({
      booking: { personId: FIRST },
      hold: { purpose: 'waitlist', until },
    });
    queue.pass(14);
    await expect(queue.book(2, { personId: SECOND })).rejects.toEqual(rejected('slot-taken'));
  });

  it('is booked when the offer is confirmed, and the same again tells the same', async () => {
    const queue = await Queue.open(FIRST);
    await queue.cancel();
    await queue.reactToAll();
    const answer = await queue.confirm(FIRST, 70);
    expect(answer).toMatchObject({ slotId: 'A1', state: 'booked' });
    expect(await queue.confirm(FIRST, 70)).toEqual(answer);
    await queue.reactToAll();
    expect(await queue.standing(FIRST)).toBe('served');
    expect((await queue.ledgerOf(FIRST)).claims.get(answer.bookingId)?.standing).toEqual({
      status: 'settled',
    });
    expect(queue.types(slotStream(slotA))).toEqual([
      'SlotBooked',
      'BookingCancelled',
      'SlotHeld',
      'SlotBooked',
    ]);
  });

  it('goes to the next when the offer lapses, or is given back', async () => {
    const queue = await Queue.open(FIRST, SECOND);
    await queue.cancel();
    await queue.reactToAll();
    queue.pass(15);
    await queue.expire();
    await queue.reactToAll();
    expect([await queue.standing(FIRST), await queue.standing(SECOND)]).toEqual(['lapsed', 'offered']);
    await expect(queue.confirm(FIRST)).rejects.toEqual(rejected('waitlist-offer-lapsed'));
    await queue.leave(SECOND);
    await queue.reactToAll();
    expect(await queue.holder()).toBeUndefined();
    queue.pass(30);
    await expect(queue.book(2, { personId: FIRST })).resolves.toMatchObject({ slotId: 'A1' });
    const standings = [...(await queue.ledgerOf(SECOND)).claims.values()].map(({ standing }) => standing);
    expect(standings).toMatchObject([{ status: 'closed', outcome: 'cancelledByPatient' }]);
  });

  it('passes over who may not book now, and keeps their place', async () => {
    const queue = await Queue.open(FIRST, SECOND);
    queue.addSchedule('P2', {
      doctorCode: 'D2',
      intervals: [{ start: '08:00', end: '08:15', slots: [{ slotId: 'Z1', tier: 'public' }] }],
    });
    await queue.book(3, { personId: FIRST, scheduleId: 'P2' });
    await queue.cancel();
    await queue.reactToAll();
    expect([await queue.standing(FIRST), await queue.standing(SECOND)]).toEqual(['waiting', 'offered']);
  });

  it('is nobody’s when nobody waits for that interval, or who waited has left', async () => {
    const queue = await Queue.open(FIRST);
    await queue.leave(FIRST);
    await queue.cancel();
    await queue.reactToAll();
    expect(await queue.holder()).toBeUndefined();
    expect(queue.types('waitlist-')).toEqual(['WaitlistJoined', 'WaitlistLeft']);
  });

  it('is not offered while it stays fenced, is withheld, or is kept for others', async () => {
    const fenced = await Queue.open(FIRST);
    await fenced.actOnSlot(slotA, { type: 'FenceSlot', ...slotA, cause: 'withdrawal', causeId: idOf(50) });
    await fenced.cancel();
    await fenced.reactToAll();
    expect(await fenced.standing(FIRST)).toBe('waiting');
    expect(fenced.types('ledger-').filter((type) => type === 'BookingClaimed')).toHaveLength(1);
    const withheld = await Queue.open(FIRST);
    withheld.withheld = true;
    await withheld.cancel();
    await withheld.reactToAll();
    expect(await withheld.standing(FIRST)).toBe('waiting');
    const kept = await Queue.open(FIRST);
    kept.addSchedule('P1', {
      intervals: [{ start: '08:00', end: '08:15', slots: [{ slotId: 'A1', tier: 'community' }] }],
    });
    await kept.cancel();
    await kept.reactToAll();
    expect(await kept.standing(FIRST)).toBe('waiting');
  });

  it('that somebody else has by then leaves everybody where they were', async () => {
    const queue = await Queue.open(FIRST);
    await queue.cancel();
    queue.pass(31);
    await queue.book(5, { personId: SECOND });
    await queue.reactToAll();
    expect(await queue.standing(FIRST)).toBe('waiting');
    const [claim] = (await queue.ledgerOf(FIRST)).claims.values();
    expect(claim?.standing).toEqual({ status: 'released', cause: 'slot-taken' });
  });
});

describe('joining and confirming', () => {
  it('need a schedule, an interval and time', async () => {
    const queue = await Queue.open();
    await expect(queue.join(FIRST, { scheduleId: 'P9' })).rejects.toEqual(rejected('schedule-unknown'));
    await expect(queue.join(FIRST, { start: '09:00' })).rejects.toEqual(rejected('interval-unknown'));
    queue.now = new Date('2026-03-16T00:15:00.000Z');
    await expect(queue.join(FIRST)).rejects.toEqual(rejected('interval-over'));
  });

  it('need an offer', async () => {
    const queue = await Queue.open(FIRST);
    await expect(queue.confirm(FIRST)).rejects.toEqual(rejected('waitlist-no-offer'));
    await expect(queue.confirm(SECOND)).rejects.toEqual(rejected('waitlist-entry-unknown'));
  });

  it('after the hospital has called the slot off there is nothing to confirm', async () => {
    const queue = await Queue.open(FIRST);
    await queue.cancel();
    await queue.reactToAll();
    await queue.actOnSlot(slotA, { type: 'FenceSlot', ...slotA, cause: 'suspension', causeId: idOf(50) });
    await expect(queue.confirm(FIRST)).rejects.toEqual(rejected('booking-over'));
  });
});

describe('the process', () => {
  it('killed at any point and reacting again: one offer, one hold, nobody is passed over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 3 }), async (kills) => {
        const queue = await Queue.open(FIRST, SECOND);
        await queue.cancel();
        for (const kill of kills) await queue.reactToAll(dyingAfter(queue, kill)).catch(unlessKilled);
        await queue.reactToAll();
        expect([await queue.standing(FIRST), await queue.standing(SECOND)]).toEqual(['offered', 'waiting']);
        expect(await queue.holder()).toBe(FIRST);
        expect(
          queue.types(waitlistStream(scheduleKey)).filter((type) => type === 'WaitlistOffered'),
        ).toHaveLength(1);
        expect(queue.types('slot-').filter((type) => type === 'SlotHeld')).toHaveLength(1);
        for (const person of [FIRST, SECOND])
          for (const { standing } of (await queue.ledgerOf(person)).claims.values())
            expect(standing.status).toBe('settled');
      }),
    );
  });

  it('killed after the hold, and the person gone: the slot comes back for the next', async () => {
    const queue = await Queue.open(FIRST, SECOND);
    await queue.cancel();
    const fine = () => Promise.resolve();
    queue.log.mishaps.push(fine, fine, 'lost', 'lost', 'lost');
    await expect(queue.reactToAll()).rejects.toThrow(AppendOutcomeUnknown);
    expect(await queue.holder()).toBe(FIRST);
    await queue.leave(FIRST);
    await queue.reactToAll();
    expect(await queue.holder()).toBe(FIRST);
    queue.pass(15);
    await queue.expire();
    await queue.reactToAll();
    expect(await queue.standing(SECOND)).toBe('offered');
    for (const { standing } of (await queue.ledgerOf(FIRST)).claims.values())
      expect(standing).toMatchObject({ status: 'closed', outcome: 'expired' });
  });
});

class Killed extends Error {}

/** Ports whose calls work so many half-steps long. */
function dyingAfter(queue: Queue, halfSteps: number): CommandHandlingPorts {
  const { log } = queue;
  let steps = 0;
  const alive = () => {
    steps += 1;
    if (steps > halfSteps) throw new Killed();
  };
  return {
    ...queue.handling,
    log: {
      readStream: async (stream) => {
        alive();
        return log.readStream(stream);
      },
      append: async (...append) => {
        alive();
        const appended = await log.append(...append);
        alive();
        return appended;
      },
    },
  };
}

function unlessKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}
